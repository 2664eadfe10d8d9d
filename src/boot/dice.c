/* SPDX-License-Identifier: Apache-2.0 */
/* Keys from secret and measurement, and the certificate of the runtime's key. */
#include <string.h>

#include "rotor/boot_dice.h"

#define PRK_SIZE 48
/* FIPS 186-5 A.2.1 wants 64 bits more than the order of P-384 has. */
#define SEED_SIZE 56

static const char salt_text[] = "rotor DICE 1";
static const char identity_label[] = "rotor device identity";
static const char cdi_label[] = "rotor runtime CDI";
static const char runtime_label[] = "rotor runtime key";

static struct rotor_bytes text(const char *s)
{
	return (struct rotor_bytes){(const uint8_t *)s, strlen(s)};
}

static enum rotor_status extract(const struct rotor_crypto *crypto,
				 const uint8_t secret[ROTOR_BOOT_SECRET_SIZE],
				 uint8_t prk[PRK_SIZE])
{
	struct rotor_bytes ikm = {secret, ROTOR_BOOT_SECRET_SIZE};
	return rotor_hkdf_extract(crypto, ROTOR_HASH_SHA384, text(salt_text), ikm, prk);
}

/* A key from a pseudorandom key and a label. */
static enum rotor_status key_from(const struct rotor_crypto *crypto, const uint8_t prk[PRK_SIZE],
				  const char *label, struct rotor_soft_key *key)
{
	uint8_t seed[SEED_SIZE];
	enum rotor_status status = rotor_hkdf_expand(crypto, ROTOR_HASH_SHA384, prk, PRK_SIZE,
						     text(label), seed, sizeof(seed));
	if (status == ROTOR_OK) {
		status = crypto->key_derive(key, ROTOR_DICE_SIG_ALG, seed, sizeof(seed));
	}
	rotor_wipe(seed, sizeof(seed));
	return status;
}

enum rotor_status rotor_dice_identity_key(const struct rotor_crypto *crypto,
					  const uint8_t secret[ROTOR_BOOT_SECRET_SIZE],
					  struct rotor_soft_key *key)
{
	uint8_t prk[PRK_SIZE];
	enum rotor_status status = extract(crypto, secret, prk);
	if (status == ROTOR_OK) {
		status = key_from(crypto, prk, identity_label, key);
	}
	rotor_wipe(prk, sizeof(prk));
	return status;
}

/* The compound device identifier of what was measured: expand(secret, label || 0 || measurement). */
static enum rotor_status runtime_cdi(const struct rotor_crypto *crypto, const uint8_t prk[PRK_SIZE],
				     const struct rotor_dice_measurement *m, uint8_t cdi[PRK_SIZE])
{
	uint8_t info[sizeof(cdi_label) + 2 * ROTOR_BOOT_DIGEST_SIZE + 4];
	size_t len;
	struct rotor_writer w = rotor_writer(info, sizeof(info));
	rotor_write_bytes(&w, cdi_label, sizeof(cdi_label));
	rotor_write_bytes(&w, m->digest, sizeof(m->digest));
	rotor_write_u32be(&w, m->security_version);
	rotor_write_bytes(&w, m->config_digest, sizeof(m->config_digest));
	enum rotor_status status = rotor_writer_end(&w, &len);
	if (status != ROTOR_OK) {
		return status;
	}
	return rotor_hkdf_expand(crypto, ROTOR_HASH_SHA384, prk, PRK_SIZE,
				 (struct rotor_bytes){info, len}, cdi, PRK_SIZE);
}

enum rotor_status rotor_dice_runtime_key(const struct rotor_crypto *crypto,
					 const uint8_t secret[ROTOR_BOOT_SECRET_SIZE],
					 const struct rotor_dice_measurement *measurement,
					 struct rotor_soft_key *key)
{
	uint8_t prk[PRK_SIZE], cdi[PRK_SIZE];
	enum rotor_status status = extract(crypto, secret, prk);
	if (status == ROTOR_OK) {
		status = runtime_cdi(crypto, prk, measurement, cdi);
	}
	if (status == ROTOR_OK) {
		status = key_from(crypto, cdi, runtime_label, key);
	}
	rotor_wipe(prk, sizeof(prk));
	rotor_wipe(cdi, sizeof(cdi));
	return status;
}

/* Whether @p cert speaks of @p key and lets it certify. */
static bool vouches_for(const struct rotor_cert *cert, const struct rotor_public_key *key)
{
	return cert->is_ca && (!cert->has_key_usage || cert->may_certify) &&
	       cert->key.alg == key->alg && cert->key.len == key->len &&
	       memcmp(cert->key.bytes, key->bytes, key->len) == 0;
}

enum rotor_status
rotor_dice_certify_runtime(const struct rotor_crypto *crypto, struct rotor_soft_key *identity,
			   struct rotor_bytes identity_cert, const struct rotor_public_key *runtime,
			   struct rotor_bytes tcb_info, struct rotor_crypto_job *job, uint8_t *der,
			   size_t cap, size_t *len)
{
	struct rotor_cert cert;
	enum rotor_status status = crypto->cert_parse(identity_cert.data, identity_cert.len, &cert);
	if (status != ROTOR_OK) {
		return status;
	}
	if (!vouches_for(&cert, &identity->public_key)) {
		return ROTOR_ERR_UNTRUSTED;
	}
	const struct rotor_signer signer = rotor_soft_signer(identity);
	const struct rotor_cert_template t = {
	    .issuer = cert.subject,
	    .subject_cn = "rotor runtime",
	    .not_before = ROTOR_DICE_NOT_BEFORE,
	    .not_after = ROTOR_DICE_NOT_AFTER,
	    .key = runtime,
	    .issuer_key = &identity->public_key,
	    .spdm_responder = true,
	    .tcb_info = tcb_info,
	};
	return rotor_cert_write(crypto, &t, &signer, job, der, cap, len);
}

enum rotor_status rotor_dice_identity_request(const struct rotor_crypto *crypto,
					      const uint8_t secret[ROTOR_BOOT_SECRET_SIZE],
					      const char *subject_cn, uint8_t *der, size_t cap,
					      size_t *len)
{
	struct rotor_soft_key key;
	enum rotor_status status = rotor_dice_identity_key(crypto, secret, &key);
	if (status == ROTOR_OK) {
		const struct rotor_signer signer = rotor_soft_signer(&key);
		struct rotor_crypto_job job = {0};
		do {
			status = rotor_csr_write(crypto, subject_cn, &key.public_key, &signer, &job,
						 der, cap, len);
		} while (status == ROTOR_PENDING);
	}
	rotor_wipe(&key, sizeof(key));
	return status;
}
