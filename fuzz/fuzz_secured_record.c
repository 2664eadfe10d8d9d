/* SPDX-License-Identifier: Apache-2.0 */
/* One end of a session and any records. The input is a 2-byte expected number, then pieces: length (2), record. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fake_crypto.h"
#include "rotor/spdm_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define ID UINT32_C(0x00020001)

static void need(bool condition)
{
	if (!condition)
		abort();
}

static void one(struct rotor_spdm_record_keys *keys, uint8_t *record, size_t n,
		const uint8_t *original)
{
	struct rotor_spdm_record_counters counters = {0};
	struct rotor_bytes message;
	uint64_t before = keys->sequence;
	uint8_t type;
	enum rotor_status st = rotor_spdm_record_open(&fake_crypto, ROTOR_AEAD_AES256_GCM, keys, ID,
						      record, n, &type, &message, &counters);
	if (keys->sequence == before) {
		need(st != ROTOR_OK && !message.len);
		need(st == ROTOR_ERR_STATE ||
		     counters.malformed + counters.repeated + counters.forged == 1);
		return;
	}
	need(keys->sequence > before && keys->sequence - before <= ROTOR_SPDM_SEQUENCE_WINDOW);
	need(counters.skipped == keys->sequence - before - 1);
	if (message.len)
		need(message.data >= record && message.data + message.len <= record + n - 16);
	/* Never twice. */
	memcpy(record, original, n);
	before = keys->sequence;
	st = rotor_spdm_record_open(&fake_crypto, ROTOR_AEAD_AES256_GCM, keys, ID, record, n, &type,
				    &message, NULL);
	need(st != ROTOR_OK && keys->sequence == before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rotor_spdm_record_keys keys = {0};
	struct rotor_reader in = rotor_reader(data, len);
	/* Some way into the session, and now and then at its end. */
	uint16_t start = rotor_read_u16le(&in);
	keys.sequence = start == UINT16_MAX ? UINT64_MAX - 3 : start;
	while (in.left) {
		size_t n = rotor_read_u16le(&in);
		if (in.failed)
			break;
		if (n > in.left)
			n = in.left;
		const uint8_t *original = rotor_read_bytes(&in, n);
		uint8_t *record = malloc(n ? n : 1);
		need(record != NULL && original != NULL);
		memcpy(record, original, n);
		one(&keys, record, n, original);
		free(record);
	}
	return 0;
}
