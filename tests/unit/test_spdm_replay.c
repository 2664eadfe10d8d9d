/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What another implementation's requester has sent, sent again to rotor's responder: each request is answered as the
 * recorded responder did, in every version and with every algorithm, and the reader of recorded conversations verifies
 * rotor's signatures.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/spdm_responder.h"
#include "support/cert_chain.h"
#include "support/spdm_capture.h"
#include "support/spdm_reading.h"

/* Conversations that begin without sessions, chunks and provisioned keys. Those of which more can be asked stop early. */
static const char *const names[] = {
    "01-v10-p256-sha256-attest",
    "02-v11-p384-sha384-attest",
    "03-v12-p256-sha256-attest",
    "04-v12-p384-sha384-attest",
    "06-v12-rsassa2048-sha256-attest",
    "07-v12-rsassa3072-sha384-attest",
    "08-v12-rsapss2048-sha256-attest",
    "10-v12-ed25519-sha512-attest",
    "12-v12-p384-sha3_384-attest",
    "13-v13-p384-sha384-attest",
    "14-v14-p384-sha384-attest",
    "15-v12-p256-meas-raw-onebyone",
    "30-v11-p384-keyex-secp384r1-aes256gcm",
    "36-v13-p384-keyex-secp384r1-aes256gcm",
    "42-v12-p521-keyex-secp521r1-aes256gcm-sha512",
};

/* ---- a device like the recorded one: two slots, the same measurement indices ---- */

static const uint8_t indices[] = {1, 2, 3, 4, 0x10, 0x11, 0xfd, 0xfe};
static uint8_t value[ROTOR_HASH_MAX];

static enum rotor_status measurement(void *ctx, unsigned position, enum rotor_hash_alg hash,
				     struct rotor_spdm_own_measurement *out)
{
	(void)ctx;
	if (position >= sizeof(indices))
		return ROTOR_ERR_NOT_FOUND;
	memset(value, indices[position], sizeof(value));
	*out = (struct rotor_spdm_own_measurement){
	    .index = indices[position],
	    .type = position < 4 ? (uint8_t)position
				 : ROTOR_SPDM_MEAS_INFORMATIONAL | ROTOR_SPDM_MEAS_RAW_BIT,
	    .tcb = position < 2,
	    .summary = true,
	    .value = {value, position < 4 ? rotor_hash_size(hash) : 11},
	};
	return ROTOR_OK;
}

static struct {
	struct rotor_spdm_responder r;
	struct rotor_spdm_responder_config config;
	struct rotor_spdm_connection connection;
	struct rotor_spdm_session session;
	struct rotor_spdm_slot slots[2];
	struct rotor_signer signer;
	struct chain chain;
	struct rotor_soft_key key;
	uint8_t certs[CHAIN_DEPTH * CHAIN_CERT_CAP], buffer[16384];
} device;

static void make_device(const struct rotor_crypto *crypto, enum rotor_sig_alg alg)
{
	static const struct rotor_spdm_responder_ops ops = {.measurement = measurement};
	size_t len = 0;
	memset(&device, 0, sizeof(device));
	chain_make(&rotor_crypto_openssl, &device.chain, alg, NULL);
	for (size_t i = 0; i < CHAIN_DEPTH; i++) {
		memcpy(device.certs + len, device.chain.certs[i].data, device.chain.certs[i].len);
		len += device.chain.certs[i].len;
	}
	device.key = chain_key(crypto, alg, CHAIN_DEPTH);
	device.signer = rotor_soft_signer(&device.key);
	for (size_t i = 0; i < ROTOR_COUNT_OF(device.slots); i++)
		device.slots[i] = (struct rotor_spdm_slot){.chain = {device.certs, len},
							   .signer = &device.signer};
	device.config = (struct rotor_spdm_responder_config){
	    .crypto = crypto,
	    .versions = {ROTOR_SPDM_V10, ROTOR_SPDM_V11, ROTOR_SPDM_V12, ROTOR_SPDM_V13,
			 ROTOR_SPDM_V14},
	    .version_count = 5,
	    .connections = &device.connection,
	    .connection_count = 1,
	    .sessions = &device.session,
	    .session_count = 1,
	    .slots = device.slots,
	    .slot_count = 2,
	    .ops = &ops,
	};
	assert_int_equal(rotor_spdm_responder_init(&device.r, &device.config, device.buffer,
						   sizeof(device.buffer), NULL, 0),
			 ROTOR_OK);
}

/* Asks, and waits for slow work. */
static struct rotor_bytes ask(struct rotor_bytes request, rotor_ms at)
{
	static uint8_t copy[20000];
	struct rotor_spdm_out out = {0};
	assert_true(request.len <= sizeof(copy));
	memcpy(copy, request.data, request.len);
	rotor_spdm_responder_receive(&device.r, 1, 0, false, copy, request.len, at, &out);
	while (out.kind == ROTOR_SPDM_OUT_NOTHING) {
		assert_true(rotor_spdm_responder_deadline(&device.r) <= at);
		rotor_spdm_responder_poll(&device.r, at, &out);
	}
	assert_int_equal(out.kind, ROTOR_SPDM_OUT_RESPONSE);
	assert_false(out.secured);
	return out.bytes;
}

/* ---- the replay ---- */

static bool is_replayed(uint8_t code)
{
	static const uint8_t codes[] = {
	    ROTOR_SPDM_GET_VERSION,          ROTOR_SPDM_GET_CAPABILITIES,
	    ROTOR_SPDM_NEGOTIATE_ALGORITHMS, ROTOR_SPDM_GET_DIGESTS,
	    ROTOR_SPDM_GET_CERTIFICATE,      ROTOR_SPDM_CHALLENGE,
	    ROTOR_SPDM_GET_MEASUREMENTS};
	return memchr(codes, code, sizeof(codes)) != NULL;
}

/* What the recorded responder has selected. */
static struct rotor_spdm_algorithms recorded_algorithms(const struct capture *c)
{
	struct rotor_spdm_negotiation m;
	struct rotor_spdm_algorithms a;
	assert_int_equal(
	    rotor_spdm_decode_negotiation(c->messages[5].body.data, c->messages[5].body.len, &m),
	    ROTOR_OK);
	assert_int_equal(rotor_spdm_algorithms_from(&m, &a), ROTOR_OK);
	return a;
}

/* @return how many requests were sent again */
static unsigned replay(const struct capture *c, const char *name)
{
	struct rotor_spdm_algorithms a = recorded_algorithms(c);
	unsigned asked = 0;
	reading_begin(name);
	for (size_t i = 0; i + 1 < c->count; i += 2) {
		struct rotor_bytes request = c->messages[i].body;
		const uint8_t *recorded = c->messages[i + 1].body.data;
		if (c->messages[i].type != 5 || !is_replayed(request.data[1]))
			break;
		/* A second apart: the same request again is a new one, not a retry. */
		struct rotor_bytes answer = ask(request, 1000 * (i + 1));
		if (answer.data[0] != recorded[0] || answer.data[1] != recorded[1])
			fail_msg("%s: %s is answered %s in %02x, not %s in %02x", name,
				 rotor_spdm_code_name(request.data[1]),
				 rotor_spdm_code_name(answer.data[1]), answer.data[0],
				 rotor_spdm_code_name(recorded[1]), recorded[0]);
		if (answer.data[1] == ROTOR_SPDM_ERROR)
			assert_int_equal(answer.data[2], recorded[2]);
		reading_message(REQUESTER, false, request);
		reading_message(RESPONDER, false, answer);
		asked++;
	}
	assert_int_equal(now.algorithms.base_asym, a.base_asym);
	assert_int_equal(now.algorithms.base_hash, a.base_hash);
	assert_int_equal(now.algorithms.measurement_hash, a.measurement_hash);
	reading_end();
	return asked;
}

static void what_others_ask_is_answered_as_others_do(void **state)
{
	(void)state;
	static struct capture c;
	unsigned conversations[READING_BACKENDS] = {0}, signatures = 0;
	for (size_t i = 0; i < ROTOR_COUNT_OF(names); i++) {
		capture_load(&c, names[i]);
		struct rotor_spdm_algorithms a = recorded_algorithms(&c);
		enum rotor_sig_alg sig = rotor_spdm_sig_alg(&a);
		enum rotor_hash_alg hash = rotor_spdm_hash_alg(&a);
		assert_true(sig != ROTOR_SIG_NONE && hash != ROTOR_HASH_NONE);
		for (size_t b = 0; b < READING_BACKENDS; b++) {
			const struct rotor_crypto *crypto = reading_backends[b];
			if (!(crypto->sigs & ROTOR_BIT(sig)) || !(crypto->hashes & ROTOR_BIT(hash)))
				continue;
			make_device(crypto, sig);
			assert_true(replay(&c, names[i]) >= 10);
			assert_true(now.counts.signatures > 0);
			signatures += now.counts.signatures;
			conversations[b]++;
			rotor_spdm_responder_deinit(&device.r);
		}
		capture_free(&c);
	}
	print_message("%u signatures of rotor verified; conversations: OpenSSL %u, Mbed TLS %u\n",
		      signatures, conversations[0], conversations[1]);
	assert_int_equal(conversations[0], ROTOR_COUNT_OF(names));
	assert_int_equal(conversations[1], ROTOR_COUNT_OF(names) - 2); /* Ed25519, SHA-3 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_others_ask_is_answered_as_others_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
