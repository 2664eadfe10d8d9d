/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of Mbed TLS 2.28 a device without an operating system needs: ECDSA and scalar multiplication on P-384, SHA-384 and SHA-512,
 * AES-GCM, HMAC_DRBG. Certificates, HKDF and DER are rotor's own. docs/crypto.md has what each choice costs.
 *
 * Switches: ROTOR_MBEDTLS_P256 (P-256), ROTOR_MBEDTLS_SHA256 (SHA-256), ROTOR_MBEDTLS_FAST (larger and faster).
 */
#ifndef ROTOR_MBEDTLS_CONFIG_H
#define ROTOR_MBEDTLS_CONFIG_H

/* ---- the system: a static arena, nothing else ---- */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_MEMORY_ALIGN_MULTIPLE 8
/* Nothing of the C library's heap. */
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
/* What the arena does when it finds itself overwritten: a device's fault handler resets. */
#define MBEDTLS_PLATFORM_EXIT_MACRO(status) __builtin_trap()
#define MBEDTLS_NO_PLATFORM_ENTROPY
#define MBEDTLS_DEPRECATED_REMOVED

/* ---- hashes and random numbers ---- */
#define MBEDTLS_MD_C
#define MBEDTLS_SHA512_C
#ifdef ROTOR_MBEDTLS_SHA256
#define MBEDTLS_SHA256_C
#endif
#define MBEDTLS_HMAC_DRBG_C

/* ---- AES-GCM ---- */
#define MBEDTLS_CIPHER_C
#define MBEDTLS_AES_C
#define MBEDTLS_GCM_C
#define MBEDTLS_AES_ROM_TABLES
#ifndef ROTOR_MBEDTLS_FAST
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_SHA512_SMALLER
#endif

/* ---- elliptic curves ---- */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECDSA_DETERMINISTIC
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#ifdef ROTOR_MBEDTLS_P256
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#endif
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_RESTARTABLE
#define MBEDTLS_ECDH_LEGACY_CONTEXT /* asked for by its own check, though ecdh.c is left out */
/* rotor hands a generator to every operation with a secret; a verification has none to blind. */
#define MBEDTLS_ECP_NO_INTERNAL_RNG
#define MBEDTLS_HAVE_ASM

/* Products of two 384-bit numbers, and 512-bit seeds. */
#define MBEDTLS_MPI_MAX_SIZE 128
/* The table of the base point's multiples is kept from one operation to the next: 2^(window - 1) points. */
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 1
#ifndef MBEDTLS_ECP_WINDOW_SIZE
#ifdef ROTOR_MBEDTLS_FAST
#define MBEDTLS_ECP_WINDOW_SIZE 5
#else
#define MBEDTLS_ECP_WINDOW_SIZE 4
#endif
#endif

#include "mbedtls/check_config.h"

#endif
