/* SPDX-License-Identifier: Apache-2.0 */
/* Secured records and the key schedule: against a recorded session of another implementation, and pushed out of shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/spdm_session.h"
#include "spdm/key_schedule.h"
#include "support/spdm_capture.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

/* ---- a recorded session ---- */

static void add(const struct rotor_crypto *crypto, struct rotor_hash *h, const void *data,
		size_t len)
{
	assert_int_equal(crypto->hash_update(h, data, len), ROTOR_OK);
}

static void th_now(const struct rotor_crypto *crypto, const struct rotor_hash *h, uint8_t *digest)
{
	struct rotor_hash copy = {0};
	assert_int_equal(crypto->hash_clone(&copy, h), ROTOR_OK);
	assert_int_equal(crypto->hash_finish(&copy, digest), ROTOR_OK);
}

static void check_secrets(const char *name, const char *request, const char *response,
			  const struct rotor_spdm_session *s)
{
	uint8_t recorded[64];
	size_t n = capture_secret(name, request, 0, recorded, sizeof(recorded));
	assert_int_equal(n, 48);
	assert_memory_equal(recorded, s->request_secret, n);
	capture_secret(name, response, 0, recorded, sizeof(recorded));
	assert_memory_equal(recorded, s->response_secret, n);
}

/* The first session of a recording: handshake keys from its DHE secret, every record opened, both HMACs, data keys. */
static void replay(const struct rotor_crypto *crypto, const char *name, uint8_t version,
		   unsigned *opened)
{
	static struct capture c;
	struct rotor_spdm_session s = {0};
	struct rotor_hash th = {0};
	uint8_t digest[64], mac[64], dhe[64], chain[48] = {0}, peer_chain[48] = {0};
	bool data = false;
	size_t messages = 0;
	capture_load(&c, name);
	size_t dhe_len = capture_secret(name, "DHE_secret[0]", 0, dhe, sizeof(dhe));
	s.info.version = version;
	s.suite.hash = ROTOR_HASH_SHA384;
	s.suite.aead = ROTOR_AEAD_AES256_GCM;
	assert_int_equal(crypto->hash_start(&th, ROTOR_HASH_SHA384), ROTOR_OK);
	for (size_t i = 0; i < c.count; i++) {
		uint8_t copy[4096];
		struct rotor_bytes m = c.messages[i].body;
		assert_true(m.len <= sizeof(copy));
		memcpy(copy, m.data, m.len);
		if (c.messages[i].type == ROTOR_SPDM_MCTP_TYPE) {
			if (messages++ < 6)
				add(crypto, &th, copy, m.len);
			if (copy[1] == ROTOR_SPDM_DIGESTS)
				memcpy(chain, copy + 4, 48);
			if (copy[1] == ROTOR_SPDM_KEY_EXCHANGE) {
				add(crypto, &th, chain, 48);
				add(crypto, &th, copy, m.len);
				s.info.session_id = copy[4] | (uint32_t)copy[5] << 8;
			}
			if (copy[1] != ROTOR_SPDM_KEY_EXCHANGE_RSP)
				continue;
			s.info.session_id |= (uint32_t)copy[4] << 16 | (uint32_t)copy[5] << 24;
			add(crypto, &th, copy, m.len - 48);
			th_now(crypto, &th, digest);
			assert_int_equal(
			    rotor_spdm_handshake_keys(crypto, &s, dhe, dhe_len, digest, NULL, NULL),
			    ROTOR_OK);
			check_secrets(name, "request_handshake_secret", "response_handshake_secret",
				      &s);
			assert_int_equal(
			    rotor_spdm_verify_data(crypto, &s, s.response_secret, digest, mac),
			    ROTOR_OK);
			assert_memory_equal(mac, copy + m.len - 48, 48);
			add(crypto, &th, copy + m.len - 48, 48);
			continue;
		}
		uint8_t type;
		struct rotor_bytes in;
		/* Requests and answers alternate, the first message of a recording being a request. */
		assert_int_equal(
		    rotor_spdm_record_open(crypto, s.suite.aead, i % 2 ? &s.response : &s.request,
					   s.info.session_id, copy, m.len, &type, &in, NULL),
		    ROTOR_OK);
		(*opened)++;
		if (type != ROTOR_SPDM_MCTP_TYPE)
			continue;
		if (in.data[1] == ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE &&
		    in.data[5] == ROTOR_SPDM_DIGESTS)
			memcpy(peer_chain, in.data + 8, 48);
		if (in.data[1] == ROTOR_SPDM_FINISH) {
			if (in.data[2] & 1)
				add(crypto, &th, peer_chain, 48);
			add(crypto, &th, in.data, in.len - 48);
			th_now(crypto, &th, digest);
			assert_int_equal(
			    rotor_spdm_verify_data(crypto, &s, s.request_secret, digest, mac),
			    ROTOR_OK);
			assert_memory_equal(mac, in.data + in.len - 48, 48);
			add(crypto, &th, in.data + in.len - 48, 48);
		}
		if (in.data[1] == ROTOR_SPDM_FINISH_RSP) {
			add(crypto, &th, in.data, in.len);
			th_now(crypto, &th, digest);
			assert_int_equal(rotor_spdm_data_keys(crypto, &s, digest, NULL, NULL),
					 ROTOR_OK);
			check_secrets(name, "request_data_secret", "response_data_secret", &s);
			data = true;
		}
		if (in.data[1] == ROTOR_SPDM_KEY_UPDATE || in.data[1] == ROTOR_SPDM_END_SESSION_ACK)
			break;
	}
	assert_true(data);
	crypto->hash_release(&th);
	rotor_spdm_session_erase(crypto, &s);
	capture_free(&c);
}

static void opens_the_recorded_sessions(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint8_t version;
	} files[] = {
	    {"32-v12-p384-keyex-secp384r1-aes256gcm", ROTOR_SPDM_V12},
	    {"36-v13-p384-keyex-secp384r1-aes256gcm", ROTOR_SPDM_V13},
	    {"53-v12-p384-keyex-mutauth-w_encap", ROTOR_SPDM_V12},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(files); i++) {
		for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
			unsigned opened = 0;
			replay(backends[b], files[i].name, files[i].version, &opened);
			assert_true(opened >= 4);
		}
	}
}

/* ---- out of shape ---- */

#define ID  UINT32_C(0xa1b2c3d4)
#define ALG ROTOR_AEAD_AES256_GCM

static struct rotor_spdm_record_keys fresh_keys(void)
{
	struct rotor_spdm_record_keys k = {0};
	memset(k.key, 7, sizeof(k.key));
	memset(k.iv, 9, sizeof(k.iv));
	return k;
}

static size_t seal(struct rotor_spdm_record_keys *k, uint8_t *buffer, size_t cap, const char *text)
{
	struct rotor_bytes record;
	memcpy(buffer + ROTOR_SPDM_RECORD_HEADROOM, text, strlen(text));
	assert_int_equal(rotor_spdm_record_seal(&rotor_crypto_openssl, ALG, k, ID, 1, buffer, cap,
						strlen(text), &record),
			 ROTOR_OK);
	assert_ptr_equal(record.data, buffer);
	return record.len;
}

static enum rotor_status open_copy(struct rotor_spdm_record_keys *k, const uint8_t *record,
				   size_t len, struct rotor_spdm_record_counters *counters)
{
	uint8_t copy[256], type;
	struct rotor_bytes m;
	assert_true(len <= sizeof(copy));
	memcpy(copy, record, len);
	return rotor_spdm_record_open(&rotor_crypto_mbedtls, ALG, k, ID, copy, len, &type, &m,
				      counters);
}

static void a_record_has_the_bytes_that_the_specification_says(void **state)
{
	(void)state;
	struct rotor_spdm_record_keys out = fresh_keys(), in = fresh_keys();
	uint8_t b[64], type;
	struct rotor_bytes m;
	out.sequence = in.sequence = 0x10203;
	size_t len = seal(&out, b, sizeof(b), "abc");
	assert_int_equal(len, 8 + 2 + 1 + 3 + 16);
	static const uint8_t header[] = {0xd4, 0xc3, 0xb2, 0xa1, 0x03, 0x02, 22, 0};
	assert_memory_equal(b, header, sizeof(header));
	assert_int_equal(
	    rotor_spdm_record_open(&rotor_crypto_mbedtls, ALG, &in, ID, b, len, &type, &m, NULL),
	    ROTOR_OK);
	assert_int_equal(type, 1);
	assert_int_equal(m.len, 3);
	assert_memory_equal(m.data, "abc", 3);
	assert_true(in.sequence == 0x10204 && out.sequence == 0x10204);
}

static void nothing_is_accepted_twice_or_out_of_order(void **state)
{
	(void)state;
	struct rotor_spdm_record_keys out = fresh_keys(), in = fresh_keys();
	struct rotor_spdm_record_counters counters = {0};
	uint8_t b[40][48];
	size_t len = 0;
	for (size_t i = 0; i < ROTOR_COUNT_OF(b); i++)
		len = seal(&out, b[i], sizeof(b[i]), "0123");
	assert_int_equal(open_copy(&in, b[0], len, &counters), ROTOR_OK);
	assert_int_equal(open_copy(&in, b[0], len, &counters), ROTOR_ERR_DENIED);
	/* 1 and 2 are lost. */
	assert_int_equal(open_copy(&in, b[3], len, &counters), ROTOR_OK);
	assert_int_equal(counters.skipped, 2);
	for (size_t i = 0; i <= 3; i++)
		assert_int_equal(open_copy(&in, b[i], len, &counters), ROTOR_ERR_DENIED);
	assert_int_equal(counters.repeated, 5);
	/* The last number of the window is taken, the one behind it is not. */
	assert_int_equal(open_copy(&in, b[4 + ROTOR_SPDM_SEQUENCE_WINDOW], len, &counters),
			 ROTOR_ERR_DENIED);
	assert_int_equal(open_copy(&in, b[4 + ROTOR_SPDM_SEQUENCE_WINDOW - 1], len, &counters),
			 ROTOR_OK);
	assert_int_equal(open_copy(&in, b[4 + ROTOR_SPDM_SEQUENCE_WINDOW], len, &counters),
			 ROTOR_OK);
	assert_int_equal(counters.forged + counters.malformed, 0);
}

static void the_low_half_of_the_number_wraps(void **state)
{
	(void)state;
	struct rotor_spdm_record_keys out = fresh_keys(), in = fresh_keys();
	uint8_t b[48];
	out.sequence = in.sequence = 0x2fffe;
	for (unsigned i = 0; i < 6; i++) {
		size_t len = seal(&out, b, sizeof(b), "0123");
		if (i != 2)
			assert_int_equal(open_copy(&in, b, len, NULL), ROTOR_OK);
	}
	assert_true(in.sequence == 0x30004);
}

static void the_end_of_the_numbers_is_an_end(void **state)
{
	(void)state;
	struct rotor_spdm_record_keys out = fresh_keys(), in = fresh_keys();
	struct rotor_bytes record;
	uint8_t b[48];
	out.sequence = in.sequence = UINT64_MAX - 1;
	size_t len = seal(&out, b, sizeof(b), "0123");
	assert_int_equal(rotor_spdm_record_seal(&rotor_crypto_openssl, ALG, &out, ID, 1, b,
						sizeof(b), 4, &record),
			 ROTOR_ERR_STATE);
	assert_int_equal(open_copy(&in, b, len, NULL), ROTOR_OK);
	assert_int_equal(open_copy(&in, b, len, NULL), ROTOR_ERR_DENIED);
	b[4] = 0xff;
	assert_int_equal(open_copy(&in, b, len, NULL), ROTOR_ERR_STATE);
}

static void every_flipped_bit_and_every_cut_is_refused_and_changes_nothing(void **state)
{
	(void)state;
	struct rotor_spdm_record_keys out = fresh_keys(), in = fresh_keys();
	uint8_t b[48], bad[48];
	size_t len = seal(&out, b, sizeof(b), "0123");
	for (size_t i = 0; i < len * 8; i++) {
		memcpy(bad, b, len);
		bad[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_int_not_equal(open_copy(&in, bad, len, NULL), ROTOR_OK);
		assert_true(in.sequence == 0);
	}
	for (size_t i = 0; i < len; i++) {
		memcpy(bad, b, len);
		assert_int_equal(open_copy(&in, bad, i, NULL), ROTOR_ERR_LENGTH);
		/* also with a length field that agrees */
		if (i >= 8) {
			bad[6] = (uint8_t)(i - 8);
			assert_int_not_equal(open_copy(&in, bad, i, NULL), ROTOR_OK);
		}
	}
	assert_int_equal(open_copy(&in, b, len, NULL), ROTOR_OK);
}

static void what_does_not_fit_is_not_sealed(void **state)
{
	(void)state;
	struct rotor_spdm_record_keys k = fresh_keys();
	struct rotor_bytes record;
	uint8_t b[32] = {0};
	assert_int_equal(
	    rotor_spdm_record_seal(&rotor_crypto_openssl, ALG, &k, ID, 1, b, sizeof(b), 5, &record),
	    ROTOR_OK);
	assert_int_equal(
	    rotor_spdm_record_seal(&rotor_crypto_openssl, ALG, &k, ID, 1, b, sizeof(b), 6, &record),
	    ROTOR_ERR_SPACE);
	assert_int_equal(rotor_spdm_record_seal(&rotor_crypto_openssl, ALG, &k, ID, 1, b, SIZE_MAX,
						ROTOR_SPDM_RECORD_MESSAGE_MAX + 1, &record),
			 ROTOR_ERR_SPACE);
	assert_true(k.sequence == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opens_the_recorded_sessions),
	    cmocka_unit_test(a_record_has_the_bytes_that_the_specification_says),
	    cmocka_unit_test(nothing_is_accepted_twice_or_out_of_order),
	    cmocka_unit_test(the_low_half_of_the_number_wraps),
	    cmocka_unit_test(the_end_of_the_numbers_is_an_end),
	    cmocka_unit_test(every_flipped_bit_and_every_cut_is_refused_and_changes_nothing),
	    cmocka_unit_test(what_does_not_fit_is_not_sealed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
