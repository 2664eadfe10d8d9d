/* SPDX-License-Identifier: Apache-2.0 */
/* The update agent with a device that says anything: the input is a list of steps, each with a length and bytes. */
#include <stdlib.h>
#include <string.h>

#include "rotor/pldm_ua.h"

#define IMAGE_SIZE 300
#define TRANSFER   64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rotor_pldm_ua agent;
static uint8_t sent[ROTOR_PLDM_FWUP_REQUEST_MAX];
static size_t sent_len;
static rotor_ms now;

static void require(bool condition)
{
	if (!condition) {
		abort();
	}
}

static enum rotor_status read_image(void *ctx, uint16_t component, uint32_t offset, uint8_t *buf,
				    size_t len)
{
	(void)ctx;
	require(component < 2 && offset < IMAGE_SIZE && len <= IMAGE_SIZE - offset);
	memset(buf, component + 1, len);
	return ROTOR_OK;
}

static void event(void *ctx, const struct rotor_pldm_ua_event *e)
{
	(void)ctx;
	require(e->done <= e->total || e->kind != ROTOR_PLDM_UA_EVENT_PROGRESS);
}

static void begin(uint8_t which)
{
	static const struct rotor_pldm_component components[2] = {
	    {.identifier = 1, .size = IMAGE_SIZE},
	    {.identifier = 2,
	     .size = IMAGE_SIZE,
	     .options = ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION}};
	static uint8_t kept[100];
	static const uint8_t beside[150];
	static const struct rotor_bytes opaque[2] = {{beside, sizeof(beside)}, {NULL, 0}};
	static const struct rotor_pldm_ua_plan plan = {.components = components,
						       .count = 2,
						       .package_data = {beside, sizeof(beside)},
						       .opaque_data = opaque,
						       .meta_data = kept,
						       .meta_data_cap = sizeof(kept),
						       .max_transfer = TRANSFER,
						       .activate = true,
						       .take_over = true};
	static const struct rotor_pldm_component_name name = {ROTOR_PLDM_CLASS_FIRMWARE, 1, 0};
	static uint8_t store[256];
	enum rotor_status status;

	switch (which % 8) {
	case 0:
		status = rotor_pldm_ua_discover(&agent, now);
		break;
	case 1:
		status = rotor_pldm_ua_inventory(&agent, store, sizeof(store), now);
		break;
	case 2:
		status = rotor_pldm_ua_get_status(&agent, now);
		break;
	case 3:
		status = rotor_pldm_ua_cancel(&agent, now);
		break;
	case 4:
		status = rotor_pldm_ua_downstream(&agent, store, sizeof(store), now);
		break;
	case 5:
		status = rotor_pldm_ua_activate_pending(&agent, which < 16 ? &name : NULL, now);
		break;
	case 6:
		status = rotor_pldm_ua_update_security_revision(&agent, &name, now);
		break;
	default:
		status = rotor_pldm_ua_update(&agent, &plan, now);
		break;
	}
	require(status == ROTOR_OK || status == ROTOR_ERR_BUSY);
}

static void drive(void)
{
	uint8_t out[ROTOR_PLDM_FWUP_REQUEST_MAX];
	char text[ROTOR_PLDM_UA_FAILURE_TEXT];
	size_t len;

	if (rotor_pldm_ua_next_request(&agent, now, out, sizeof(out), &len) == ROTOR_OK) {
		memcpy(sent, out, len);
		sent_len = len;
	}
	/* Whatever the device says, an operation ends some time. */
	require(agent.status != ROTOR_PENDING || !agent.link_up ||
		rotor_pldm_ua_deadline(&agent) != ROTOR_NEVER);
	(void)rotor_pldm_ua_failure_text(&agent.failure, text, sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rotor_pldm_ua_ops ops = {.read = read_image, .event = event};
	struct rotor_reader r = rotor_reader(data, size);

	rotor_pldm_ua_init(&agent, NULL, &ops, NULL);
	now = 1;
	sent_len = 0;
	while (r.left != 0) {
		const uint8_t step = rotor_read_u8(&r), with = rotor_read_u8(&r);
		uint8_t msg[3 + 255], reply[4 + TRANSFER];
		struct rotor_bytes raw;
		size_t len;

		switch (step & 7) {
		case 0:
			begin(step >> 3);
			break;
		case 1:
			now += (rotor_ms)with << (step >> 3);
			break;
		case 2:
			rotor_pldm_ua_link(&agent, (with & 1) != 0, now);
			break;
		case 3:
			raw = rotor_read_view(&r, with);
			rotor_pldm_ua_response(&agent, raw.data, raw.len, now);
			break;
		case 4:
		case 5: /* an answer to what was sent last: the right header and any payload */
			raw = rotor_read_view(&r, with);
			memcpy(msg, sent, 3);
			msg[0] &= 0x1f;
			if (raw.len != 0) {
				memcpy(&msg[3], raw.data, raw.len);
			}
			if (sent_len != 0) {
				rotor_pldm_ua_response(&agent, msg, 3 + raw.len, now);
			}
			break;
		default:
			raw = rotor_read_view(&r, with);
			require(rotor_pldm_ua_request(&agent, raw.data, raw.len, reply,
						      sizeof(reply), &len, now) == ROTOR_OK);
			require(len <= sizeof(reply));
			break;
		}
		drive();
	}
	return 0;
}
