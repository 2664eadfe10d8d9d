/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The limits of a device with one suite (P-384, SHA-384, AES-256-GCM), for builds that define ROTOR_CONFIG_FILE as this
 * file. What it does not say is as include/rotor/config.h has it.
 */
#ifndef ROTOR_FIRMWARE_LIMITS_H
#define ROTOR_FIRMWARE_LIMITS_H

/* The one suite: no group of algorithms besides it, and no hash larger than its own. */
#define ROTOR_HASH_MAX      48
#define ROTOR_RSA_BITS_MAX  0
#define ROTOR_CRYPTO_P521   0
#define ROTOR_CRYPTO_EDDSA  0
#define ROTOR_CRYPTO_FFDHE  0
#define ROTOR_CRYPTO_SHA3   0
#define ROTOR_CRYPTO_CHACHA 0

#endif
