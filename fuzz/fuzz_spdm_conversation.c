/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A requester with all its pieces and a responder with all its features talk to each other; the input says what the
 * requester does and which answers reach it changed. So every state of the requester is reached with few bytes, from the
 * answers that are right.
 *
 * The first two bytes say what the two offer (struct wish, below). Then come operations: their number, and for
 * each answer to it a control byte: its lowest two bits 0: as it is; 1: one byte changed (position, value to XOR); 2: of
 * another length (one byte, signed); 3: an ERROR instead (its code). Bit 2: the request is lost first. Bit 3: the answer
 * comes twice. When the input has ended, all answers are right.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fake_crypto.h"
#include "rotor/spdm_features.h"
#include "rotor/spdm_requester_more.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MESSAGE_MAX 4096

static void need(bool condition)
{
	if (!condition)
		abort();
}

/* ---- the device ---- */

static enum rotor_status measurement(void *ctx, unsigned position, enum rotor_hash_alg hash,
				     struct rotor_spdm_own_measurement *out)
{
	static const uint8_t value[64];
	(void)ctx;
	if (position >= 3)
		return ROTOR_ERR_NOT_FOUND;
	*out = (struct rotor_spdm_own_measurement){.index = (uint8_t)(position + 1),
						   .type = (uint8_t)position,
						   .tcb = position == 0,
						   .summary = true,
						   .value = {value, rotor_hash_size(hash)}};
	return ROTOR_OK;
}

static void authenticated(void *ctx, uint32_t peer, struct rotor_bytes leaf)
{
	(void)ctx;
	(void)peer;
	(void)leaf;
}

static enum rotor_status csr(void *ctx, struct rotor_crypto_job *job,
			     const struct rotor_spdm_csr_request *request, uint8_t *out, size_t cap,
			     size_t *len, uint8_t *tag)
{
	(void)ctx;
	(void)job;
	(void)request;
	*tag = 1;
	*len = cap < 300 ? cap : 300;
	memset(out, 0x30, *len);
	return *len ? ROTOR_OK : ROTOR_ERR_SPACE;
}

static enum rotor_status set(void *ctx, struct rotor_crypto_job *job,
			     const struct rotor_spdm_set_cert_request *request)
{
	(void)ctx;
	(void)job;
	(void)request;
	return ROTOR_OK;
}

static enum rotor_status get_pair(void *ctx, uint8_t id, struct rotor_spdm_key_pair_info *out)
{
	(void)ctx;
	(void)id;
	*out = (struct rotor_spdm_key_pair_info){.capabilities = ROTOR_SPDM_KEY_PAIR_KEY_USAGE,
						 .usage_capabilities = ROTOR_SPDM_KEY_USE_MEAS,
						 .asym_capabilities = ROTOR_SPDM_KEY_PAIR_P384,
						 .asym = ROTOR_SPDM_KEY_PAIR_P384,
						 .public_key_info = {fake_chain, 6}};
	return ROTOR_OK;
}

static enum rotor_status set_pair(void *ctx, const struct rotor_spdm_session_info *session,
				  const struct rotor_spdm_set_key_pair_info *request)
{
	(void)ctx;
	(void)session;
	(void)request;
	return ROTOR_OK;
}

static enum rotor_status log_of(void *ctx, struct rotor_bytes *out)
{
	static const uint8_t mel[700];
	(void)ctx;
	*out = (struct rotor_bytes){mel, sizeof(mel)};
	return ROTOR_OK;
}

static enum rotor_status echo(void *ctx, const struct rotor_spdm_session_info *session,
			      const struct rotor_spdm_vendor_defined *request, uint8_t *out,
			      size_t cap, size_t *len)
{
	(void)ctx;
	(void)session;
	*len = request->payload.len;
	if (*len > cap)
		return ROTOR_ERR_SPACE;
	if (*len)
		memcpy(out, request->payload.data, *len);
	return ROTOR_OK;
}

static enum rotor_status subscribe(void *ctx, const struct rotor_spdm_session_info *session,
				   const struct rotor_spdm_event_types *types)
{
	(void)ctx;
	(void)session;
	(void)types;
	return ROTOR_OK;
}

static unsigned events_left;

static enum rotor_status next_event(void *ctx, const struct rotor_spdm_session_info *session,
				    bool all, struct rotor_spdm_event_item *out)
{
	(void)ctx;
	(void)session;
	(void)all;
	*out = (struct rotor_spdm_event_item){.type = ROTOR_SPDM_EVENT_CERTIFICATE_CHANGED,
					      .detail = {fake_chain, 1}};
	return events_left ? ROTOR_OK : ROTOR_ERR_NOT_FOUND;
}

static void acknowledged(void *ctx, const struct rotor_spdm_session_info *session)
{
	(void)ctx;
	(void)session;
	events_left--;
}

/* ---- the requester's owner ---- */

static enum rotor_status verify_peer(void *ctx, struct rotor_crypto_job *job,
				     const struct rotor_bytes *certs, size_t count,
				     const struct rotor_cert *leaf)
{
	(void)ctx;
	(void)leaf;
	return fake_chain_verify(job, certs, count, NULL, 0, 0);
}

static void take_event(void *ctx, uint32_t session_id, const struct rotor_spdm_event_item *item)
{
	(void)ctx;
	need(session_id != 0);
	need(!item->detail.len || item->detail.data);
}

static void told(void *ctx, const struct rotor_spdm_event *e)
{
	(void)ctx;
	need(e->message.len >= 4);
}

/* ---- both ---- */

static const uint8_t versions[] = {ROTOR_SPDM_V10, ROTOR_SPDM_V11, ROTOR_SPDM_V12, ROTOR_SPDM_V13,
				   ROTOR_SPDM_V14};
static const struct rotor_spdm_psk psk = {.hint = {fake_chain, 4}, .key = {fake_chain, 13}};
static uint8_t chunk_buffers[3][MESSAGE_MAX], set_buffer[512];

static struct talk {
	struct rotor_spdm_requester q;
	struct rotor_spdm_responder r;
	struct rotor_spdm_connection connections[1];
	struct rotor_spdm_session sessions[1];
	struct rotor_spdm_slot slots[2], key;
	struct rotor_spdm_peer_key peer_key;
	struct rotor_spdm_psk_config psk;
	struct rotor_spdm_chunks chunks;
	struct rotor_spdm_basic_mutual basic;
	struct rotor_spdm_set_cert_config set;
	struct rotor_spdm_requester_chunks own_chunks;
	struct rotor_spdm_requester_basic own_basic;
	struct rotor_spdm_requester_config own;
	struct rotor_spdm_responder_config device;
	rotor_ms now;
	uint8_t agent_buffer[2 * MESSAGE_MAX], device_buffer[MESSAGE_MAX], peer_chain[512];
	uint8_t chain[512], record[512], answer[1024];
	struct rotor_spdm_key_pair_info key_pair;
} t;

static struct rotor_spdm_csr_config csr_config = {.csr = csr};
static struct rotor_spdm_key_pairs pairs_config = {.count = 2, .get = get_pair, .set = set_pair};
static struct rotor_spdm_mel_config mel_config = {.log = log_of};
static struct rotor_spdm_endpoint_config endpoint_config = {.device_class = {fake_chain, 8},
							    .can_sign = true};
static struct rotor_spdm_vendor_config vendor_config = {.handle = echo};
static const struct rotor_spdm_event_group groups[] = {
    {.type_count = 2,
     .group_version = ROTOR_SPDM_EVENT_GROUP_VERSION,
     .types = {(const uint8_t *)"\1\0\0\0\4\0\0\0", 8}}};
static struct rotor_spdm_events events_config = {.groups = groups,
						 .group_count = 1,
						 .subscribe = subscribe,
						 .next = next_event,
						 .acknowledged = acknowledged};
static struct rotor_spdm_requester_events own_events = {.event = take_event};
static const struct rotor_spdm_feature_use features[] = {
    {&rotor_spdm_key_update, NULL},
    {&rotor_spdm_chunking, &t.chunks},
    {&rotor_spdm_psk_sessions, &t.psk},
    {&rotor_spdm_challenge_mutual, &t.basic},
    {&rotor_spdm_get_csr_feature, &csr_config},
    {&rotor_spdm_set_certificate_feature, &t.set},
    {&rotor_spdm_key_pairs_feature, &pairs_config},
    {&rotor_spdm_mel_feature, &mel_config},
    {&rotor_spdm_endpoint_info_feature, &endpoint_config},
    {&rotor_spdm_vendor_feature, &vendor_config},
    {&rotor_spdm_events_feature, &events_config},
};
static const struct rotor_spdm_requester_use pieces[] = {
    {&rotor_spdm_requester_psk, NULL},
    {&rotor_spdm_requester_key_update, NULL},
    {&rotor_spdm_requester_chunk, &t.own_chunks},
    {&rotor_spdm_requester_basic_mutual, &t.own_basic},
    {&rotor_spdm_requester_event_piece, &own_events},
};
static const struct rotor_spdm_responder_ops ops = {.measurement = measurement};

/* What the two offer: a, bits 0-2 version, 3 small messages, 4 handshake in the clear, 5 provisioned keys, 6 no mutual
 * authentication, 7 no features; b, bits 0-1 way of mutual authentication, 2 PSK with context, 3 several keys, 4 sessions that
 * only authenticate, 5 several keys of the requester's. */
static void set_up(uint8_t a, uint8_t b)
{
	static const struct rotor_spdm_slot own = {.chain = {fake_chain, sizeof(fake_chain)},
						   .signer = &fake_signer};
	bool keys = a & 0x20;
	memset(&t, 0, sizeof(t));
	t.slots[0] = t.slots[1] = own;
	t.slots[0].key_usage = ROTOR_SPDM_KEY_USE_KEY_EX | ROTOR_SPDM_KEY_USE_MEAS;
	t.key = own;
	t.peer_key.form = own.chain;
	t.peer_key.key.alg = ROTOR_SIG_ECDSA_P384;
	t.psk = (struct rotor_spdm_psk_config){.with_context = b & 4, .keys = &psk, .key_count = 1};
	t.chunks = (struct rotor_spdm_chunks){.buffer = chunk_buffers[0], .size = MESSAGE_MAX};
	t.own_chunks = (struct rotor_spdm_requester_chunks){chunk_buffers[1], MESSAGE_MAX,
							    chunk_buffers[2], MESSAGE_MAX};
	t.basic.authenticated = authenticated;
	t.set = (struct rotor_spdm_set_cert_config){
	    .set = set, .in_clear = true, .buffer = set_buffer, .size = sizeof(set_buffer)};
	t.device = (struct rotor_spdm_responder_config){
	    .crypto = &fake_crypto,
	    .version_count = sizeof(versions),
	    .connections = t.connections,
	    .connection_count = 1,
	    .sessions = t.sessions,
	    .session_count = 1,
	    .heartbeat_s = 50,
	    .ask_mutual_auth = true,
	    .mutual = keys ? ROTOR_SPDM_MUTUAL_KEY : (enum rotor_spdm_mutual)(b & 1),
	    .peer_key = &t.peer_key,
	    .clear_handshake = a & 0x10,
	    .mac_only = b & 0x10,
	    .keys = b & 8 && !(a & 0x80) && !keys ? ROTOR_SPDM_KEYS_ALWAYS : ROTOR_SPDM_ONE_KEY,
	    .data_transfer_size = a & 8 ? 120 : 0,
	    .slots = t.slots,
	    .slot_count = keys ? 0 : 2,
	    .provisioned = keys ? &t.key : NULL,
	    .ops = &ops,
	    .features = features,
	    .feature_count = a & 0x80 || keys ? 0 : ROTOR_COUNT_OF(features),
	};
	memcpy(t.device.versions, versions, sizeof(versions));
	t.own = (struct rotor_spdm_requester_config){
	    .crypto = &fake_crypto,
	    .versions = {versions[(a & 7) % sizeof(versions)]},
	    .version_count = 1,
	    .hashes = ROTOR_BIT(ROTOR_HASH_SHA384),
	    .sigs = ROTOR_BIT(ROTOR_SIG_ECDSA_P384),
	    .retries = 1,
	    .offer_mutual_auth = !(a & 0x40),
	    .clear_handshake = a & 0x10,
	    .privacy = ROTOR_SPDM_IF_POSSIBLE,
	    .own_multi_key = b & 0x20,
	    .data_transfer_size = a & 8 ? 120 : 0,
	    .pieces = pieces,
	    .piece_count = ROTOR_COUNT_OF(pieces),
	    .verify_peer = verify_peer,
	    .event = told,
	};
	if (keys)
		t.own.own_key = own;
	else
		t.own.own = own;
	need(rotor_spdm_requester_init(&t.q, &t.own, t.agent_buffer, sizeof(t.agent_buffer)) ==
	     ROTOR_OK);
	need(rotor_spdm_responder_init(&t.r, &t.device, t.device_buffer, sizeof(t.device_buffer),
				       t.peer_chain, sizeof(t.peer_chain)) == ROTOR_OK);
}

static const uint8_t vendor_text[500];

static enum rotor_status begin(uint8_t operation)
{
	static const struct rotor_spdm_get_csr get_csr = {
	    .key_pair = 1, .attributes = ROTOR_SPDM_CERT_MODEL_DEVICE};
	static const struct rotor_spdm_set_certificate erase = {.slot = 1, .erase = true};
	static const struct rotor_spdm_vendor_defined vendor = {
	    .standard_id = ROTOR_SPDM_REGISTRY_IANA,
	    .vendor_id = {fake_chain, 4},
	    .payload = {vendor_text, sizeof(vendor_text)}};
	static const struct rotor_spdm_event_types none = {.group_count = 0};
	static const struct rotor_spdm_set_key_pair_info change = {
	    .key_pair = 1, .usage = ROTOR_SPDM_KEY_USE_MEAS};
	struct rotor_spdm_requester *q = &t.q;
	bool inside = q->session.state == ROTOR_SPDM_SESSION_ESTABLISHED && (operation & 0x80);
	uint8_t *out = t.answer;
	size_t size = sizeof(t.answer);
	/* Nothing at 0, so that an input may have more right answers than are needed. */
	switch (operation & 0x7f) {
	case 0:
		return ROTOR_ERR_STATE;
	case 24:
		return rotor_spdm_requester_connect(q);
	case 1:
		return rotor_spdm_requester_get_digests(q);
	case 2:
		return rotor_spdm_requester_get_certificate(q, 0, t.chain, sizeof(t.chain));
	case 3:
		return rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_ALL);
	case 4:
		return rotor_spdm_requester_get_measurements(
		    q, inside, ROTOR_SPDM_MEAS_OP_ALL, true, false, t.record, sizeof(t.record));
	case 5:
		return rotor_spdm_requester_get_measurements(q, inside, 2, false, true, t.record,
							     sizeof(t.record));
	case 6:
		return rotor_spdm_requester_start_session(q, ROTOR_SPDM_SUMMARY_TCB);
	case 7:
		return rotor_spdm_requester_start_psk_session(q, &psk, ROTOR_SPDM_SUMMARY_ALL);
	case 8:
		return rotor_spdm_requester_heartbeat(q);
	case 9:
		return rotor_spdm_requester_end_session(q);
	case 10:
		return rotor_spdm_requester_update_keys(q, false);
	case 11:
		return rotor_spdm_requester_update_keys(q, true);
	case 12:
		(void)!rotor_spdm_responder_update_key(&t.r, q->session.info.session_id);
		return rotor_spdm_requester_serve(q, true);
	case 13:
		events_left = 2;
		return rotor_spdm_requester_serve(q, inside);
	case 14:
		return rotor_spdm_requester_get_csr(q, inside, &get_csr, out, size);
	case 15:
		return rotor_spdm_requester_set_certificate(q, inside, &erase);
	case 16:
		return rotor_spdm_requester_get_key_pair_info(q, inside, 1, &t.key_pair, out, size);
	case 17:
		return rotor_spdm_requester_set_key_pair_info(q, inside, &change);
	case 18:
		return rotor_spdm_requester_get_mel(q, inside, out, size);
	case 19:
		return rotor_spdm_requester_get_endpoint_info(
		    q, inside, 1, q->chain.believed && inside, out, size);
	case 20:
		return rotor_spdm_requester_vendor_defined(q, inside, &vendor, out, size);
	case 21:
		return rotor_spdm_requester_get_event_types(q, out, size);
	case 22:
		return rotor_spdm_requester_subscribe(q, &none);
	case 23:
		return q->connected ? rotor_spdm_requester_use_key(q, &t.peer_key)
				    : ROTOR_ERR_STATE;
	default:
		return rotor_spdm_requester_use_certificate(
		    q, 0, (struct rotor_bytes){t.chain, 4 + 48 + sizeof(fake_chain)});
	}
}

/* Looks into a record with a copy of the requester's keys. @return whether that can be */
static bool look_into(uint8_t *msg, size_t len, struct rotor_bytes *plain,
		      struct rotor_spdm_record_keys *keys)
{
	struct rotor_spdm_session *s = &t.q.session;
	uint8_t type;
	struct rotor_spdm_record_keys before =
	    s->updating && rotor_spdm_record_begins(msg, len, &s->response) ? s->next : s->response;
	*keys = before;
	bool good = rotor_spdm_record_open(&fake_crypto, s->suite.aead, keys, s->info.session_id,
					   msg, len, &type, plain, NULL) == ROTOR_OK;
	*keys = before;
	return good && type == ROTOR_SPDM_MCTP_TYPE;
}

/* One answer reaches the requester, as the input says. */
static void to_agent(struct rotor_reader *in, uint8_t control, bool secured, const uint8_t *bytes,
		     size_t len)
{
	static uint8_t work[2 * MESSAGE_MAX], copy[2 * MESSAGE_MAX];
	uint8_t *msg = work + ROTOR_SPDM_RECORD_HEADROOM;
	struct rotor_bytes plain = {bytes, len}, out;
	struct rotor_spdm_record_keys keys;
	struct rotor_spdm_message app;
	need(len <= MESSAGE_MAX);
	memcpy(copy, bytes, len);
	bool change = (control & 3) && (!secured || look_into(copy, len, &plain, &keys));
	size_t n = plain.len;
	out = (struct rotor_bytes){bytes, len};
	if (change && n) {
		memcpy(msg, plain.data, n);
		size_t at = rotor_read_u8(in);
		uint8_t value = (control & 3) == 1 ? rotor_read_u8(in) : 0;
		if ((control & 3) == 1) {
			msg[at % n] ^= value;
		} else if ((control & 3) == 2) {
			int longer = (int8_t)at;
			memset(msg + n, 0, 128);
			n = longer < 0 && (size_t)-longer >= n ? 0 : (size_t)((int)n + longer);
		} else {
			const uint8_t error[] = {msg[0], ROTOR_SPDM_ERROR, (uint8_t)at, 0};
			memcpy(msg, error, sizeof(error));
			n = sizeof(error);
		}
		out = (struct rotor_bytes){msg, n};
		if (secured)
			need(rotor_spdm_record_seal(&fake_crypto, t.q.session.suite.aead, &keys,
						    t.q.session.info.session_id,
						    ROTOR_SPDM_MCTP_TYPE, work, sizeof(work), n,
						    &out) == ROTOR_OK);
	}
	for (unsigned i = 0; i < (control & 8 ? 2u : 1u); i++) {
		uint8_t *exact = malloc(out.len ? out.len : 1);
		need(exact != NULL);
		memcpy(exact, out.data, out.len);
		rotor_spdm_requester_receive(&t.q, secured, exact, out.len, t.now, &app);
		free(exact);
	}
}

/* Runs the operation under way to its end. */
static void run(struct rotor_reader *in)
{
	struct rotor_spdm_message m;
	struct rotor_spdm_out out = {0};
	for (unsigned turn = 0; turn < 3000; turn++) {
		bool sent = rotor_spdm_requester_next(&t.q, t.now, &m);
		if (rotor_spdm_requester_status(&t.q) != ROTOR_PENDING)
			return;
		if (!sent) {
			rotor_ms next = rotor_spdm_requester_deadline(&t.q);
			need(next != ROTOR_NEVER);
			t.now = next > t.now ? next : t.now + 1;
			continue;
		}
		uint8_t control = in->left ? rotor_read_u8(in) : 0;
		if (control & 4)
			continue;
		uint8_t *copy = malloc(m.bytes.len);
		need(copy != NULL);
		memcpy(copy, m.bytes.data, m.bytes.len);
		rotor_spdm_responder_receive(&t.r, 1, 1, m.secured, copy, m.bytes.len, t.now, &out);
		for (unsigned i = 0; i < 50 && out.kind == ROTOR_SPDM_OUT_NOTHING &&
				     rotor_spdm_responder_deadline(&t.r) <= t.now;
		     i++)
			rotor_spdm_responder_poll(&t.r, t.now, &out);
		if (out.kind == ROTOR_SPDM_OUT_RESPONSE)
			to_agent(in, control, out.secured, out.bytes.data, out.bytes.len);
		free(copy);
	}
	rotor_spdm_requester_cancel(&t.q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct rotor_spdm_session nothing;
	struct rotor_reader in = rotor_reader(data, len);
	uint8_t a = rotor_read_u8(&in), b = rotor_read_u8(&in);
	set_up(a, b);
	for (unsigned begun = 0; begun < 40 && in.left;) {
		if (begin(rotor_read_u8(&in)) != ROTOR_OK)
			continue;
		begun++;
		run(&in);
		const struct rotor_spdm_requester *q = &t.q;
		need(rotor_spdm_requester_status(q) != ROTOR_PENDING);
		need((q->result.status == ROTOR_OK) == (q->result.fail == ROTOR_SPDM_FAIL_NONE));
		need(!q->session.updating);
		need(q->session.state == ROTOR_SPDM_SESSION_ESTABLISHED ||
		     memcmp(&q->session, &nothing, sizeof(nothing)) == 0);
		need(q->connected || q->session.state == ROTOR_SPDM_SESSION_NONE);
	}
	rotor_spdm_requester_deinit(&t.q);
	rotor_spdm_responder_deinit(&t.r);
	return 0;
}
