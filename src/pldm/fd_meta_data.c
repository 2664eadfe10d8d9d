/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware device's own data, which the agent keeps for it. */
#include "pldm/fd_internal.h"

static uint8_t get_meta_data(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			     struct rotor_writer *w)
{
	struct rotor_pldm_part_req req;
	struct rotor_pldm_part part;
	uint32_t offset;
	uint8_t completion, *at;
	const enum rotor_status decoded = rotor_pldm_part_req_decode(payload, &req);
	const size_t room = w->cap - w->len;
	uint32_t most = fd->transfer_size;

	if (fd->meta_size == 0)
		return ROTOR_PLDM_NO_DEVICE_METADATA;
	if (decoded == ROTOR_ERR_FORMAT)
		return ROTOR_PLDM_INVALID_TRANSFER_OPERATION;
	if (decoded != ROTOR_OK)
		return rotor_pldm_completion_of(decoded);
	if (room <= ROTOR_PLDM_PART_HEAD)
		return ROTOR_PLDM_ERROR;
	if (most > room - ROTOR_PLDM_PART_HEAD)
		most = (uint32_t)(room - ROTOR_PLDM_PART_HEAD);
	completion = rotor_pldm_part_choose(&req, fd->meta_size, most, &part, &offset);
	if (completion != ROTOR_PLDM_SUCCESS)
		return completion;
	rotor_pldm_part_head_encode(w, &part);
	at = rotor_write_reserve(w, part.data.len);
	if (at != NULL)
		fd->ops->meta_data(fd->ctx, offset, at, part.data.len);
	return ROTOR_PLDM_SUCCESS;
}

/* Only while the update begins. */
#define LATE ROTOR_PLDM_INVALID_STATE_FOR_COMMAND

const struct rotor_pldm_fd_command rotor_pldm_fd_get_meta_data = {
    .command = ROTOR_PLDM_GET_DEVICE_META_DATA,
    .changes = true,
    .in = {ROTOR_PLDM_NOT_IN_UPDATE_MODE, ROTOR_PLDM_SUCCESS, LATE, LATE, LATE, LATE, LATE},
    .handle = get_meta_data,
};
