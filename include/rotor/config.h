/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Compile-time limits of the library. Each has a default that a build may
 * override (-DROTOR_...=N). Limits of one module stand together; a module's
 * header says what happens when a limit is met at run time.
 */
#ifndef ROTOR_CONFIG_H
#define ROTOR_CONFIG_H

/* ---- crypto ---- */

/** Largest digest of any hash that may be negotiated, in bytes. */
#ifndef ROTOR_HASH_MAX
#define ROTOR_HASH_MAX 64
#endif
/** Bytes of storage in a struct rotor_hash; backends check that theirs fits. */
#ifndef ROTOR_HASH_STORAGE
#define ROTOR_HASH_STORAGE 232
#endif
/** Largest public key in the library's raw form (P-521: 2 x 66), in bytes. */
#ifndef ROTOR_PUBLIC_KEY_MAX
#define ROTOR_PUBLIC_KEY_MAX 132
#endif
/** Largest signature in the library's raw form, in bytes. */
#ifndef ROTOR_SIGNATURE_MAX
#define ROTOR_SIGNATURE_MAX 132
#endif
/** Largest private key in the library's raw form, in bytes. */
#ifndef ROTOR_PRIVATE_KEY_MAX
#define ROTOR_PRIVATE_KEY_MAX 66
#endif
/** Largest key-exchange public value (exchange data), in bytes. */
#ifndef ROTOR_KEX_PUBLIC_MAX
#define ROTOR_KEX_PUBLIC_MAX 132
#endif
/** Largest key-exchange shared secret, in bytes. */
#ifndef ROTOR_KEX_SECRET_MAX
#define ROTOR_KEX_SECRET_MAX 66
#endif
/** Most certificates in one chain, root included. */
#ifndef ROTOR_CERT_CHAIN_DEPTH_MAX
#define ROTOR_CERT_CHAIN_DEPTH_MAX 6
#endif

/* ---- spdm messages ---- */

/** Most algorithm structure tables in one NEGOTIATE_ALGORITHMS or ALGORITHMS (1.3 defines four types). */
#ifndef ROTOR_SPDM_ALG_TABLES_MAX
#define ROTOR_SPDM_ALG_TABLES_MAX 6
#endif

#endif
