/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control messages: the first byte chooses between the codecs (decode, encode
 * again), the responder, and a bus owner whose every request is answered by
 * bytes of the input.
 */
#include <stdlib.h>
#include <string.h>

#include "rotor/mctp_bus_owner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rotor_mctp m;
static struct rotor_mctp_slot slots[1];
static struct rotor_mctp_pending pending[2];
static struct rotor_mctp_route routes[2];
static uint8_t buffers[1200];

static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *body,
		       size_t len)
{
	if (ctx != NULL)
		rotor_mctp_control_message(ctx, info, body, len);
}

static void start(struct rotor_mctp_control *control)
{
	const struct rotor_mctp_config config = {
	    .eid = 10,
	    .slots = slots,
	    .slot_count = 1,
	    .buffers = buffers,
	    .buffer_size = sizeof(buffers),
	    .pending = pending,
	    .pending_count = 2,
	    .routes = routes,
	    .route_count = 2,
	    .on_message = on_message,
	    .ctx = control,
	};

	if (rotor_mctp_init(&m, &config) != ROTOR_OK)
		abort();
}

/* What decodes must encode to as many bytes, and those decode to the same. */
static void codecs(uint8_t which, struct rotor_reader *r)
{
	struct rotor_mctp_set_eid_request set = {0};
	struct rotor_mctp_set_eid_answer assigned = {0};
	struct rotor_mctp_get_eid_answer get = {0};
	struct rotor_mctp_versions_answer versions;
	struct rotor_mctp_types_answer types;
	struct rotor_mctp_vendor_answer vendor = {0};
	uint8_t uuid[ROTOR_MCTP_UUID_SIZE];
	uint8_t out[32];
	struct rotor_writer w = rotor_writer(out, sizeof(out));
	size_t len = r->left;
	enum rotor_status status;

	switch (which) {
	case 0:
		status = rotor_mctp_set_eid_request_decode(r, &set);
		rotor_mctp_set_eid_request_write(&w, &set);
		break;
	case 1:
		status = rotor_mctp_set_eid_answer_decode(r, &assigned);
		rotor_mctp_set_eid_answer_write(&w, &assigned);
		break;
	case 2:
		status = rotor_mctp_get_eid_answer_decode(r, &get);
		rotor_mctp_get_eid_answer_write(&w, &get);
		break;
	case 3:
		status = rotor_mctp_vendor_answer_decode(r, &vendor);
		rotor_mctp_vendor_answer_write(&w, &vendor);
		break;
	case 4:
		(void)rotor_mctp_versions_answer_decode(r, &versions);
		return;
	case 5:
		(void)rotor_mctp_types_answer_decode(r, &types);
		return;
	default:
		(void)rotor_mctp_uuid_answer_decode(r, uuid);
		return;
	}
	if (status == ROTOR_OK && w.len != len)
		abort();
}

static void responder(struct rotor_reader *r)
{
	struct rotor_mctp_control control;
	struct rotor_mctp_control_config config = {.static_eid = 30, .has_discovered = true};
	struct rotor_mctp_packet_out out;
	uint8_t packet[ROTOR_MCTP_HEADER_SIZE + 1 + 255];
	uint8_t answer[68];

	start(&control);
	if (rotor_mctp_control_init(&control, &m, &config) != ROTOR_OK)
		abort();
	while (r->left != 0 && !r->failed) {
		struct rotor_bytes body = rotor_read_view(r, rotor_read_u8(r));
		static const uint8_t header[] = {1, 0, 8, 0xc8, 0};

		memcpy(packet, header, sizeof(header));
		if (body.len != 0)
			memcpy(packet + sizeof(header), body.data, body.len);
		rotor_mctp_receive(&m, 0x10, packet, sizeof(header) + body.len, 0);
		if (rotor_mctp_next_packet(&m, answer, sizeof(answer), &out) != 0) {
			if (answer[5] & 0xc0) /* an answer, not a request or datagram */
				abort();
			rotor_mctp_packet_done(&m, true, 0);
		}
	}
}

/* Each request of the owner is lost, not delivered, or answered with the next bytes. */
static void bus_owner(struct rotor_reader *r, bool owner)
{
	static const rotor_mctp_phys addresses[] = {0x1d, 0x20, 0x30};
	static const uint8_t uuid[ROTOR_MCTP_UUID_SIZE] = {1};
	static struct rotor_mctp_bus_owner o;
	struct rotor_mctp_found found[2];
	const struct rotor_mctp_bus_owner_config config = {
	    .owner = owner,
	    .addresses = addresses,
	    .address_count = ROTOR_COUNT_OF(addresses),
	    .found = found,
	    .found_max = ROTOR_COUNT_OF(found),
	    .pool_first = 20,
	    .pool_last = 21,
	};
	rotor_ms now = 0;

	start(NULL);
	if (rotor_mctp_bus_owner_init(&o, &m, &config) != ROTOR_OK)
		abort();
	rotor_mctp_bus_owner_scan(&o, now);
	for (unsigned i = 0; i < 200; i++) {
		uint8_t request[68];
		uint8_t answer[ROTOR_MCTP_HEADER_SIZE + 3 + 255];
		struct rotor_mctp_packet_out out;

		if (rotor_mctp_bus_owner_status(&o) != ROTOR_PENDING) {
			if (r->left == 0)
				return;
			rotor_mctp_bus_owner_find(&o, uuid, 0x20, now);
		}
		if (rotor_mctp_next_packet(&m, request, sizeof(request), &out) != 0) {
			uint8_t how = rotor_read_u8(r);
			struct rotor_bytes body = rotor_read_view(r, how & 0x1f);

			rotor_mctp_packet_done(&m, (how & 0xc0) != 0xc0, now);
			answer[0] = 1;
			answer[1] = request[2];
			answer[2] = request[1] != 0 ? request[1] : 20;
			answer[3] = (uint8_t)(0xc0 | (request[3] & 7));
			answer[4] = 0;
			answer[5] = request[5] & 0x1f;
			answer[6] = request[6];
			if (body.len != 0)
				memcpy(answer + 7, body.data, body.len);
			if ((how & 0xc0) == 0)
				rotor_mctp_receive(&m, out.phys, answer, 7 + body.len, now);
		}
		now += 50;
		rotor_mctp_poll(&m, now);
		rotor_mctp_bus_owner_poll(&o, now);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rotor_reader r = rotor_reader(data, size);
	uint8_t which = rotor_read_u8(&r);

	if (which == 0xff)
		responder(&r);
	else if (which >= 0xfd)
		bus_owner(&r, which == 0xfe);
	else
		codecs(which, &r);
	return 0;
}
