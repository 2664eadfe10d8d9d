/* SPDX-License-Identifier: Apache-2.0 */
/* Two MCTP endpoints without a binding between them: what a message costs the processor, from one to the other. */
#include "bench/bench.h"

#include <string.h>

#include "rotor/mctp.h"

#define BODY_MAX 4096
#define BMC      8
#define PROT     9

static uint8_t body[BODY_MAX];
static uint8_t buffers[2][BODY_MAX];
static struct rotor_mctp_slot slots[2];
static struct rotor_mctp_pending pending[2];

struct arrivals {
	uint32_t whole;
	size_t len; /* that each is to have */
};

static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *bytes,
		       size_t len)
{
	struct arrivals *arrivals = ctx;
	arrivals->whole += info->peer == BMC && len == arrivals->len && bytes[0] == body[0] &&
			   bytes[len - 1] == body[len - 1];
}

static bool start(struct rotor_mctp *m, unsigned n, uint8_t eid, uint8_t unit,
		  struct arrivals *arrivals)
{
	const struct rotor_mctp_config config = {
	    .eid = eid,
	    .unit = unit,
	    .slots = &slots[n],
	    .slot_count = 1,
	    .buffers = buffers[n],
	    .buffer_size = BODY_MAX,
	    .pending = &pending[n],
	    .pending_count = 1,
	    .on_message = on_message,
	    .ctx = arrivals,
	};
	return rotor_mctp_init(m, &config) == ROTOR_OK;
}

bool bench_mctp(uint32_t size, uint8_t unit, uint32_t count)
{
	static struct rotor_mctp from, to;
	struct arrivals arrivals = {0};
	/* The type byte is one of the message's. */
	const struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_PLDM,
						   .body = {body, size - 1}};
	uint8_t packet[ROTOR_MCTP_HEADER_SIZE + ROTOR_MCTP_UNIT_MAX];
	struct rotor_mctp_packet_out out;
	size_t n;
	if (size < 2 || size > BODY_MAX) {
		return false;
	}
	arrivals.len = size - 1;
	body[0] = 1;
	body[size - 2] = 2;
	if (!start(&from, 0, BMC, unit, &arrivals) || !start(&to, 1, PROT, unit, &arrivals)) {
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (rotor_mctp_send(&from, PROT, 1, &message, NULL, NULL) != ROTOR_OK) {
			return false;
		}
		while ((n = rotor_mctp_next_packet(&from, packet, sizeof(packet), &out)) != 0) {
			rotor_mctp_receive(&to, 2, packet, n, 1);
			rotor_mctp_packet_done(&from, true, 1);
		}
	}
	return arrivals.whole == count;
}
