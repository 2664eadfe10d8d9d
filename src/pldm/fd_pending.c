/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware device activates images that an update has left pending. */
#include "pldm/fd_internal.h"

enum rotor_status rotor_pldm_fd_activate_pending(struct rotor_pldm_fd *fd, uint8_t *completion)
{
	const enum rotor_status status =
	    fd->ops->activate_pending(fd->ctx, fd->named_set ? NULL : &fd->named, &fd->seconds);

	switch (status) {
	case ROTOR_PENDING:
		return ROTOR_PENDING;
	case ROTOR_OK:
		*completion = ROTOR_PLDM_SUCCESS;
		break;
	case ROTOR_ERR_STATE:
		*completion = ROTOR_PLDM_ACTIVATION_NOT_REQUIRED;
		break;
	case ROTOR_ERR_DENIED:
		*completion = ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_NOT_PERMITTED;
		break;
	case ROTOR_ERR_NOT_FOUND:
		*completion = ROTOR_PLDM_ERROR_INVALID_DATA;
		break;
	default:
		*completion = ROTOR_PLDM_ERROR;
		break;
	}
	fd->work = ROTOR_PLDM_FD_NONE;
	return ROTOR_OK;
}

static uint8_t start(struct rotor_pldm_fd *fd, bool set, struct rotor_writer *w)
{
	uint8_t completion;

	fd->named_set = set;
	fd->self_contained = true;
	fd->seconds = 0;
	fd->work = ROTOR_PLDM_FD_ACTIVATE_PENDING;
	if (rotor_pldm_fd_activate_pending(fd, &completion) == ROTOR_PENDING)
		return ROTOR_PLDM_FD_LATER;
	if (completion == ROTOR_PLDM_SUCCESS)
		rotor_pldm_activate_resp_encode(w, fd->seconds);
	return completion;
}

static uint8_t activate_set(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			    struct rotor_writer *w)
{
	return payload.len == 0 ? start(fd, true, w) : ROTOR_PLDM_ERROR_INVALID_LENGTH;
}

static uint8_t activate_image(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			      struct rotor_writer *w)
{
	const enum rotor_status status = rotor_pldm_component_name_decode(payload, &fd->named);

	return status == ROTOR_OK ? start(fd, false, w) : rotor_pldm_completion_of(status);
}

/* Not while an update is under way, which is about to leave other images pending. */
#define BUSY ROTOR_PLDM_INVALID_STATE_FOR_COMMAND

const struct rotor_pldm_fd_command rotor_pldm_fd_activate_pending_set = {
    .command = ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET,
    .changes = true,
    .in = {ROTOR_PLDM_SUCCESS, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY},
    .handle = activate_set,
};
const struct rotor_pldm_fd_command rotor_pldm_fd_activate_pending_image = {
    .command = ROTOR_PLDM_ACTIVATE_PENDING_IMAGE,
    .changes = true,
    .in = {ROTOR_PLDM_SUCCESS, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY},
    .handle = activate_image,
};
