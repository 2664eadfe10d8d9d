/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SPDM responder with a crypto backend that computes nothing: what it costs the processor itself. What its counterpart
 * costs is left out by counting only in the responder's own functions (./dev bench).
 */
#include <string.h>

#include "bench/bench.h"
#include "fuzz/fake_crypto.h"
#include "rotor/spdm_requester.h"
#include "rotor/spdm_responder.h"

#define BLOCKS 5
/* Three certificates of about 600 bytes, as DER sees them. */
#define CERTS     3
#define CERT_SIZE 600

static uint8_t certificates[CERTS * CERT_SIZE];
static struct rotor_crypto blank;
static struct rotor_spdm_slot slot;

/* ---- nothing is computed ---- */

static enum rotor_status no_update(struct rotor_hash *h, const void *data, size_t len)
{
	(void)data;
	(void)len;
	return h->alg != ROTOR_HASH_NONE ? ROTOR_OK : ROTOR_ERR_STATE;
}

static enum rotor_status no_finish(struct rotor_hash *h, uint8_t *digest)
{
	memset(digest, 0x5a, rotor_hash_size(h->alg));
	h->alg = ROTOR_HASH_NONE;
	return ROTOR_OK;
}

static enum rotor_status no_hmac(enum rotor_hash_alg alg, const uint8_t *key, size_t key_len,
				 const struct rotor_bytes *parts, size_t part_count, uint8_t *mac)
{
	(void)key;
	(void)key_len;
	(void)parts;
	(void)part_count;
	memset(mac, 0xa5, rotor_hash_size(alg));
	return ROTOR_OK;
}

/* Records are made and opened in place. */
static enum rotor_status no_seal(enum rotor_aead_alg alg, const uint8_t *key, const uint8_t *iv,
				 const uint8_t *aad, size_t aad_len, const uint8_t *plain,
				 size_t len, uint8_t *cipher, uint8_t *tag)
{
	(void)alg;
	(void)key;
	(void)iv;
	(void)aad;
	(void)aad_len;
	(void)len;
	memset(tag, 0xaa, ROTOR_AEAD_TAG_SIZE);
	return cipher == plain ? ROTOR_OK : ROTOR_ERR_ARGUMENT;
}

static enum rotor_status no_open(enum rotor_aead_alg alg, const uint8_t *key, const uint8_t *iv,
				 const uint8_t *aad, size_t aad_len, const uint8_t *cipher,
				 size_t len, const uint8_t *tag, uint8_t *plain)
{
	(void)alg;
	(void)key;
	(void)iv;
	(void)aad;
	(void)aad_len;
	(void)len;
	(void)tag;
	return cipher == plain ? ROTOR_OK : ROTOR_ERR_ARGUMENT;
}

static enum rotor_status no_random(uint8_t *out, size_t len)
{
	memset(out, 0x77, len);
	return ROTOR_OK;
}

/* ---- the two ends ---- */

static enum rotor_status measurement(void *ctx, unsigned position, enum rotor_hash_alg hash,
				     struct rotor_spdm_own_measurement *out)
{
	static const uint8_t digest[48] = {1};
	(void)ctx;
	(void)hash;
	if (position >= BLOCKS)
		return ROTOR_ERR_NOT_FOUND;
	out->index = (uint8_t)(position + 1);
	out->summary = out->tcb = true;
	out->value = (struct rotor_bytes){digest, sizeof(digest)};
	return ROTOR_OK;
}

static enum rotor_status believe(void *ctx, struct rotor_crypto_job *job,
				 const struct rotor_bytes *certs, size_t count,
				 const struct rotor_cert *leaf)
{
	(void)ctx;
	(void)job;
	(void)certs;
	(void)leaf;
	return count ? ROTOR_OK : ROTOR_ERR_UNTRUSTED;
}

static struct rotor_spdm_connection connections[1];
static struct rotor_spdm_session sessions[1];
static const struct rotor_spdm_responder_ops ops = {.measurement = measurement};
static const struct rotor_spdm_responder_config responder_config = {
    .crypto = &blank,
    .versions = {ROTOR_SPDM_V12, ROTOR_SPDM_V13},
    .version_count = 2,
    .connections = connections,
    .connection_count = 1,
    .sessions = sessions,
    .session_count = 1,
    .measurement_hash = ROTOR_HASH_SHA384,
    .alias_certificates = true,
    .slots = &slot,
    .slot_count = 1,
    .ops = &ops,
};
static const struct rotor_spdm_requester_config requester_config = {
    .crypto = &blank,
    .versions = {ROTOR_SPDM_V12, ROTOR_SPDM_V13},
    .version_count = 2,
    .hashes = ROTOR_BIT(ROTOR_HASH_SHA384),
    .sigs = ROTOR_BIT(ROTOR_SIG_ECDSA_P384),
    .kexes = ROTOR_BIT(ROTOR_KEX_SECP384R1),
    .aeads = ROTOR_BIT(ROTOR_AEAD_AES256_GCM),
    .verify_peer = believe,
};

static struct rotor_spdm_requester requester;
static struct rotor_spdm_responder responder;

/* Runs what the requester has begun to its end. */
static bool run(enum rotor_status begun)
{
	struct rotor_spdm_message m, app;
	struct rotor_spdm_out out;
	uint8_t msg[4096], answer[4096];
	bool good = begun == ROTOR_OK;
	while (good && rotor_spdm_requester_status(&requester) == ROTOR_PENDING) {
		if (!rotor_spdm_requester_next(&requester, 1, &m))
			continue;
		memcpy(msg, m.bytes.data, m.bytes.len);
		rotor_spdm_responder_receive(&responder, 9, 0, m.secured, msg, m.bytes.len, 1,
					     &out);
		while (out.kind == ROTOR_SPDM_OUT_NOTHING &&
		       rotor_spdm_responder_deadline(&responder) == 0)
			rotor_spdm_responder_poll(&responder, 1, &out);
		good = out.kind == ROTOR_SPDM_OUT_RESPONSE;
		if (good) {
			memcpy(answer, out.bytes.data, out.bytes.len);
			rotor_spdm_requester_receive(&requester, out.secured, answer, out.bytes.len,
						     1, &app);
		}
	}
	return good && rotor_spdm_requester_status(&requester) == ROTOR_OK;
}

static void prepare(void)
{
	static const uint8_t head[] = {0x30, 0x82, (CERT_SIZE - 4) >> 8, (CERT_SIZE - 4) & 0xff};
	for (size_t i = 0; i < CERTS; i++)
		memcpy(certificates + i * CERT_SIZE, head, sizeof(head));
	blank = fake_crypto;
	blank.hash_update = no_update;
	blank.hash_finish = no_finish;
	blank.hmac = no_hmac;
	blank.aead_seal = no_seal;
	blank.aead_open = no_open;
	blank.random = no_random;
	slot = (struct rotor_spdm_slot){.chain = {certificates, sizeof(certificates)},
					.signer = &fake_signer};
}

bool bench_spdm(bool session)
{
	static uint8_t requester_buffer[4096], responder_buffer[1300], chain[4096], record[1024];
	prepare();
	if (rotor_spdm_requester_init(&requester, &requester_config, requester_buffer,
				      sizeof(requester_buffer)) != ROTOR_OK ||
	    rotor_spdm_responder_init(&responder, &responder_config, responder_buffer,
				      sizeof(responder_buffer), NULL, 0) != ROTOR_OK)
		return false;
	bool good =
	    run(rotor_spdm_requester_connect(&requester)) &&
	    run(rotor_spdm_requester_get_digests(&requester)) &&
	    run(rotor_spdm_requester_get_certificate(&requester, 0, chain, sizeof(chain))) &&
	    run(rotor_spdm_requester_challenge(&requester, ROTOR_SPDM_SUMMARY_ALL)) &&
	    run(rotor_spdm_requester_get_measurements(&requester, false, ROTOR_SPDM_MEAS_OP_ALL,
						      true, false, record, sizeof(record)));
	if (session)
		good = good &&
		       run(rotor_spdm_requester_start_session(&requester, ROTOR_SPDM_SUMMARY_NONE));
	rotor_spdm_requester_deinit(&requester);
	rotor_spdm_responder_deinit(&responder);
	return good;
}
