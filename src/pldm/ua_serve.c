/* SPDX-License-Identifier: Apache-2.0 */
/* The update agent's answers: firmware data, and how the device's transfer, verification and application ended. */
#include "pldm/ua_internal.h"

/* Gives firmware data. @return the completion code; on SUCCESS the data is in @p w */
static uint8_t give_data(struct rotor_pldm_ua *ua, struct rotor_bytes payload,
			 struct rotor_writer *w, rotor_ms now)
{
	struct rotor_pldm_data_request req;
	const enum rotor_status decoded = rotor_pldm_data_request_decode(payload, &req);
	enum rotor_status status = ROTOR_OK;
	uint32_t size, inside;
	uint8_t *at;

	if (ua->step != ROTOR_PLDM_UA_DOWNLOAD &&
	    (ua->step != ROTOR_PLDM_UA_UPDATE_COMPONENT || ua->tries == 0))
		return ROTOR_PLDM_COMMAND_NOT_EXPECTED;
	if (decoded != ROTOR_OK)
		return rotor_pldm_completion_of(decoded);
	size = ua->plan->components[ua->component].size;
	if (req.length == 0 || req.length > ua->plan->max_transfer)
		return ROTOR_PLDM_INVALID_TRANSFER_LENGTH;
	if (req.offset >= size ||
	    (uint64_t)req.offset + req.length > (uint64_t)size + ua->plan->max_transfer)
		return ROTOR_PLDM_DATA_OUT_OF_RANGE;
	at = rotor_write_reserve(w, req.length);
	if (at == NULL)
		return ROTOR_PLDM_INVALID_TRANSFER_LENGTH;
	inside = size - req.offset < req.length ? size - req.offset : req.length;
	for (uint32_t i = inside; i < req.length; i++)
		at[i] = 0;
	status = ua->ops->read(ua->ctx, ua->component, req.offset, at, inside);
	if (status == ROTOR_PENDING)
		return ROTOR_PLDM_RETRY_REQUEST_FW_DATA;
	if (status != ROTOR_OK) {
		rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_READ, ROTOR_PLDM_REQUEST_FIRMWARE_DATA,
				   0, status, now);
		return ROTOR_PLDM_ERROR;
	}
	if (req.offset + inside > ua->done)
		ua->done = req.offset + inside;
	if (ua->step == ROTOR_PLDM_UA_DOWNLOAD)
		rotor_pldm_ua_rearm(ua, now);
	return ROTOR_PLDM_SUCCESS;
}

/* Gives the part of @p data that is asked for. @return the completion code; on SUCCESS it is in @p w */
static uint8_t give_part(const struct rotor_pldm_ua *ua, struct rotor_bytes data, uint32_t most,
			 struct rotor_bytes payload, struct rotor_writer *w,
			 struct rotor_pldm_part *part)
{
	struct rotor_pldm_part_req req;
	const enum rotor_status decoded = rotor_pldm_part_req_decode(payload, &req);
	const size_t room = w->cap - w->len;
	uint32_t offset;
	uint8_t completion;

	if (decoded == ROTOR_ERR_FORMAT)
		return ROTOR_PLDM_INVALID_TRANSFER_OPERATION;
	if (decoded != ROTOR_OK)
		return rotor_pldm_completion_of(decoded);
	if (room <= ROTOR_PLDM_PART_HEAD)
		return ROTOR_PLDM_ERROR;
	if (most > ua->plan->max_transfer)
		most = ua->plan->max_transfer;
	if (most > room - ROTOR_PLDM_PART_HEAD)
		most = (uint32_t)(room - ROTOR_PLDM_PART_HEAD);
	completion = rotor_pldm_part_choose(&req, (uint32_t)data.len, most, part, &offset);
	if (completion != ROTOR_PLDM_SUCCESS)
		return completion;
	rotor_pldm_part_head_encode(w, part);
	rotor_write_bytes(w, data.data + offset, part->data.len);
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t give_package_data(struct rotor_pldm_ua *ua, struct rotor_bytes payload,
				 struct rotor_writer *w, rotor_ms now)
{
	struct rotor_pldm_part part = {0};
	uint8_t completion;

	if (ua->plan == NULL || ua->plan->package_data.len == 0)
		return ROTOR_PLDM_NO_PACKAGE_DATA;
	if (ua->step != ROTOR_PLDM_UA_PACKAGE_DATA && ua->step != ROTOR_PLDM_UA_META_DATA &&
	    ua->step != ROTOR_PLDM_UA_PASS_TABLE &&
	    (ua->step != ROTOR_PLDM_UA_REQUEST_UPDATE || ua->tries == 0))
		return ROTOR_PLDM_COMMAND_NOT_EXPECTED;
	completion = give_part(ua, ua->plan->package_data,
			       ua->step == ROTOR_PLDM_UA_REQUEST_UPDATE ? ROTOR_PLDM_UA_PART_MAX
									: ua->package_max,
			       payload, w, &part);
	if (completion != ROTOR_PLDM_SUCCESS)
		return completion;
	if ((part.flag & ROTOR_PLDM_END) != 0)
		ua->package_due = false;
	if (ua->step != ROTOR_PLDM_UA_PACKAGE_DATA)
		return ROTOR_PLDM_SUCCESS; /* its answer was lost, or it asks in advance */
	if ((part.flag & ROTOR_PLDM_END) != 0)
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_PASS_TABLE, now);
	else
		rotor_pldm_ua_rearm(ua, now);
	return ROTOR_PLDM_SUCCESS;
}

/* Whether the device may be at work on the component under way. */
static bool at_component(const struct rotor_pldm_ua *ua)
{
	return (ua->step >= ROTOR_PLDM_UA_DOWNLOAD && ua->step <= ROTOR_PLDM_UA_APPLY) ||
	       (ua->step == ROTOR_PLDM_UA_UPDATE_COMPONENT && ua->tries != 0);
}

/* What the device gave to be kept goes back to it. */
static uint8_t give_meta_data(struct rotor_pldm_ua *ua, struct rotor_bytes payload,
			      struct rotor_writer *w, rotor_ms now)
{
	struct rotor_pldm_part part = {0};
	uint8_t completion;

	if (ua->meta_size == 0 || !(at_component(ua) || ua->step == ROTOR_PLDM_UA_ACTIVATE))
		return ROTOR_PLDM_COMMAND_NOT_EXPECTED;
	completion = give_part(ua, (struct rotor_bytes){ua->plan->meta_data, ua->meta_size},
			       ROTOR_PLDM_UA_PART_MAX, payload, w, &part);
	if (completion == ROTOR_PLDM_SUCCESS && rotor_pldm_ua_step_waits(ua->step))
		rotor_pldm_ua_rearm(ua, now);
	return completion;
}

static uint8_t give_opaque_data(struct rotor_pldm_ua *ua, struct rotor_bytes payload,
				struct rotor_writer *w, rotor_ms now)
{
	struct rotor_pldm_part part = {0};
	uint8_t completion;

	if (ua->plan == NULL || !at_component(ua) || ua->step > ROTOR_PLDM_UA_DOWNLOAD)
		return ROTOR_PLDM_COMMAND_NOT_EXPECTED;
	if (ua->plan->opaque_data == NULL || ua->plan->opaque_data[ua->component].len == 0)
		return ROTOR_PLDM_NO_OPAQUE_DATA;
	completion =
	    give_part(ua, ua->plan->opaque_data[ua->component],
		      ua->step == ROTOR_PLDM_UA_DOWNLOAD ? ua->opaque_max : ROTOR_PLDM_UA_PART_MAX,
		      payload, w, &part);
	if (completion == ROTOR_PLDM_SUCCESS && ua->step == ROTOR_PLDM_UA_DOWNLOAD)
		rotor_pldm_ua_rearm(ua, now);
	return completion;
}

/* The step in which each of the …Complete commands is due. */
static bool complete_expected(const struct rotor_pldm_ua *ua, uint8_t command)
{
	switch (command) {
	case ROTOR_PLDM_TRANSFER_COMPLETE:
		/* In UPDATE_COMPONENT the device's answer was lost, but it goes on. */
		return ua->step == ROTOR_PLDM_UA_DOWNLOAD ||
		       (ua->step == ROTOR_PLDM_UA_UPDATE_COMPONENT && ua->done > 0);
	case ROTOR_PLDM_VERIFY_COMPLETE:
		return ua->step == ROTOR_PLDM_UA_VERIFY;
	default:
		return ua->step == ROTOR_PLDM_UA_APPLY;
	}
}

static void completed(struct rotor_pldm_ua *ua, uint8_t command, uint8_t result, rotor_ms now)
{
	if (result != ROTOR_PLDM_RESULT_SUCCESS &&
	    (command != ROTOR_PLDM_APPLY_COMPLETE ||
	     result != ROTOR_PLDM_APPLY_SUCCESS_OTHER_ACTIVATION)) {
		rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_RESULT, command, result, ROTOR_OK, now);
	} else if (command == ROTOR_PLDM_TRANSFER_COMPLETE) {
		const uint32_t size = ua->plan->components[ua->component].size;

		/* What it has itself it has not asked for. */
		if (ua->done < size) {
			ua->done = size;
			rotor_pldm_ua_tell(ua, ROTOR_PLDM_UA_EVENT_PROGRESS, NULL, 0);
		}
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_VERIFY, now);
	} else if (command == ROTOR_PLDM_VERIFY_COMPLETE) {
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_APPLY, now);
	} else {
		rotor_pldm_ua_component_done(ua, now);
	}
}

static uint8_t take_complete(struct rotor_pldm_ua *ua, const struct rotor_pldm_message *msg,
			     uint32_t hash, rotor_ms now)
{
	const uint8_t command = msg->header.command;
	struct rotor_pldm_apply_complete apply = {0};
	enum rotor_status status;

	if (ua->served_valid && ua->served_hash == hash) {
		ua->counters.repeated++;
		return ROTOR_PLDM_SUCCESS;
	}
	if (!complete_expected(ua, command))
		return ROTOR_PLDM_COMMAND_NOT_EXPECTED;
	if (command == ROTOR_PLDM_APPLY_COMPLETE)
		status = rotor_pldm_apply_complete_decode(msg->payload, &apply);
	else
		status = rotor_pldm_result_decode(msg->payload, &apply.result);
	if (status != ROTOR_OK)
		return rotor_pldm_completion_of(status);
	ua->served_valid = true;
	ua->served_hash = hash;
	completed(ua, command, apply.result, now);
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t serve(struct rotor_pldm_ua *ua, const struct rotor_pldm_message *msg, uint32_t hash,
		     struct rotor_writer *w, rotor_ms now)
{
	uint8_t completion;

	if (msg->header.type != ROTOR_PLDM_TYPE_FWUP)
		return msg->header.type == ROTOR_PLDM_TYPE_BASE
			   ? ROTOR_PLDM_ERROR_UNSUPPORTED_PLDM_CMD
			   : ROTOR_PLDM_ERROR_INVALID_PLDM_TYPE;
	switch (msg->header.command) {
	case ROTOR_PLDM_REQUEST_FIRMWARE_DATA:
		completion = give_data(ua, msg->payload, w, now);
		break;
	case ROTOR_PLDM_TRANSFER_COMPLETE:
	case ROTOR_PLDM_VERIFY_COMPLETE:
	case ROTOR_PLDM_APPLY_COMPLETE:
		completion = take_complete(ua, msg, hash, now);
		break;
	case ROTOR_PLDM_GET_PACKAGE_DATA:
		completion = give_package_data(ua, msg->payload, w, now);
		break;
	case ROTOR_PLDM_GET_META_DATA:
		completion = give_meta_data(ua, msg->payload, w, now);
		break;
	case ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA:
		completion = give_opaque_data(ua, msg->payload, w, now);
		break;
	default:
		completion = ROTOR_PLDM_ERROR_UNSUPPORTED_PLDM_CMD;
		break;
	}
	if (completion == ROTOR_PLDM_COMMAND_NOT_EXPECTED)
		ua->counters.not_expected++;
	return completion;
}

enum rotor_status rotor_pldm_ua_request(struct rotor_pldm_ua *ua, const void *msg, size_t msg_len,
					uint8_t *out, size_t cap, size_t *len, rotor_ms now)
{
	struct rotor_writer w = rotor_writer(out, cap);
	struct rotor_pldm_message opened;
	const uint32_t done = ua->done;
	enum rotor_status status;
	uint8_t completion;

	*len = 0;
	if (rotor_pldm_open(msg, msg_len, &opened) != ROTOR_OK || !opened.header.request ||
	    opened.header.datagram) {
		ua->counters.malformed++;
		return ROTOR_OK;
	}
	rotor_pldm_ua_tell(ua, ROTOR_PLDM_UA_EVENT_ASKED, msg, msg_len);
	rotor_pldm_response_begin(&w, &opened.header, ROTOR_PLDM_SUCCESS);
	completion = serve(ua, &opened, rotor_crc32(0, msg, msg_len), &w, now);
	if (completion != ROTOR_PLDM_SUCCESS) {
		w = rotor_writer(out, cap);
		rotor_pldm_response_begin(&w, &opened.header, completion);
	}
	status = rotor_writer_end(&w, len);
	if (status != ROTOR_OK)
		return status;
	rotor_pldm_ua_tell(ua, ROTOR_PLDM_UA_EVENT_REPLIED, out, *len);
	if (opened.header.command == ROTOR_PLDM_REQUEST_FIRMWARE_DATA && ua->done > done)
		rotor_pldm_ua_tell(ua, ROTOR_PLDM_UA_EVENT_PROGRESS, NULL, 0);
	return ROTOR_OK;
}
