/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An MCTP endpoint: core, one binding, the control commands that an endpoint answers. Keeping messages beyond their callback
 * and cancelling are left to the whole device.
 */
#include "port.h"
#include "rotor/mctp.h"
#include "rotor/mctp_control.h"
#include "rotor/mctp_serial.h"

void main_loop(void);

static struct rotor_mctp endpoint;
static struct rotor_mctp_slot slots[1];
static struct rotor_mctp_pending pending[4];
static uint8_t buffers[1024];
static struct rotor_serial line;
static struct rotor_mctp_control control;

static const uint8_t uuid[ROTOR_MCTP_UUID_SIZE] = {1};
static const uint32_t versions[] = {ROTOR_MCTP_VERSION(1, 0, 0)};
static const struct rotor_mctp_type_support types[] = {
    {ROTOR_MCTP_TYPE_VENDOR_PCI, versions, 1},
};
static const struct rotor_mctp_vendor_support vendors[] = {{0, 0x1414, 1}};

static void on_response(void *ctx, enum rotor_status status,
			const struct rotor_mctp_message_info *info, uint8_t *body, size_t len)
{
	(void)ctx;
	(void)info;
	(void)status;
	(void)port_send(body, len);
}

/* What is not control is answered with the same bytes. */
static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *body,
		       size_t len)
{
	struct rotor_mctp_message message = {.type = info->type, .body = {body, len}};

	(void)ctx;
	if (info->type == ROTOR_MCTP_TYPE_CONTROL) {
		rotor_mctp_control_message(&control, info, body, len);
		return;
	}
	(void)rotor_mctp_respond(&endpoint, info, &message, NULL, NULL);
}

static bool accept_eid(void *ctx, const struct rotor_mctp_message_info *info, bool force,
		       uint8_t eid)
{
	(void)ctx;
	(void)info;
	return port_number() == eid || force;
}

static void on_eid(void *ctx, uint8_t eid)
{
	(void)ctx;
	(void)port_send(NULL, eid);
}

static enum rotor_status start(void)
{
	const struct rotor_mctp_config config = {
	    .slots = slots,
	    .slot_count = 1,
	    .buffers = buffers,
	    .buffer_size = sizeof(buffers),
	    .pending = pending,
	    .pending_count = ROTOR_COUNT_OF(pending),
	    .on_message = on_message,
	};
	const struct rotor_mctp_control_config control_config = {
	    .uuid = uuid,
	    .types = types,
	    .type_count = ROTOR_COUNT_OF(types),
	    .vendors = vendors,
	    .vendor_count = ROTOR_COUNT_OF(vendors),
	    .accept_eid = accept_eid,
	    .on_eid = on_eid,
	};
	enum rotor_status status = rotor_mctp_init(&endpoint, &config);

	if (status == ROTOR_OK)
		status = rotor_serial_init(&line, &endpoint);
	if (status == ROTOR_OK)
		status = rotor_mctp_control_init(&control, &endpoint, &control_config);
	return status;
}

/* A datagram and a request of the endpoint's own. */
static void speak(void)
{
	static const uint8_t body[] = {1, 2, 3};
	const struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_VENDOR_PCI,
						   .body = {body, sizeof(body)}};

	(void)rotor_mctp_send(&endpoint, 8, ROTOR_SERIAL_PHYS, &message, NULL, NULL);
	(void)rotor_mctp_request(&endpoint, 8, ROTOR_SERIAL_PHYS, &message, 100, on_response, NULL);
}

void main_loop(void)
{
	uint8_t out[16];
	uint8_t *in;

	if (start() != ROTOR_OK)
		return;
	for (;;) {
		size_t n = port_receive(&in);
		rotor_ms now = port_now();

		rotor_serial_receive(&line, in, n, now);
		if (port_number() == 1)
			speak();
		rotor_mctp_poll(&endpoint, now);
		while ((n = rotor_serial_send(&line, out, sizeof(out), now)) != 0)
			(void)port_send(out, n);
		if (rotor_mctp_deadline(&endpoint) > now && !rotor_serial_sending(&line))
			(void)port_number();
	}
}
