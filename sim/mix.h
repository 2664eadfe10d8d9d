/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that look random and are not: for weak bits, for choices from a seed, and to tell states apart. */
#ifndef ROTOR_SIM_MIX_H
#define ROTOR_SIM_MIX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A number that depends on every bit of @p x. */
static inline uint64_t sim_mix(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

/* Goes on from @p h over @p len bytes. */
static inline uint64_t sim_mix_bytes(uint64_t h, const void *bytes, size_t len)
{
	const uint8_t *p = (const uint8_t *)bytes;
	uint64_t word;
	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	word = len;
	for (; len > 0; len--) {
		word = word << 8 | *p++;
	}
	return sim_mix(h ^ word);
}

#endif
