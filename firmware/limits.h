/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The limits of a device with one suite (P-384, SHA-384, AES-256-GCM), for builds that define ROTOR_CONFIG_FILE as this
 * file. What it does not say is as include/rotor/config.h has it.
 */
#ifndef ROTOR_FIRMWARE_LIMITS_H
#define ROTOR_FIRMWARE_LIMITS_H

/* On one bus. */
#define ROTOR_MCTP_BRIDGE 0

/* The one suite: no group of algorithms besides it, and no hash larger than its own. */
#define ROTOR_HASH_MAX      48
#define ROTOR_RSA_BITS_MAX  0
#define ROTOR_CRYPTO_P521   0
#define ROTOR_CRYPTO_EDDSA  0
#define ROTOR_CRYPTO_FFDHE  0
#define ROTOR_CRYPTO_SHA3   0
#define ROTOR_CRYPTO_CHACHA 0
/* No clock. */
#define ROTOR_CERT_TIMES 0
/* SPDM as device/policy.c offers it, with one key that a certificate is for. */
#define ROTOR_SPDM_VERSION_MIN      0x12
#define ROTOR_SPDM_VERSION_MAX      0x13
#define ROTOR_SPDM_MULTI_KEY        0
#define ROTOR_SPDM_PUBLIC_KEYS      0
#define ROTOR_SPDM_CLEAR_HANDSHAKE  0
#define ROTOR_SPDM_PLAIN_RECORDS    0
#define ROTOR_SPDM_REQUESTER_CODECS 0
/* An answer within CT, and authentication where a session is made. */
#define ROTOR_SPDM_RESPOND_IF_READY_FEATURE 0
#define ROTOR_SPDM_CHALLENGE_MUTUAL_FEATURE 0
/* Where there is nothing to choose, there are no preferences. */
#define ROTOR_SPDM_PREFERENCES 0

/* Four certificates of about 600 bytes, of which the last has the TcbInfo. */
#define ROTOR_BOOT_CHAIN_MAX 2560
/* What the boot stage measures. */
#define ROTOR_MEASUREMENTS_MAX 10

/* The longest answer: all measurements, signed. */
#define ROTOR_DEVICE_SPDM_BUFFER 1024
/* Three certificates of an agent. */
#define ROTOR_DEVICE_PEER_CHAIN_MAX 1600
/* Slots of half a mebibyte, in sectors of 4 KiB. */
#define ROTOR_DEVICE_MAP_BLOCKS 128
/* Messages of firmware data are the longest that come in; two of them. */
#define ROTOR_DEVICE_TRANSFER_MAX 2048
#define ROTOR_DEVICE_MESSAGES     2

#endif
