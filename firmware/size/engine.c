/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's hardware does everything but certificates, which are read and checked by rotor's own code as with every
 * backend. Not counted, as no crypto library is; what it calls of rotor is.
 */
#include "engine.h"

#include "crypto/x509.h"
#include "port.h"

static enum rotor_status answer(void)
{
	return (enum rotor_status)port_number();
}

static enum rotor_status hash_start(struct rotor_hash *h, enum rotor_hash_alg alg)
{
	h->alg = alg;
	return answer();
}

static enum rotor_status hash_update(struct rotor_hash *h, const void *data, size_t len)
{
	(void)h;
	(void)port_send(data, len);
	return answer();
}

static enum rotor_status hash_finish(struct rotor_hash *h, uint8_t *digest)
{
	(void)h;
	*digest = (uint8_t)port_number();
	return answer();
}

static enum rotor_status hash_clone(struct rotor_hash *to, const struct rotor_hash *from)
{
	*to = *from;
	return answer();
}

static void hash_release(struct rotor_hash *h)
{
	h->alg = ROTOR_HASH_NONE;
}

static enum rotor_status hmac(enum rotor_hash_alg alg, const uint8_t *key, size_t key_len,
			      const struct rotor_bytes *parts, size_t part_count, uint8_t *mac)
{
	(void)port_send(key, key_len + part_count + parts->len + alg);
	*mac = (uint8_t)port_number();
	return answer();
}

static enum rotor_status aead_seal(enum rotor_aead_alg alg, const uint8_t *key, const uint8_t *iv,
				   const uint8_t *aad, size_t aad_len, const uint8_t *plain,
				   size_t len, uint8_t *cipher, uint8_t *tag)
{
	(void)port_send(key, aad_len + len + alg);
	*cipher = (uint8_t)(*plain ^ *iv ^ *aad);
	*tag = (uint8_t)port_number();
	return answer();
}

static enum rotor_status aead_open(enum rotor_aead_alg alg, const uint8_t *key, const uint8_t *iv,
				   const uint8_t *aad, size_t aad_len, const uint8_t *cipher,
				   size_t len, const uint8_t *tag, uint8_t *plain)
{
	(void)port_send(key, aad_len + len + alg);
	*plain = (uint8_t)(*cipher ^ *iv ^ *aad ^ *tag);
	return answer();
}

static enum rotor_status random(uint8_t *out, size_t len)
{
	*out = (uint8_t)(port_number() + len);
	return answer();
}

static void job_cancel(struct rotor_crypto_job *job)
{
	job->state = NULL;
}

static enum rotor_status verify(struct rotor_crypto_job *job, const struct rotor_public_key *key,
				enum rotor_hash_alg hash, const uint8_t *digest, const uint8_t *sig,
				size_t sig_len)
{
	job->state = NULL;
	(void)port_send(key->bytes, hash);
	(void)port_send(digest, key->len);
	(void)port_send(sig, sig_len);
	return answer();
}

static enum rotor_status kex_generate(struct rotor_crypto_job *job, struct rotor_kex *k,
				      enum rotor_kex_alg alg, uint8_t *public_out)
{
	job->state = NULL;
	k->alg = alg;
	*public_out = (uint8_t)port_number();
	return answer();
}

static enum rotor_status kex_agree(struct rotor_crypto_job *job, struct rotor_kex *k,
				   const uint8_t *peer, uint8_t *secret)
{
	job->state = NULL;
	*secret = *peer ^ *k->secret;
	return answer();
}

static enum rotor_status key_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
				    const uint8_t *secret)
{
	key->crypto = &engine;
	key->alg = alg;
	key->secret[0] = *secret;
	return answer();
}

static enum rotor_status key_derive(struct rotor_soft_key *key, enum rotor_sig_alg alg,
				    const uint8_t *seed, size_t seed_len)
{
	key->crypto = &engine;
	key->alg = alg;
	(void)port_send(seed, seed_len);
	return answer();
}

static enum rotor_status key_sign(struct rotor_crypto_job *job, const struct rotor_soft_key *key,
				  enum rotor_hash_alg hash, const uint8_t *digest, uint8_t *sig)
{
	job->state = NULL;
	(void)port_send(key->secret, hash);
	*sig = *digest;
	return answer();
}

/* A responder that only attests reads nobody else's certificates. */
#if ROTOR_SPDM_SESSIONS > 0
static enum rotor_status cert_parse(const uint8_t *der, size_t len, struct rotor_cert *out)
{
	struct rotor_x509 x509;
	enum rotor_status status = rotor_x509_read(der, len, &x509);

	*out = x509.cert;
	return status;
}

static enum rotor_status chain_verify(struct rotor_crypto_job *job, const struct rotor_bytes *certs,
				      size_t cert_count, const struct rotor_bytes *anchors,
				      size_t anchor_count, rotor_time now)
{
	struct rotor_x509_walk walk = {0};

	job->state = NULL;
	return rotor_x509_walk(&engine, &walk, certs, cert_count, anchors, anchor_count, now);
}
#endif

const struct rotor_crypto engine = {
    .name = "engine",
    .hashes = ROTOR_BIT(ROTOR_HASH_SHA384),
    .sigs = ROTOR_BIT(ROTOR_SIG_ECDSA_P384),
    .kexes = ROTOR_BIT(ROTOR_KEX_SECP384R1),
    .aeads = ROTOR_BIT(ROTOR_AEAD_AES256_GCM),
    .hash_start = hash_start,
    .hash_update = hash_update,
    .hash_finish = hash_finish,
    .hash_clone = hash_clone,
    .hash_release = hash_release,
    .hmac = hmac,
    .aead_seal = aead_seal,
    .aead_open = aead_open,
    .random = random,
    .job_cancel = job_cancel,
    .verify = verify,
    .kex_generate = kex_generate,
    .kex_agree = kex_agree,
    .key_import = key_import,
    .key_derive = key_derive,
    .key_sign = key_sign,
    .key_sign_deterministic = true,
#if ROTOR_SPDM_SESSIONS > 0
    .cert_parse = cert_parse,
    .chain_verify = chain_verify,
#endif
};
