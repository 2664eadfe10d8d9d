/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random bytes of a device: HMAC_DRBG with SHA-512 (SP 800-90A, 10.1.2), seeded from a noise source that is under test
 * (rotor/entropy.h) through a hash. Takes the place of mbedtls_random.c where there is no system to ask.
 */
#include <mbedtls/hmac_drbg.h>
#include <mbedtls/sha512.h>
#include <string.h>

#include "crypto/mbedtls_random.h"
#include "rotor/crypto_mbedtls.h"

/* Requests that are answered from one seed. */
#define RESEED_INTERVAL 1024
/*
 * One block of seed: SHA-384 over samples that hold 64 bits more than it, which makes it full entropy
 * (SP 800-90B, 3.1.5.1; SP 800-90C).
 */
#define BLOCK      48
#define BLOCK_BITS (8 * BLOCK + 64)

static struct {
	struct rotor_entropy entropy;
	mbedtls_hmac_drbg_context drbg;
	bool good; /* from a start that went well to the first failure */
} rng;

/* The hash of as many samples as one block of seed needs. */
static int condition(uint8_t block[BLOCK])
{
	mbedtls_sha512_context sha;
	uint8_t samples[32];
	uint8_t digest[64]; /* some builds write all 64 bytes of SHA-384 */
	size_t left = rotor_entropy_samples(&rng.entropy, BLOCK_BITS);
	mbedtls_sha512_init(&sha);
	int error = mbedtls_sha512_starts_ret(&sha, 1);
	while (!error && left > 0) {
		size_t n = left < sizeof(samples) ? left : sizeof(samples);
		error = rotor_entropy_read(&rng.entropy, samples, n) != ROTOR_OK ||
			mbedtls_sha512_update_ret(&sha, samples, n);
		left -= n;
	}
	if (!error) {
		error = mbedtls_sha512_finish_ret(&sha, digest);
	}
	if (!error) {
		memcpy(block, digest, BLOCK);
	}
	mbedtls_sha512_free(&sha);
	rotor_wipe(samples, sizeof(samples));
	rotor_wipe(digest, sizeof(digest));
	return error;
}

/* What the generator asks for its seeds. */
static int seed(void *ctx, unsigned char *out, size_t len)
{
	uint8_t block[BLOCK];
	int error = 0;
	(void)ctx;
	for (size_t done = 0; !error && done < len; done += BLOCK) {
		error = condition(block);
		if (!error) {
			memcpy(out + done, block, len - done < BLOCK ? len - done : BLOCK);
		}
	}
	rotor_wipe(block, sizeof(block));
	return error ? MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED : 0;
}

void rotor_mbedtls_random_forget(void)
{
	mbedtls_hmac_drbg_free(&rng.drbg); /* erases */
	rng.good = false;
}

enum rotor_status rotor_crypto_mbedtls_random_start(const struct rotor_entropy_source *source)
{
	static const uint8_t personalization[] = "rotor device";
	rotor_mbedtls_random_forget();
	enum rotor_status status = rotor_entropy_start(&rng.entropy, source);
	if (status != ROTOR_OK) {
		return status;
	}
	mbedtls_hmac_drbg_init(&rng.drbg);
	if (mbedtls_hmac_drbg_seed(&rng.drbg, mbedtls_md_info_from_type(MBEDTLS_MD_SHA512), seed,
				   NULL, personalization, sizeof(personalization) - 1)) {
		rotor_mbedtls_random_forget();
		return ROTOR_ERR_CRYPTO;
	}
	mbedtls_hmac_drbg_set_reseed_interval(&rng.drbg, RESEED_INTERVAL);
	rng.good = true;
	return ROTOR_OK;
}

enum rotor_entropy_fault rotor_crypto_mbedtls_random_fault(void)
{
	return rng.entropy.fault;
}

enum rotor_status rotor_mbedtls_random(uint8_t *out, size_t len)
{
	for (size_t done = 0; rng.good && done < len;) {
		size_t n = len - done < MBEDTLS_HMAC_DRBG_MAX_REQUEST
			       ? len - done
			       : MBEDTLS_HMAC_DRBG_MAX_REQUEST;
		if (mbedtls_hmac_drbg_random(&rng.drbg, out + done, n)) {
			rotor_mbedtls_random_forget();
		}
		done += n;
	}
	if (!rng.good) {
		rotor_wipe(out, len);
		return ROTOR_ERR_CRYPTO;
	}
	return ROTOR_OK;
}
