/* SPDX-License-Identifier: Apache-2.0 */
/* Elliptic curves of the Mbed TLS backend. */
#include "crypto/mbedtls_ec.h"

#include <mbedtls/ecdsa.h>
#include <string.h>

#include "crypto/mbedtls_md.h"
#include "crypto/mbedtls_random.h"

/* What an operation on one curve works with. */
struct workspace {
	mbedtls_ecp_group group;
	mbedtls_ecp_point point;
	mbedtls_mpi scalar, r, s;
	size_t size; /* bytes of a coordinate or scalar; 0 if the curve is not built in */
};

static mbedtls_ecp_group_id group_of(enum rotor_sig_alg alg)
{
	switch (alg) {
#if defined(MBEDTLS_ECP_DP_SECP256R1_ENABLED)
	case ROTOR_SIG_ECDSA_P256:
		return MBEDTLS_ECP_DP_SECP256R1;
#endif
	case ROTOR_SIG_ECDSA_P384:
		return MBEDTLS_ECP_DP_SECP384R1;
	default:
		return MBEDTLS_ECP_DP_NONE;
	}
}

static enum rotor_sig_alg curve_of_kex(enum rotor_kex_alg alg)
{
	switch (alg) {
	case ROTOR_KEX_SECP256R1:
		return ROTOR_SIG_ECDSA_P256;
	case ROTOR_KEX_SECP384R1:
		return ROTOR_SIG_ECDSA_P384;
	case ROTOR_KEX_NONE:
	default:
		return ROTOR_SIG_NONE;
	}
}

mbedtls_md_type_t rotor_mbedtls_md_type(enum rotor_hash_alg alg)
{
	switch (alg) {
	case ROTOR_HASH_SHA256:
		return MBEDTLS_MD_SHA256;
	case ROTOR_HASH_SHA384:
		return MBEDTLS_MD_SHA384;
	case ROTOR_HASH_SHA512:
		return MBEDTLS_MD_SHA512;
	case ROTOR_HASH_NONE:
	default:
		return MBEDTLS_MD_NONE;
	}
}

static int random_bytes(void *ctx, unsigned char *out, size_t len)
{
	(void)ctx;
	return rotor_mbedtls_random(out, len) ? MBEDTLS_ERR_ECP_RANDOM_FAILED : 0;
}

/* Always ended by finish(). */
static enum rotor_status start(struct workspace *w, enum rotor_sig_alg alg)
{
	mbedtls_ecp_group_init(&w->group);
	mbedtls_ecp_point_init(&w->point);
	mbedtls_mpi_init(&w->scalar);
	mbedtls_mpi_init(&w->r);
	mbedtls_mpi_init(&w->s);
	w->size = group_of(alg) == MBEDTLS_ECP_DP_NONE ? 0 : rotor_ecdsa_size(alg);
	if (w->size == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	return mbedtls_ecp_group_load(&w->group, group_of(alg)) ? ROTOR_ERR_CRYPTO : ROTOR_OK;
}

/* Erases and frees; mbedtls's own frees erase. */
static void finish(struct workspace *w)
{
	mbedtls_ecp_group_free(&w->group);
	mbedtls_ecp_point_free(&w->point);
	mbedtls_mpi_free(&w->scalar);
	mbedtls_mpi_free(&w->r);
	mbedtls_mpi_free(&w->s);
}

/* Takes X and Y into w->point; ROTOR_ERR_FORMAT unless that is a point of the curve. */
static enum rotor_status load_point(struct workspace *w, const uint8_t *raw)
{
	if (mbedtls_mpi_read_binary(&w->point.X, raw, w->size) ||
	    mbedtls_mpi_read_binary(&w->point.Y, raw + w->size, w->size) ||
	    mbedtls_mpi_lset(&w->point.Z, 1)) {
		return ROTOR_ERR_CRYPTO;
	}
	return mbedtls_ecp_check_pubkey(&w->group, &w->point) ? ROTOR_ERR_FORMAT : ROTOR_OK;
}

static enum rotor_status store_point(struct workspace *w, uint8_t *raw)
{
	return mbedtls_mpi_write_binary(&w->point.X, raw, w->size) ||
		       mbedtls_mpi_write_binary(&w->point.Y, raw + w->size, w->size)
		   ? ROTOR_ERR_CRYPTO
		   : ROTOR_OK;
}

enum rotor_status rotor_mbedtls_check_public(const struct rotor_public_key *key)
{
	struct workspace w;
	enum rotor_status status = start(&w, key->alg);
	if (status == ROTOR_OK && key->len != 2 * w.size) {
		status = ROTOR_ERR_FORMAT;
	}
	if (status == ROTOR_OK) {
		status = load_point(&w, key->bytes);
	}
	finish(&w);
	return status;
}

enum rotor_status rotor_mbedtls_verify(struct rotor_crypto_job *job,
				       const struct rotor_public_key *key, enum rotor_hash_alg hash,
				       const uint8_t *digest, const uint8_t *sig, size_t sig_len)
{
	(void)job;
	struct workspace w;
	enum rotor_status status = start(&w, key->alg);
	if (status == ROTOR_OK && rotor_hash_size(hash) == 0) {
		status = ROTOR_ERR_UNSUPPORTED;
	}
	if (status == ROTOR_OK && (sig_len != 2 * w.size || key->len != 2 * w.size)) {
		status = ROTOR_ERR_VERIFY;
	}
	if (status == ROTOR_OK) {
		status = load_point(&w, key->bytes);
	}
	if (status == ROTOR_OK && (mbedtls_mpi_read_binary(&w.r, sig, w.size) ||
				   mbedtls_mpi_read_binary(&w.s, sig + w.size, w.size))) {
		status = ROTOR_ERR_CRYPTO;
	}
	if (status == ROTOR_OK &&
	    mbedtls_ecdsa_verify(&w.group, digest, rotor_hash_size(hash), &w.point, &w.r, &w.s)) {
		status = ROTOR_ERR_VERIFY;
	}
	finish(&w);
	return status == ROTOR_ERR_FORMAT ? ROTOR_ERR_VERIFY : status;
}

enum rotor_status rotor_mbedtls_kex_generate(struct rotor_crypto_job *job, struct rotor_kex *k,
					     enum rotor_kex_alg alg, uint8_t *public_out)
{
	(void)job;
	struct workspace w;
	enum rotor_status status = start(&w, curve_of_kex(alg));
	if (status == ROTOR_OK &&
	    (mbedtls_ecp_gen_keypair(&w.group, &w.scalar, &w.point, random_bytes, NULL) ||
	     mbedtls_mpi_write_binary(&w.scalar, k->secret, w.size))) {
		status = ROTOR_ERR_CRYPTO;
	}
	if (status == ROTOR_OK) {
		status = store_point(&w, public_out);
	}
	k->alg = status == ROTOR_OK ? alg : ROTOR_KEX_NONE;
	finish(&w);
	return status;
}

enum rotor_status rotor_mbedtls_kex_agree(struct rotor_crypto_job *job, struct rotor_kex *k,
					  const uint8_t *peer, uint8_t *secret)
{
	(void)job;
	struct workspace w;
	if (k->alg == ROTOR_KEX_NONE) {
		return ROTOR_ERR_STATE;
	}
	enum rotor_status status = start(&w, curve_of_kex(k->alg));
	if (status == ROTOR_OK) {
		status = load_point(&w, peer);
	}
	if (status == ROTOR_OK &&
	    (mbedtls_mpi_read_binary(&w.scalar, k->secret, w.size) ||
	     mbedtls_ecp_mul(&w.group, &w.point, &w.scalar, &w.point, random_bytes, NULL) ||
	     mbedtls_ecp_is_zero(&w.point) ||
	     mbedtls_mpi_write_binary(&w.point.X, secret, w.size))) {
		status = ROTOR_ERR_CRYPTO;
	}
	finish(&w);
	return status;
}

/* Makes a key of w->scalar, which must be from 1 to n - 1. */
static enum rotor_status complete_key(struct workspace *w, struct rotor_soft_key *key,
				      enum rotor_sig_alg alg)
{
	if (mbedtls_ecp_check_privkey(&w->group, &w->scalar)) {
		return ROTOR_ERR_FORMAT;
	}
	if (mbedtls_ecp_mul(&w->group, &w->point, &w->scalar, &w->group.G, random_bytes, NULL) ||
	    mbedtls_mpi_write_binary(&w->scalar, key->secret, w->size)) {
		return ROTOR_ERR_CRYPTO;
	}
	key->crypto = &rotor_crypto_mbedtls;
	key->alg = alg;
	key->public_key.alg = alg;
	key->public_key.len = (uint16_t)(2 * w->size);
	return store_point(w, key->public_key.bytes);
}

enum rotor_status rotor_mbedtls_key_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					   const uint8_t *secret)
{
	struct workspace w;
	memset(key, 0, sizeof(*key));
	enum rotor_status status = start(&w, alg);
	if (status == ROTOR_OK && mbedtls_mpi_read_binary(&w.scalar, secret, w.size)) {
		status = ROTOR_ERR_CRYPTO;
	}
	if (status == ROTOR_OK) {
		status = complete_key(&w, key, alg);
	}
	finish(&w);
	if (status != ROTOR_OK) {
		rotor_wipe(key, sizeof(*key));
	}
	return status;
}

enum rotor_status rotor_mbedtls_key_derive(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					   const uint8_t *seed, size_t seed_len)
{
	struct workspace w;
	memset(key, 0, sizeof(*key));
	enum rotor_status status = start(&w, alg);
	if (status == ROTOR_OK && seed_len < w.size + 8) {
		status = ROTOR_ERR_ARGUMENT;
	}
	/* d = (seed mod (n - 1)) + 1 */
	if (status == ROTOR_OK && (mbedtls_mpi_read_binary(&w.r, seed, seed_len) ||
				   mbedtls_mpi_sub_int(&w.s, &w.group.N, 1) ||
				   mbedtls_mpi_mod_mpi(&w.scalar, &w.r, &w.s) ||
				   mbedtls_mpi_add_int(&w.scalar, &w.scalar, 1))) {
		status = ROTOR_ERR_CRYPTO;
	}
	if (status == ROTOR_OK) {
		status = complete_key(&w, key, alg);
	}
	finish(&w);
	if (status != ROTOR_OK) {
		rotor_wipe(key, sizeof(*key));
	}
	return status;
}

enum rotor_status rotor_mbedtls_key_sign(struct rotor_crypto_job *job,
					 const struct rotor_soft_key *key, enum rotor_hash_alg hash,
					 const uint8_t *digest, uint8_t *sig)
{
	(void)job;
	struct workspace w;
	enum rotor_status status = start(&w, key->alg);
	if (status == ROTOR_OK && rotor_hash_size(hash) == 0) {
		status = ROTOR_ERR_UNSUPPORTED;
	}
	if (status == ROTOR_OK &&
	    (mbedtls_mpi_read_binary(&w.scalar, key->secret, w.size) ||
	     mbedtls_ecdsa_sign_det_ext(&w.group, &w.r, &w.s, &w.scalar, digest,
					rotor_hash_size(hash), rotor_mbedtls_md_type(hash),
					random_bytes, NULL) ||
	     mbedtls_mpi_write_binary(&w.r, sig, w.size) ||
	     mbedtls_mpi_write_binary(&w.s, sig + w.size, w.size))) {
		status = ROTOR_ERR_CRYPTO;
	}
	finish(&w);
	return status;
}
