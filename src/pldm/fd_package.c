/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware device fetches package data, part by part, into its first transfer buffer. */
#include "pldm/fd_internal.h"

#include <string.h>

static void ask_next(struct rotor_pldm_fd *fd, rotor_ms now)
{
	rotor_pldm_fd_forget(fd);
	fd->package = ROTOR_PLDM_FD_PACKAGE_ASK;
	rotor_pldm_fd_ask(fd, &fd->exchange[0], ROTOR_PLDM_GET_PACKAGE_DATA, now);
	fd->blocks = 1;
}

bool rotor_pldm_fd_want_package(struct rotor_pldm_fd *fd, uint32_t size)
{
	if (!ROTOR_PLDM_FD_LESS || fd->ops->package_data == NULL || size == 0)
		return false;
	fd->package_at = 0;
	fd->package_left = size;
	ask_next(fd, 0); /* at once */
	return true;
}

/* Whether a part is one that can be there: in its place, and not more than was announced. */
static bool fits(const struct rotor_pldm_fd *fd, const struct rotor_pldm_part *part)
{
	const bool start = (part->flag & ROTOR_PLDM_START) != 0;
	const bool end = (part->flag & ROTOR_PLDM_END) != 0;

	return part->data.len <= fd->config->buffer_size && part->data.len <= fd->package_left &&
	       start == (fd->package_at == 0) && end == (part->data.len == fd->package_left);
}

void rotor_pldm_fd_take_part(struct rotor_pldm_fd *fd, const struct rotor_pldm_message *msg,
			     rotor_ms now)
{
	struct rotor_pldm_part part;

	if (msg->completion == ROTOR_PLDM_ERROR_NOT_READY) {
		rotor_pldm_fd_ask(fd, &fd->exchange[0], ROTOR_PLDM_GET_PACKAGE_DATA,
				  now + rotor_pldm_fd_t2(fd));
		return;
	}
	rotor_pldm_fd_forget(fd);
	fd->package = ROTOR_PLDM_FD_PACKAGE_NONE;
	if (msg->completion != ROTOR_PLDM_SUCCESS)
		return;
	if (rotor_pldm_part_decode(msg->payload, &part) != ROTOR_OK || !fits(fd, &part)) {
		fd->counters.bad_response++;
		return;
	}
	memcpy(fd->config->buffer, part.data.data, part.data.len);
	fd->package = ROTOR_PLDM_FD_PACKAGE_GIVE;
	fd->package_len = part.data.len;
	fd->package_end = part.data.len == fd->package_left;
	fd->package_handle = part.next;
}

void rotor_pldm_fd_give_part(struct rotor_pldm_fd *fd, rotor_ms now)
{
	const enum rotor_status status = fd->ops->package_data(
	    fd->ctx, fd->package_at, fd->config->buffer, fd->package_len, fd->package_end);

	if (status == ROTOR_PENDING)
		return;
	fd->package = ROTOR_PLDM_FD_PACKAGE_NONE;
	rotor_pldm_fd_touch(fd, now);
	fd->package_at += (uint32_t)fd->package_len;
	fd->package_left -= (uint32_t)fd->package_len;
	/* An agent that has gone on meanwhile has no more to give. */
	if (status == ROTOR_OK && !fd->package_end && fd->state == ROTOR_PLDM_LEARN_COMPONENTS)
		ask_next(fd, now);
}
