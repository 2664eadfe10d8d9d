/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elliptic curves of the Mbed TLS backend. An operation lives in the library's memory from its first call to its last, so
 * that it can stop after a number of steps and go on in the next call.
 */
#include "crypto/mbedtls_ec.h"

#include <mbedtls/ecdsa.h>
#include <string.h>

#include "crypto/mbedtls_md.h"
#include "crypto/mbedtls_random.h"
#include "crypto/mbedtls_work.h"
#include "rotor/crypto_mbedtls.h"

/* A signature in DER: two integers with a zero in front, and three heads of at most 3 bytes. */
#define DER_MAX (2 * (MBEDTLS_ECP_MAX_BYTES + 1) + 9)

/* ---- curves ---- */

/*
 * A curve is kept from one operation to the next with the table of multiples of its base point, which takes longer to
 * compute than a signature. The library's functions want key and curve in one struct: an operation lends its key.
 */
struct curve {
	enum rotor_sig_alg alg;
	mbedtls_ecp_group_id id;
	mbedtls_ecp_keypair pair; /* grp.id is MBEDTLS_ECP_DP_NONE until it is loaded */
};

static struct curve curves[] = {
#if defined(MBEDTLS_ECP_DP_SECP256R1_ENABLED)
    {.alg = ROTOR_SIG_ECDSA_P256, .id = MBEDTLS_ECP_DP_SECP256R1},
#endif
    {.alg = ROTOR_SIG_ECDSA_P384, .id = MBEDTLS_ECP_DP_SECP384R1},
#if HAVE_P521
    {.alg = ROTOR_SIG_ECDSA_P521, .id = MBEDTLS_ECP_DP_SECP521R1},
#endif
};

/* NULL for one that is not built in. */
static struct curve *curve_of(enum rotor_sig_alg alg)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(curves); i++) {
		if (curves[i].alg == alg) {
			return &curves[i];
		}
	}
	return NULL;
}

static enum rotor_sig_alg curve_of_kex(enum rotor_kex_alg alg)
{
	switch (alg) {
	case ROTOR_KEX_SECP256R1:
		return ROTOR_SIG_ECDSA_P256;
	case ROTOR_KEX_SECP384R1:
		return ROTOR_SIG_ECDSA_P384;
#if HAVE_P521
	case ROTOR_KEX_SECP521R1:
		return ROTOR_SIG_ECDSA_P521;
#endif
	default:
		return ROTOR_SIG_NONE;
	}
}

void rotor_mbedtls_ec_forget(void)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(curves); i++) {
		mbedtls_ecp_group_free(&curves[i].pair.grp);
	}
}

enum rotor_status rotor_crypto_mbedtls_set_steps(unsigned max_ops)
{
#if defined(MBEDTLS_ECP_RESTARTABLE)
	mbedtls_ecp_set_max_ops(max_ops);
	return ROTOR_OK;
#else
	return max_ops ? ROTOR_ERR_UNSUPPORTED : ROTOR_OK;
#endif
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
	default:
		return MBEDTLS_MD_NONE;
	}
}

static int random_bytes(void *ctx, unsigned char *out, size_t len)
{
	(void)ctx;
	return rotor_mbedtls_random(out, len) ? MBEDTLS_ERR_ECP_RANDOM_FAILED : 0;
}

/* ---- an operation ---- */

/* All of an operation's input: what a call brings is compared with what the first one brought. */
#define INPUTS_MAX (4 * MBEDTLS_ECP_MAX_BYTES + ROTOR_HASH_MAX)

struct operation {
	struct work work;
	struct curve *curve;
	size_t size; /* bytes of a coordinate or scalar */
	mbedtls_mpi d;
	mbedtls_ecp_point q;
#if defined(MBEDTLS_ECP_RESTARTABLE)
	mbedtls_ecdsa_restart_ctx restart;
#endif
	size_t input_len; /* 0 until the first call has set it up */
	uint8_t input[INPUTS_MAX];
};

#if defined(MBEDTLS_ECP_RESTARTABLE)
#define ECDSA_RESTART(op) (&(op)->restart)
#define ECP_RESTART(op)   (&(op)->restart.ecp)
#else
#define ECDSA_RESTART(op) NULL
#define ECP_RESTART(op)   NULL
#endif

static void forget(struct work *work)
{
	struct operation *op = (struct operation *)(void *)work;
	mbedtls_mpi_free(&op->d); /* these erase */
	mbedtls_ecp_point_free(&op->q);
#if defined(MBEDTLS_ECP_RESTARTABLE)
	mbedtls_ecdsa_restart_free(&op->restart);
#endif
}

/* An error may be the sum of one of elliptic curves and one of big numbers, which is in the low seven bits. */
#define LOW_ERROR(error) (-(-(error)&0x7f))

/* What an error of the library says to the caller where it is not the input's fault. */
static enum rotor_status status_of(int error, enum rotor_status otherwise)
{
	if (error == 0) {
		return ROTOR_OK;
	}
	if (error == MBEDTLS_ERR_ECP_IN_PROGRESS) {
		return ROTOR_PENDING;
	}
	return error == MBEDTLS_ERR_ECP_ALLOC_FAILED || error == MBEDTLS_ERR_ECP_RANDOM_FAILED ||
		       LOW_ERROR(error) == MBEDTLS_ERR_MPI_ALLOC_FAILED
		   ? ROTOR_ERR_CRYPTO
		   : otherwise;
}

static enum rotor_status set_up(struct operation *op, enum rotor_sig_alg alg)
{
	op->curve = curve_of(alg);
	if (!op->curve) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	op->size = rotor_ecdsa_size(alg);
	mbedtls_mpi_init(&op->d);
	mbedtls_ecp_point_init(&op->q);
#if defined(MBEDTLS_ECP_RESTARTABLE)
	mbedtls_ecdsa_restart_init(&op->restart);
#endif
	if (op->curve->pair.grp.id == MBEDTLS_ECP_DP_NONE) {
		mbedtls_ecp_keypair_init(&op->curve->pair);
		return status_of(mbedtls_ecp_group_load(&op->curve->pair.grp, op->curve->id),
				 ROTOR_ERR_CRYPTO);
	}
	return ROTOR_OK;
}

static mbedtls_ecp_group *group_of(struct operation *op)
{
	return &op->curve->pair.grp;
}

/*
 * Begins an operation, or goes on with the job's: *fresh says which. The parts are its whole input, at least a byte.
 * ROTOR_ERR_ARGUMENT for another operation's job or other input than before: the job is dropped, since its result must not be
 * taken for this one's.
 */
static enum rotor_status begin(struct rotor_crypto_job *job, enum work_kind kind,
			       enum rotor_sig_alg alg, const struct rotor_bytes *parts,
			       size_t count, struct operation **out, bool *fresh)
{
	bool running = job->state != NULL;
	size_t at = 0;
	*fresh = false;
	if (!running && !curve_of(alg)) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	struct operation *op = (struct operation *)(void *)rotor_mbedtls_work(
	    job, kind, sizeof(struct operation), forget);
	if (!op) {
		return running ? ROTOR_ERR_ARGUMENT : ROTOR_ERR_CRYPTO;
	}
	*out = op;
	*fresh = op->input_len == 0;
	bool same = *fresh || op->curve->alg == alg;
	for (size_t i = 0; i < count && same; i++) {
		if (parts[i].len > sizeof(op->input) - at) {
			same = false;
		} else if (*fresh) {
			memcpy(op->input + at, parts[i].data, parts[i].len);
		} else {
			same = rotor_secret_equal(op->input + at, parts[i].data, parts[i].len);
		}
		at += parts[i].len;
	}
	enum rotor_status status = ROTOR_ERR_ARGUMENT;
	if (same && *fresh) {
		op->input_len = at;
		status = set_up(op, alg);
	} else if (same && at == op->input_len) {
		status = ROTOR_OK;
	}
	if (status != ROTOR_OK) {
		rotor_mbedtls_work_end(job);
	}
	return status;
}

/* Ends the operation unless it is pending. */
static enum rotor_status leave(struct rotor_crypto_job *job, enum rotor_status status)
{
	if (status != ROTOR_PENDING) {
		rotor_mbedtls_work_end(job);
	}
	return status;
}

/* Curve and key of an operation in one, for a call that begins now; take_back() after it. */
static mbedtls_ecdsa_context *lend(struct operation *op)
{
	op->curve->pair.d = op->d;
	op->curve->pair.Q = op->q;
	return &op->curve->pair;
}

static void take_back(struct operation *op)
{
	mbedtls_mpi_init(&op->curve->pair.d);
	mbedtls_ecp_point_init(&op->curve->pair.Q);
}

/* Takes X and Y into op->q; ROTOR_ERR_FORMAT unless that is a point of the curve. */
static enum rotor_status load_point(struct operation *op, const uint8_t *raw)
{
	int error = mbedtls_mpi_read_binary(&op->q.X, raw, op->size);
	if (!error) {
		error = mbedtls_mpi_read_binary(&op->q.Y, raw + op->size, op->size);
	}
	if (!error) {
		error = mbedtls_mpi_lset(&op->q.Z, 1);
	}
	if (error) {
		return ROTOR_ERR_CRYPTO;
	}
	return status_of(mbedtls_ecp_check_pubkey(group_of(op), &op->q), ROTOR_ERR_FORMAT);
}

static enum rotor_status store_point(const mbedtls_ecp_point *point, size_t size, uint8_t *raw)
{
	return mbedtls_mpi_write_binary(&point->X, raw, size) ||
		       mbedtls_mpi_write_binary(&point->Y, raw + size, size)
		   ? ROTOR_ERR_CRYPTO
		   : ROTOR_OK;
}

enum rotor_status rotor_mbedtls_check_public(const struct rotor_public_key *key)
{
	const struct rotor_bytes input = {key->bytes, key->len};
	struct rotor_crypto_job job = {0};
	struct operation *op;
	bool fresh;
	if (key->len == 0 || key->len != 2 * rotor_ecdsa_size(key->alg)) {
		return curve_of(key->alg) ? ROTOR_ERR_FORMAT : ROTOR_ERR_UNSUPPORTED;
	}
	enum rotor_status status = begin(&job, WORK_KEY, key->alg, &input, 1, &op, &fresh);
	if (status == ROTOR_OK) {
		status = leave(&job, load_point(op, key->bytes));
	}
	return status;
}

/* ---- signatures ---- */

enum rotor_status rotor_mbedtls_verify(struct rotor_crypto_job *job,
				       const struct rotor_public_key *key, enum rotor_hash_alg hash,
				       const uint8_t *digest, const uint8_t *sig, size_t sig_len)
{
	size_t digest_len = rotor_hash_size(hash);
	const struct rotor_bytes input[] = {
	    {key->bytes, key->len}, {digest, digest_len}, {sig, sig_len}};
	uint8_t der[DER_MAX];
	size_t der_len;
	struct operation *op;
	bool fresh;
	if (!curve_of(key->alg) || digest_len == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (sig_len != 2 * rotor_ecdsa_size(key->alg) || key->len != sig_len) {
		return ROTOR_ERR_VERIFY;
	}
	enum rotor_status status =
	    begin(job, WORK_VERIFY, key->alg, input, ROTOR_COUNT_OF(input), &op, &fresh);
	if (status != ROTOR_OK) {
		return status;
	}
	if (fresh) {
		status = load_point(op, key->bytes);
	}
	if (status == ROTOR_OK) {
		status = rotor_ecdsa_to_der(key->alg, sig, der, sizeof(der), &der_len);
	}
	if (status == ROTOR_OK) {
		status =
		    status_of(mbedtls_ecdsa_read_signature_restartable(
				  lend(op), digest, digest_len, der, der_len, ECDSA_RESTART(op)),
			      ROTOR_ERR_VERIFY);
		take_back(op);
	}
	return leave(job, status == ROTOR_ERR_FORMAT ? ROTOR_ERR_VERIFY : status);
}

enum rotor_status rotor_mbedtls_key_sign(struct rotor_crypto_job *job,
					 const struct rotor_soft_key *key, enum rotor_hash_alg hash,
					 const uint8_t *digest, uint8_t *sig)
{
	size_t digest_len = rotor_hash_size(hash);
	const struct rotor_bytes input[] = {{key->secret, rotor_ecdsa_size(key->alg)},
					    {digest, digest_len}};
	uint8_t der[DER_MAX];
	size_t der_len = sizeof(der);
	struct operation *op;
	bool fresh;
	if (!curve_of(key->alg) || digest_len == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	enum rotor_status status =
	    begin(job, WORK_SIGN, key->alg, input, ROTOR_COUNT_OF(input), &op, &fresh);
	if (status != ROTOR_OK) {
		return status;
	}
	if (fresh && mbedtls_mpi_read_binary(&op->d, key->secret, op->size)) {
		status = ROTOR_ERR_CRYPTO;
	}
	if (status == ROTOR_OK) {
		status = status_of(mbedtls_ecdsa_write_signature_restartable(
				       lend(op), rotor_mbedtls_md_type(hash), digest, digest_len,
				       der, &der_len, random_bytes, NULL, ECDSA_RESTART(op)),
				   ROTOR_ERR_CRYPTO);
		take_back(op);
	}
	if (status == ROTOR_OK && rotor_ecdsa_from_der(key->alg, der, der_len, sig) != ROTOR_OK) {
		status = ROTOR_ERR_CRYPTO;
	}
	return leave(job, status);
}

/* ---- key exchange ---- */

enum rotor_status rotor_mbedtls_kex_generate(struct rotor_crypto_job *job, struct rotor_kex *k,
					     enum rotor_kex_alg alg, uint8_t *public_out)
{
	const uint8_t which = (uint8_t)alg;
	const struct rotor_bytes input = {&which, 1};
	struct operation *op;
	bool fresh;
	k->alg = ROTOR_KEX_NONE;
	enum rotor_status status =
	    begin(job, WORK_GENERATE, curve_of_kex(alg), &input, 1, &op, &fresh);
	if (status != ROTOR_OK) {
		return status;
	}
	if (fresh) {
		status =
		    status_of(mbedtls_ecp_gen_privkey(group_of(op), &op->d, random_bytes, NULL),
			      ROTOR_ERR_CRYPTO);
	}
	if (status == ROTOR_OK) {
		status = status_of(mbedtls_ecp_mul_restartable(group_of(op), &op->q, &op->d,
							       &group_of(op)->G, random_bytes, NULL,
							       ECP_RESTART(op)),
				   ROTOR_ERR_CRYPTO);
	}
	if (status == ROTOR_OK && mbedtls_mpi_write_binary(&op->d, k->secret, op->size)) {
		status = ROTOR_ERR_CRYPTO;
	}
	if (status == ROTOR_OK) {
		status = store_point(&op->q, op->size, public_out);
	}
	if (status == ROTOR_OK) {
		k->alg = alg;
	}
	return leave(job, status);
}

enum rotor_status rotor_mbedtls_kex_agree(struct rotor_crypto_job *job, struct rotor_kex *k,
					  const uint8_t *peer, uint8_t *secret)
{
	enum rotor_sig_alg alg = curve_of_kex(k->alg);
	size_t size = rotor_ecdsa_size(alg);
	const struct rotor_bytes input[] = {{k->secret, size}, {peer, 2 * size}};
	mbedtls_ecp_point shared;
	struct operation *op;
	bool fresh;
	if (k->alg == ROTOR_KEX_NONE) {
		return ROTOR_ERR_STATE;
	}
	enum rotor_status status =
	    begin(job, WORK_AGREE, alg, input, ROTOR_COUNT_OF(input), &op, &fresh);
	if (status != ROTOR_OK) {
		return status;
	}
	if (fresh) {
		status = load_point(op, peer);
	}
	if (fresh && status == ROTOR_OK && mbedtls_mpi_read_binary(&op->d, k->secret, size)) {
		status = ROTOR_ERR_CRYPTO;
	}
	mbedtls_ecp_point_init(&shared);
	if (status == ROTOR_OK) {
		status =
		    status_of(mbedtls_ecp_mul_restartable(group_of(op), &shared, &op->d, &op->q,
							  random_bytes, NULL, ECP_RESTART(op)),
			      ROTOR_ERR_CRYPTO);
	}
	if (status == ROTOR_OK &&
	    (mbedtls_ecp_is_zero(&shared) || mbedtls_mpi_write_binary(&shared.X, secret, size))) {
		status = ROTOR_ERR_CRYPTO;
	}
	mbedtls_ecp_point_free(&shared);
	return leave(job, status);
}

/* ---- private keys; at once, since they have no job ---- */

/* Makes a key of op->d, which must be from 1 to n - 1. */
static enum rotor_status complete_key(struct operation *op, struct rotor_soft_key *key)
{
	if (mbedtls_ecp_check_privkey(group_of(op), &op->d)) {
		return ROTOR_ERR_FORMAT;
	}
	if (mbedtls_ecp_mul(group_of(op), &op->q, &op->d, &group_of(op)->G, random_bytes, NULL) ||
	    mbedtls_mpi_write_binary(&op->d, key->secret, op->size)) {
		return ROTOR_ERR_CRYPTO;
	}
	key->crypto = &rotor_crypto_mbedtls;
	key->alg = op->curve->alg;
	key->public_key.alg = key->alg;
	key->public_key.len = (uint16_t)(2 * op->size);
	return store_point(&op->q, op->size, key->public_key.bytes);
}

/* Sets op->d. */
typedef enum rotor_status scalar_fn(struct operation *op, struct rotor_bytes from);

static enum rotor_status as_it_is(struct operation *op, struct rotor_bytes from)
{
	return mbedtls_mpi_read_binary(&op->d, from.data, from.len) ? ROTOR_ERR_CRYPTO : ROTOR_OK;
}

/* d = (seed mod (n - 1)) + 1 */
static enum rotor_status from_seed(struct operation *op, struct rotor_bytes from)
{
	mbedtls_mpi seed, limit;
	mbedtls_mpi_init(&seed);
	mbedtls_mpi_init(&limit);
	int error = mbedtls_mpi_read_binary(&seed, from.data, from.len) ||
		    mbedtls_mpi_sub_int(&limit, &group_of(op)->N, 1) ||
		    mbedtls_mpi_mod_mpi(&op->d, &seed, &limit) ||
		    mbedtls_mpi_add_int(&op->d, &op->d, 1);
	mbedtls_mpi_free(&seed); /* these erase */
	mbedtls_mpi_free(&limit);
	return error ? ROTOR_ERR_CRYPTO : ROTOR_OK;
}

static enum rotor_status make_key(struct rotor_soft_key *key, enum rotor_sig_alg alg,
				  scalar_fn *scalar, struct rotor_bytes from)
{
	static const uint8_t none;
	const struct rotor_bytes input = {&none, 1};
	struct rotor_crypto_job job = {0};
	struct operation *op;
	bool fresh;
	memset(key, 0, sizeof(*key));
	enum rotor_status status = begin(&job, WORK_KEY, alg, &input, 1, &op, &fresh);
	if (status != ROTOR_OK) {
		return status;
	}
	status = scalar(op, from);
	if (status == ROTOR_OK) {
		status = complete_key(op, key);
	}
	if (status != ROTOR_OK) {
		rotor_wipe(key, sizeof(*key));
	}
	return leave(&job, status);
}

enum rotor_status rotor_mbedtls_key_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					   const uint8_t *secret)
{
	return make_key(key, alg, as_it_is, (struct rotor_bytes){secret, rotor_ecdsa_size(alg)});
}

enum rotor_status rotor_mbedtls_key_derive(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					   const uint8_t *seed, size_t seed_len)
{
	if (curve_of(alg) && seed_len < rotor_ecdsa_size(alg) + 8) {
		memset(key, 0, sizeof(*key));
		return ROTOR_ERR_ARGUMENT;
	}
	return make_key(key, alg, from_seed, (struct rotor_bytes){seed, seed_len});
}
