/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto_start.h"

#include "board.h"
#include "rotor/crypto_mbedtls.h"

/* docs/crypto.md says what the operations need. */
#define ARENA_SIZE 12288

static uint64_t arena[ARENA_SIZE / 8];

enum rotor_status crypto_start(void)
{
	enum rotor_status status = rotor_crypto_mbedtls_arena(arena, sizeof(arena));
	if (status == ROTOR_OK) {
		status = rotor_crypto_mbedtls_random_start(&board_entropy);
	}
	if (status == ROTOR_OK) {
		status = rotor_crypto_mbedtls_set_steps(ROTOR_CRYPTO_MBEDTLS_STEPS);
	}
	return status;
}

size_t crypto_arena_used(void)
{
	return rotor_crypto_mbedtls_arena_peak();
}

size_t crypto_arena_size(void)
{
	return sizeof(arena);
}
