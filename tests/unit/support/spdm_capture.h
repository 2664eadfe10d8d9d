/* SPDX-License-Identifier: Apache-2.0 */
/* The recorded SPDM conversations under tests/vectors/spdm, and the secrets beside them. */
#ifndef ROTOR_TEST_SPDM_CAPTURE_H
#define ROTOR_TEST_SPDM_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "rotor/wire.h"

#define CAPTURE_MESSAGES 600

struct capture {
	uint8_t *file;
	size_t count;
	struct capture_message {
		uint64_t time_us;
		struct rotor_bytes packet; /* with MCTP header and type byte */
		uint8_t type;              /* MCTP message type */
		struct rotor_bytes body;   /* behind it */
	} messages[CAPTURE_MESSAGES];
};

/** Loads spdm/NAME.pcap; the test fails if that is not possible. */
void capture_load(struct capture *c, const char *name);
void capture_free(struct capture *c);

/**
 * The @p n-th value (from 0) of KEY in spdm/secrets/NAME.txt; the test fails if it is not there.
 * @return number of bytes
 */
size_t capture_secret(const char *name, const char *key, size_t n, uint8_t *out, size_t cap);

#endif
