/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/x509.h"
#include "toy_crypto.h"

#define LANES 8

/* ---- hash: lanes that are stirred byte by byte ---- */

struct toy_hash {
	uint64_t lane[LANES];
	uint64_t count;
};

static void stir(struct toy_hash *t, uint8_t byte)
{
	uint64_t *a = &t->lane[t->count % LANES];
	uint64_t b = t->lane[(t->count + 1) % LANES];
	*a = (*a ^ byte) * UINT64_C(0x9e3779b97f4a7c15) + (b << 23 | b >> 41);
	t->count++;
}

static enum rotor_status hash_start(struct rotor_hash *h, enum rotor_hash_alg alg)
{
	struct toy_hash t = {.count = 0};
	for (size_t i = 0; i < LANES; i++) {
		t.lane[i] = (uint64_t)alg * 77 + i;
	}
	_Static_assert(sizeof(t) <= sizeof(h->opaque), "the toy hash fits");
	h->alg = alg;
	memcpy(h->opaque, &t, sizeof(t));
	return ROTOR_OK;
}

static enum rotor_status hash_update(struct rotor_hash *h, const void *data, size_t len)
{
	struct toy_hash t;
	if (h->alg == ROTOR_HASH_NONE) {
		return ROTOR_ERR_STATE;
	}
	memcpy(&t, h->opaque, sizeof(t));
	for (size_t i = 0; i < len; i++) {
		stir(&t, ((const uint8_t *)data)[i]);
	}
	memcpy(h->opaque, &t, sizeof(t));
	return ROTOR_OK;
}

static enum rotor_status hash_finish(struct rotor_hash *h, uint8_t *digest)
{
	struct toy_hash t;
	if (h->alg == ROTOR_HASH_NONE) {
		return ROTOR_ERR_STATE;
	}
	memcpy(&t, h->opaque, sizeof(t));
	for (size_t i = 0; i < (size_t)4 * LANES; i++) {
		stir(&t, 0);
	}
	memcpy(digest, t.lane, rotor_hash_size(h->alg));
	memset(h, 0, sizeof(*h));
	return ROTOR_OK;
}

static enum rotor_status hash_clone(struct rotor_hash *to, const struct rotor_hash *from)
{
	*to = *from;
	return ROTOR_OK;
}

static void hash_release(struct rotor_hash *h)
{
	memset(h, 0, sizeof(*h));
}

static enum rotor_status hmac(enum rotor_hash_alg alg, const uint8_t *key, size_t key_len,
			      const struct rotor_bytes *parts, size_t part_count, uint8_t *mac)
{
	struct rotor_hash h;
	(void)hash_start(&h, alg);
	(void)hash_update(&h, key, key_len);
	for (size_t i = 0; i < part_count; i++) {
		(void)hash_update(&h, parts[i].data, parts[i].len);
	}
	return hash_finish(&h, mac);
}

/* ---- keys: the public one is a hash of the secret one, and signs ---- */

/* rotor_sig_size(alg) bytes that follow from @p a and @p b. */
static void expand(enum rotor_sig_alg alg, const uint8_t *a, size_t a_len, const uint8_t *b,
		   size_t b_len, uint8_t *out)
{
	size_t len = rotor_sig_size(alg);
	for (size_t at = 0; at < len; at += 32) {
		struct rotor_hash h;
		uint8_t digest[ROTOR_HASH_MAX];
		(void)hash_start(&h, ROTOR_HASH_SHA512);
		(void)hash_update(&h, a, a_len);
		(void)hash_update(&h, b, b_len);
		(void)hash_update(&h, &at, sizeof(at));
		(void)hash_finish(&h, digest);
		memcpy(out + at, digest, len - at < 32 ? len - at : 32);
	}
	/* An integer of a DER signature that begins with a zero bit is of one length. */
	out[0] = (uint8_t)((out[0] & 0x3f) | 0x40);
	out[len / 2] = (uint8_t)((out[len / 2] & 0x3f) | 0x40);
}

static enum rotor_status key_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
				    const uint8_t *secret)
{
	static const uint8_t label[] = "public";
	key->crypto = &toy_crypto;
	key->alg = alg;
	memcpy(key->secret, secret, rotor_sig_private_size(alg));
	key->public_key.alg = alg;
	key->public_key.len = (uint16_t)rotor_sig_public_size(alg);
	expand(alg, label, sizeof(label), key->secret, rotor_sig_private_size(alg),
	       key->public_key.bytes);
	return ROTOR_OK;
}

static enum rotor_status key_derive(struct rotor_soft_key *key, enum rotor_sig_alg alg,
				    const uint8_t *seed, size_t seed_len)
{
	return seed_len < rotor_sig_private_size(alg) + 8 ? ROTOR_ERR_ARGUMENT
							  : key_import(key, alg, seed);
}

static enum rotor_status key_sign(struct rotor_crypto_job *job, const struct rotor_soft_key *key,
				  enum rotor_hash_alg hash, const uint8_t *digest, uint8_t *sig)
{
	(void)job;
	expand(key->alg, key->public_key.bytes, key->public_key.len, digest, rotor_hash_size(hash),
	       sig);
	return ROTOR_OK;
}

static enum rotor_status verify(struct rotor_crypto_job *job, const struct rotor_public_key *key,
				enum rotor_hash_alg hash, const uint8_t *digest, const uint8_t *sig,
				size_t sig_len)
{
	uint8_t good[ROTOR_SIGNATURE_MAX];
	(void)job;
	if (rotor_sig_size(key->alg) == 0 || rotor_hash_size(hash) == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (sig_len != rotor_sig_size(key->alg) || key->len != rotor_sig_public_size(key->alg)) {
		return ROTOR_ERR_VERIFY;
	}
	expand(key->alg, key->bytes, key->len, digest, rotor_hash_size(hash), good);
	return memcmp(sig, good, sig_len) == 0 ? ROTOR_OK : ROTOR_ERR_VERIFY;
}

static void job_cancel(struct rotor_crypto_job *job)
{
	job->state = NULL;
}

/* ---- certificates ---- */

static enum rotor_status cert_parse(const uint8_t *der, size_t len, struct rotor_cert *out)
{
	struct rotor_x509 x509;
	enum rotor_status status = rotor_x509_read(der, len, &x509);
	*out = x509.cert;
	return status;
}

const struct rotor_crypto toy_crypto = {
    .name = "toy",
    .hashes =
	ROTOR_BIT(ROTOR_HASH_SHA256) | ROTOR_BIT(ROTOR_HASH_SHA384) | ROTOR_BIT(ROTOR_HASH_SHA512),
    .sigs = ROTOR_BIT(ROTOR_SIG_ECDSA_P256) | ROTOR_BIT(ROTOR_SIG_ECDSA_P384),
    .hash_start = hash_start,
    .hash_update = hash_update,
    .hash_finish = hash_finish,
    .hash_clone = hash_clone,
    .hash_release = hash_release,
    .hmac = hmac,
    .job_cancel = job_cancel,
    .verify = verify,
    .key_import = key_import,
    .key_derive = key_derive,
    .key_sign = key_sign,
    .key_sign_deterministic = true,
    .cert_parse = cert_parse,
};
