/* SPDX-License-Identifier: Apache-2.0 */
/* Check values of wire formats. Small tables: one nibble at a time. */
#include "rotor/wire.h"

uint8_t rotor_crc8(uint8_t crc, const void *data, size_t len)
{
	/* x^8 + x^2 + x + 1, the remainder of each high nibble. */
	static const uint8_t nibble[16] = {0x00, 0x07, 0x0e, 0x09, 0x1c, 0x1b, 0x12, 0x15,
					   0x38, 0x3f, 0x36, 0x31, 0x24, 0x23, 0x2a, 0x2d};
	const uint8_t *at = data;
	for (size_t i = 0; i < len; i++) {
		crc ^= at[i];
		crc = (uint8_t)(crc << 4) ^ nibble[crc >> 4];
		crc = (uint8_t)(crc << 4) ^ nibble[crc >> 4];
	}
	return crc;
}

uint16_t rotor_crc16(uint16_t crc, const void *data, size_t len)
{
	const uint8_t *at = data;
	for (size_t i = 0; i < len; i++) {
		/* x^16 + x^12 + x^5 + 1: a byte's remainder is three shifts of it, once its low nibble is in its high one. */
		uint8_t in = at[i] ^ (uint8_t)crc;
		in ^= (uint8_t)(in << 4);
		crc = (uint16_t)(crc >> 8 ^ in << 8 ^ in << 3 ^ in >> 4);
	}
	return crc;
}

uint32_t rotor_crc32(uint32_t crc, const void *data, size_t len)
{
	static const uint32_t nibble[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
					    0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
					    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
					    0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
	const uint8_t *at = data;
	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc ^= at[i];
		crc = crc >> 4 ^ nibble[crc & 15];
		crc = crc >> 4 ^ nibble[crc & 15];
	}
	return ~crc;
}
