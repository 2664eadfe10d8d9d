/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that Mbed TLS has of a device: one arena. */
#include "rotor/crypto_mbedtls.h"

#include <mbedtls/md.h> /* the configuration, in whatever file it is */

#include "crypto/mbedtls_ec.h"
#include "crypto/mbedtls_random.h"

#if defined(MBEDTLS_MEMORY_BUFFER_ALLOC_C)

#include <mbedtls/memory_buffer_alloc.h>
#include <string.h>

/* What memory is filled with that has not been used: no pointer, length or small number. */
#define PAINT 0xa7
/* Bytes at the start that are not filled: the allocator has written its first header there. */
#define HEAD 128
/* Less cannot hold one operation. */
#define SMALLEST 1024

static struct {
	uint8_t *memory;
	size_t size;
} arena;

enum rotor_status rotor_crypto_mbedtls_arena(void *memory, size_t size)
{
	rotor_mbedtls_random_forget();
	rotor_mbedtls_ec_forget();
	if (arena.memory) {
		mbedtls_memory_buffer_alloc_free();
		rotor_wipe(arena.memory, arena.size);
		arena.memory = NULL;
	}
	if (!memory) {
		return ROTOR_OK;
	}
	if (size < SMALLEST) {
		return ROTOR_ERR_SPACE;
	}
	arena.memory = memory;
	arena.size = size;
	mbedtls_memory_buffer_alloc_init(memory, size);
	memset(arena.memory + HEAD, PAINT, size - HEAD);
	return ROTOR_OK;
}

size_t rotor_crypto_mbedtls_arena_peak(void)
{
	size_t used = arena.memory ? arena.size : 0;
	while (used > 0 && arena.memory[used - 1] == PAINT) {
		used--;
	}
	return used;
}

#else

enum rotor_status rotor_crypto_mbedtls_arena(void *memory, size_t size)
{
	(void)size;
	return memory ? ROTOR_ERR_UNSUPPORTED : ROTOR_OK;
}

size_t rotor_crypto_mbedtls_arena_peak(void)
{
	return 0;
}

#endif
