/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/spdm_pair.h"

/* ---- what the two ends ask of their owners ---- */

static enum rotor_status measurement(void *ctx, unsigned position, enum rotor_hash_alg hash,
				     struct rotor_spdm_own_measurement *out)
{
	struct spdm_pair *p = ctx;
	static const uint8_t types[PAIR_BLOCKS] = {ROTOR_SPDM_MEAS_ROM, ROTOR_SPDM_MEAS_FIRMWARE,
						   ROTOR_SPDM_MEAS_FW_CONFIG |
						       ROTOR_SPDM_MEAS_RAW_BIT,
						   ROTOR_SPDM_MEAS_SVN | ROTOR_SPDM_MEAS_RAW_BIT};
	if (position >= PAIR_BLOCKS)
		return ROTOR_ERR_NOT_FOUND;
	out->index = (uint8_t)(position * 2 + 1);
	out->type = types[position];
	if (hash == ROTOR_HASH_NONE) /* only raw bit streams were agreed on */
		out->type |= ROTOR_SPDM_MEAS_RAW_BIT;
	out->tcb = position < 2;
	out->summary = position < 3;
	if (p->wish.raw)
		out->raw = (struct rotor_bytes){(const uint8_t *)"raw bytes", 9};
	out->value.data = p->blocks[position];
	out->value.len = (out->type & ROTOR_SPDM_MEAS_RAW_BIT) ? 5 : rotor_hash_size(hash);
	return ROTOR_OK;
}

static void established(void *ctx, const struct rotor_spdm_session_info *info)
{
	struct spdm_pair *p = ctx;
	p->established++;
	p->info = *info;
}

static void ended(void *ctx, const struct rotor_spdm_session_info *info,
		  enum rotor_spdm_session_end reason)
{
	struct spdm_pair *p = ctx;
	if (p->wish.sessions < 2)
		assert_int_equal(info->session_id, p->info.session_id);
	p->ended++;
	p->end_reason = reason;
}

static void note_secrets(struct spdm_pair *p, bool device, const struct rotor_spdm_secrets *s)
{
	memcpy(p->secrets[device][s->data][0], s->request.data, s->request.len);
	memcpy(p->secrets[device][s->data][1], s->response.data, s->response.len);
	p->secret_count++;
}

static void device_secrets(void *ctx, const struct rotor_spdm_secrets *s)
{
	note_secrets(ctx, true, s);
}

static void agent_secrets(void *ctx, const struct rotor_spdm_secrets *s)
{
	note_secrets(ctx, false, s);
}

static void event(void *ctx, const struct rotor_spdm_event *e)
{
	struct spdm_pair *p = ctx;
	assert_true(e->message.len >= 4);
	p->events++;
}

static enum rotor_status verify_peer(void *ctx, struct rotor_crypto_job *job,
				     const struct rotor_bytes *certs, size_t count,
				     const struct rotor_cert *leaf)
{
	struct spdm_pair *p = ctx;
	assert_int_equal(leaf->der.len, certs[count - 1].len);
	return p->agent_config.crypto->chain_verify(job, certs, count, &p->agent_anchor,
						    p->wish.agent_trusts_nobody ? 0 : 1, CHAIN_NOW);
}

/* ---- making them ---- */

static void make_agent_chain(struct spdm_pair *p, const struct rotor_crypto *crypto,
			     enum rotor_sig_alg alg)
{
	struct rotor_cert root;
	size_t len[2];
	for (unsigned i = 0; i < 2; i++) {
		struct rotor_crypto_job job = {0};
		p->agent_keys[i] =
		    chain_key(crypto, alg, (uint8_t)((p->wish.stranger ? 40 : 20) + i));
		struct rotor_signer root_signer = rotor_soft_signer(&p->agent_keys[0]);
		struct rotor_cert_template t = {
		    .subject_cn = i ? "agent" : "agent root",
		    .not_before = "20240101000000Z",
		    .not_after = "20491231235959Z",
		    .key = &p->agent_keys[i].public_key,
		    .issuer_key = &p->agent_keys[0].public_key,
		    .is_ca = i == 0,
		};
		if (i)
			t.issuer = root.subject;
		enum rotor_status st;
		do {
			st = rotor_cert_write(crypto, &t, &root_signer, &job, p->agent_der[i],
					      CHAIN_CERT_CAP, &len[i]);
		} while (st == ROTOR_PENDING);
		assert_int_equal(st, ROTOR_OK);
		if (!i)
			assert_int_equal(crypto->cert_parse(p->agent_der[0], len[0], &root),
					 ROTOR_OK);
	}
	memcpy(p->agent_bytes, p->agent_der[0], len[0]);
	memcpy(p->agent_bytes + len[0], p->agent_der[1], len[1]);
	p->agent_config.own.chain = (struct rotor_bytes){p->agent_bytes, len[0] + len[1]};
	p->anchor = (struct rotor_bytes){p->agent_der[0], len[0]};
	p->agent_signer = rotor_soft_signer(&p->agent_keys[1]);
	p->agent_config.own.signer = &p->agent_signer;
}

static void make_device_chain(struct spdm_pair *p, const struct rotor_crypto *crypto,
			      enum rotor_sig_alg alg)
{
	size_t len = 0;
	chain_make(crypto, &p->device_chain, alg, NULL);
	for (unsigned i = 0; i < CHAIN_DEPTH; i++) {
		memcpy(p->device_bytes + len, p->device_chain.certs[i].data,
		       p->device_chain.certs[i].len);
		len += p->device_chain.certs[i].len;
	}
	/* The chain may have been made by another backend than the one that signs. */
	p->device_chain.keys[CHAIN_DEPTH - 1] =
	    chain_key(p->device_config.crypto, alg, CHAIN_DEPTH);
	p->device_signer = rotor_soft_signer(&p->device_chain.keys[CHAIN_DEPTH - 1]);
	p->slot.chain = (struct rotor_bytes){p->device_bytes, len};
	p->slot.signer = &p->device_signer;
	p->agent_anchor = p->device_chain.certs[0];
}

void pair_init(struct spdm_pair *p, const struct pair_wish *wish)
{
	static const struct pair_wish usual;
	memset(p, 0, sizeof(*p));
	p->wish = wish ? *wish : usual;
	wish = &p->wish;
	enum rotor_sig_alg alg = wish->sig ? wish->sig : ROTOR_SIG_ECDSA_P384;
	bool small = alg == ROTOR_SIG_ECDSA_P256;
	for (unsigned i = 0; i < PAIR_BLOCKS; i++)
		memset(p->blocks[i], (int)(0xa0 + i), sizeof(p->blocks[i]));
	p->ops = (struct rotor_spdm_responder_ops){
	    .measurement = measurement,
	    .session_established = established,
	    .session_ended = ended,
	    .secrets = device_secrets,
	};
	p->device_config = (struct rotor_spdm_responder_config){
	    .crypto = wish->device ? wish->device : &rotor_crypto_mbedtls,
	    .versions = {ROTOR_SPDM_V12, ROTOR_SPDM_V13},
	    .version_count = 2,
	    .connections = p->connections,
	    .connection_count = ROTOR_COUNT_OF(p->connections),
	    .sessions = p->sessions,
	    .session_count = wish->sessions ? wish->sessions : 1,
	    .ct_exponent = 20,
	    .heartbeat_s = wish->heartbeat_s,
	    .ask_mutual_auth = !wish->device_never_asks,
	    .need_mutual_auth = wish->device_needs_mutual,
	    .alias_certificates = true,
	    .slots = &p->slot,
	    .slot_count = 1,
	    .anchors = &p->anchor,
	    .anchor_count = 1,
	    .ops = &p->ops,
	    .ctx = p,
	};
	p->agent_config = (struct rotor_spdm_requester_config){
	    .crypto = wish->agent ? wish->agent : &rotor_crypto_openssl,
	    .versions = {ROTOR_SPDM_V12, ROTOR_SPDM_V13},
	    .version_count = 2,
	    .hashes = ROTOR_BIT(small ? ROTOR_HASH_SHA256 : ROTOR_HASH_SHA384),
	    .sigs = ROTOR_BIT(alg),
	    .kexes = ROTOR_BIT(small ? ROTOR_KEX_SECP256R1 : ROTOR_KEX_SECP384R1),
	    .aeads = ROTOR_BIT(small ? ROTOR_AEAD_AES128_GCM : ROTOR_AEAD_AES256_GCM),
	    .ct_exponent = 18,
	    .round_trip_ms = 20,
	    .retries = 3,
	    .offer_mutual_auth = !wish->no_mutual,
	    .need_mutual_auth = wish->need_mutual,
	    .verify_peer = verify_peer,
	    .event = event,
	    .secrets = agent_secrets,
	    .ctx = p,
	};
	if (wish->version) {
		p->agent_config.versions[0] = wish->version;
		p->agent_config.version_count = 1;
	}
	if (wish->device_version) {
		p->device_config.versions[0] = wish->device_version;
		p->device_config.version_count = 1;
	}
	make_agent_chain(p, p->agent_config.crypto, wish->req_sig ? wish->req_sig : alg);
	if (wish->stranger)
		p->anchor = (struct rotor_bytes){p->agent_der[1],
						 p->agent_config.own.chain.len - p->anchor.len};
	make_device_chain(p, &rotor_crypto_openssl, alg);
	if (wish->tune)
		wish->tune(p);
	assert_int_equal(rotor_spdm_responder_init(&p->r, &p->device_config, p->device_buffer,
						   wish->device_buffer ? wish->device_buffer : 1300,
						   p->peer_chain, sizeof(p->peer_chain)),
			 ROTOR_OK);
	assert_int_equal(rotor_spdm_requester_init(&p->q, &p->agent_config, p->agent_buffer,
						   wish->agent_buffer ? wish->agent_buffer : 2600),
			 ROTOR_OK);
	p->now = 1000;
	p->peer = PAIR_AGENT_EID;
}

void pair_free(struct spdm_pair *p)
{
	rotor_spdm_responder_deinit(&p->r);
	rotor_spdm_requester_deinit(&p->q);
}

struct spdm_pair *pair_new(const struct pair_wish *wish)
{
	struct spdm_pair *p = calloc(1, sizeof(*p));
	assert_non_null(p);
	pair_init(p, wish);
	return p;
}

void pair_delete(struct spdm_pair *p)
{
	pair_free(p);
	free(p);
}

/* ---- the line ---- */

static void to_agent(struct spdm_pair *p, bool secured, const uint8_t *bytes, size_t len)
{
	/* A buffer of its own and no larger than the message: the sanitizer sees each byte too far. */
	uint8_t *copy = malloc(len);
	struct rotor_spdm_message app;
	assert_non_null(copy);
	memcpy(copy, bytes, len);
	p->to_agent++;
	if (!p->line || p->line(p, false, secured, copy, len)) {
		if (rotor_spdm_requester_receive(&p->q, secured, copy, len, p->now, &app)) {
			p->agent_app.count++;
			p->agent_app.type = app.app_type;
			p->agent_app.len = app.bytes.len;
			assert_true(app.bytes.len <= sizeof(p->agent_app.bytes));
			memcpy(p->agent_app.bytes, app.bytes.data, app.bytes.len);
		}
	}
	free(copy);
}

static void take_out(struct spdm_pair *p, const struct rotor_spdm_out *out)
{
	if (out->kind == ROTOR_SPDM_OUT_RESPONSE) {
		assert_int_equal(out->peer, p->peer);
		to_agent(p, out->secured, out->bytes.data, out->bytes.len);
	}
	if (out->kind == ROTOR_SPDM_OUT_APP) {
		p->device_app.count++;
		p->device_app.type = out->app_type;
		p->device_app.len = out->bytes.len;
		p->device_app.session = out->session;
		assert_true(out->bytes.len <= sizeof(p->device_app.bytes));
		memcpy(p->device_app.bytes, out->bytes.data, out->bytes.len);
	}
}

static void to_device(struct spdm_pair *p, bool secured, const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len);
	struct rotor_spdm_out out = {0};
	assert_non_null(copy);
	memcpy(copy, bytes, len);
	p->to_device++;
	if (!p->line || p->line(p, true, secured, copy, len))
		rotor_spdm_responder_receive(&p->r, p->peer, p->to_device, secured, copy, len,
					     p->now, &out);
	take_out(p, &out);
	free(copy);
}

enum rotor_status pair_run(struct spdm_pair *p)
{
	for (unsigned turn = 0; turn < 20000; turn++) {
		struct rotor_spdm_message m;
		struct rotor_spdm_out out;
		if (rotor_spdm_requester_next(&p->q, p->now, &m))
			to_device(p, m.secured, m.bytes.data, m.bytes.len);
		if (rotor_spdm_requester_status(&p->q) != ROTOR_PENDING)
			return rotor_spdm_requester_status(&p->q);
		if (rotor_spdm_responder_deadline(&p->r) <= p->now) {
			rotor_spdm_responder_poll(&p->r, p->now, &out);
			take_out(p, &out);
			p->now++;
			continue;
		}
		rotor_ms next = rotor_spdm_requester_deadline(&p->q);
		rotor_ms device = rotor_spdm_responder_deadline(&p->r);
		if (device < next)
			next = device;
		assert_true(next != ROTOR_NEVER);
		p->now = next > p->now ? next : p->now + 1;
	}
	fail_msg("the operation does not come to an end");
	return ROTOR_ERR_TIMEOUT;
}

enum rotor_status pair_do(struct spdm_pair *p, enum rotor_status begun)
{
	assert_int_equal(begun, ROTOR_OK);
	return pair_run(p);
}

void pair_identify(struct spdm_pair *p)
{
	assert_int_equal(pair_do(p, rotor_spdm_requester_connect(&p->q)), ROTOR_OK);
	assert_int_equal(pair_do(p, rotor_spdm_requester_get_digests(&p->q)), ROTOR_OK);
	assert_int_equal(pair_do(p, rotor_spdm_requester_get_certificate(&p->q, 0, p->chain_buffer,
									 sizeof(p->chain_buffer))),
			 ROTOR_OK);
}

void pair_session(struct spdm_pair *p)
{
	pair_identify(p);
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_start_session(&p->q, ROTOR_SPDM_SUMMARY_TCB)),
	    ROTOR_OK);
	assert_true(rotor_spdm_requester_session(&p->q, NULL));
}

size_t pair_ask(struct spdm_pair *p, uint32_t peer, bool secured, const void *msg, size_t len,
		uint8_t *answer, bool *answer_secured)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct rotor_spdm_out out;
	assert_non_null(copy);
	memcpy(copy, msg, len);
	rotor_spdm_responder_receive(&p->r, peer, 7, secured, copy, len, p->now, &out);
	while (out.kind == ROTOR_SPDM_OUT_NOTHING && rotor_spdm_responder_deadline(&p->r) == 0)
		rotor_spdm_responder_poll(&p->r, p->now, &out);
	free(copy);
	if (out.kind != ROTOR_SPDM_OUT_RESPONSE)
		return 0;
	assert_int_equal(out.peer, peer);
	assert_int_equal(out.token, 7);
	assert_true(out.bytes.len <= PAIR_MESSAGE_MAX);
	memcpy(answer, out.bytes.data, out.bytes.len);
	if (answer_secured)
		*answer_secured = out.secured;
	return out.bytes.len;
}

bool pair_app_to_device(struct spdm_pair *p, uint8_t type, const void *msg, size_t len)
{
	uint8_t buffer[512];
	struct rotor_bytes record;
	unsigned before = p->device_app.count;
	memcpy(buffer + ROTOR_SPDM_RECORD_HEADROOM, msg, len);
	if (rotor_spdm_requester_seal(&p->q, type, buffer, sizeof(buffer), len, &record) !=
	    ROTOR_OK)
		return false;
	to_device(p, true, record.data, record.len);
	return p->device_app.count == before + 1;
}

bool pair_app_to_agent(struct spdm_pair *p, uint8_t type, const void *msg, size_t len)
{
	uint8_t buffer[512];
	struct rotor_bytes record;
	unsigned before = p->agent_app.count;
	memcpy(buffer + ROTOR_SPDM_RECORD_HEADROOM, msg, len);
	if (rotor_spdm_responder_seal(&p->r, p->info.session_id, type, buffer, sizeof(buffer), len,
				      &record) != ROTOR_OK)
		return false;
	to_agent(p, true, record.data, record.len);
	return p->agent_app.count == before + 1;
}
