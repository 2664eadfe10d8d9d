/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/to_end.h"

/* What ended holds no memory any more. */
static enum rotor_status ended(const struct rotor_crypto_job *job, enum rotor_status status)
{
	assert_null(job->state);
	return status;
}

enum rotor_status verify_to_end(const struct rotor_crypto *crypto,
				const struct rotor_public_key *key, enum rotor_hash_alg hash,
				const uint8_t *digest, const uint8_t *sig, size_t sig_len)
{
	struct rotor_crypto_job job = {0};
	enum rotor_status status;
	SETTLE(status, crypto->verify(&job, key, hash, digest, sig, sig_len));
	return ended(&job, status);
}

enum rotor_status sign_to_end(const struct rotor_signer *signer, enum rotor_hash_alg hash,
			      const uint8_t *digest, uint8_t *sig)
{
	struct rotor_crypto_job job = {0};
	enum rotor_status status;
	SETTLE(status, signer->sign(signer, &job, hash, digest, sig));
	return ended(&job, status);
}

enum rotor_status kex_generate_to_end(const struct rotor_crypto *crypto, struct rotor_kex *k,
				      enum rotor_kex_alg alg, uint8_t *public_out)
{
	struct rotor_crypto_job job = {0};
	enum rotor_status status;
	SETTLE(status, crypto->kex_generate(&job, k, alg, public_out));
	return ended(&job, status);
}

enum rotor_status kex_agree_to_end(const struct rotor_crypto *crypto, struct rotor_kex *k,
				   const uint8_t *peer, uint8_t *secret)
{
	struct rotor_crypto_job job = {0};
	enum rotor_status status;
	SETTLE(status, crypto->kex_agree(&job, k, peer, secret));
	return ended(&job, status);
}

enum rotor_status chain_verify_to_end(const struct rotor_crypto *crypto,
				      const struct rotor_bytes *certs, size_t cert_count,
				      const struct rotor_bytes *anchors, size_t anchor_count,
				      rotor_time now)
{
	struct rotor_crypto_job job = {0};
	enum rotor_status status;
	SETTLE(status, crypto->chain_verify(&job, certs, cert_count, anchors, anchor_count, now));
	return ended(&job, status);
}
