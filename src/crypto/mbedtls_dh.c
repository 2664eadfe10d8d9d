/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key exchange in the finite fields of RFC 7919, of the Mbed TLS backend. It does not yield: an exponentiation takes its time.
 * Empty where HAVE_FFDHE is 0.
 */
#include "crypto/mbedtls_dh.h"

#if HAVE_FFDHE

#include <mbedtls/dhm.h>
#include <string.h>

#include "crypto/mbedtls_random.h"

static int random_bytes(void *ctx, unsigned char *out, size_t len)
{
	(void)ctx;
	return rotor_mbedtls_random(out, len) ? MBEDTLS_ERR_DHM_MAKE_PUBLIC_FAILED : 0;
}

static const uint8_t prime2048[] = MBEDTLS_DHM_RFC7919_FFDHE2048_P_BIN;
static const uint8_t prime3072[] = MBEDTLS_DHM_RFC7919_FFDHE3072_P_BIN;
static const uint8_t prime4096[] = MBEDTLS_DHM_RFC7919_FFDHE4096_P_BIN;

/*
 * A private exponent has twice the bits of the group's strength by its most generous estimate, and a few more (RFC 7919,
 * appendix A): so it is long enough, and shorter than the prime.
 */
static const struct group {
	const uint8_t *prime;
	uint16_t size;
	uint8_t exponent_size;
} groups[] = {
    {prime2048, sizeof(prime2048), 32},
    {prime3072, sizeof(prime3072), 36},
    {prime4096, sizeof(prime4096), 42},
};

static const struct group *group_of(enum rotor_kex_alg alg)
{
	return alg >= ROTOR_KEX_FFDHE2048 && alg <= ROTOR_KEX_FFDHE4096
		   ? &groups[alg - ROTOR_KEX_FFDHE2048]
		   : NULL;
}

/* Sets the group; always ended by mbedtls_dhm_free(), which erases. */
static int start(mbedtls_dhm_context *dhm, const struct group *group)
{
	mbedtls_dhm_init(dhm);
	int error = mbedtls_mpi_read_binary(&dhm->P, group->prime, group->size);
	if (!error) {
		error = mbedtls_mpi_lset(&dhm->G, 2);
	}
	dhm->len = group->size;
	return error;
}

enum rotor_status rotor_mbedtls_dh_generate(struct rotor_kex *k, enum rotor_kex_alg alg,
					    uint8_t *public_out)
{
	const struct group *group = group_of(alg);
	mbedtls_dhm_context dhm;
	k->alg = ROTOR_KEX_NONE;
	if (!group) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	int error = start(&dhm, group);
	if (!error) {
		error = mbedtls_dhm_make_public(&dhm, group->exponent_size, public_out, group->size,
						random_bytes, NULL);
	}
	if (!error) {
		error = mbedtls_mpi_write_binary(&dhm.X, k->secret, group->size);
	}
	mbedtls_dhm_free(&dhm);
	if (error) {
		rotor_wipe(k->secret, sizeof(k->secret));
		return ROTOR_ERR_CRYPTO;
	}
	k->alg = alg;
	return ROTOR_OK;
}

enum rotor_status rotor_mbedtls_dh_agree(struct rotor_kex *k, const uint8_t *peer, uint8_t *secret)
{
	const struct group *group = group_of(k->alg);
	mbedtls_dhm_context dhm;
	size_t len;
	if (!group) {
		return ROTOR_ERR_STATE;
	}
	int error = start(&dhm, group);
	if (!error) {
		error = mbedtls_mpi_read_binary(&dhm.X, k->secret, group->size);
	}
	if (!error) {
		error = mbedtls_dhm_read_public(&dhm, peer, group->size);
	}
	enum rotor_status status = ROTOR_ERR_CRYPTO;
	if (!error) {
		/* Checks that the peer's number is from 2 to p - 2; drops zeros at the front. */
		error =
		    mbedtls_dhm_calc_secret(&dhm, secret, group->size, &len, random_bytes, NULL);
		status = error == MBEDTLS_ERR_DHM_BAD_INPUT_DATA ? ROTOR_ERR_FORMAT
			 : error                                 ? ROTOR_ERR_CRYPTO
								 : ROTOR_OK;
	}
	mbedtls_dhm_free(&dhm);
	if (status == ROTOR_OK) {
		memmove(secret + group->size - len, secret, len);
		memset(secret, 0, group->size - len);
	}
	return status;
}

#endif
