/* SPDX-License-Identifier: Apache-2.0 */
/* What the update agent is told of downstream devices: two lists in parts, of one and the same state of things. */
#include "pldm/ua_internal.h"

/* So often a list may change while it is read. */
#define CHANGES_MAX 3

void rotor_pldm_ua_downstream_clear(struct rotor_pldm_ua *ua)
{
	static const struct rotor_pldm_downstream none;
	static const struct rotor_pldm_downstream_part nothing;

	ua->store_len = 0;
	ua->part_next = false;
	ua->downstream = none;
	ua->downstream_identifiers = nothing;
	ua->downstream_parameters = nothing;
}

/* The number of devices is known: if there are any, which? */
static enum rotor_status counted(struct rotor_pldm_ua *ua, struct rotor_bytes payload, rotor_ms now)
{
	const enum rotor_status status = rotor_pldm_downstream_decode(payload, &ua->downstream);

	if (status != ROTOR_OK)
		return status;
	if (ua->downstream.count == 0)
		rotor_pldm_ua_end(ua, ROTOR_OK);
	else
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_DOWNSTREAM_IDENTIFIERS, now);
	return ROTOR_OK;
}

/* A part of a list is put behind those that are there. @return ROTOR_PENDING: there is another one */
static enum rotor_status add_part(struct rotor_pldm_ua *ua, struct rotor_bytes payload,
				  struct rotor_pldm_downstream_part *list)
{
	const bool identifiers = list == &ua->downstream_identifiers;
	struct rotor_pldm_downstream_part devices;
	struct rotor_pldm_part part;
	enum rotor_status status = rotor_pldm_part_decode(payload, &part);

	if (status == ROTOR_OK && ((part.flag & ROTOR_PLDM_START) != 0) == ua->part_next)
		status = ROTOR_ERR_FORMAT;
	if (status == ROTOR_OK)
		status = identifiers ? rotor_pldm_downstream_identifiers_decode(part.data, &devices)
				     : rotor_pldm_downstream_parameters_decode(part.data, &devices);
	/* No part is empty, or a device could go on for ever; and there are as many devices as it has said. */
	if (status == ROTOR_OK &&
	    (devices.count == 0 || devices.count > ua->downstream.count - list->count))
		status = ROTOR_ERR_FORMAT;
	if (status != ROTOR_OK)
		return status;
	if (!ua->part_next)
		list->area.data = ua->store + ua->store_len;
	status = rotor_pldm_ua_keep(ua, devices.area);
	if (status != ROTOR_OK)
		return status;
	list->area.len += devices.area.len;
	list->count = (uint16_t)(list->count + devices.count);
	list->capabilities = devices.capabilities;
	ua->part_handle = part.next;
	ua->part_next = (part.flag & ROTOR_PLDM_END) == 0;
	if (ua->part_next)
		return ROTOR_PENDING;
	return list->count == ua->downstream.count ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

static enum rotor_status listed(struct rotor_pldm_ua *ua, struct rotor_bytes payload, rotor_ms now)
{
	const bool identifiers = ua->step == ROTOR_PLDM_UA_DOWNSTREAM_IDENTIFIERS;
	const enum rotor_status status = add_part(
	    ua, payload, identifiers ? &ua->downstream_identifiers : &ua->downstream_parameters);

	if (status == ROTOR_PENDING)
		rotor_pldm_ua_enter(ua, ua->step, now);
	else if (status == ROTOR_OK && identifiers)
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_DOWNSTREAM_PARAMETERS, now);
	else if (status == ROTOR_OK)
		rotor_pldm_ua_end(ua, ROTOR_OK);
	else
		return status;
	return ROTOR_OK;
}

bool rotor_pldm_ua_downstream_answer(struct rotor_pldm_ua *ua, const struct rotor_pldm_message *msg,
				     rotor_ms now)
{
	enum rotor_status status;

	if (msg->completion == ROTOR_PLDM_DOWNSTREAM_DEVICE_LIST_CHANGED &&
	    ua->step != ROTOR_PLDM_UA_DOWNSTREAM && ua->list_changes < CHANGES_MAX) {
		ua->list_changes++;
		rotor_pldm_ua_downstream_clear(ua);
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_DOWNSTREAM, now);
		return true;
	}
	if (msg->completion != ROTOR_PLDM_SUCCESS)
		return false;
	status = ua->step == ROTOR_PLDM_UA_DOWNSTREAM ? counted(ua, msg->payload, now)
						      : listed(ua, msg->payload, now);
	if (status != ROTOR_OK)
		rotor_pldm_ua_fail_response(ua, status, now);
	return true;
}
