/* SPDX-License-Identifier: Apache-2.0 */
/* What the requester makes of answers that are wrong: why it fails, and what is left of connection and session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/spdm_features.h"
#include "rotor/spdm_requester_more.h"
#include "support/spdm_pair.h"

/* ---- both ends, with all that they can ---- */

static const struct rotor_spdm_psk psk = {.hint = {(const uint8_t *)"hint", 4},
					  .key = {(const uint8_t *)"secret", 6}};
static const uint8_t versions[] = {ROTOR_SPDM_V10, ROTOR_SPDM_V11, ROTOR_SPDM_V12, ROTOR_SPDM_V13};
static uint8_t mel[300], buffers[3][4096], set_buffer[4096], own_answer[4096];
static struct rotor_spdm_requester_chunks agent_chunks;
static struct rotor_spdm_requester_basic agent_basic;
static struct rotor_spdm_requester_events agent_events;
static struct rotor_spdm_chunks device_chunks;
static struct rotor_spdm_basic_mutual device_basic;
static struct rotor_spdm_set_cert_config set_config;

static void authenticated(void *ctx, uint32_t peer, struct rotor_bytes leaf)
{
	(void)ctx;
	(void)peer;
	(void)leaf;
}

static enum rotor_status make_csr(void *ctx, struct rotor_crypto_job *job,
				  const struct rotor_spdm_csr_request *request, uint8_t *out,
				  size_t cap, size_t *len, uint8_t *tag)
{
	(void)ctx;
	(void)job;
	(void)request;
	(void)tag;
	assert_true(cap > 40);
	memset(out, 0x30, 40);
	*len = 40;
	return ROTOR_OK;
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
	*out = (struct rotor_spdm_key_pair_info){.asym_capabilities = ROTOR_SPDM_KEY_PAIR_P384,
						 .asym = ROTOR_SPDM_KEY_PAIR_P384,
						 .public_key_info = {(const uint8_t *)"\x30", 1}};
	return ROTOR_OK;
}

static enum rotor_status log_of(void *ctx, struct rotor_bytes *out)
{
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

static enum rotor_status next_event(void *ctx, const struct rotor_spdm_session_info *session,
				    bool every, struct rotor_spdm_event_item *out)
{
	unsigned *left = ctx;
	(void)session;
	(void)every;
	*out = (struct rotor_spdm_event_item){.type = ROTOR_SPDM_EVENT_CERTIFICATE_CHANGED,
					      .detail = {(const uint8_t *)"\1", 1}};
	return *left ? ROTOR_OK : ROTOR_ERR_NOT_FOUND;
}

static void acknowledged(void *ctx, const struct rotor_spdm_session_info *session)
{
	(void)session;
	(*(unsigned *)ctx)--;
}

static unsigned events_left, events_taken;

static void take_event(void *ctx, uint32_t session_id, const struct rotor_spdm_event_item *item)
{
	(void)ctx;
	(void)session_id;
	(void)item;
	events_taken++;
}

static struct rotor_spdm_psk_config psk_config = {
    .with_context = true, .keys = &psk, .key_count = 1};
static struct rotor_spdm_csr_config csr_config = {.csr = make_csr};
static struct rotor_spdm_key_pairs pairs_config = {.count = 2, .get = get_pair};
static struct rotor_spdm_mel_config mel_config = {.log = log_of};
static struct rotor_spdm_endpoint_config endpoint_config = {
    .device_class = {(const uint8_t *)"\0\0\0\0", 4}, .can_sign = true};
static struct rotor_spdm_vendor_config vendor_config = {.handle = echo};
static const struct rotor_spdm_event_group groups[] = {{
    .type_count = 2,
    .group_version = ROTOR_SPDM_EVENT_GROUP_VERSION,
    .types = {(const uint8_t *)"\1\0\0\0\4\0\0\0", 8},
}};
static struct rotor_spdm_events events_config = {.groups = groups,
						 .group_count = 1,
						 .subscribe = subscribe,
						 .next = next_event,
						 .acknowledged = acknowledged,
						 .ctx = &events_left};
static const struct rotor_spdm_feature_use features[] = {
    {&rotor_spdm_key_update, NULL},
    {&rotor_spdm_own_key_update, NULL},
    {&rotor_spdm_chunking, &device_chunks},
    {&rotor_spdm_psk_sessions, &psk_config},
    {&rotor_spdm_challenge_mutual, &device_basic},
    {&rotor_spdm_get_csr_feature, &csr_config},
    {&rotor_spdm_set_certificate_feature, &set_config},
    {&rotor_spdm_key_pairs_feature, &pairs_config},
    {&rotor_spdm_mel_feature, &mel_config},
    {&rotor_spdm_endpoint_info_feature, &endpoint_config},
    {&rotor_spdm_vendor_feature, &vendor_config},
    {&rotor_spdm_events_feature, &events_config},
};
static const struct rotor_spdm_requester_use pieces[] = {
    {&rotor_spdm_requester_psk, NULL},
    {&rotor_spdm_requester_key_update, NULL},
    {&rotor_spdm_requester_chunk, &agent_chunks},
    {&rotor_spdm_requester_basic_mutual, &agent_basic},
    {&rotor_spdm_requester_event_piece, &agent_events},
};

static void everything(struct spdm_pair *p)
{
	memcpy(p->device_config.versions, versions, sizeof(versions));
	p->device_config.version_count = sizeof(versions);
	p->device_config.features = features;
	p->device_config.feature_count = ROTOR_COUNT_OF(features);
	p->device_config.alias_certificates = false;
	p->agent_config.pieces = pieces;
	p->agent_config.piece_count = ROTOR_COUNT_OF(pieces);
	agent_chunks = (struct rotor_spdm_requester_chunks){buffers[0], 4096, buffers[1], 4096};
	device_chunks = (struct rotor_spdm_chunks){.buffer = buffers[2], .size = 4096};
	device_basic = (struct rotor_spdm_basic_mutual){.authenticated = authenticated};
	set_config = (struct rotor_spdm_set_cert_config){
	    .set = set, .in_clear = true, .buffer = set_buffer, .size = sizeof(set_buffer)};
	agent_events = (struct rotor_spdm_requester_events){.event = take_event};
}

static void in_the_clear(struct spdm_pair *p)
{
	everything(p);
	p->device_config.features = NULL;
	p->device_config.feature_count = 0;
	p->agent_config.piece_count = 0;
	p->device_config.clear_handshake = true;
	p->agent_config.clear_handshake = true;
}

static void small_messages(struct spdm_pair *p)
{
	everything(p);
	p->device_config.data_transfer_size = 200;
	p->agent_config.data_transfer_size = 200;
}

/* ---- operations ---- */

typedef enum rotor_status operation(struct spdm_pair *p);

static enum rotor_status connect(struct spdm_pair *p)
{
	return rotor_spdm_requester_connect(&p->q);
}
static enum rotor_status digests(struct spdm_pair *p)
{
	return rotor_spdm_requester_get_digests(&p->q);
}
static enum rotor_status certificate(struct spdm_pair *p)
{
	return rotor_spdm_requester_get_certificate(&p->q, 0, p->chain_buffer,
						    sizeof(p->chain_buffer));
}
static enum rotor_status challenge(struct spdm_pair *p)
{
	return rotor_spdm_requester_challenge(&p->q, ROTOR_SPDM_SUMMARY_ALL);
}
static enum rotor_status measure_one(struct spdm_pair *p)
{
	return rotor_spdm_requester_get_measurements(&p->q, false, 3, true, false, p->record,
						     sizeof(p->record));
}
static enum rotor_status measure_all(struct spdm_pair *p)
{
	return rotor_spdm_requester_get_measurements(&p->q, false, ROTOR_SPDM_MEAS_OP_ALL, false,
						     false, p->record, sizeof(p->record));
}
static enum rotor_status measure_inside(struct spdm_pair *p)
{
	return rotor_spdm_requester_get_measurements(&p->q, true, 3, true, false, p->record,
						     sizeof(p->record));
}
static enum rotor_status start(struct spdm_pair *p)
{
	return rotor_spdm_requester_start_session(&p->q, ROTOR_SPDM_SUMMARY_TCB);
}
static enum rotor_status start_psk(struct spdm_pair *p)
{
	return rotor_spdm_requester_start_psk_session(&p->q, &psk, ROTOR_SPDM_SUMMARY_TCB);
}
static enum rotor_status heartbeat(struct spdm_pair *p)
{
	return rotor_spdm_requester_heartbeat(&p->q);
}
static enum rotor_status end(struct spdm_pair *p)
{
	return rotor_spdm_requester_end_session(&p->q);
}
static enum rotor_status update_one(struct spdm_pair *p)
{
	return rotor_spdm_requester_update_keys(&p->q, false);
}
static enum rotor_status update_all(struct spdm_pair *p)
{
	return rotor_spdm_requester_update_keys(&p->q, true);
}
static enum rotor_status serve_update(struct spdm_pair *p)
{
	assert_int_equal(rotor_spdm_responder_update_key(&p->r, p->info.session_id), ROTOR_OK);
	return rotor_spdm_requester_serve(&p->q, true);
}
static enum rotor_status serve_event(struct spdm_pair *p)
{
	events_left = 1;
	return rotor_spdm_requester_serve(&p->q, true);
}
static enum rotor_status csr(struct spdm_pair *p)
{
	static const struct rotor_spdm_get_csr m = {.key_pair = 1,
						    .attributes = ROTOR_SPDM_CERT_MODEL_DEVICE};
	return rotor_spdm_requester_get_csr(&p->q, false, &m, own_answer, sizeof(own_answer));
}
static enum rotor_status set_certificate(struct spdm_pair *p)
{
	static struct rotor_spdm_set_certificate m;
	m = (struct rotor_spdm_set_certificate){
	    .key_pair = 1, .model = ROTOR_SPDM_CERT_MODEL_DEVICE, .chain = p->q.chain.spdm};
	return rotor_spdm_requester_set_certificate(&p->q, false, &m);
}
static enum rotor_status key_pair(struct spdm_pair *p)
{
	static struct rotor_spdm_key_pair_info info;
	return rotor_spdm_requester_get_key_pair_info(&p->q, false, 1, &info, own_answer,
						      sizeof(own_answer));
}
static enum rotor_status extension_log(struct spdm_pair *p)
{
	return rotor_spdm_requester_get_mel(&p->q, false, own_answer, sizeof(own_answer));
}
static enum rotor_status endpoint(struct spdm_pair *p)
{
	return rotor_spdm_requester_get_endpoint_info(&p->q, false, ROTOR_SPDM_EP_INFO_DEVICE_CLASS,
						      true, own_answer, sizeof(own_answer));
}
static const struct rotor_spdm_vendor_defined vendor_message = {
    .standard_id = ROTOR_SPDM_REGISTRY_IANA,
    .vendor_id = {(const uint8_t *)"vend", 4},
    .payload = {buffers[0] + 3000, 500}};
static enum rotor_status vendor(struct spdm_pair *p)
{
	return rotor_spdm_requester_vendor_defined(&p->q, false, &vendor_message, own_answer,
						   sizeof(own_answer));
}
static enum rotor_status event_types(struct spdm_pair *p)
{
	return rotor_spdm_requester_get_event_types(&p->q, own_answer, sizeof(own_answer));
}

/* ---- wrong answers ---- */

enum place { NOWHERE, CONNECTED, IDENTIFIED, IN_SESSION };
enum what { XOR, SET, CUT, GROW, INTO_ERROR, INTO_OTHER };

struct wrong {
	operation *op;
	enum place place;
	uint8_t code; /* of the answer that is changed, or of the message inside it */
	enum what what;
	int at; /* which byte; below 0 from the end */
	uint8_t value;
	enum rotor_spdm_fail fail;
	bool session_left; /* the connection is always left, but by connect and RequestResynch */
	unsigned skip;     /* this many such answers are right before */
	uint8_t version;   /* 0: 1.3 */
	void (*tune)(struct spdm_pair *p);
};

#define MALFORMED  ROTOR_SPDM_FAIL_MALFORMED
#define PEER       ROTOR_SPDM_FAIL_PEER_ERROR
#define SIGNATURE  ROTOR_SPDM_FAIL_SIGNATURE
#define HMAC       ROTOR_SPDM_FAIL_HMAC
#define CHAIN      ROTOR_SPDM_FAIL_CHAIN_DIGEST
#define UNEXPECTED ROTOR_SPDM_FAIL_UNEXPECTED

/* clang-format off */
static const struct wrong table[] = {
    /* every answer: another version, too short, too long, an ERROR, an answer to something else */
    {connect, NOWHERE, ROTOR_SPDM_VERSION, XOR, 0, 0x01, .fail = MALFORMED},
    {connect, NOWHERE, ROTOR_SPDM_VERSION, CUT, 0, 1, .fail = MALFORMED},
    {connect, NOWHERE, ROTOR_SPDM_VERSION, GROW, 0, 1, .fail = MALFORMED},
    {connect, NOWHERE, ROTOR_SPDM_VERSION, INTO_ERROR, 0, ROTOR_SPDM_ERROR_UNSPECIFIED, .fail = PEER},
    {connect, NOWHERE, ROTOR_SPDM_VERSION, INTO_OTHER, 0, ROTOR_SPDM_DIGESTS, .fail = UNEXPECTED},
    {connect, NOWHERE, ROTOR_SPDM_VERSION, SET, 5, 0, .fail = MALFORMED},
    {connect, NOWHERE, ROTOR_SPDM_CAPABILITIES, SET, 0, 0x12, .fail = MALFORMED},
    {connect, NOWHERE, ROTOR_SPDM_CAPABILITIES, CUT, 0, 1, .fail = MALFORMED},
    {connect, NOWHERE, ROTOR_SPDM_CAPABILITIES, GROW, 0, 1, .fail = MALFORMED},
    {connect, NOWHERE, ROTOR_SPDM_CAPABILITIES, INTO_ERROR, 0, ROTOR_SPDM_ERROR_VERSION_MISMATCH, .fail = PEER},
    {connect, NOWHERE, ROTOR_SPDM_CAPABILITIES, INTO_OTHER, 0, ROTOR_SPDM_ALGORITHMS, .fail = UNEXPECTED},
    {connect, NOWHERE, ROTOR_SPDM_CAPABILITIES, SET, 8, 0x1e, .fail = MALFORMED},  /* MEAS_CAP reserved */
    {connect, NOWHERE, ROTOR_SPDM_CAPABILITIES, SET, 9, 0xff, .fail = MALFORMED},  /* PSK_CAP reserved */
    {connect, NOWHERE, ROTOR_SPDM_CAPABILITIES, SET, 10, 0xff, .fail = MALFORMED}, /* EP_INFO_CAP reserved */
    {connect, NOWHERE, ROTOR_SPDM_CAPABILITIES, SET, 11, 0x0c, .fail = MALFORMED}, /* MULTI_KEY_CAP reserved */
    {connect, NOWHERE, ROTOR_SPDM_CAPABILITIES, SET, 15, 0xff, .fail = MALFORMED}, /* a transfer larger than a message */
    {connect, NOWHERE, ROTOR_SPDM_CAPABILITIES, SET, 12, 41, .fail = MALFORMED, .tune = small_messages}, /* less than every side must take */
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, SET, 0, 0x11, .fail = MALFORMED},
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, CUT, 0, 1, .fail = MALFORMED},
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, GROW, 0, 4, .fail = MALFORMED},
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, INTO_ERROR, 0, ROTOR_SPDM_ERROR_INVALID_REQUEST, .fail = PEER},
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, XOR, 4, 1, .fail = MALFORMED},
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, SET, 12, 0x10, .fail = ROTOR_SPDM_FAIL_NO_ALGORITHM},
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, SET, 12, 0, .fail = ROTOR_SPDM_FAIL_NO_ALGORITHM},
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, SET, 12, 0x90, .fail = MALFORMED},
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, SET, 16, 0x01, .fail = ROTOR_SPDM_FAIL_NO_ALGORITHM},
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, SET, 16, 0, .fail = ROTOR_SPDM_FAIL_NO_ALGORITHM},
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, SET, 6, 0x02, .fail = ROTOR_SPDM_FAIL_NO_ALGORITHM},
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, XOR, 7, 0x10, .fail = ROTOR_SPDM_FAIL_NO_ALGORITHM}, /* of several keys it has none */
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, SET, 38, 0x08, .fail = ROTOR_SPDM_FAIL_NO_ALGORITHM}, /* DHE */
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, SET, 42, 0x01, .fail = ROTOR_SPDM_FAIL_NO_ALGORITHM}, /* AEAD */
    {connect, NOWHERE, ROTOR_SPDM_ALGORITHMS, SET, 46, 0x10, .fail = ROTOR_SPDM_FAIL_NO_ALGORITHM}, /* ReqBaseAsym */

    {digests, CONNECTED, ROTOR_SPDM_DIGESTS, SET, 0, 0x12, .fail = MALFORMED},
    {digests, CONNECTED, ROTOR_SPDM_DIGESTS, CUT, 0, 1, .fail = MALFORMED},
    {digests, CONNECTED, ROTOR_SPDM_DIGESTS, GROW, 0, 1, .fail = MALFORMED},
    {digests, CONNECTED, ROTOR_SPDM_DIGESTS, XOR, 3, 0x10, .fail = MALFORMED},
    {digests, CONNECTED, ROTOR_SPDM_DIGESTS, INTO_ERROR, 0, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST, .fail = PEER},
    {digests, CONNECTED, ROTOR_SPDM_DIGESTS, INTO_ERROR, 0, ROTOR_SPDM_ERROR_REQUEST_RESYNCH, .fail = PEER},
    {digests, CONNECTED, ROTOR_SPDM_DIGESTS, INTO_OTHER, 0, ROTOR_SPDM_CERTIFICATE, .fail = UNEXPECTED},
    {certificate, IDENTIFIED, ROTOR_SPDM_CERTIFICATE, CUT, 0, 1, .fail = MALFORMED},
    {certificate, IDENTIFIED, ROTOR_SPDM_CERTIFICATE, GROW, 0, 1, .fail = MALFORMED},
    {certificate, IDENTIFIED, ROTOR_SPDM_CERTIFICATE, XOR, 2, 1, .fail = MALFORMED},
    {certificate, IDENTIFIED, ROTOR_SPDM_CERTIFICATE, XOR, 6, 1, .fail = MALFORMED, .skip = 1, .tune = small_messages},
    {certificate, IDENTIFIED, ROTOR_SPDM_CERTIFICATE, XOR, 100, 1, .fail = CHAIN},
    {certificate, IDENTIFIED, ROTOR_SPDM_CERTIFICATE, INTO_ERROR, 0, ROTOR_SPDM_ERROR_INVALID_REQUEST, .fail = PEER},

    {challenge, IDENTIFIED, ROTOR_SPDM_CHALLENGE_AUTH, CUT, 0, 1, .fail = MALFORMED},
    {challenge, IDENTIFIED, ROTOR_SPDM_CHALLENGE_AUTH, GROW, 0, 1, .fail = MALFORMED},
    {challenge, IDENTIFIED, ROTOR_SPDM_CHALLENGE_AUTH, XOR, 2, 1, .fail = MALFORMED},
    {challenge, IDENTIFIED, ROTOR_SPDM_CHALLENGE_AUTH, XOR, 3, 2, .fail = SIGNATURE},
    {challenge, IDENTIFIED, ROTOR_SPDM_CHALLENGE_AUTH, XOR, 2, 0x80, .fail = SIGNATURE},
    {challenge, IDENTIFIED, ROTOR_SPDM_CHALLENGE_AUTH, XOR, 4, 1, .fail = CHAIN},
    {challenge, IDENTIFIED, ROTOR_SPDM_CHALLENGE_AUTH, XOR, 60, 1, .fail = SIGNATURE},
    {challenge, IDENTIFIED, ROTOR_SPDM_CHALLENGE_AUTH, XOR, 90, 1, .fail = SIGNATURE},
    {challenge, IDENTIFIED, ROTOR_SPDM_CHALLENGE_AUTH, XOR, -97, 1, .fail = MALFORMED}, /* context */
    {challenge, IDENTIFIED, ROTOR_SPDM_CHALLENGE_AUTH, XOR, -1, 1, .fail = SIGNATURE},
    {challenge, IDENTIFIED, ROTOR_SPDM_CHALLENGE_AUTH, XOR, -1, 1, .fail = SIGNATURE, .version = ROTOR_SPDM_V10, .tune = in_the_clear},
    {challenge, IDENTIFIED, ROTOR_SPDM_CHALLENGE_AUTH, INTO_ERROR, 0, ROTOR_SPDM_ERROR_INVALID_REQUEST, .fail = PEER},
    /* the basic mutual authentication that follows */
    {challenge, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_REQUEST, XOR, 4, 1, .fail = MALFORMED},
    {challenge, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_REQUEST, CUT, 0, 4, .fail = MALFORMED},
    {challenge, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, XOR, 4, 1, .fail = MALFORMED},
    {challenge, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, SET, 3, 3, .fail = MALFORMED},
    {challenge, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, SET, 8, 0x12, .fail = MALFORMED},
    {challenge, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, CUT, 0, 1, .fail = MALFORMED},
    {challenge, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, INTO_ERROR, 0, ROTOR_SPDM_ERROR_INVALID_RESPONSE_CODE, .fail = PEER},
    {challenge, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_REQUEST, INTO_ERROR, 0, ROTOR_SPDM_ERROR_UNSPECIFIED, .fail = PEER},

    {measure_one, IDENTIFIED, ROTOR_SPDM_MEASUREMENTS, CUT, 0, 1, .fail = MALFORMED},
    {measure_one, IDENTIFIED, ROTOR_SPDM_MEASUREMENTS, GROW, 0, 1, .fail = MALFORMED},
    {measure_one, IDENTIFIED, ROTOR_SPDM_MEASUREMENTS, XOR, 3, 1, .fail = MALFORMED},  /* slot */
    {measure_one, IDENTIFIED, ROTOR_SPDM_MEASUREMENTS, XOR, 3, 0x10, .fail = SIGNATURE},
    {measure_one, IDENTIFIED, ROTOR_SPDM_MEASUREMENTS, SET, 4, 2, .fail = MALFORMED},  /* count */
    {measure_one, IDENTIFIED, ROTOR_SPDM_MEASUREMENTS, XOR, 5, 1, .fail = MALFORMED},  /* length */
    {measure_one, IDENTIFIED, ROTOR_SPDM_MEASUREMENTS, SET, 8, 4, .fail = MALFORMED},  /* index */
    {measure_one, IDENTIFIED, ROTOR_SPDM_MEASUREMENTS, XOR, 20, 1, .fail = SIGNATURE},
    {measure_one, IDENTIFIED, ROTOR_SPDM_MEASUREMENTS, XOR, -97, 1, .fail = MALFORMED},
    {measure_one, IDENTIFIED, ROTOR_SPDM_MEASUREMENTS, XOR, -1, 1, .fail = SIGNATURE},
    {measure_one, IDENTIFIED, ROTOR_SPDM_MEASUREMENTS, XOR, -1, 1, .fail = SIGNATURE, .version = ROTOR_SPDM_V11, .tune = in_the_clear},
    {measure_one, IDENTIFIED, ROTOR_SPDM_MEASUREMENTS, INTO_ERROR, 0, ROTOR_SPDM_ERROR_SESSION_REQUIRED, .fail = PEER},
    {measure_all, CONNECTED, ROTOR_SPDM_MEASUREMENTS, XOR, 2, 0, .fail = ROTOR_SPDM_FAIL_NONE},
    {measure_all, CONNECTED, ROTOR_SPDM_MEASUREMENTS, SET, 4, 0, .fail = MALFORMED},
    {measure_inside, IN_SESSION, ROTOR_SPDM_MEASUREMENTS, XOR, -1, 1, .fail = SIGNATURE, .session_left = true},
    {measure_inside, IN_SESSION, ROTOR_SPDM_MEASUREMENTS, CUT, 0, 1, .fail = MALFORMED, .session_left = true},
    {measure_inside, IN_SESSION, ROTOR_SPDM_MEASUREMENTS, INTO_ERROR, 0, ROTOR_SPDM_ERROR_UNSPECIFIED, .fail = PEER, .session_left = true},

    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, CUT, 0, 1, .fail = MALFORMED},
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, GROW, 0, 1, .fail = MALFORMED},
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, XOR, 4, 1, .fail = SIGNATURE},   /* session ID */
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, SET, 6, 8, .fail = MALFORMED},   /* way of mutual authentication */
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, SET, 6, 3, .fail = MALFORMED},
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, SET, 6, 0, .fail = SIGNATURE},
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, SET, 7, 1, .fail = MALFORMED},   /* a slot that is not there */
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, SET, 7, 15, .fail = MALFORMED},
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, XOR, 8, 1, .fail = SIGNATURE},
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, XOR, 50, 1, .fail = SIGNATURE},
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, XOR, 140, 1, .fail = SIGNATURE},
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, XOR, 184, 4, .fail = MALFORMED}, /* length of opaque data */
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, XOR, -145, 0xff, .fail = MALFORMED}, /* secured version */
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, XOR, -100, 1, .fail = SIGNATURE},
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, XOR, -1, 1, .fail = HMAC},
    {start, IDENTIFIED, ROTOR_SPDM_KEY_EXCHANGE_RSP, INTO_ERROR, 0, ROTOR_SPDM_ERROR_SESSION_LIMIT_EXCEEDED, .fail = PEER},
    {start, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_REQUEST, XOR, 4, 1, .fail = MALFORMED},
    {start, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_REQUEST, CUT, 0, 1, .fail = MALFORMED},
    {start, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_REQUEST, INTO_ERROR, 0, ROTOR_SPDM_ERROR_NO_PENDING_REQUESTS, .fail = PEER},
    {start, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_REQUEST, SET, 5, ROTOR_SPDM_GET_VERSION, .fail = PEER}, /* which is refused */
    {start, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, XOR, 4, 1, .fail = MALFORMED},
    {start, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, SET, 3, 3, .fail = MALFORMED},
    {start, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, SET, 3, 2, .fail = MALFORMED},
    {start, IDENTIFIED, ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, INTO_ERROR, 0, ROTOR_SPDM_ERROR_UNSPECIFIED, .fail = PEER},
    {start, IDENTIFIED, ROTOR_SPDM_FINISH_RSP, GROW, 0, 1, .fail = MALFORMED},
    {start, IDENTIFIED, ROTOR_SPDM_FINISH_RSP, SET, 0, 0x12, .fail = MALFORMED},
    {start, IDENTIFIED, ROTOR_SPDM_FINISH_RSP, INTO_ERROR, 0, ROTOR_SPDM_ERROR_DECRYPT_ERROR, .fail = PEER},
    {start, IDENTIFIED, ROTOR_SPDM_FINISH_RSP, INTO_OTHER, 0, ROTOR_SPDM_HEARTBEAT_ACK, .fail = UNEXPECTED},
    {start, IDENTIFIED, ROTOR_SPDM_FINISH_RSP, XOR, -1, 1, .fail = HMAC, .tune = in_the_clear},
    {start, IDENTIFIED, ROTOR_SPDM_FINISH_RSP, CUT, 0, 1, .fail = MALFORMED, .tune = in_the_clear},
    {start, IDENTIFIED, ROTOR_SPDM_FINISH_RSP, INTO_ERROR, 0, ROTOR_SPDM_ERROR_DECRYPT_ERROR, .fail = PEER, .tune = in_the_clear},

    {start_psk, CONNECTED, ROTOR_SPDM_PSK_EXCHANGE_RSP, CUT, 0, 1, .fail = MALFORMED},
    {start_psk, CONNECTED, ROTOR_SPDM_PSK_EXCHANGE_RSP, GROW, 0, 1, .fail = MALFORMED},
    {start_psk, CONNECTED, ROTOR_SPDM_PSK_EXCHANGE_RSP, XOR, 4, 1, .fail = HMAC},
    {start_psk, CONNECTED, ROTOR_SPDM_PSK_EXCHANGE_RSP, XOR, 14, 1, .fail = HMAC},
    {start_psk, CONNECTED, ROTOR_SPDM_PSK_EXCHANGE_RSP, XOR, -1, 1, .fail = HMAC},
    {start_psk, CONNECTED, ROTOR_SPDM_PSK_EXCHANGE_RSP, XOR, 8, 1, .fail = MALFORMED},
    {start_psk, CONNECTED, ROTOR_SPDM_PSK_EXCHANGE_RSP, XOR, -49, 0xff, .fail = MALFORMED},
    {start_psk, CONNECTED, ROTOR_SPDM_PSK_EXCHANGE_RSP, INTO_ERROR, 0, ROTOR_SPDM_ERROR_INVALID_REQUEST, .fail = PEER},
    {start_psk, CONNECTED, ROTOR_SPDM_PSK_FINISH_RSP, GROW, 0, 1, .fail = MALFORMED},
    {start_psk, CONNECTED, ROTOR_SPDM_PSK_FINISH_RSP, SET, 0, 0x12, .fail = MALFORMED},
    {start_psk, CONNECTED, ROTOR_SPDM_PSK_FINISH_RSP, INTO_ERROR, 0, ROTOR_SPDM_ERROR_DECRYPT_ERROR, .fail = PEER},

    {heartbeat, IN_SESSION, ROTOR_SPDM_HEARTBEAT_ACK, GROW, 0, 1, .fail = MALFORMED, .session_left = true},
    {heartbeat, IN_SESSION, ROTOR_SPDM_HEARTBEAT_ACK, SET, 0, 0x12, .fail = MALFORMED, .session_left = true},
    {heartbeat, IN_SESSION, ROTOR_SPDM_HEARTBEAT_ACK, INTO_ERROR, 0, ROTOR_SPDM_ERROR_UNSPECIFIED, .fail = PEER, .session_left = true},
    {heartbeat, IN_SESSION, ROTOR_SPDM_HEARTBEAT_ACK, INTO_ERROR, 0, ROTOR_SPDM_ERROR_REQUEST_RESYNCH, .fail = PEER},
    {end, IN_SESSION, ROTOR_SPDM_END_SESSION_ACK, GROW, 0, 1, .fail = MALFORMED},
    {end, IN_SESSION, ROTOR_SPDM_END_SESSION_ACK, INTO_ERROR, 0, ROTOR_SPDM_ERROR_UNSPECIFIED, .fail = PEER},
    {update_one, IN_SESSION, ROTOR_SPDM_KEY_UPDATE_ACK, XOR, 2, 3, .fail = MALFORMED},
    {update_one, IN_SESSION, ROTOR_SPDM_KEY_UPDATE_ACK, XOR, 3, 1, .fail = MALFORMED},
    {update_one, IN_SESSION, ROTOR_SPDM_KEY_UPDATE_ACK, GROW, 0, 1, .fail = MALFORMED},
    {update_one, IN_SESSION, ROTOR_SPDM_KEY_UPDATE_ACK, XOR, 3, 1, .fail = MALFORMED, .skip = 1},
    {update_one, IN_SESSION, ROTOR_SPDM_KEY_UPDATE_ACK, INTO_ERROR, 0, ROTOR_SPDM_ERROR_UNSPECIFIED, .fail = PEER, .session_left = true},
    {update_one, IN_SESSION, ROTOR_SPDM_KEY_UPDATE_ACK, INTO_ERROR, 0, ROTOR_SPDM_ERROR_UNSPECIFIED, .fail = PEER, .skip = 1},
    {update_all, IN_SESSION, ROTOR_SPDM_KEY_UPDATE_ACK, XOR, 2, 3, .fail = MALFORMED},
    {serve_update, IN_SESSION, ROTOR_SPDM_ENCAPSULATED_REQUEST, SET, 6, ROTOR_SPDM_KEY_UPDATE_ALL, .fail = PEER, .session_left = true}, /* not the responder's to ask */
    {serve_update, IN_SESSION, ROTOR_SPDM_ENCAPSULATED_REQUEST, SET, 6, ROTOR_SPDM_KEY_UPDATE_VERIFY, .fail = PEER, .session_left = true},
    {serve_update, IN_SESSION, ROTOR_SPDM_ENCAPSULATED_REQUEST, GROW, 0, 1, .fail = PEER, .session_left = true},
    {serve_update, IN_SESSION, ROTOR_SPDM_ENCAPSULATED_REQUEST, SET, 5, ROTOR_SPDM_KEY_EXCHANGE, .fail = PEER, .session_left = true},
    {serve_event, IN_SESSION, ROTOR_SPDM_ENCAPSULATED_REQUEST, CUT, 0, 1, .fail = PEER, .session_left = true},
    {serve_event, IN_SESSION, ROTOR_SPDM_ENCAPSULATED_REQUEST, SET, 8, 2, .fail = PEER, .session_left = true}, /* count of events */
    {serve_event, IN_SESSION, ROTOR_SPDM_ENCAPSULATED_REQUEST, SET, 8, 0, .fail = PEER, .session_left = true},

    {vendor, IDENTIFIED, ROTOR_SPDM_VENDOR_DEFINED_RESPONSE, XOR, 4, 1, .fail = MALFORMED},
    {vendor, IDENTIFIED, ROTOR_SPDM_VENDOR_DEFINED_RESPONSE, XOR, 8, 1, .fail = MALFORMED},
    {vendor, IDENTIFIED, ROTOR_SPDM_VENDOR_DEFINED_RESPONSE, CUT, 0, 1, .fail = MALFORMED},
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_SEND_ACK, XOR, 3, 1, .fail = MALFORMED, .tune = small_messages}, /* handle */
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_SEND_ACK, XOR, 4, 1, .fail = MALFORMED, .tune = small_messages}, /* sequence */
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_SEND_ACK, XOR, 2, 1, .fail = MALFORMED, .tune = small_messages}, /* an ERROR is not there */
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_SEND_ACK, GROW, 0, 4, .fail = MALFORMED, .tune = small_messages},
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_SEND_ACK, CUT, 0, 3, .fail = MALFORMED, .tune = small_messages, .skip = 2}, /* no message is that short */
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_SEND_ACK, SET, 0, 0x12, .fail = MALFORMED, .tune = small_messages},
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_SEND_ACK, INTO_ERROR, 0, ROTOR_SPDM_ERROR_UNSPECIFIED, .fail = PEER, .tune = small_messages},
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_RESPONSE, XOR, 3, 1, .fail = MALFORMED, .tune = small_messages},
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_RESPONSE, XOR, 4, 2, .fail = MALFORMED, .tune = small_messages},
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_RESPONSE, XOR, 2, 1, .fail = MALFORMED, .tune = small_messages}, /* last too early */
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_RESPONSE, XOR, 2, 1, .fail = MALFORMED, .tune = small_messages, .skip = 2}, /* or not said */
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_RESPONSE, SET, 15, 0xff, .fail = ROTOR_SPDM_FAIL_SPACE, .tune = small_messages},
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_RESPONSE, SET, 13, 0, .fail = MALFORMED, .tune = small_messages},
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_RESPONSE, CUT, 0, 1, .fail = MALFORMED, .tune = small_messages},
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_RESPONSE, SET, 17, 0x61, .fail = MALFORMED, .tune = small_messages}, /* what is inside */
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_RESPONSE, SET, 16, 0x12, .fail = MALFORMED, .tune = small_messages},
    {vendor, IDENTIFIED, ROTOR_SPDM_CHUNK_RESPONSE, INTO_ERROR, 0, ROTOR_SPDM_ERROR_MESSAGE_LOST, .fail = PEER, .tune = small_messages},

    {csr, IDENTIFIED, ROTOR_SPDM_CSR, CUT, 0, 1, .fail = MALFORMED},
    {csr, IDENTIFIED, ROTOR_SPDM_CSR, SET, 4, 0, .fail = MALFORMED},
    {csr, IDENTIFIED, ROTOR_SPDM_CSR, INTO_ERROR, 0, ROTOR_SPDM_ERROR_RESET_REQUIRED, .fail = PEER},
    {set_certificate, IDENTIFIED, ROTOR_SPDM_SET_CERTIFICATE_RSP, XOR, 2, 1, .fail = MALFORMED},
    {set_certificate, IDENTIFIED, ROTOR_SPDM_SET_CERTIFICATE_RSP, GROW, 0, 1, .fail = MALFORMED},
    {set_certificate, IDENTIFIED, ROTOR_SPDM_SET_CERTIFICATE_RSP, INTO_ERROR, 0, ROTOR_SPDM_ERROR_RESET_REQUIRED, .fail = PEER},
    {key_pair, IDENTIFIED, ROTOR_SPDM_KEY_PAIR_INFO, CUT, 0, 1, .fail = MALFORMED},
    {key_pair, IDENTIFIED, ROTOR_SPDM_KEY_PAIR_INFO, XOR, 5, 3, .fail = MALFORMED}, /* another key pair */
    {key_pair, IDENTIFIED, ROTOR_SPDM_KEY_PAIR_INFO, SET, 4, 0, .fail = MALFORMED}, /* of none at all */
    {extension_log, IDENTIFIED, ROTOR_SPDM_MEASUREMENT_EXTENSION_LOG, CUT, 0, 1, .fail = MALFORMED},
    {extension_log, IDENTIFIED, ROTOR_SPDM_MEASUREMENT_EXTENSION_LOG, SET, 11, 0xff, .fail = ROTOR_SPDM_FAIL_SPACE},
    {extension_log, IDENTIFIED, ROTOR_SPDM_MEASUREMENT_EXTENSION_LOG, CUT, 0, 1, .fail = MALFORMED, .tune = small_messages, .skip = 1},
    {endpoint, IDENTIFIED, ROTOR_SPDM_ENDPOINT_INFO, CUT, 0, 1, .fail = MALFORMED},
    {endpoint, IDENTIFIED, ROTOR_SPDM_ENDPOINT_INFO, XOR, 3, 1, .fail = MALFORMED},
    {endpoint, IDENTIFIED, ROTOR_SPDM_ENDPOINT_INFO, XOR, 10, 1, .fail = SIGNATURE},
    {endpoint, IDENTIFIED, ROTOR_SPDM_ENDPOINT_INFO, XOR, -1, 1, .fail = SIGNATURE},
    {event_types, IN_SESSION, ROTOR_SPDM_SUPPORTED_EVENT_TYPES, XOR, 2, 3, .fail = MALFORMED, .session_left = true},
    {event_types, IN_SESSION, ROTOR_SPDM_SUPPORTED_EVENT_TYPES, CUT, 0, 1, .fail = MALFORMED, .session_left = true},
};
/* clang-format on */

/* Gives the agent the message changed instead of as it was. */
static void change(struct spdm_pair *p, const struct wrong *row, bool secured, uint8_t *msg,
		   size_t len)
{
	uint8_t plain[ROTOR_SPDM_RECORD_HEADROOM + 4200 + ROTOR_SPDM_RECORD_TAILROOM];
	uint8_t *to = plain + ROTOR_SPDM_RECORD_HEADROOM;
	struct rotor_spdm_message app;
	memcpy(to, msg, len);
	switch (row->what) {
	case XOR:
		to[row->at < 0 ? (int)len + row->at : row->at] ^= row->value;
		break;
	case SET:
		to[row->at < 0 ? (int)len + row->at : row->at] = row->value;
		break;
	case CUT:
		len -= row->value;
		break;
	case GROW:
		memset(to + len, 0, row->value);
		len += row->value;
		break;
	case INTO_ERROR:
		len = 4;
		to[1] = ROTOR_SPDM_ERROR;
		to[2] = row->value;
		to[3] = 0;
		break;
	case INTO_OTHER:
		to[1] = row->value;
		break;
	}
	struct rotor_bytes out = {to, len};
	if (secured) {
		struct rotor_spdm_session *s = &p->q.session;
		struct rotor_spdm_record_keys keys = s->response;
		assert_int_equal(rotor_spdm_record_seal(p->agent_config.crypto, s->suite.aead,
							&keys, s->info.session_id,
							ROTOR_SPDM_MCTP_TYPE, plain, sizeof(plain),
							len, &out),
				 ROTOR_OK);
	}
	uint8_t *exact = malloc(out.len);
	assert_non_null(exact);
	memcpy(exact, out.data, out.len);
	rotor_spdm_requester_receive(&p->q, secured, exact, out.len, p->now, &app);
	free(exact);
}

static struct {
	const struct wrong *row;
	unsigned seen, changed;
} tamper;

static bool tamper_line(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg, size_t len)
{
	uint8_t copy[4300];
	struct rotor_bytes plain = {msg, len};
	uint8_t type;
	if (to_device)
		return true;
	if (secured) {
		/* The record is looked into with a copy of the keys; it may be under the next ones. */
		struct rotor_spdm_session *s = &p->q.session;
		struct rotor_spdm_record_keys keys = s->response;
		memcpy(copy, msg, len);
		if (rotor_spdm_record_open(p->agent_config.crypto, s->suite.aead, &keys,
					   s->info.session_id, copy, len, &type, &plain,
					   NULL) != ROTOR_OK) {
			keys = s->next;
			memcpy(copy, msg, len);
			if (rotor_spdm_record_open(p->agent_config.crypto, s->suite.aead, &keys,
						   s->info.session_id, copy, len, &type, &plain,
						   NULL) != ROTOR_OK)
				return true;
			s->response = s->next;
			s->updating = 0;
		}
	}
	if (plain.data[1] != tamper.row->code || tamper.seen++ < tamper.row->skip)
		return true;
	tamper.changed++;
	uint8_t exact[4300];
	memcpy(exact, plain.data, plain.len);
	change(p, tamper.row, secured, exact, plain.len);
	return false;
}

static void prepare(struct spdm_pair *p, const struct wrong *row)
{
	if (row->place == CONNECTED)
		assert_int_equal(pair_do(p, rotor_spdm_requester_connect(&p->q)), ROTOR_OK);
	if (row->place == IDENTIFIED)
		pair_identify(p);
	if (row->place == IN_SESSION)
		pair_session(p);
}

static void run_row(const struct wrong *row)
{
	struct spdm_pair *p =
	    pair_new(&(struct pair_wish){.tune = row->tune ? row->tune : everything,
					 .version = row->version ? row->version : ROTOR_SPDM_V13,
					 .heartbeat_s = 30,
					 .device_buffer = 4000,
					 .agent_buffer = 4200});
	prepare(p, row);
	tamper.row = row;
	tamper.seen = tamper.changed = 0;
	events_taken = 0;
	p->line = tamper_line;
	enum rotor_status st = pair_do(p, row->op(p));
	if (p->q.result.fail != row->fail || !tamper.changed ||
	    p->q.session.state !=
		(row->session_left ? ROTOR_SPDM_SESSION_ESTABLISHED : ROTOR_SPDM_SESSION_NONE))
		fail_msg("row %zu: %s (changed %u), session %d", (size_t)(row - table),
			 rotor_spdm_fail_string(p->q.result.fail), tamper.changed,
			 p->q.session.state);
	assert_int_equal(st != ROTOR_OK, row->fail != ROTOR_SPDM_FAIL_NONE);
	assert_int_equal(events_taken, 0);
	if (row->fail == ROTOR_SPDM_FAIL_PEER_ERROR && row->what == INTO_ERROR)
		assert_int_equal(p->q.result.peer_error, row->value);
	bool gone = row->op == connect ||
		    (row->what == INTO_ERROR && row->value == ROTOR_SPDM_ERROR_REQUEST_RESYNCH);
	assert_int_equal(p->q.connected, !gone);
	/* Nothing unproved is left to be read. */
	if (row->op == challenge && row->fail != PEER && row->code == ROTOR_SPDM_CHALLENGE_AUTH)
		assert_int_equal(p->q.challenge.summary_type, ROTOR_SPDM_SUMMARY_NONE);
	if (row->op == measure_one || row->op == measure_inside)
		assert_false(p->q.measurements.is_signed);
	if (row->op == endpoint)
		assert_int_equal(p->q.answer.len, 0);
	/* And it can begin again. */
	p->line = NULL;
	p->now += 100000;
	pair_identify(p);
	pair_delete(p);
}

static void wrong_answers_have_their_reason_and_their_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(table); i++)
		run_row(&table[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wrong_answers_have_their_reason_and_their_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
