/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firmware device under an agent that does anything: the input is a list of steps, each a byte that says what is done
 * and bytes that say with what. Proper requests and answers are among the steps, so that every state is reached.
 */
#include <stdlib.h>
#include <string.h>

#include "rotor/pldm_fwup_data.h"
#include "support/pldm_device.c"

#define AGENT UINT32_C(1)
#define OTHER UINT32_C(2)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pldm_device device;
/* What the device asked last, the latest first. */
static struct {
	uint8_t bytes[64];
	size_t len;
} asked[4];
static rotor_ms now;

static void require(bool condition)
{
	if (!condition) {
		abort();
	}
}

static void request(uint32_t peer, const uint8_t *msg, size_t len)
{
	uint8_t out[512];
	size_t out_len;
	const enum rotor_status status =
	    rotor_pldm_fd_request(&device.fd, peer, msg, len, out, sizeof(out), &out_len, now);
	struct rotor_pldm_message answer;

	require(status == ROTOR_OK || status == ROTOR_PENDING);
	require(status == ROTOR_OK || out_len == 0);
	if (out_len != 0) {
		require(rotor_pldm_open(out, out_len, &answer) == ROTOR_OK);
		require(!answer.header.request && answer.header.instance == (msg[0] & 0x1f));
		require(answer.header.type == (msg[1] & 0x3f) && answer.header.command == msg[2]);
		require(answer.completion == ROTOR_PLDM_SUCCESS || answer.payload.len == 0);
	}
}

static void proper_request(uint8_t which, uint8_t instance)
{
	static const uint8_t commands[] = {ROTOR_PLDM_REQUEST_UPDATE,
					   ROTOR_PLDM_PASS_COMPONENT_TABLE,
					   ROTOR_PLDM_UPDATE_COMPONENT,
					   ROTOR_PLDM_ACTIVATE_FIRMWARE,
					   ROTOR_PLDM_CANCEL_UPDATE_COMPONENT,
					   ROTOR_PLDM_CANCEL_UPDATE,
					   ROTOR_PLDM_GET_STATUS,
					   ROTOR_PLDM_GET_FIRMWARE_PARAMETERS,
					   ROTOR_PLDM_UPDATE_SECURITY_REVISION,
					   ROTOR_PLDM_GET_DEVICE_META_DATA,
					   ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE,
					   ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET,
					   ROTOR_PLDM_ACTIVATE_PENDING_IMAGE,
					   ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS,
					   ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS};
	static const struct rotor_pldm_request_update update = {.max_transfer = 40,
								.component_count = 1,
								.max_outstanding = 3,
								.package_data_size = 20};
	static const struct rotor_pldm_component component = {
	    .identifier = 0x0101, .size = 77, .options = ROTOR_PLDM_OPTION_OPAQUE_DATA};
	static const struct rotor_pldm_request_downstream behind = {40, 2, 20};
	static const struct rotor_pldm_part_req part = {10, ROTOR_PLDM_GET_NEXT_PART};
	static const struct rotor_pldm_component_name name = {10, 0x0101, 0};
	const uint8_t command = commands[which % sizeof(commands)];
	uint8_t msg[64];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));

	rotor_pldm_request_begin(&w, instance, ROTOR_PLDM_TYPE_FWUP, command);
	if (command == ROTOR_PLDM_REQUEST_UPDATE) {
		rotor_pldm_request_update_encode(&w, &update);
	} else if (command == ROTOR_PLDM_PASS_COMPONENT_TABLE) {
		rotor_pldm_pass_component_encode(&w, ROTOR_PLDM_START_AND_END, &component);
	} else if (command == ROTOR_PLDM_UPDATE_COMPONENT) {
		rotor_pldm_update_component_encode(&w, &component);
	} else if (command == ROTOR_PLDM_ACTIVATE_FIRMWARE) {
		rotor_pldm_activate_encode(&w, true);
	} else if (command == ROTOR_PLDM_UPDATE_SECURITY_REVISION ||
		   command == ROTOR_PLDM_ACTIVATE_PENDING_IMAGE) {
		rotor_pldm_component_name_encode(&w, &name);
	} else if (command == ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE) {
		rotor_pldm_request_downstream_encode(&w, &behind);
	} else if (command == ROTOR_PLDM_GET_DEVICE_META_DATA ||
		   command == ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS ||
		   command == ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS) {
		rotor_pldm_part_req_encode(&w, &part);
	}
	request(AGENT, msg, w.len);
}

/* Answers one of those, as it should be but for the completion code and a change of length. */
static void answer(uint8_t completion, uint8_t more)
{
	const uint8_t *to = asked[more / 64].bytes;
	uint8_t msg[512] = {to[0] & 0x1f, to[1], to[2], completion};
	size_t len = 4;

	if (asked[more / 64].len == 0) {
		return;
	}
	if ((to[2] == ROTOR_PLDM_GET_PACKAGE_DATA || to[2] == ROTOR_PLDM_GET_META_DATA ||
	     to[2] == ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA) &&
	    completion == 0) {
		/* Two parts of ten bytes. */
		msg[8] = to[7] == ROTOR_PLDM_GET_FIRST_PART ? ROTOR_PLDM_START : ROTOR_PLDM_END;
		len += 5 + 10;
	} else if (to[2] == ROTOR_PLDM_REQUEST_FIRMWARE_DATA && completion == 0) {
		len += to[7];
	}
	rotor_pldm_fd_response(&device.fd, AGENT, msg, len + more % 3, now);
}

static void drive(void)
{
	uint8_t out[64];
	size_t len;
	uint32_t peer;

	rotor_pldm_fd_poll(&device.fd, now);
	if (rotor_pldm_fd_answer(&device.fd, out, sizeof(out), &len, &peer) == ROTOR_OK) {
		/* Some commands ask for no update: whoever sent them is answered. */
		require((peer == AGENT || peer == OTHER) && len >= 4);
	}
	if (rotor_pldm_fd_next_request(&device.fd, now, out, sizeof(out), &len, &peer) ==
	    ROTOR_OK) {
		require(peer == device.fd.peer);
		memmove(&asked[1], &asked[0], sizeof(asked) - sizeof(asked[0]));
		memcpy(asked[0].bytes, out, len);
		asked[0].len = len;
	}
	/* Whatever the agent does, an update ends some time. */
	require(device.fd.state == ROTOR_PLDM_IDLE ||
		rotor_pldm_fd_deadline(&device.fd) != ROTOR_NEVER);
	require(device.fd.state < ROTOR_PLDM_STATES);
	require(!device.out_of_bounds);
	require(device.activated <= device.applies + device.sets + device.images);
	require(device.fd.state == ROTOR_PLDM_IDLE ||
		device.fd.received <= device.fd.component.size ||
		device.fd.state < ROTOR_PLDM_DOWNLOAD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rotor_reader r = rotor_reader(data, size);

	pldm_device_init(&device);
	now = 1;
	memset(asked, 0, sizeof(asked));
	pldm_device_buffers(&device, (uint8_t)(size % 4));
	if (size % 5 == 0) {
		pldm_device_wants_package(&device);
	}
	device.downstream = size % 11;
	if (size % 7 < 3) {
		pldm_device_has_meta_data(&device, 20);
	}
	if (size % 7 > 1 && size % 7 < 5) {
		pldm_device_wants_opaque_data(&device);
	}
	device.has_every = size % 3 == 0 ? 20 : 0;
	while (r.left != 0) {
		const uint8_t step = rotor_read_u8(&r), with = rotor_read_u8(&r);
		struct rotor_bytes raw;

		switch (step & 7) {
		case 0:
		case 1:
			proper_request(step >> 3, with);
			break;
		case 2:
			answer(0, with / 64 * 64);
			break;
		case 3:
			answer(step >> 3, with);
			break;
		case 4:
			now += (rotor_ms)with << (step >> 3);
			break;
		case 5:
			rotor_pldm_fd_link(&device.fd, (with & 1) != 0, now);
			device.pend = step >> 5;
			break;
		case 6:
			raw = rotor_read_view(&r, with);
			request(step >> 7 ? OTHER : AGENT, raw.data, raw.len);
			break;
		default:
			raw = rotor_read_view(&r, with);
			rotor_pldm_fd_response(&device.fd, step >> 7 ? OTHER : AGENT, raw.data,
					       raw.len, now);
			break;
		}
		drive();
	}
	return 0;
}
