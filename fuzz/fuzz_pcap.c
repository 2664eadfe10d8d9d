/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a capture file, read from memory and from a stream: the two must agree. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rotor/host_pcap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[ROTOR_PCAP_PACKET_MAX];
	struct rotor_pcap_reader memory, stream;
	struct rotor_pcap_packet a, b;
	FILE *file = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;
	if (!file)
		return 0;
	enum rotor_status status = rotor_pcap_read_memory(&memory, data, size);
	if (rotor_pcap_read_file(&stream, file, buf, sizeof(buf)) != status)
		abort();
	while (status == ROTOR_OK) {
		status = rotor_pcap_next(&memory, &a);
		if (rotor_pcap_next(&stream, &b) != status || a.len != b.len ||
		    a.time_us != b.time_us)
			abort();
		if (a.len > 0 && memcmp(a.data, b.data, a.len) != 0)
			abort();
	}
	fclose(file);
	return 0;
}
