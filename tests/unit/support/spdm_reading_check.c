/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of a recorded conversation, and rotor's transcripts beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/spdm_oracle.h"
#include "support/spdm_reading.h"

const struct rotor_crypto *const reading_backends[READING_BACKENDS] = {&rotor_crypto_openssl,
								       &rotor_crypto_mbedtls};

void reading_hash(const uint8_t *data, size_t len, uint8_t *digest)
{
	oracle_hash(now.algorithms.base_hash, data, len, digest);
}

/* Whether a backend can follow the conversation's transcripts. */
static bool has_hash(size_t backend)
{
	return now.suite.hash != ROTOR_HASH_NONE &&
	       (reading_backends[backend]->hashes & ROTOR_BIT(now.suite.hash));
}

/* ---- rotor's transcripts ---- */

void reading_rotor_add(enum rotor_spdm_running kind, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < READING_BACKENDS; i++) {
		struct rotor_spdm_transcript *t = &now.transcript[i];
		if (has_hash(i))
			assert_int_equal(rotor_spdm_running_add(reading_backends[i], now.suite.hash,
								t, &t->running, kind, data, len),
					 ROTOR_OK);
	}
}

void reading_rotor_running(const struct reading_bytes *transcript)
{
	uint8_t want[64], own[64];
	reading_hash(transcript->data, transcript->len, want);
	for (size_t i = 0; i < READING_BACKENDS; i++) {
		struct rotor_spdm_transcript *t = &now.transcript[i];
		if (!has_hash(i))
			continue;
		assert_int_equal(rotor_spdm_running_digest(reading_backends[i], &t->running, own),
				 ROTOR_OK);
		assert_memory_equal(own, want, now.sizes.hash);
		rotor_spdm_transcript_drop(reading_backends[i], t);
	}
}

/* ---- signatures ---- */

static const char *const contexts[] = {
    [ROTOR_SPDM_SIGNED_CHALLENGE_AUTH] = "responder-challenge_auth signing",
    [ROTOR_SPDM_SIGNED_MEASUREMENTS] = "responder-measurements signing",
    [ROTOR_SPDM_SIGNED_KEY_EXCHANGE_RSP] = "responder-key_exchange_rsp signing",
    [ROTOR_SPDM_SIGNED_FINISH] = "requester-finish signing",
    [ROTOR_SPDM_SIGNED_ENDPOINT_INFO] = "responder-endpoint_info signing",
    [ROTOR_SPDM_SIGNED_REQ_CHALLENGE_AUTH] = "requester-challenge_auth signing",
    [ROTOR_SPDM_SIGNED_REQ_ENDPOINT_INFO] = "requester-endpoint_info signing",
};

/* What is signed: the transcript itself before 1.2, then a prefix and the transcript's digest. */
static struct rotor_bytes signed_message(const struct reading_bytes *transcript,
					 enum rotor_spdm_signed what, uint8_t combined[100 + 64])
{
	if (now.version < ROTOR_SPDM_V12)
		return (struct rotor_bytes){transcript->data, transcript->len};
	memset(combined, 0, 100 + 64);
	for (int i = 0; i < 4; i++) {
		memcpy(combined + 16 * i, "dmtf-spdm-v1.x.*", 16);
		combined[16 * i + 13] = (uint8_t)('0' + (now.version & 0x0f));
	}
	memcpy(combined + 100 - strlen(contexts[what]), contexts[what], strlen(contexts[what]));
	reading_hash(transcript->data, transcript->len, combined + 100);
	return (struct rotor_bytes){combined, 100u + now.sizes.hash};
}

/* The leaf of a slot; the root's digest must be right. */
static struct rotor_bytes leaf_of(enum reading_side side, uint8_t slot)
{
	static struct rotor_bytes certs[ROTOR_CERT_CHAIN_DEPTH_MAX];
	struct rotor_spdm_cert_chain chain;
	uint8_t root[64];
	size_t count = 0;
	assert_int_equal(
	    rotor_spdm_decode_cert_chain(reading_chain(side, slot), now.sizes.hash, &chain),
	    ROTOR_OK);
	assert_int_equal(rotor_cert_split(chain.certs, certs, ROTOR_COUNT_OF(certs), &count),
			 ROTOR_OK);
	assert_true(count > 0);
	reading_hash(certs[0].data, certs[0].len, root);
	assert_int_equal(chain.root_hash.len, now.sizes.hash);
	assert_memory_equal(chain.root_hash.data, root, now.sizes.hash);
	return certs[count - 1];
}

/* One verification by a backend. @return ROTOR_OK, ROTOR_ERR_VERIFY */
static enum rotor_status verify(const struct rotor_crypto *crypto,
				const struct rotor_public_key *key, const uint8_t *to_sign,
				struct rotor_bytes signature)
{
	struct rotor_crypto_job job = {0};
	enum rotor_status status;
	assert_int_equal(signature.len, rotor_sig_size(key->alg));
	do {
		status =
		    rotor_spdm_verify(crypto, &job, key, now.suite.hash, to_sign, signature.data);
	} while (status == ROTOR_PENDING);
	return status;
}

/* The same by one of rotor's backends: its own prefix, its own key. */
static void rotor_signature(size_t backend, const struct reading_bytes *transcript,
			    enum rotor_spdm_signed what, enum rotor_sig_alg alg,
			    struct rotor_bytes spki, struct rotor_bytes message,
			    struct rotor_bytes signature)
{
	const struct rotor_crypto *crypto = reading_backends[backend];
	uint8_t to_sign[ROTOR_SPDM_TO_SIGN_MAX], want[64];
	struct rotor_public_key key;
	if (!has_hash(backend) || alg == ROTOR_SIG_NONE || !(crypto->sigs & ROTOR_BIT(alg)))
		return;
	reading_hash(transcript->data, transcript->len, to_sign);
	assert_int_equal(
	    rotor_spdm_to_sign(crypto, now.version, now.suite.hash, alg, what, to_sign), ROTOR_OK);
	if (rotor_sig_is_eddsa(alg)) {
		assert_memory_equal(to_sign, message.data, message.len);
	} else {
		reading_hash(message.data, message.len, want);
		assert_memory_equal(to_sign, want, now.sizes.hash);
	}
	assert_int_equal(rotor_spki_read(spki.data, spki.len, &key), ROTOR_OK);
	assert_int_equal(key.alg, rotor_sig_key(alg));
	key.alg = alg;
	assert_int_equal(verify(crypto, &key, to_sign, signature), ROTOR_OK);
	to_sign[0] ^= 1;
	assert_int_equal(verify(crypto, &key, to_sign, signature), ROTOR_ERR_VERIFY);
	now.rotor[backend].signatures++;
}

void reading_signature(const struct reading_bytes *transcript, enum rotor_spdm_signed what,
		       enum reading_side side, uint8_t slot, struct rotor_bytes signature)
{
	uint8_t combined[100 + 64], spki[1024];
	uint32_t asym = side == RESPONDER ? now.algorithms.base_asym : now.algorithms.req_asym;
	struct rotor_bytes key = {spki, 0};
	static struct reading_bytes copy;
	if (now.provisioned_len[side])
		key = (struct rotor_bytes){now.provisioned[side], now.provisioned_len[side]};
	else
		key.len = oracle_spki(leaf_of(side, slot), spki, sizeof(spki));
	struct rotor_bytes message = signed_message(transcript, what, combined);
	if (!oracle_verify(asym, now.algorithms.base_hash, key, message, signature))
		fail_msg("%s: the signature of %s is wrong (%zu bytes of transcript)", now.name,
			 contexts[what], transcript->len);
	for (size_t i = 0; i < READING_BACKENDS; i++)
		rotor_signature(i, transcript, what,
				side == RESPONDER ? now.suite.sig : now.suite.req_sig, key, message,
				signature);
	/* One bit of the transcript less, and it must not be genuine. */
	copy = *transcript;
	copy.data[copy.len / 2] ^= 0x10;
	message = signed_message(&copy, what, combined);
	assert_false(oracle_verify(asym, now.algorithms.base_hash, key, message, signature));
	now.counts.signatures++;
}
