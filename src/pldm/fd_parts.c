/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware device fetches from the agent beside the image, part by part, into its first transfer buffer. */
#include "pldm/fd_internal.h"

#include <string.h>

/* Gives the part that came to the device. */
static enum rotor_status give(const struct rotor_pldm_fd *fd)
{
	const uint32_t at = fd->parts_at;
	const uint8_t *part = fd->config->buffer;

	switch (fd->parts_command) {
	case ROTOR_PLDM_GET_PACKAGE_DATA:
		return fd->ops->package_data(fd->ctx, at, part, fd->parts_len, fd->parts_end);
	case ROTOR_PLDM_GET_META_DATA:
		return fd->ops->meta_data_back(fd->ctx, at, part, fd->parts_len, fd->parts_end);
	default:
		return fd->ops->opaque_data(fd->ctx, at, part, fd->parts_len, fd->parts_end);
	}
}

static void ask_next(struct rotor_pldm_fd *fd, rotor_ms now)
{
	rotor_pldm_fd_forget(fd);
	fd->parts = ROTOR_PLDM_FD_PARTS_ASK;
	rotor_pldm_fd_ask(fd, &fd->exchange[0], fd->parts_command, now);
	fd->blocks = 1;
}

void rotor_pldm_fd_fetch_parts(struct rotor_pldm_fd *fd, uint8_t command, uint32_t size,
			       rotor_ms now)
{
	fd->parts_command = command;
	fd->parts_at = 0;
	fd->parts_left = size;
	ask_next(fd, now);
}

void rotor_pldm_fd_want_opaque(struct rotor_pldm_fd *fd,
			       struct rotor_pldm_update_component_resp *resp)
{
	if (fd->ops->opaque_data == NULL)
		resp->options_enabled &= ~ROTOR_PLDM_OPTION_OPAQUE_DATA;
	fd->opaque_due = (resp->options_enabled & ROTOR_PLDM_OPTION_OPAQUE_DATA) != 0;
	resp->opaque_max = (uint32_t)fd->config->buffer_size;
}

void rotor_pldm_fd_end_parts(struct rotor_pldm_fd *fd, bool whole, rotor_ms now)
{
	if (fd->parts == ROTOR_PLDM_FD_PARTS_ASK)
		rotor_pldm_fd_forget(fd);
	fd->parts = ROTOR_PLDM_FD_PARTS_NONE;
	/* Package data are wanted, the others needed. */
	if (fd->work != ROTOR_PLDM_FD_PARTS)
		return;
	if (!whole)
		rotor_pldm_fd_fail(fd,
				   fd->state == ROTOR_PLDM_DOWNLOAD
				       ? ROTOR_PLDM_TRANSFER_ABORTED_OPAQUE_DATA
				       : ROTOR_PLDM_RESULT_GENERIC_ERROR,
				   now);
	else
		fd->work =
		    fd->state == ROTOR_PLDM_DOWNLOAD ? ROTOR_PLDM_FD_BEGIN : ROTOR_PLDM_FD_APPLY;
}

/* Whether a part is one that can be there: in its place, and not more than was announced. */
static bool fits(const struct rotor_pldm_fd *fd, const struct rotor_pldm_part *part)
{
	const bool start = (part->flag & ROTOR_PLDM_START) != 0;
	const bool end = (part->flag & ROTOR_PLDM_END) != 0;
	/* Of opaque data no size is announced. */
	const bool open = fd->parts_command == ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA;

	return part->data.len <= fd->config->buffer_size && part->data.len <= fd->parts_left &&
	       start == (fd->parts_at == 0) && (open || end == (part->data.len == fd->parts_left));
}

void rotor_pldm_fd_take_part(struct rotor_pldm_fd *fd, const struct rotor_pldm_message *msg,
			     rotor_ms now)
{
	struct rotor_pldm_part part;

	if (msg->completion == ROTOR_PLDM_ERROR_NOT_READY) {
		rotor_pldm_fd_ask(fd, &fd->exchange[0], fd->parts_command, now + fd->t2);
		return;
	}
	if (msg->completion != ROTOR_PLDM_SUCCESS) {
		rotor_pldm_fd_end_parts(fd, false, now);
		return;
	}
	if (rotor_pldm_part_decode(msg->payload, &part) != ROTOR_OK || !fits(fd, &part)) {
		fd->counters.bad_response++;
		rotor_pldm_fd_end_parts(fd, false, now);
		return;
	}
	rotor_pldm_fd_forget(fd);
	memcpy(fd->config->buffer, part.data.data, part.data.len);
	fd->parts = ROTOR_PLDM_FD_PARTS_GIVE;
	fd->parts_len = part.data.len;
	fd->parts_end = (part.flag & ROTOR_PLDM_END) != 0;
	fd->parts_handle = part.next;
}

void rotor_pldm_fd_give_part(struct rotor_pldm_fd *fd, rotor_ms now)
{
	const enum rotor_status status = give(fd);

	if (status == ROTOR_PENDING)
		return;
	rotor_pldm_fd_touch(fd, now);
	fd->parts_at += (uint32_t)fd->parts_len;
	fd->parts_left -= (uint32_t)fd->parts_len;
	/* An agent that has gone on meanwhile has no more package data to give. */
	if (status == ROTOR_OK && !fd->parts_end &&
	    (fd->work == ROTOR_PLDM_FD_PARTS || fd->state == ROTOR_PLDM_LEARN_COMPONENTS))
		ask_next(fd, now);
	else
		rotor_pldm_fd_end_parts(fd, status == ROTOR_OK && fd->parts_end, now);
}
