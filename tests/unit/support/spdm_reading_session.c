/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions of a recorded conversation: handshakes, key schedule, records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "spdm/key_schedule.h"
#include "support/spdm_capture.h"
#include "support/spdm_oracle.h"
#include "support/spdm_reading.h"

/* What the emulators' sessions with a pre-shared key are made of. */
static const uint8_t psk[] = "TestPskData";

static size_t key_size(void)
{
	return now.algorithms.aead == 1 ? 16 : 32;
}

/* Whether a backend can follow the session. */
static bool follows(size_t backend)
{
	const struct rotor_crypto *crypto = reading_backends[backend];
	return now.suite.hash != ROTOR_HASH_NONE && now.suite.aead != ROTOR_AEAD_NONE &&
	       (crypto->hashes & ROTOR_BIT(now.suite.hash)) &&
	       (crypto->aeads & ROTOR_BIT(now.suite.aead));
}

/* HKDF-Expand of DSP0274's BinConcat(length, version, label, context). */
static void expand(const uint8_t *secret, const char *label, const uint8_t *context, uint8_t *out,
		   size_t out_len)
{
	uint8_t info[128];
	struct rotor_writer w = rotor_writer(info, sizeof(info));
	rotor_write_u16le(&w, (uint16_t)out_len);
	rotor_write_bytes(&w, "spdm1.", 6);
	rotor_write_u8(&w, (uint8_t)('0' + (now.version & 0x0f)));
	rotor_write_u8(&w, ' ');
	rotor_write_bytes(&w, label, strlen(label));
	if (context)
		rotor_write_bytes(&w, context, now.sizes.hash);
	oracle_expand(now.algorithms.base_hash, secret, info, w.len, out, out_len);
}

/* HKDF-Extract is an HMAC. */
static void extract(const uint8_t *salt, const uint8_t *secret, size_t len, uint8_t *out)
{
	oracle_hmac(now.algorithms.base_hash, salt, now.sizes.hash, secret, len, out);
}

/* ---- the key schedule ---- */

/* What the run logged; nothing for sessions with a pre-shared key. */
static void check_secret(const char *key, const uint8_t *secret)
{
	uint8_t recorded[64];
	if (now.psk)
		return;
	assert_int_equal(capture_secret(now.name, key, now.sessions, recorded, sizeof(recorded)),
			 now.sizes.hash);
	assert_memory_equal(recorded, secret, now.sizes.hash);
	now.counts.secrets++;
}

static void set_secret(struct reading_keys *k, const uint8_t *secret)
{
	memcpy(k->secret, secret, now.sizes.hash);
	expand(secret, "key", NULL, k->key, key_size());
	expand(secret, "iv", NULL, k->iv, sizeof(k->iv));
	k->sequence = 0;
}

/* Rotor's key schedule has the same secrets and keys. */
static void check_rotor_keys(const uint8_t *th, const uint8_t *shared, size_t shared_len)
{
	for (size_t i = 0; i < READING_BACKENDS; i++) {
		struct rotor_spdm_session *s = &now.session[i];
		if (!follows(i))
			continue;
		if (shared) {
			memset(s, 0, sizeof(*s));
			s->info.version = now.version;
			s->info.session_id = now.session_id;
			s->suite = now.suite;
			assert_int_equal(rotor_spdm_handshake_keys(reading_backends[i], s, shared,
								   shared_len, th, NULL, NULL),
					 ROTOR_OK);
		} else {
			assert_int_equal(
			    rotor_spdm_data_keys(reading_backends[i], s, th, NULL, NULL), ROTOR_OK);
		}
		assert_memory_equal(s->request.key, now.keys[REQUESTER].key, key_size());
		assert_memory_equal(s->request.iv, now.keys[REQUESTER].iv, 12);
		assert_memory_equal(s->response.key, now.keys[RESPONDER].key, key_size());
		assert_memory_equal(s->response.iv, now.keys[RESPONDER].iv, 12);
		assert_memory_equal(s->request_secret, now.keys[REQUESTER].secret, now.sizes.hash);
		assert_memory_equal(s->response_secret, now.keys[RESPONDER].secret, now.sizes.hash);
		now.rotor[i].secrets += 2;
	}
}

static void derive_handshake(void)
{
	uint8_t th1[64], zeros[64] = {0}, secret[64], shared[512];
	size_t n = sizeof(psk);
	char key[32];
	if (now.psk) {
		memcpy(shared, psk, n);
	} else {
		snprintf(key, sizeof(key), "DHE_secret[%u]", now.sessions);
		n = capture_secret(now.name, key, 0, shared, sizeof(shared));
	}
	extract(zeros, shared, n, now.handshake);
	check_secret("handshake_secret", now.handshake);
	reading_hash(now.k.data, now.k.len, th1);
	expand(now.handshake, "req hs data", th1, secret, now.sizes.hash);
	check_secret("request_handshake_secret", secret);
	set_secret(&now.keys[REQUESTER], secret);
	expand(now.handshake, "rsp hs data", th1, secret, now.sizes.hash);
	check_secret("response_handshake_secret", secret);
	set_secret(&now.keys[RESPONDER], secret);
	check_rotor_keys(th1, shared, n);
}

static void derive_data(void)
{
	uint8_t th2[64], salt[64], zeros[64] = {0}, secret[64];
	expand(now.handshake, "derived", NULL, salt, now.sizes.hash);
	extract(salt, zeros, now.sizes.hash, now.master);
	check_secret("master_secret", now.master);
	reading_hash(now.k.data, now.k.len, th2);
	expand(now.master, "req app data", th2, secret, now.sizes.hash);
	check_secret("request_data_secret", secret);
	set_secret(&now.keys[REQUESTER], secret);
	expand(now.master, "rsp app data", th2, secret, now.sizes.hash);
	check_secret("response_data_secret", secret);
	set_secret(&now.keys[RESPONDER], secret);
	check_rotor_keys(th2, NULL, 0);
	expand(now.master, "exp master", th2, secret, now.sizes.hash);
	check_secret("export_master_secret", secret);
}

void reading_update_key(enum reading_side side)
{
	uint8_t next[64];
	expand(now.keys[side].secret, "traffic upd", NULL, next, now.sizes.hash);
	set_secret(&now.keys[side], next);
	for (size_t i = 0; i < READING_BACKENDS; i++) {
		struct rotor_spdm_session *s = &now.session[i];
		if (follows(i))
			assert_int_equal(rotor_spdm_record_keys_derive(
					     reading_backends[i], now.version, now.suite.hash,
					     s->suite.aead, next,
					     side == REQUESTER ? &s->request : &s->response),
					 ROTOR_OK);
	}
}

/* ---- handshakes ---- */

/* The HMAC over the transcript so far, under a side's finished key; then it becomes part of the transcript. */
static void check_verify_data(enum reading_side side, struct rotor_bytes verify_data)
{
	uint8_t finished[64], th[64], mac[64];
	expand(now.keys[side].secret, "finished", NULL, finished, now.sizes.hash);
	reading_hash(now.k.data, now.k.len, th);
	oracle_hmac(now.algorithms.base_hash, finished, now.sizes.hash, th, now.sizes.hash, mac);
	assert_int_equal(verify_data.len, now.sizes.hash);
	assert_memory_equal(verify_data.data, mac, now.sizes.hash);
	for (size_t i = 0; i < READING_BACKENDS; i++) {
		const struct rotor_spdm_session *s = &now.session[i];
		if (!follows(i))
			continue;
		assert_int_equal(rotor_spdm_verify_data(reading_backends[i], s,
							side == REQUESTER ? s->request_secret
									  : s->response_secret,
							th, mac),
				 ROTOR_OK);
		assert_memory_equal(verify_data.data, mac, now.sizes.hash);
		now.rotor[i].hmacs++;
	}
	now.counts.hmacs++;
	reading_append(&now.k, verify_data.data, verify_data.len);
}

/* Every element of opaque data, read and written again. */
static void take_opaque(uint8_t version, struct rotor_bytes opaque)
{
	uint8_t again[256];
	struct rotor_writer w = rotor_writer(again, sizeof(again));
	struct rotor_spdm_opaque it;
	struct rotor_spdm_opaque_element e;
	enum rotor_status status;
	size_t len;
	assert_int_equal(rotor_spdm_opaque_open(&it, version, opaque), ROTOR_OK);
	rotor_spdm_encode_opaque_header(&w, version, it.left);
	while ((status = rotor_spdm_opaque_next(&it, &e)) == ROTOR_OK)
		rotor_spdm_encode_opaque_element(&w, &e);
	assert_int_equal(status, ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(len, opaque.len);
	assert_memory_equal(again, opaque.data, len);
}

static void take_offered(uint8_t version, struct rotor_bytes opaque)
{
	uint16_t versions[8];
	size_t count = ROTOR_COUNT_OF(versions);
	assert_int_equal(rotor_spdm_decode_secured_versions(version, opaque, versions, &count),
			 ROTOR_OK);
	assert_true(count >= 1);
	take_opaque(version, opaque);
}

static void take_selected(uint8_t version, struct rotor_bytes opaque)
{
	uint16_t selected;
	assert_int_equal(rotor_spdm_decode_secured_selected(version, opaque, &selected), ROTOR_OK);
	assert_true(selected >= 0x1000 && selected <= 0x1300);
	take_opaque(version, opaque);
}

/* The digest that stands for a side's chain, or for its key alone, in the transcript. */
static void append_identity(enum reading_side side, uint8_t slot)
{
	uint8_t digest[64];
	struct rotor_bytes chain = reading_chain(side, slot);
	if ((slot & 0x0f) == 0x0f)
		chain = (struct rotor_bytes){now.provisioned[side], now.provisioned_len[side]};
	assert_true(chain.len > 0);
	reading_hash(chain.data, chain.len, digest);
	reading_append(&now.k, digest, now.sizes.hash);
	if (side == RESPONDER && (slot & 0x0f) != 0x0f) {
		struct rotor_bytes told = rotor_spdm_digest_of_slot(&now.digests, slot);
		assert_int_equal(told.len, now.sizes.hash);
		assert_memory_equal(told.data, digest, told.len);
	}
}

static void begin(void)
{
	now.k.len = 0;
	reading_append(&now.k, now.a.data, now.a.len);
}

static void begun(uint16_t half)
{
	now.session_id |= (uint32_t)half << 16;
	derive_handshake();
	now.in_session = true;
	now.session_l.len = 0;
}

static void key_exchange(struct rotor_bytes msg, const struct rotor_spdm_key_exchange *m)
{
	now.sizes.summary = m->summary != ROTOR_SPDM_SUMMARY_NONE;
	now.psk = false;
	begin();
	/* From 1.3 on, a device with several keys has DIGESTS in the transcript. */
	if (now.suite.multi_key)
		reading_append(&now.k, now.digests_bytes.data, now.digests_bytes.len);
	append_identity(RESPONDER, m->slot);
	reading_append(&now.k, msg.data, msg.len);
	now.key_slot = m->slot;
	now.session_id = m->session_id;
	take_offered(m->version, m->opaque);
}

static void key_exchange_rsp(struct rotor_bytes msg, const struct rotor_spdm_key_exchange_rsp *m)
{
	reading_append(&now.k, msg.data, msg.len - m->signature.len - m->verify_data.len);
	reading_signature(&now.k, ROTOR_SPDM_SIGNED_KEY_EXCHANGE_RSP, RESPONDER, now.key_slot,
			  m->signature);
	reading_append(&now.k, m->signature.data, m->signature.len);
	take_selected(m->version, m->opaque);
	/* The HMAC in this message is no part of TH1, but of what FINISH signs. */
	begun(m->session_id);
	if (!now.sizes.clear_handshake)
		check_verify_data(RESPONDER, m->verify_data);
}

static void finish(struct rotor_bytes msg, const struct rotor_spdm_finish *m)
{
	if (m->has_signature)
		append_identity(REQUESTER, m->req_slot);
	reading_append(&now.k, msg.data, ROTOR_SPDM_HEADER_SIZE);
	if (m->has_signature) {
		reading_signature(&now.k, ROTOR_SPDM_SIGNED_FINISH, REQUESTER, m->req_slot,
				  m->signature);
		reading_append(&now.k, m->signature.data, m->signature.len);
	}
	check_verify_data(REQUESTER, m->verify_data);
}

static void finish_rsp(struct rotor_bytes msg, const struct rotor_spdm_finish_rsp *m)
{
	reading_append(&now.k, msg.data, msg.len - m->verify_data.len);
	if (now.sizes.clear_handshake)
		check_verify_data(RESPONDER, m->verify_data);
	derive_data();
}

static void psk_exchange(struct rotor_bytes msg, const struct rotor_spdm_psk_exchange *m)
{
	static const uint8_t hint[] = "TestPskHint";
	now.sizes.summary = m->summary != ROTOR_SPDM_SUMMARY_NONE;
	now.psk = true;
	assert_int_equal(m->hint.len, sizeof(hint));
	assert_memory_equal(m->hint.data, hint, sizeof(hint));
	begin();
	reading_append(&now.k, msg.data, msg.len);
	now.session_id = m->session_id;
	take_offered(m->version, m->opaque);
}

static void psk_exchange_rsp(struct rotor_bytes msg, const struct rotor_spdm_psk_exchange_rsp *m)
{
	reading_append(&now.k, msg.data, msg.len - m->verify_data.len);
	take_selected(m->version, m->opaque);
	begun(m->session_id);
	check_verify_data(RESPONDER, m->verify_data);
	if (!m->context.len) /* nothing of the responder's own: there is no PSK_FINISH */
		derive_data();
}

static void psk_finish(struct rotor_bytes msg, const struct rotor_spdm_psk_finish *m)
{
	reading_append(&now.k, msg.data, msg.len - m->verify_data.len);
	check_verify_data(REQUESTER, m->verify_data);
}

static void psk_finish_rsp(struct rotor_bytes msg)
{
	reading_append(&now.k, msg.data, msg.len);
	derive_data();
}

static void key_update(uint8_t operation)
{
	if (operation != ROTOR_SPDM_KEY_UPDATE_VERIFY)
		reading_update_key(REQUESTER);
	if (operation == ROTOR_SPDM_KEY_UPDATE_ALL)
		reading_update_key(RESPONDER);
}

void reading_session_message(enum reading_side sender, struct rotor_bytes msg,
			     const struct rotor_spdm_any *any)
{
	(void)sender;
	switch (any->header.code) {
	case ROTOR_SPDM_KEY_EXCHANGE:
		key_exchange(msg, &any->u.key_exchange);
		break;
	case ROTOR_SPDM_KEY_EXCHANGE_RSP:
		key_exchange_rsp(msg, &any->u.key_exchange_rsp);
		break;
	case ROTOR_SPDM_FINISH:
		finish(msg, &any->u.finish);
		break;
	case ROTOR_SPDM_FINISH_RSP:
		finish_rsp(msg, &any->u.finish_rsp);
		break;
	case ROTOR_SPDM_PSK_EXCHANGE:
		psk_exchange(msg, &any->u.psk_exchange);
		break;
	case ROTOR_SPDM_PSK_EXCHANGE_RSP:
		psk_exchange_rsp(msg, &any->u.psk_exchange_rsp);
		break;
	case ROTOR_SPDM_PSK_FINISH:
		psk_finish(msg, &any->u.psk_finish);
		break;
	case ROTOR_SPDM_PSK_FINISH_RSP:
		psk_finish_rsp(msg);
		break;
	case ROTOR_SPDM_KEY_UPDATE:
		key_update(any->header.param1);
		break;
	case ROTOR_SPDM_END_SESSION_ACK:
		now.in_session = false;
		now.sessions++;
		break;
	default:
		break;
	}
}

/* ---- records ---- */

/* Rotor opens the same record to the same bytes, in place, and not a second time. */
static void check_rotor_record(enum reading_side sender, struct rotor_bytes record,
			       struct rotor_bytes data)
{
	for (size_t i = 0; i < READING_BACKENDS; i++) {
		static uint8_t copy[20000];
		struct rotor_spdm_session *s = &now.session[i];
		struct rotor_spdm_record_keys *keys =
		    sender == REQUESTER ? &s->request : &s->response;
		struct rotor_spdm_record_counters counters = {0};
		struct rotor_bytes message;
		uint8_t type;
		for (int again = 0; again < 2 && follows(i); again++) {
			assert_true(record.len <= sizeof(copy));
			memcpy(copy, record.data, record.len);
			enum rotor_status status = rotor_spdm_record_open(
			    reading_backends[i], s->suite.aead, keys, now.session_id, copy,
			    record.len, &type, &message, &counters);
			assert_int_equal(status, again ? ROTOR_ERR_DENIED : ROTOR_OK);
			assert_int_equal(counters.repeated, again);
			if (!again) {
				assert_int_equal(type, data.data[0]);
				assert_int_equal(message.len, data.len - 1);
				assert_memory_equal(message.data, data.data + 1, message.len);
				now.rotor[i].records++;
			}
		}
	}
}

struct rotor_bytes reading_record(enum reading_side sender, struct rotor_bytes record, uint8_t *out,
				  size_t cap)
{
	struct reading_keys *k = &now.keys[sender];
	struct rotor_reader r = rotor_reader(record.data, record.len);
	assert_int_equal(rotor_read_u32le(&r), now.session_id);
	assert_int_equal(rotor_read_u16le(&r), k->sequence & 0xFFFF);
	uint16_t len = rotor_read_u16le(&r);
	assert_int_equal(len, r.left);
	assert_true(len >= 18 && len - 16u <= cap);
	uint8_t iv[12];
	memcpy(iv, k->iv, sizeof(iv));
	for (int i = 0; i < 8; i++)
		iv[i] ^= (uint8_t)(k->sequence >> 8 * i);
	if (!oracle_open(now.algorithms.aead, k->key, iv, (struct rotor_bytes){record.data, 8},
			 (struct rotor_bytes){r.at, len}, out))
		fail_msg("%s: record %u does not open", now.name, (unsigned)k->sequence);
	k->sequence++;
	struct rotor_reader plain = rotor_reader(out, len - 16u);
	uint16_t n = rotor_read_u16le(&plain);
	struct rotor_bytes data = rotor_read_view(&plain, n);
	assert_int_equal(data.len, n);
	check_rotor_record(sender, record, data);
	now.counts.records++;
	return data;
}
