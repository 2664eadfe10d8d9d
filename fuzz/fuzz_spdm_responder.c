/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A responder and any sequence of requests. The input is pieces of: a control byte (bits 0-1 peer, 2 a record, 3 time
 * passes, 4 no polling until the next piece), a length (2, little-endian), that many bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fake_crypto.h"
#include "rotor/spdm_responder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct rotor_spdm_connection connections[2];
static struct rotor_spdm_session sessions[1];
static unsigned up; /* sessions that were established and have not ended */

static void need(bool condition)
{
	if (!condition)
		abort();
}

static enum rotor_status measurement(void *ctx, unsigned position, enum rotor_hash_alg hash,
				     struct rotor_spdm_own_measurement *out)
{
	static const uint8_t value[64];
	(void)ctx;
	if (position >= 3)
		return ROTOR_ERR_NOT_FOUND;
	*out = (struct rotor_spdm_own_measurement){
	    .index = (uint8_t)(position + 1),
	    .type = (uint8_t)position,
	    .tcb = position == 0,
	    .summary = true,
	    .value = {value, rotor_hash_size(hash)},
	};
	return ROTOR_OK;
}

static void established(void *ctx, const struct rotor_spdm_session_info *info)
{
	(void)ctx;
	need(info->session_id != 0);
	up++;
	need(up <= ROTOR_COUNT_OF(sessions));
}

static void ended(void *ctx, const struct rotor_spdm_session_info *info,
		  enum rotor_spdm_session_end reason)
{
	(void)ctx;
	(void)info;
	(void)reason;
	need(up > 0);
	up--;
}

static const struct rotor_spdm_responder_ops ops = {
    .measurement = measurement, .session_established = established, .session_ended = ended};
static const struct rotor_spdm_slot slot = {.chain = {fake_chain, sizeof(fake_chain)},
					    .signer = &fake_signer};
static const struct rotor_spdm_responder_config config = {
    .crypto = &fake_crypto,
    .versions = {ROTOR_SPDM_V12, ROTOR_SPDM_V13},
    .version_count = 2,
    .connections = connections,
    .connection_count = ROTOR_COUNT_OF(connections),
    .sessions = sessions,
    .session_count = ROTOR_COUNT_OF(sessions),
    .heartbeat_s = 5,
    .ask_mutual_auth = true,
    .slots = &slot,
    .slot_count = 1,
    .ops = &ops,
};

/* Whatever goes out must be there to be read. */
static void look(const struct rotor_spdm_out *out)
{
	unsigned sum = 0;
	need(out->kind == ROTOR_SPDM_OUT_NOTHING || out->bytes.len ||
	     out->kind == ROTOR_SPDM_OUT_APP);
	for (size_t i = 0; i < out->bytes.len; i++)
		sum += out->bytes.data[i];
	need(sum < UINT32_MAX);
	if (out->kind == ROTOR_SPDM_OUT_APP)
		need(up && out->app_type != ROTOR_SPDM_MCTP_TYPE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct rotor_spdm_responder r;
	uint8_t buffer[700], chain[256];
	struct rotor_reader in = rotor_reader(data, len);
	rotor_ms now = 0;
	up = 0;
	need(rotor_spdm_responder_init(&r, &config, buffer, sizeof(buffer), chain, sizeof(chain)) ==
	     ROTOR_OK);
	while (in.left) {
		uint8_t control = rotor_read_u8(&in);
		size_t n = rotor_read_u16le(&in);
		struct rotor_spdm_out out;
		if (n > in.left)
			n = in.left; /* also if the length itself was cut off */
		uint8_t *msg = malloc(n ? n : 1);
		need(msg != NULL);
		rotor_read_copy(&in, msg, n);
		now += control & 8 ? 12000 : 1;
		rotor_spdm_responder_receive(&r, control & 3, control, control & 4, msg, n, now,
					     &out);
		look(&out);
		free(msg);
		for (unsigned i = 0; i < 20 && !(control & 16); i++) {
			if (rotor_spdm_responder_deadline(&r) > now)
				break;
			rotor_spdm_responder_poll(&r, now, &out);
			look(&out);
		}
		need((control & 16) || rotor_spdm_responder_deadline(&r) > now);
	}
	rotor_spdm_responder_deinit(&r);
	return 0;
}
