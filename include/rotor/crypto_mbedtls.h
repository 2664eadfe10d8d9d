/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What a device sets up of the Mbed TLS backend before it uses rotor_crypto_mbedtls: memory, random bytes, and how much
 * is computed in one call. One thread; nothing here may be called from an interrupt.
 *
 * A device without an operating system, at each start:
 *
 *     rotor_crypto_mbedtls_arena(arena, sizeof(arena));
 *     rotor_crypto_mbedtls_random_start(&board_entropy);
 *     rotor_crypto_mbedtls_set_steps(ROTOR_CRYPTO_MBEDTLS_STEPS);
 *
 * On a system, none of it: there the backend has the C library's heap, the kernel's random bytes, and answers at once.
 * docs/crypto.md has sizes and times.
 */
#ifndef ROTOR_CRYPTO_MBEDTLS_H
#define ROTOR_CRYPTO_MBEDTLS_H

#include "rotor/crypto.h"
#include "rotor/entropy.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Operations in one call that a device begins with. Below about 350, which is not divided on P-384, less changes little. */
#ifndef ROTOR_CRYPTO_MBEDTLS_STEPS
#define ROTOR_CRYPTO_MBEDTLS_STEPS 400
#endif

/**
 * Gives the backend all memory that it allocates from. What it held of an arena before is forgotten: no operation may be
 * pending.
 * @param memory stays the backend's, at least until the next call; NULL takes the arena away
 * @param size in bytes; docs/crypto.md says how many the operations need. Too few, and operations answer ROTOR_ERR_CRYPTO
 * @return ROTOR_OK; ROTOR_ERR_SPACE: no operation would find room; ROTOR_ERR_UNSUPPORTED: the library has a heap
 */
ROTOR_MUST_CHECK enum rotor_status rotor_crypto_mbedtls_arena(void *memory, size_t size);
/**
 * How far from its start the arena has ever been written, in bytes: what an arena must have at least for the work done so
 * far. Reads the arena from its end: for size tables, not for a loop. 0 if there is none.
 */
size_t rotor_crypto_mbedtls_arena_peak(void);

/**
 * Bounds what verify, kex_generate, kex_agree, key_sign and chain_verify compute in one call before they answer
 * ROTOR_PENDING.
 * @param max_ops multiplications in a 256-bit field, of which one in the 384-bit field counts as two; what is not divided
 *        takes up to 320 of them with the window that is built in. 0, as at the start: they never answer ROTOR_PENDING
 * @return ROTOR_OK; ROTOR_ERR_UNSUPPORTED: the library was built without MBEDTLS_ECP_RESTARTABLE, and @p max_ops is not 0
 */
ROTOR_MUST_CHECK enum rotor_status rotor_crypto_mbedtls_set_steps(unsigned max_ops);

/**
 * Begins random bytes: tests the source, seeds a generator with it (HMAC_DRBG with SHA-512, SP 800-90A; seeded again
 * from time to time). Takes memory of the arena for good. Before it, and once the source has failed a test,
 * rotor_crypto.random answers ROTOR_ERR_CRYPTO, and so does all that needs it: signing, key exchange, keys.
 * Nothing but another call, which a device makes once after each reset, ends that. Only in builds for devices.
 * @param source copied; what its functions use must stay
 * @return ROTOR_OK; ROTOR_ERR_ARGUMENT; ROTOR_ERR_CRYPTO: the source failed, or there is no memory
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_crypto_mbedtls_random_start(const struct rotor_entropy_source *source);
/** What the source has failed, for a log. */
enum rotor_entropy_fault rotor_crypto_mbedtls_random_fault(void);

#ifdef __cplusplus
}
#endif

#endif
