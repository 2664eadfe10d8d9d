/* SPDX-License-Identifier: Apache-2.0 */
/* Secured records: DSP0277, as DSP0276 has them on MCTP. */
#include <string.h>

#include "rotor/spdm_session.h"

#define HEADER_SIZE 8
#define LENGTH_SIZE 2 /* application data length, where it is encrypted */
#define INNER_SIZE  3 /* the same, and the message type */

static bool mac_only(const struct rotor_spdm_record_keys *keys)
{
	return ROTOR_SPDM_PLAIN_RECORDS && keys->mac_only;
}

static void make_iv(const struct rotor_spdm_record_keys *keys, uint64_t sequence,
		    uint8_t iv[ROTOR_AEAD_IV_SIZE])
{
	memcpy(iv, keys->iv, ROTOR_AEAD_IV_SIZE);
	for (unsigned i = 0; i < 8; i++)
		iv[i] ^= (uint8_t)(sequence >> (8 * i));
}

enum rotor_status rotor_spdm_record_seal(const struct rotor_crypto *crypto,
					 enum rotor_aead_alg aead,
					 struct rotor_spdm_record_keys *keys, uint32_t session_id,
					 uint8_t type, uint8_t *buffer, size_t cap, size_t len,
					 struct rotor_bytes *record)
{
	*record = (struct rotor_bytes){NULL, 0};
	size_t room = ROTOR_SPDM_RECORD_HEADROOM + ROTOR_SPDM_RECORD_TAILROOM;
	if (len > ROTOR_SPDM_RECORD_MESSAGE_MAX || cap < room || cap - room < len)
		return ROTOR_ERR_SPACE;
	if (keys->sequence == UINT64_MAX)
		return ROTOR_ERR_STATE;
	/* What is not encrypted needs no length of its own: the record begins that much later. */
	uint8_t *start = mac_only(keys) ? buffer + LENGTH_SIZE : buffer;
	size_t body_len = INNER_SIZE + len - (size_t)(start - buffer);
	struct rotor_writer w = rotor_writer(start, ROTOR_SPDM_RECORD_HEADROOM);
	rotor_write_u32le(&w, session_id);
	rotor_write_u16le(&w, (uint16_t)keys->sequence);
	rotor_write_u16le(&w, (uint16_t)(body_len + ROTOR_SPDM_RECORD_TAILROOM));
	if (!mac_only(keys))
		rotor_write_u16le(&w, (uint16_t)(1 + len));
	rotor_write_u8(&w, type);
	uint8_t iv[ROTOR_AEAD_IV_SIZE];
	make_iv(keys, keys->sequence, iv);
	/* The number is spent whatever the backend says. */
	keys->sequence++;
	uint8_t *body = start + HEADER_SIZE, *tag = body + body_len;
	size_t clear = mac_only(keys) ? body_len : 0;
	enum rotor_status st = crypto->aead_seal(aead, keys->key, iv, start, HEADER_SIZE + clear,
						 body + clear, body_len - clear, body + clear, tag);
	if (st == ROTOR_OK)
		*record = (struct rotor_bytes){start,
					       HEADER_SIZE + body_len + ROTOR_SPDM_RECORD_TAILROOM};
	return st;
}

static void count(uint32_t *counter)
{
	if (counter)
		(*counter)++;
}

enum rotor_status rotor_spdm_record_open(const struct rotor_crypto *crypto,
					 enum rotor_aead_alg aead,
					 struct rotor_spdm_record_keys *keys, uint32_t session_id,
					 uint8_t *record, size_t len, uint8_t *type,
					 struct rotor_bytes *message,
					 struct rotor_spdm_record_counters *counters)
{
	*message = (struct rotor_bytes){NULL, 0};
	*type = 0;
	struct rotor_reader r = rotor_reader(record, len);
	uint32_t id = rotor_read_u32le(&r);
	uint16_t low = rotor_read_u16le(&r);
	size_t size = rotor_read_u16le(&r);
	if (rotor_reader_status(&r) != ROTOR_OK || id != session_id || size != r.left ||
	    size < (mac_only(keys) ? 1 : INNER_SIZE) + ROTOR_SPDM_RECORD_TAILROOM) {
		count(counters ? &counters->malformed : NULL);
		return ROTOR_ERR_LENGTH;
	}
	uint16_t ahead = (uint16_t)(low - (uint16_t)keys->sequence);
	if (ahead >= ROTOR_SPDM_SEQUENCE_WINDOW) {
		count(counters ? &counters->repeated : NULL);
		return ROTOR_ERR_DENIED;
	}
	if (keys->sequence >= UINT64_MAX - ahead)
		return ROTOR_ERR_STATE;
	uint8_t iv[ROTOR_AEAD_IV_SIZE];
	make_iv(keys, keys->sequence + ahead, iv);
	uint8_t *body = record + HEADER_SIZE;
	size_t plain = size - ROTOR_SPDM_RECORD_TAILROOM;
	size_t clear = mac_only(keys) ? plain : 0;
	if (crypto->aead_open(aead, keys->key, iv, record, HEADER_SIZE + clear, body + clear,
			      plain - clear, body + plain, body + clear) != ROTOR_OK) {
		count(counters ? &counters->forged : NULL);
		return ROTOR_ERR_VERIFY;
	}
	/* Genuine, so its number is spent, whatever is inside. */
	if (counters)
		counters->skipped += ahead;
	keys->sequence += (uint64_t)ahead + 1;
	r = rotor_reader(body, plain);
	if (!mac_only(keys)) {
		size_t app = rotor_read_u16le(&r);
		r = rotor_read_sub(&r, app); /* what is behind it is padding */
	}
	*type = rotor_read_u8(&r);
	*message = rotor_read_rest(&r);
	if (rotor_reader_status(&r) != ROTOR_OK) {
		*message = (struct rotor_bytes){NULL, 0};
		count(counters ? &counters->malformed : NULL);
		return ROTOR_ERR_LENGTH;
	}
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_record_session(const uint8_t *record, size_t len, uint32_t *session_id)
{
	struct rotor_reader r = rotor_reader(record, len);
	*session_id = rotor_read_u32le(&r);
	return rotor_reader_status(&r);
}

bool rotor_spdm_record_begins(const uint8_t *record, size_t len,
			      const struct rotor_spdm_record_keys *old)
{
	struct rotor_reader r = rotor_reader(record, len);
	rotor_read_skip(&r, 4);
	uint16_t low = rotor_read_u16le(&r);
	/* Where it could be either, only the very first number is taken for a new key's. */
	bool by_old = (uint16_t)(low - (uint16_t)old->sequence) < ROTOR_SPDM_SEQUENCE_WINDOW;
	return low < (by_old ? 1 : ROTOR_SPDM_SEQUENCE_WINDOW);
}
