/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/pending_crypto.h"

static const struct rotor_crypto *base;
static struct rotor_crypto wrapper;
static unsigned pending_times;

/* What a job's first call was about, and the job of the backend below, which may be pending by itself. */
struct call {
	const char *op;
	const void *args[4];
	unsigned answered;
	struct rotor_crypto_job below;
};

/* The job below if this call is to go on to it; NULL if it is to be answered ROTOR_PENDING. */
static struct rotor_crypto_job *pass(struct rotor_crypto_job *job, const char *op, const void *a,
				     const void *b, const void *c, const void *d)
{
	const struct call now = {.op = op, .args = {a, b, c, d}};
	struct call *call = job->state;
	if (!call) {
		call = malloc(sizeof(*call));
		assert_non_null(call);
		*call = now;
		job->state = call;
	}
	assert_string_equal(call->op, op);
	assert_memory_equal(call->args, now.args, sizeof(now.args));
	return call->answered++ < pending_times ? NULL : &call->below;
}

static enum rotor_status ended(struct rotor_crypto_job *job, enum rotor_status status)
{
	if (status != ROTOR_PENDING) {
		free(job->state);
		job->state = NULL;
	}
	return status;
}

static void job_cancel(struct rotor_crypto_job *job)
{
	struct call *call = job->state;
	if (call) {
		base->job_cancel(&call->below);
	}
	free(call);
	job->state = NULL;
}

static enum rotor_status verify(struct rotor_crypto_job *job, const struct rotor_public_key *key,
				enum rotor_hash_alg hash, const uint8_t *digest, const uint8_t *sig,
				size_t sig_len)
{
	struct rotor_crypto_job *below = pass(job, "verify", key, digest, sig, NULL);
	return below ? ended(job, base->verify(below, key, hash, digest, sig, sig_len))
		     : ROTOR_PENDING;
}

static enum rotor_status kex_generate(struct rotor_crypto_job *job, struct rotor_kex *k,
				      enum rotor_kex_alg alg, uint8_t *public_out)
{
	struct rotor_crypto_job *below = pass(job, "kex_generate", k, public_out, NULL, NULL);
	return below ? ended(job, base->kex_generate(below, k, alg, public_out)) : ROTOR_PENDING;
}

static enum rotor_status kex_agree(struct rotor_crypto_job *job, struct rotor_kex *k,
				   const uint8_t *peer, uint8_t *secret)
{
	struct rotor_crypto_job *below = pass(job, "kex_agree", k, peer, secret, NULL);
	return below ? ended(job, base->kex_agree(below, k, peer, secret)) : ROTOR_PENDING;
}

static enum rotor_status chain_verify(struct rotor_crypto_job *job, const struct rotor_bytes *certs,
				      size_t cert_count, const struct rotor_bytes *anchors,
				      size_t anchor_count, rotor_time now)
{
	struct rotor_crypto_job *below =
	    pass(job, "chain_verify", cert_count ? certs[0].data : NULL,
		 cert_count ? certs[cert_count - 1].data : NULL,
		 anchor_count ? anchors[0].data : NULL, NULL);
	return below ? ended(job, base->chain_verify(below, certs, cert_count, anchors,
						     anchor_count, now))
		     : ROTOR_PENDING;
}

static enum rotor_status key_sign(struct rotor_crypto_job *job, const struct rotor_soft_key *key,
				  enum rotor_hash_alg hash, const uint8_t *digest, uint8_t *sig)
{
	/* The digest and the signature may be on the caller's stack: only the key stays where it was. */
	struct rotor_crypto_job *below = pass(job, "key_sign", key, NULL, NULL, NULL);
	return below ? ended(job, base->key_sign(below, key, hash, digest, sig)) : ROTOR_PENDING;
}

static enum rotor_status key_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
				    const uint8_t *secret)
{
	enum rotor_status status = base->key_import(key, alg, secret);
	key->crypto = status == ROTOR_OK ? &wrapper : NULL;
	return status;
}

static enum rotor_status key_derive(struct rotor_soft_key *key, enum rotor_sig_alg alg,
				    const uint8_t *seed, size_t seed_len)
{
	enum rotor_status status = base->key_derive(key, alg, seed, seed_len);
	key->crypto = status == ROTOR_OK ? &wrapper : NULL;
	return status;
}

const struct rotor_crypto *pending_crypto(const struct rotor_crypto *on, unsigned times)
{
	base = on;
	pending_times = times;
	wrapper = *on;
	wrapper.name = "pending";
	wrapper.job_cancel = job_cancel;
	wrapper.verify = verify;
	wrapper.kex_generate = kex_generate;
	wrapper.kex_agree = kex_agree;
	wrapper.chain_verify = chain_verify;
	wrapper.key_import = key_import;
	wrapper.key_derive = key_derive;
	wrapper.key_sign = key_sign;
	return &wrapper;
}
