/* SPDX-License-Identifier: Apache-2.0 */
/* The device's side of PLDM type 0. */
#include "pldm/base_responder.h"

#define TID_UNASSIGNED 0x00
#define TID_RESERVED   0xff

/* The versions of a type, in the table's order. @return how many; 0: the device does not have the type */
static size_t versions_of(const struct rotor_pldm_base *base, uint8_t type,
			  uint32_t versions[ROTOR_PLDM_SUPPORT_VERSIONS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < base->support_count && count < ROTOR_PLDM_SUPPORT_VERSIONS_MAX;
	     i++) {
		if (base->supports[i].type == type)
			versions[count++] = base->supports[i].version;
	}
	return count;
}

uint8_t rotor_pldm_base_find(const struct rotor_pldm_base *base, struct rotor_bytes payload,
			     size_t *found)
{
	struct rotor_pldm_get_commands_req req;
	uint8_t completion = ROTOR_PLDM_INVALID_TYPE_IN_REQUEST_DATA;

	if (rotor_pldm_get_commands_req_decode(payload, &req) != ROTOR_OK)
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	for (size_t i = 0; i < base->support_count; i++) {
		if (base->supports[i].type != req.type)
			continue;
		if (base->supports[i].version == req.version) {
			*found = i;
			return ROTOR_PLDM_SUCCESS;
		}
		completion = ROTOR_PLDM_INVALID_VERSION_IN_REQUEST_DATA;
	}
	return completion;
}

static uint8_t set_tid(struct rotor_pldm_base *base, struct rotor_bytes payload,
		       struct rotor_writer *w)
{
	uint8_t tid;

	(void)w;
	if (rotor_pldm_tid_decode(payload, &tid) != ROTOR_OK)
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	if (tid == TID_UNASSIGNED || tid == TID_RESERVED)
		return ROTOR_PLDM_ERROR_INVALID_DATA;
	base->tid = tid;
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t get_tid(struct rotor_pldm_base *base, struct rotor_bytes payload,
		       struct rotor_writer *w)
{
	if (payload.len != 0)
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	rotor_pldm_tid_encode(w, base->tid);
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t get_version(struct rotor_pldm_base *base, struct rotor_bytes payload,
			   struct rotor_writer *w)
{
	struct rotor_pldm_get_version_req req;
	const struct rotor_pldm_get_version_resp resp = {.flag = ROTOR_PLDM_START_AND_END};
	uint32_t versions[ROTOR_PLDM_SUPPORT_VERSIONS_MAX];
	size_t count;

	if (rotor_pldm_get_version_req_decode(payload, &req) != ROTOR_OK)
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	count = versions_of(base, req.type, versions);
	if (count == 0)
		return ROTOR_PLDM_INVALID_TYPE_IN_REQUEST_DATA;
	/* All fits one part, so there never is a next one; the handle has no meaning in a first part. */
	if (req.operation != ROTOR_PLDM_GET_FIRST_PART)
		return ROTOR_PLDM_INVALID_TRANSFER_OPERATION_FLAG;
	rotor_pldm_get_version_resp_encode(w, &resp);
	rotor_pldm_versions_encode(w, versions, count);
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t get_types(struct rotor_pldm_base *base, struct rotor_bytes payload,
			 struct rotor_writer *w)
{
	struct rotor_pldm_types types = {{0}};

	if (payload.len != 0)
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	for (size_t i = 0; i < base->support_count; i++) {
		const uint8_t type = base->supports[i].type;

		types.bits[type / 8] |= (uint8_t)(1u << type % 8);
	}
	rotor_pldm_types_encode(w, &types);
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t get_commands(struct rotor_pldm_base *base, struct rotor_bytes payload,
			    struct rotor_writer *w)
{
	size_t at;
	const uint8_t completion = rotor_pldm_base_find(base, payload, &at);
	struct rotor_pldm_commands commands;

	if (completion != ROTOR_PLDM_SUCCESS)
		return completion;
	commands = base->supports[at].commands;
	for (size_t i = 0; i < base->extra_count; i++) {
		const uint8_t command = base->extras[i].command;

		if (base->extras[i].type == base->supports[at].type)
			commands.bits[command / 8] |= (uint8_t)(1u << command % 8);
	}
	rotor_pldm_commands_encode(w, &commands);
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t handle(struct rotor_pldm_base *base, const struct rotor_pldm_message *msg,
		      struct rotor_writer *w)
{
	static rotor_pldm_base_handler *const handlers[] = {
	    [ROTOR_PLDM_SET_TID] = set_tid,           [ROTOR_PLDM_GET_TID] = get_tid,
	    [ROTOR_PLDM_GET_VERSION] = get_version,   [ROTOR_PLDM_GET_TYPES] = get_types,
	    [ROTOR_PLDM_GET_COMMANDS] = get_commands,
	};
	const uint8_t command = msg->header.command;

	if (msg->header.type != ROTOR_PLDM_TYPE_BASE)
		return ROTOR_PLDM_ERROR_INVALID_PLDM_TYPE;
	if (command < ROTOR_COUNT_OF(handlers) && handlers[command] != NULL)
		return handlers[command](base, msg->payload, w);
	for (size_t i = 0; i < base->extra_count; i++) {
		if (base->extras[i].type == ROTOR_PLDM_TYPE_BASE &&
		    base->extras[i].command == command)
			return base->extras[i].handle(base, msg->payload, w);
	}
	return ROTOR_PLDM_ERROR_UNSUPPORTED_PLDM_CMD;
}

void rotor_pldm_base_request(struct rotor_pldm_base *base, const struct rotor_pldm_message *msg,
			     struct rotor_writer *w)
{
	const size_t start = w->len;
	uint8_t completion;

	rotor_pldm_response_begin(w, &msg->header, ROTOR_PLDM_SUCCESS);
	completion = handle(base, msg, w);
	if (completion != ROTOR_PLDM_SUCCESS) {
		w->len = start;
		rotor_pldm_response_begin(w, &msg->header, completion);
	}
}
