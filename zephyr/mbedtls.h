/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The backend is written for Mbed TLS 2.28, which Debian has; Zephyr has 3.x. What it uses of it has other names there,
 * or has become private. Included before every source of the library.
 */
#ifndef ROTOR_ZEPHYR_MBEDTLS_H
#define ROTOR_ZEPHYR_MBEDTLS_H

#include <mbedtls/version.h>

#if MBEDTLS_VERSION_MAJOR >= 3
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#define mbedtls_sha256_starts_ret mbedtls_sha256_starts
#define mbedtls_sha256_update_ret mbedtls_sha256_update
#define mbedtls_sha256_finish_ret mbedtls_sha256_finish
#define mbedtls_sha512_starts_ret mbedtls_sha512_starts
#define mbedtls_sha512_update_ret mbedtls_sha512_update
#define mbedtls_sha512_finish_ret mbedtls_sha512_finish

#include <mbedtls/ecdsa.h> /* before the name below means another thing */

/* Takes the room for the signature besides; the backend has it in *slen, where 2.28 does not look. */
#define mbedtls_ecdsa_write_signature_restartable(ctx, md, hash, hlen, sig, slen, rng, rng_ctx,    \
						  rs)                                              \
	mbedtls_ecdsa_write_signature_restartable(ctx, md, hash, hlen, sig, *(slen), slen, rng,    \
						  rng_ctx, rs)
#endif

#endif
