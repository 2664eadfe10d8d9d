/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing here decides by a branch, and everything is computed twice, from values that the compiler must fetch twice
 * (volatile): one instruction less leaves at least one of the two results wrong.
 */
#include "boot/harden.h"

#define START UINT32_C(0xf335c357)
/* Odd, so that what is not zero stays so when it is multiplied, and is spread over all bits. */
#define SPREAD UINT32_C(0x9e3779b1)

void harden_begin(struct rotor_proof *p)
{
	p->passed = START;
	p->mirror = ~START;
}

/* ~(a + b) is ~a - b: the two stay complements of each other. */
void harden_pass(struct rotor_proof *p, uint32_t answer)
{
	volatile struct rotor_proof *proof = p;
	proof->passed += answer;
	proof->mirror -= answer;
}

uint32_t harden_complete(const struct rotor_proof *p, uint32_t total)
{
	const volatile struct rotor_proof *proof = p;
	uint32_t wrong = proof->passed ^ (START + total);
	uint32_t wrong_mirror = proof->mirror ^ ~(START + total);
	return ROTOR_PROVEN + (wrong | wrong_mirror) * SPREAD;
}

uint32_t harden_is(uint32_t share, uint32_t word, uint32_t wanted)
{
	const volatile uint32_t seen = word;
	uint32_t wrong = seen ^ wanted;
	uint32_t wrong_again = wanted - seen;
	return share + (wrong | wrong_again) * SPREAD;
}

uint32_t harden_at_least(uint32_t share, uint32_t a, uint32_t b)
{
	const volatile uint32_t x = a, y = b;
	/* The upper half of a difference of 64 bits is the borrow. */
	uint32_t below = (uint32_t)(((uint64_t)x - y) >> 32);
	uint32_t not_above = ~(uint32_t)(((uint64_t)y - x - 1) >> 32);
	return share + (below | not_above) * SPREAD;
}

/* 0 if all bytes are the same and all of them were looked at. */
static uint32_t difference(const volatile uint8_t *a, const volatile uint8_t *b, size_t len)
{
	uint32_t found = 0;
	volatile size_t left = len;
	while (left != 0) {
		found |= (uint32_t)a[left - 1] ^ b[left - 1];
		left--;
	}
	return found | (uint32_t)left | (len == 0);
}

uint32_t harden_equal(uint32_t share, const void *a, const void *b, size_t len)
{
	uint32_t found = difference(a, b, len);
	uint32_t found_again = difference(b, a, len);
	return share + (found | found_again) * SPREAD;
}

uint32_t harden_zero(uint32_t share, const void *bytes, size_t len)
{
	static const uint8_t zero[16];
	uint32_t found = 0;
	volatile size_t left = len;
	while (left != 0) {
		size_t n = left < sizeof(zero) ? left : sizeof(zero);
		found |= difference((const uint8_t *)bytes + (left - n), zero, n);
		left -= n;
	}
	return share + (found | (uint32_t)left | (len == 0)) * SPREAD;
}
