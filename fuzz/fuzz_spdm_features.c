/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A responder with every feature, and any sequence of requests. The first byte says how it is configured. Then come pieces:
 * a control byte (bits 0-1 peer, 2 into a session, 3 time passes, 4 no polling until the next piece), a length (2,
 * little-endian), that many bytes: an SPDM message, which the target seals itself if it goes into a session. Every MAC of a
 * handshake is 0xBB, so that what comes after one is in reach.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fake_crypto.h"
#include "rotor/spdm_features.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Configuration bits. */
#define CLEAR_HANDSHAKE 0x01
#define MAC_ONLY        0x02
#define READY           0x04
#define SMALL           0x08
#define MUTUAL_SHIFT    4 /* none, by encapsulation, by digests, by key */
#define SEVERAL_KEYS    0x40
#define PSK_CONTEXT     0x80

static struct rotor_spdm_connection connections[2];
static struct rotor_spdm_session sessions[2];
static unsigned up; /* sessions that were established and have not ended */

static void need(bool condition)
{
	if (!condition)
		abort();
}

static enum rotor_status constant_hmac(enum rotor_hash_alg alg, const uint8_t *key, size_t key_len,
				       const struct rotor_bytes *parts, size_t part_count,
				       uint8_t *mac)
{
	(void)key;
	(void)key_len;
	(void)parts;
	(void)part_count;
	memset(mac, 0xbb, rotor_hash_size(alg));
	return ROTOR_OK;
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
						   .value = {value, rotor_hash_size(hash)},
						   .raw = {value, 7}};
	return ROTOR_OK;
}

static void established(void *ctx, const struct rotor_spdm_session_info *info)
{
	(void)ctx;
	need(info->session_id != 0);
	up++;
	need(up <= ROTOR_COUNT_OF(sessions));
}

static void ended(void *ctx, const struct rotor_spdm_session_info *info,
		  enum rotor_spdm_session_end reason)
{
	(void)ctx;
	(void)info;
	(void)reason;
	need(up > 0);
	up--;
}

static enum rotor_status csr(void *ctx, struct rotor_crypto_job *job,
			     const struct rotor_spdm_csr_request *request, uint8_t *out, size_t cap,
			     size_t *len, uint8_t *tag)
{
	(void)ctx;
	*tag = request ? request->tag : 0;
	*len = cap < 300 ? cap : 300;
	memset(out, 0x30, *len);
	return fake_once(job);
}

static enum rotor_status set_certificate(void *ctx, struct rotor_crypto_job *job,
					 const struct rotor_spdm_set_cert_request *request)
{
	(void)ctx;
	need(request->slot < ROTOR_SPDM_SLOT_COUNT);
	need(request->erase || request->certs.len);
	return fake_once(job);
}

static enum rotor_status get_pair(void *ctx, uint8_t id, struct rotor_spdm_key_pair_info *out)
{
	(void)ctx;
	need(id == 1 || id == 2);
	out->capabilities = 0x3f;
	out->usage_capabilities = 0xf;
	out->asym_capabilities = 0x1ff;
	out->slots = (uint8_t)(id - 1);
	return ROTOR_OK;
}

static enum rotor_status set_pair(void *ctx, const struct rotor_spdm_session_info *session,
				  const struct rotor_spdm_set_key_pair_info *request)
{
	(void)ctx;
	(void)session;
	need(request->operation <= ROTOR_SPDM_KEY_PAIR_OP_GENERATE);
	return ROTOR_OK;
}

static enum rotor_status whole_log(void *ctx, struct rotor_bytes *out)
{
	static const uint8_t log[700];
	(void)ctx;
	*out = (struct rotor_bytes){log, sizeof(log)};
	return ROTOR_OK;
}

static enum rotor_status subscribe(void *ctx, const struct rotor_spdm_session_info *session,
				   const struct rotor_spdm_event_types *types)
{
	(void)ctx;
	need(session && types->group_count <= 1);
	return ROTOR_OK;
}

static enum rotor_status next_event(void *ctx, const struct rotor_spdm_session_info *session,
				    bool all, struct rotor_spdm_event_item *out)
{
	static const uint8_t slots[1] = {1};
	(void)ctx;
	(void)session;
	out->type = ROTOR_SPDM_EVENT_CERTIFICATE_CHANGED;
	out->detail = (struct rotor_bytes){slots, 1};
	return all ? ROTOR_OK : ROTOR_ERR_NOT_FOUND;
}

/* As many bytes as the first two of the request say. */
static enum rotor_status vendor(void *ctx, const struct rotor_spdm_session_info *session,
				const struct rotor_spdm_vendor_defined *request, uint8_t *out,
				size_t cap, size_t *len)
{
	(void)ctx;
	(void)session;
	if (request->payload.len < 2)
		return ROTOR_ERR_LENGTH;
	*len = (size_t)request->payload.data[0] << 8 | request->payload.data[1];
	if (*len > cap)
		return ROTOR_ERR_SPACE;
	memset(out, 0x44, *len);
	return ROTOR_OK;
}

/* ---- its configuration ---- */

static const struct rotor_spdm_responder_ops ops = {
    .measurement = measurement, .session_established = established, .session_ended = ended};
static const struct rotor_spdm_slot slots[2] = {
    {.chain = {fake_chain, sizeof(fake_chain)},
     .signer = &fake_signer,
     .key_pair = 1,
     .key_usage = 0xf},
    {.chain = {fake_chain, sizeof(fake_chain)}, .signer = &fake_signer, .key_pair = 2}};
static const struct rotor_spdm_peer_key peer_key = {.key = {.alg = ROTOR_SIG_ECDSA_P384},
						    .form = {fake_chain, sizeof(fake_chain)}};
static uint8_t large[900], chain_room[400];
static struct rotor_spdm_chunks chunks = {.buffer = large, .size = sizeof(large)};
static struct rotor_spdm_ready ready = {.rd_exponent = 14, .rdtm = 2};
static const struct rotor_spdm_psk keys[] = {{{NULL, 0}, {fake_chain, sizeof(fake_chain)}}};
static struct rotor_spdm_psk_config psk = {.keys = keys, .key_count = 1};
static struct rotor_spdm_basic_mutual basic;
static struct rotor_spdm_csr_config csr_config = {.csr = csr};
static struct rotor_spdm_set_cert_config set_config = {
    .set = set_certificate, .in_clear = true, .buffer = chain_room, .size = sizeof(chain_room)};
static struct rotor_spdm_key_pairs pairs = {.count = 2, .get = get_pair, .set = set_pair};
static struct rotor_spdm_mel_config mel = {.log = whole_log};
static struct rotor_spdm_endpoint_config endpoint = {
    .device_class = {fake_chain, sizeof(fake_chain)}, .can_sign = true};
static const uint8_t types[] = {1, 0, 0, 0, 4, 0, 0, 0};
static const struct rotor_spdm_event_group group = {
    .type_count = 2, .group_version = 1, .types = {types, sizeof(types)}};
static struct rotor_spdm_events events = {
    .groups = &group, .group_count = 1, .subscribe = subscribe, .next = next_event};
static struct rotor_spdm_vendor_config vendor_config = {.handle = vendor};

static void configure(uint8_t how, struct rotor_spdm_responder_config *c,
		      struct rotor_spdm_feature_use *features)
{
	const struct rotor_spdm_feature_use all[] = {
	    {&rotor_spdm_key_update, NULL},
	    {&rotor_spdm_own_key_update, NULL},
	    {&rotor_spdm_chunking, &chunks},
	    {&rotor_spdm_psk_sessions, &psk},
	    {&rotor_spdm_get_csr_feature, &csr_config},
	    {&rotor_spdm_set_certificate_feature, &set_config},
	    {&rotor_spdm_key_pairs_feature, &pairs},
	    {&rotor_spdm_mel_feature, &mel},
	    {&rotor_spdm_endpoint_info_feature, &endpoint},
	    {&rotor_spdm_events_feature, &events},
	    {&rotor_spdm_vendor_feature, &vendor_config},
	    {&rotor_spdm_respond_if_ready, &ready},
	    {&rotor_spdm_challenge_mutual, &basic},
	};
	static const uint8_t versions[] = {ROTOR_SPDM_V10, ROTOR_SPDM_V11, ROTOR_SPDM_V12,
					   ROTOR_SPDM_V13, ROTOR_SPDM_V14};
	uint8_t mutual = how >> MUTUAL_SHIFT & 3;
	psk.with_context = how & PSK_CONTEXT;
	*c = (struct rotor_spdm_responder_config){
	    .version_count = sizeof(versions),
	    .connections = connections,
	    .connection_count = ROTOR_COUNT_OF(connections),
	    .sessions = sessions,
	    .session_count = ROTOR_COUNT_OF(sessions),
	    .heartbeat_s = 5,
	    .ask_mutual_auth = mutual != 0,
	    .mutual = mutual ? (enum rotor_spdm_mutual)(mutual - 1) : ROTOR_SPDM_MUTUAL_ENCAP,
	    .clear_handshake = how & CLEAR_HANDSHAKE,
	    .mac_only = how & MAC_ONLY,
	    .keys = how & SEVERAL_KEYS ? ROTOR_SPDM_KEYS_IF_ASKED : ROTOR_SPDM_ONE_KEY,
	    .data_transfer_size = how & SMALL ? 200 : 0,
	    .slots = slots,
	    .slot_count = 2,
	    .peer_key = &peer_key,
	    .ops = &ops,
	    .features = features,
	};
	memcpy(c->versions, versions, sizeof(versions));
	memcpy(features, all, sizeof(all));
	c->feature_count = ROTOR_COUNT_OF(all) - 2;
	if (how & READY)
		c->feature_count++;
	if (how & READY && mutual)
		c->feature_count++; /* the basic one too */
}

/* ---- running it ---- */

/* Whatever goes out must be there to be read, and not longer than its receiver takes. */
static void look(const struct rotor_spdm_out *out)
{
	unsigned sum = 0;
	need(out->kind == ROTOR_SPDM_OUT_NOTHING || out->bytes.len ||
	     out->kind == ROTOR_SPDM_OUT_APP);
	for (size_t i = 0; i < out->bytes.len; i++)
		sum += out->bytes.data[i];
	need(sum < UINT32_MAX);
	if (out->kind == ROTOR_SPDM_OUT_APP)
		need(up && out->app_type != ROTOR_SPDM_MCTP_TYPE);
	for (size_t i = 0; i < ROTOR_COUNT_OF(connections); i++) {
		const struct rotor_spdm_connection *c = &connections[i];
		if (out->kind == ROTOR_SPDM_OUT_RESPONSE && !out->secured && c->used &&
		    c->peer == out->peer && c->transfer)
			need(out->bytes.len <= c->transfer);
	}
}

/* The message as a record of the first session of the peer, under the key and number that are expected. */
static size_t seal(uint32_t peer, uint8_t *buffer, size_t cap, size_t n, struct rotor_bytes *record)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(sessions); i++) {
		struct rotor_spdm_session *s = &sessions[i];
		struct rotor_spdm_record_keys copy = s->request;
		if (s->state < ROTOR_SPDM_SESSION_HANDSHAKING || s->info.peer != peer)
			continue;
		/* While an update waits, every other record is the first under the new key. */
		if (s->updating && !(s->updating & ROTOR_SPDM_UPDATED) && n % 2)
			copy = s->next;
		if (rotor_spdm_record_seal(&fake_crypto, s->suite.aead, &copy, s->info.session_id,
					   ROTOR_SPDM_MCTP_TYPE, buffer, cap, n,
					   record) == ROTOR_OK)
			return record->len;
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct rotor_spdm_responder r;
	static struct rotor_crypto crypto;
	struct rotor_spdm_responder_config config;
	struct rotor_spdm_feature_use features[13];
	uint8_t buffer[1200], chain[256];
	struct rotor_reader in = rotor_reader(data, len);
	rotor_ms now = 0;
	up = 0;
	crypto = fake_crypto;
	crypto.hmac = constant_hmac;
	configure(rotor_read_u8(&in), &config, features);
	config.crypto = &crypto;
	need(rotor_spdm_responder_init(&r, &config, buffer, sizeof(buffer), chain, sizeof(chain)) ==
	     ROTOR_OK);
	while (in.left) {
		uint8_t control = rotor_read_u8(&in);
		size_t n = rotor_read_u16le(&in);
		struct rotor_spdm_out out;
		struct rotor_bytes record;
		if (n > in.left)
			n = in.left; /* also if the length itself was cut off */
		size_t room = ROTOR_SPDM_RECORD_HEADROOM + ROTOR_SPDM_RECORD_TAILROOM;
		uint8_t *whole = malloc(n + room);
		need(whole != NULL);
		rotor_read_copy(&in, whole + ROTOR_SPDM_RECORD_HEADROOM, n);
		record = (struct rotor_bytes){whole + ROTOR_SPDM_RECORD_HEADROOM, n};
		if (control & 4 && !seal(control & 3, whole, n + room, n, &record))
			control &= (uint8_t)~4;
		/* In memory of its own size, so that reading beyond it is seen. */
		uint8_t *msg = malloc(record.len ? record.len : 1);
		need(msg != NULL);
		memcpy(msg, record.data, record.len);
		free(whole);
		now += control & 8 ? 12000 : 1;
		rotor_spdm_responder_receive(&r, control & 3, control, control & 4, msg, record.len,
					     now, &out);
		look(&out);
		free(msg);
		for (unsigned i = 0; i < 20 && !(control & 16); i++) {
			if (rotor_spdm_responder_deadline(&r) > now)
				break;
			rotor_spdm_responder_poll(&r, now, &out);
			look(&out);
		}
		need((control & 16) || rotor_spdm_responder_deadline(&r) > now);
		for (size_t i = 0; i < ROTOR_COUNT_OF(sessions); i++) {
			if (sessions[i].state == ROTOR_SPDM_SESSION_ESTABLISHED && control & 8)
				(void)rotor_spdm_responder_update_key(&r,
								      sessions[i].info.session_id);
		}
	}
	rotor_spdm_responder_deinit(&r);
	return 0;
}
