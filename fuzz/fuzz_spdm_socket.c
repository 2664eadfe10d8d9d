/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream of SPDM over TCP: any bytes, cut anywhere, give the packets that are in them and no byte else. Input: the
 * first byte says how the rest is cut.
 */
#include <stdlib.h>
#include <string.h>

#include "rotor/host_spdm_socket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t word(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* What a packet must be, seen in the stream as a whole. */
static void check(const uint8_t *from, size_t len, const struct rotor_spdm_packet *packet)
{
	if (len != ROTOR_SPDM_SOCKET_HEAD + packet->payload.len || word(from) != packet->command ||
	    word(from + 4) != packet->transport || word(from + 8) != packet->payload.len ||
	    memcmp(from + ROTOR_SPDM_SOCKET_HEAD, packet->payload.data, packet->payload.len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rotor_spdm_socket socket;
	size_t at = 1, begin = 1;
	if (size < 2)
		return 0;
	rotor_spdm_socket_init(&socket, -1);
	while (at < size) {
		struct rotor_spdm_packet packet;
		size_t n = data[0] + 1u < size - at ? data[0] + 1u : size - at, used = 0;
		uint8_t *copy = malloc(n);
		if (!copy)
			abort();
		memcpy(copy, data + at, n);
		enum rotor_status status = rotor_spdm_socket_take(&socket, copy, n, &used, &packet);
		free(copy);
		at += used;
		if (status == ROTOR_ERR_LENGTH) {
			if (word(data + begin + 8) <= ROTOR_SPDM_SOCKET_MAX)
				abort();
			return 0;
		}
		if (status == ROTOR_OK) {
			check(data + begin, at - begin, &packet);
			begin = at;
		} else if (status != ROTOR_PENDING || used != n) {
			abort();
		}
	}
	return 0;
}
