#include "crypto_start.h"
#include <stdint.h>
#include <mbedtls/memory_buffer_alloc.h>
static uint64_t arena[2048];
enum rotor_status crypto_start(void)
{
	mbedtls_memory_buffer_alloc_init((unsigned char *)arena, sizeof(arena));
	return ROTOR_OK;
}
size_t crypto_arena_used(void)
{
	return 0;
}
size_t crypto_arena_size(void)
{
	return sizeof(arena);
}
