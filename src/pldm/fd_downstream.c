/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware device as the proxy of downstream devices: it lists them, and begins an update of them. */
#include "pldm/fd_internal.h"

/* A handle is a place in the list, and which list it is a place of. */
#define HANDLE(generation, n) ((uint32_t)(generation) << 16 | (n))

static uint8_t query_devices(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			     struct rotor_writer *w)
{
	struct rotor_pldm_downstream list = {0};

	if (payload.len != 0)
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	(void)fd->ops->downstream_list(fd->ctx, &list);
	rotor_pldm_downstream_encode(w, &list);
	return ROTOR_PLDM_SUCCESS;
}

static void write_identifiers(struct rotor_writer *w, const struct rotor_pldm_fd_downstream *device)
{
	rotor_write_u16le(w, device->parameters.index);
	rotor_write_u8(w, device->descriptor_count);
	for (uint8_t i = 0; i < device->descriptor_count; i++)
		rotor_pldm_descriptor_write(w, &device->descriptors[i]);
}

static void write_parameters(struct rotor_writer *w, const struct rotor_pldm_fd_downstream *device)
{
	rotor_pldm_downstream_parameters_encode(w, &device->parameters);
}

/* What is told of a part before its devices: of identifiers their length, of parameters the proxy's capabilities. */
static void write_part_head(struct rotor_writer *w, const struct rotor_pldm_part *part,
			    uint32_t length_or_capabilities, uint16_t count)
{
	rotor_pldm_part_head_encode(w, part);
	rotor_write_u32le(w, length_or_capabilities);
	rotor_write_u16le(w, count);
}

/* As many whole devices as fit, from the one that is asked for on. */
static uint8_t give_list(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			 struct rotor_writer *w, bool identifiers)
{
	struct rotor_pldm_downstream list = {0};
	struct rotor_pldm_part part = {0};
	struct rotor_pldm_part_req req;
	const enum rotor_status status = rotor_pldm_part_req_decode(payload, &req);
	const size_t head = w->len;
	size_t start;
	uint16_t generation, first = 0, n;
	struct rotor_writer filled;

	if (status == ROTOR_ERR_FORMAT)
		return ROTOR_PLDM_INVALID_TRANSFER_OPERATION;
	if (status != ROTOR_OK)
		return rotor_pldm_completion_of(status);
	generation = fd->ops->downstream_list(fd->ctx, &list);
	if (req.operation == ROTOR_PLDM_GET_NEXT_PART) {
		first = (uint16_t)req.handle;
		if (req.handle >> 16 != generation)
			return ROTOR_PLDM_DOWNSTREAM_DEVICE_LIST_CHANGED;
		if (first == 0 || first >= list.count)
			return ROTOR_PLDM_INVALID_TRANSFER_HANDLE;
	}
	write_part_head(w, &part, 0, 0);
	start = w->len;
	filled = *w;
	for (n = first; n < list.count; n++) {
		struct rotor_pldm_fd_downstream device = {0};

		fd->ops->downstream_device(fd->ctx, n, &device);
		if (identifiers)
			write_identifiers(w, &device);
		else
			write_parameters(w, &device);
		if (w->failed)
			break;
		filled = *w;
	}
	/* What did not fit comes next; one that fits nowhere is this device's fault. */
	if (n == first && n < list.count)
		return ROTOR_PLDM_ERROR;
	*w = filled;
	part.flag =
	    (uint8_t)((first == 0 ? ROTOR_PLDM_START : 0) | (n == list.count ? ROTOR_PLDM_END : 0));
	if (part.flag == 0)
		part.flag = ROTOR_PLDM_MIDDLE;
	part.next = n == list.count ? 0 : HANDLE(generation, n);
	w->len = head;
	write_part_head(w, &part, identifiers ? (uint32_t)(filled.len - start) : list.during_update,
			(uint16_t)(n - first));
	w->len = filled.len;
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t query_identifiers(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
				 struct rotor_writer *w)
{
	return give_list(fd, payload, w, true);
}

static uint8_t get_parameters(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			      struct rotor_writer *w)
{
	return give_list(fd, payload, w, false);
}

static uint8_t request_update(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			      struct rotor_writer *w)
{
	struct rotor_pldm_request_downstream req;
	const enum rotor_status status = rotor_pldm_request_downstream_decode(payload, &req);
	uint8_t completion;

	if (status != ROTOR_OK)
		return rotor_pldm_completion_of(status);
	completion = fd->ops->request_downstream(fd->ctx, &req);
	if (completion != ROTOR_PLDM_SUCCESS)
		return completion;
	/* How many components there are, the table's end will say. */
	rotor_pldm_fd_begin_update(fd,
				   &(struct rotor_pldm_request_update){
				       .max_transfer = req.max_transfer,
				       .max_outstanding = req.max_outstanding,
				       .package_data_size = req.package_data_size,
				   },
				   w);
	return ROTOR_PLDM_SUCCESS;
}

#define OKAY ROTOR_PLDM_SUCCESS
#define BUSY ROTOR_PLDM_ALREADY_IN_UPDATE_MODE

const struct rotor_pldm_fd_command rotor_pldm_fd_query_downstream = {
    .command = ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES,
    .in = {OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY},
    .handle = query_devices,
};
const struct rotor_pldm_fd_command rotor_pldm_fd_query_downstream_identifiers = {
    .command = ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS,
    .in = {OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY},
    .handle = query_identifiers,
};
const struct rotor_pldm_fd_command rotor_pldm_fd_get_downstream_parameters = {
    .command = ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS,
    .in = {OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY},
    .handle = get_parameters,
};
const struct rotor_pldm_fd_command rotor_pldm_fd_request_downstream_update = {
    .command = ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE,
    .changes = true,
    .in = {OKAY, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY},
    .handle = request_update,
};
