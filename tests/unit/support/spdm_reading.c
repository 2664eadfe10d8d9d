/* SPDX-License-Identifier: Apache-2.0 */
/* Every message of a recorded conversation, and the transcripts of what is in the clear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "spdm/key_schedule.h"
#include "support/spdm_capture.h"
#include "support/spdm_oracle.h"
#include "support/spdm_reading.h"

struct reading now;

/*
 * Keys that were known beforehand, since no certificate of them was sent: the recordings share their devices, so another
 * one has it.
 */
static const struct provisioned {
	const char *in;
	enum reading_side side;
	const char *from;
	size_t message; /* with CERTIFICATE, behind @c offset bytes */
	size_t offset;
} provisioned[] = {
    {"16-v12-p384-pubkeyid-slotFF", RESPONDER, "04-v12-p384-sha384-attest", 9, 0},
    {"20-v13-p384-mel-epinfo-keypair", REQUESTER, "50-v11-p384-basicmutauth", 18, 4},
};

void reading_append(struct reading_bytes *b, const uint8_t *data, size_t len)
{
	assert_true(len <= sizeof(b->data) - b->len);
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void append_all(struct reading_bytes *to, const struct reading_bytes *from)
{
	reading_append(to, from->data, from->len);
}

struct rotor_bytes reading_chain(enum reading_side side, uint8_t slot)
{
	const struct reading_bytes *b = &now.chains[side][slot & 7];
	return (struct rotor_bytes){b->data, b->len};
}

void reading_decode(const struct rotor_spdm_sizes *sizes, struct rotor_bytes msg,
		    struct rotor_spdm_any *any)
{
	static uint8_t again[20000];
	enum rotor_status status = rotor_spdm_decode_any(sizes, msg.data, msg.len, any);
	if (status != ROTOR_OK)
		fail_msg("%s: %s of %zu bytes: %s", now.name,
			 rotor_spdm_code_name(msg.len > 1 ? msg.data[1] : 0), msg.len,
			 rotor_status_string(status));
	struct rotor_writer w = rotor_writer(again, sizeof(again));
	size_t len;
	assert_int_equal(rotor_spdm_encode_any(&w, any), ROTOR_OK);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(len, msg.len);
	assert_memory_equal(again, msg.data, len);
	now.counts.messages++;
}

/* ---- VCA ---- */

static void take_algorithms(const struct rotor_spdm_negotiation *m)
{
	assert_int_equal(rotor_spdm_algorithms_from(m, &now.algorithms), ROTOR_OK);
	rotor_spdm_sizes_from(&now.algorithms, &now.sizes);
	assert_true(now.sizes.hash > 0);
	now.other_params[RESPONDER] = m->other_params;
	rotor_spdm_suite_from(&now.algorithms, &now.suite);
	rotor_spdm_suite_agree(&now.suite, now.flags[REQUESTER], now.flags[RESPONDER],
			       now.other_params[REQUESTER], now.other_params[RESPONDER]);
	now.sizes.clear_handshake = now.suite.clear_handshake;
	now.sizes.multi_key = now.suite.multi_key;
	for (size_t i = 0; i < READING_BACKENDS; i++)
		now.transcript[i].version = now.version;
}

static void read_vca(struct rotor_bytes msg, const struct rotor_spdm_any *any)
{
	reading_append(&now.a, msg.data, msg.len);
	for (size_t i = 0; i < READING_BACKENDS; i++)
		assert_int_equal(rotor_spdm_vca_add(&now.transcript[i], msg.data, msg.len),
				 ROTOR_OK);
	switch (any->header.code) {
	case ROTOR_SPDM_GET_CAPABILITIES:
		now.flags[REQUESTER] = any->u.capabilities.flags;
		break;
	case ROTOR_SPDM_CAPABILITIES:
		now.flags[RESPONDER] = any->u.capabilities.flags;
		break;
	case ROTOR_SPDM_NEGOTIATE_ALGORITHMS:
		now.version = any->header.version;
		now.other_params[REQUESTER] = any->u.negotiation.other_params;
		break;
	case ROTOR_SPDM_ALGORITHMS:
		take_algorithms(&any->u.negotiation);
		break;
	default:
		break;
	}
}

/* ---- certificates ---- */

static void ask_certificate(enum reading_side side, const struct rotor_spdm_get_certificate *m)
{
	now.slot[side] = m->slot;
	if (m->offset == 0)
		now.chains[side][m->slot & 7].len = 0;
}

static void take_portion(enum reading_side side, const struct rotor_spdm_certificate *m)
{
	reading_append(&now.chains[side][now.slot[side] & 7], m->portion.data, m->portion.len);
}

static void read_certificates(struct rotor_bytes msg, const struct rotor_spdm_any *any)
{
	reading_append(&now.b, msg.data, msg.len);
	reading_rotor_add(ROTOR_SPDM_RUNNING_M, msg.data, msg.len);
	if (any->header.code == ROTOR_SPDM_DIGESTS) {
		now.digests_bytes.len = 0;
		reading_append(&now.digests_bytes, msg.data, msg.len);
		assert_int_equal(rotor_spdm_decode_digests(&now.sizes, now.digests_bytes.data,
							   msg.len, &now.digests),
				 ROTOR_OK);
	} else if (any->header.code == ROTOR_SPDM_GET_CERTIFICATE) {
		ask_certificate(RESPONDER, &any->u.get_certificate);
	} else if (any->header.code == ROTOR_SPDM_CERTIFICATE) {
		take_portion(RESPONDER, &any->u.certificate);
	}
}

/* ---- attestation ---- */

static void take_blocks(const struct rotor_spdm_measurements *m)
{
	uint8_t again[4096];
	struct rotor_writer w = rotor_writer(again, sizeof(again));
	struct rotor_spdm_block block;
	struct rotor_bytes rest = m->record;
	enum rotor_status status;
	assert_int_equal(rotor_spdm_check_record(m->record, m->block_count), ROTOR_OK);
	while ((status = rotor_spdm_next_block(&rest, &block)) == ROTOR_OK) {
		assert_true(block.dmtf);
		rotor_spdm_encode_block(&w, &block);
	}
	size_t len;
	assert_int_equal(status, ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(len, m->record.len);
	if (len)
		assert_memory_equal(again, m->record.data, len);
}

static void check_measurements(bool secured, struct rotor_bytes msg,
			       const struct rotor_spdm_measurements *m)
{
	struct reading_bytes *l = secured ? &now.session_l : &now.l;
	static struct reading_bytes l1;
	size_t len = msg.len - m->signature.len;
	take_blocks(m);
	reading_append(l, msg.data, len);
	if (!secured)
		reading_rotor_add(ROTOR_SPDM_RUNNING_L, msg.data, len);
	if (!m->signature.len)
		return;
	l1.len = 0;
	if (now.version >= ROTOR_SPDM_V12)
		append_all(&l1, &now.a);
	append_all(&l1, l);
	if (!secured)
		reading_rotor_running(&l1);
	reading_signature(&l1, ROTOR_SPDM_SIGNED_MEASUREMENTS, RESPONDER, m->slot_info & 0x0F,
			  m->signature);
	l->len = 0;
}

static void check_challenge_auth(struct rotor_bytes msg, const struct rotor_spdm_challenge_auth *m)
{
	static struct reading_bytes m1;
	size_t len = msg.len - m->signature.len;
	uint8_t slot = m->attributes & 0x0F, digest[64];
	reading_append(&now.c, msg.data, len);
	m1.len = 0;
	append_all(&m1, &now.a);
	append_all(&m1, &now.b);
	append_all(&m1, &now.c);
	reading_rotor_add(ROTOR_SPDM_RUNNING_M, msg.data, len);
	reading_rotor_running(&m1);
	reading_signature(&m1, ROTOR_SPDM_SIGNED_CHALLENGE_AUTH, RESPONDER, slot, m->signature);
	if (slot == 0x0f) {
		reading_hash(now.provisioned[RESPONDER], now.provisioned_len[RESPONDER], digest);
	} else {
		struct rotor_bytes chain = reading_chain(RESPONDER, slot);
		reading_hash(chain.data, chain.len, digest);
	}
	assert_memory_equal(digest, m->cert_chain_hash.data, now.sizes.hash);
	now.b.len = now.c.len = 0;
}

static void read_attestation(bool secured, struct rotor_bytes msg, const struct rotor_spdm_any *any)
{
	switch (any->header.code) {
	case ROTOR_SPDM_CHALLENGE:
		now.sizes.summary = any->u.challenge.summary != ROTOR_SPDM_SUMMARY_NONE;
		reading_append(&now.c, msg.data, msg.len);
		reading_rotor_add(ROTOR_SPDM_RUNNING_M, msg.data, msg.len);
		break;
	case ROTOR_SPDM_CHALLENGE_AUTH:
		check_challenge_auth(msg, &any->u.challenge_auth);
		break;
	case ROTOR_SPDM_GET_MEASUREMENTS:
		now.b.len = now.c.len = 0;
		now.sizes.signature =
		    any->u.get_measurements.attributes & ROTOR_SPDM_MEAS_ATTR_SIGNATURE;
		reading_append(secured ? &now.session_l : &now.l, msg.data, msg.len);
		if (!secured)
			reading_rotor_add(ROTOR_SPDM_RUNNING_L, msg.data, msg.len);
		break;
	case ROTOR_SPDM_MEASUREMENTS:
		check_measurements(secured, msg, &any->u.measurements);
		break;
	default:
		break;
	}
}

/* ---- endpoint information, of either side ---- */

static void ask_endpoint(struct rotor_spdm_sizes *sizes, struct rotor_bytes msg,
			 const struct rotor_spdm_get_endpoint_info *m)
{
	sizes->signature = m->attributes & ROTOR_SPDM_EP_INFO_SIGNATURE;
	now.endpoint.len = 0;
	append_all(&now.endpoint, &now.a);
	reading_append(&now.endpoint, msg.data, msg.len);
}

static void check_endpoint(enum reading_side side, struct rotor_bytes msg,
			   const struct rotor_spdm_endpoint_info *m)
{
	if (!m->signature.len)
		return;
	reading_append(&now.endpoint, msg.data, msg.len - m->signature.len);
	reading_signature(&now.endpoint,
			  side == RESPONDER ? ROTOR_SPDM_SIGNED_ENDPOINT_INFO
					    : ROTOR_SPDM_SIGNED_REQ_ENDPOINT_INFO,
			  side, m->slot, m->signature);
}

/* ---- encapsulated requests: they come from the responder ---- */

static void check_encapsulated_auth(struct rotor_bytes msg,
				    const struct rotor_spdm_challenge_auth *m)
{
	static struct reading_bytes m1;
	reading_append(&now.encap_c, msg.data, msg.len - m->signature.len);
	m1.len = 0;
	if (now.version >= ROTOR_SPDM_V12)
		append_all(&m1, &now.a);
	append_all(&m1, &now.encap_b);
	append_all(&m1, &now.encap_c);
	reading_signature(&m1, ROTOR_SPDM_SIGNED_REQ_CHALLENGE_AUTH, REQUESTER,
			  m->attributes & 0x0F, m->signature);
	now.encap_b.len = now.encap_c.len = 0;
}

static void read_encapsulated(struct rotor_bytes msg)
{
	static struct rotor_spdm_sizes sizes;
	bool summary = sizes.summary, with_signature = sizes.signature;
	struct rotor_spdm_any any;
	sizes = rotor_spdm_sizes_encapsulated(&now.sizes);
	sizes.summary = summary;
	sizes.signature = with_signature;
	sizes.multi_key = now.suite.req_multi_key;
	reading_decode(&sizes, msg, &any);
	now.counts.inner++;
	switch (any.header.code) {
	case ROTOR_SPDM_GET_DIGESTS:
	case ROTOR_SPDM_DIGESTS:
		reading_append(&now.encap_b, msg.data, msg.len);
		break;
	case ROTOR_SPDM_GET_CERTIFICATE:
		ask_certificate(REQUESTER, &any.u.get_certificate);
		reading_append(&now.encap_b, msg.data, msg.len);
		break;
	case ROTOR_SPDM_CERTIFICATE:
		take_portion(REQUESTER, &any.u.certificate);
		reading_append(&now.encap_b, msg.data, msg.len);
		break;
	case ROTOR_SPDM_CHALLENGE:
		sizes.summary = any.u.challenge.summary != ROTOR_SPDM_SUMMARY_NONE;
		reading_append(&now.encap_c, msg.data, msg.len);
		break;
	case ROTOR_SPDM_CHALLENGE_AUTH:
		check_encapsulated_auth(msg, &any.u.challenge_auth);
		break;
	case ROTOR_SPDM_GET_ENDPOINT_INFO:
		ask_endpoint(&sizes, msg, &any.u.get_endpoint_info);
		break;
	case ROTOR_SPDM_ENDPOINT_INFO:
		check_endpoint(REQUESTER, msg, &any.u.endpoint_info);
		break;
	case ROTOR_SPDM_KEY_UPDATE:
		if (any.header.param1 != ROTOR_SPDM_KEY_UPDATE_VERIFY)
			reading_update_key(RESPONDER);
		break;
	default:
		break;
	}
}

/* ---- messages in pieces ---- */

static void read_chunk(enum reading_side sender, bool secured, const struct rotor_spdm_chunk *m)
{
	if (m->sequence == 0)
		now.large.len = 0;
	reading_append(&now.large, m->chunk.data, m->chunk.len);
	if (m->attributes & ROTOR_SPDM_CHUNK_LAST) {
		static struct reading_bytes whole;
		whole = now.large;
		now.counts.inner++;
		reading_message(sender, secured, (struct rotor_bytes){whole.data, whole.len});
	}
}

/* ---- the rest ---- */

/* What an ERROR answers is no part of a transcript: what has been asked so far counts no more. */
static void read_error(bool secured, const struct rotor_spdm_error_message *m)
{
	if (m->error == ROTOR_SPDM_ERROR_LARGE_RESPONSE)
		return; /* the answer follows, in chunks */
	(secured ? &now.session_l : &now.l)->len = 0;
	for (size_t i = 0; i < READING_BACKENDS && !secured; i++)
		rotor_spdm_transcript_drop(reading_backends[i], &now.transcript[i]);
}

static void read_other(enum reading_side sender, bool secured, struct rotor_bytes msg,
		       const struct rotor_spdm_any *any)
{
	switch (any->header.code) {
	case ROTOR_SPDM_ENCAPSULATED_REQUEST:
	case ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE:
		read_encapsulated(any->u.encapsulated.inner);
		break;
	case ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK:
		if (any->u.encapsulated_ack.payload_type == ROTOR_SPDM_ENCAP_PRESENT)
			read_encapsulated(any->u.encapsulated_ack.inner);
		break;
	case ROTOR_SPDM_GET_ENDPOINT_INFO:
		ask_endpoint(&now.sizes, msg, &any->u.get_endpoint_info);
		break;
	case ROTOR_SPDM_ENDPOINT_INFO:
		check_endpoint(RESPONDER, msg, &any->u.endpoint_info);
		break;
	case ROTOR_SPDM_ERROR:
		read_error(secured, &any->u.error);
		break;
	case ROTOR_SPDM_CHUNK_SEND:
	case ROTOR_SPDM_CHUNK_RESPONSE:
		read_chunk(sender, secured, &any->u.chunk);
		break;
	case ROTOR_SPDM_CSR:
		assert_true(oracle_csr(any->u.csr.csr));
		now.counts.requests++;
		break;
	default:
		break;
	}
}

void reading_message(enum reading_side sender, bool secured, struct rotor_bytes msg)
{
	struct rotor_spdm_any any;
	reading_decode(&now.sizes, msg, &any);
	assert_int_equal(ROTOR_SPDM_IS_REQUEST(any.header.code), sender == REQUESTER);
	for (size_t i = 0; sender == REQUESTER && i < READING_BACKENDS; i++)
		rotor_spdm_transcript_request(reading_backends[i], &now.transcript[i], secured,
					      any.header.code);
	switch (any.header.code) {
	case ROTOR_SPDM_GET_VERSION:
	case ROTOR_SPDM_VERSION:
	case ROTOR_SPDM_GET_CAPABILITIES:
	case ROTOR_SPDM_CAPABILITIES:
	case ROTOR_SPDM_NEGOTIATE_ALGORITHMS:
	case ROTOR_SPDM_ALGORITHMS:
		read_vca(msg, &any);
		break;
	case ROTOR_SPDM_GET_DIGESTS:
	case ROTOR_SPDM_DIGESTS:
	case ROTOR_SPDM_GET_CERTIFICATE:
	case ROTOR_SPDM_CERTIFICATE:
		read_certificates(msg, &any);
		break;
	default:
		read_attestation(secured, msg, &any);
		reading_session_message(sender, msg, &any);
		read_other(sender, secured, msg, &any);
		break;
	}
}

/* ---- a whole conversation ---- */

/* Takes a key out of another conversation's CERTIFICATE. */
static void provision(const struct provisioned *p)
{
	static struct capture c;
	static const struct rotor_spdm_sizes sizes = {.hash = 48, .sig = 96};
	struct rotor_bytes certs[ROTOR_CERT_CHAIN_DEPTH_MAX];
	struct rotor_spdm_cert_chain chain;
	struct rotor_spdm_any any;
	size_t count = 0;
	capture_load(&c, p->from);
	struct rotor_bytes msg = c.messages[p->message].body;
	assert_int_equal(
	    rotor_spdm_decode_any(&sizes, msg.data + p->offset, msg.len - p->offset, &any),
	    ROTOR_OK);
	assert_int_equal(any.header.code, ROTOR_SPDM_CERTIFICATE);
	assert_int_equal(rotor_spdm_decode_cert_chain(any.u.certificate.portion, 48, &chain),
			 ROTOR_OK);
	assert_int_equal(rotor_cert_split(chain.certs, certs, ROTOR_COUNT_OF(certs), &count),
			 ROTOR_OK);
	now.provisioned_len[p->side] = oracle_spki(certs[count - 1], now.provisioned[p->side],
						   sizeof(now.provisioned[p->side]));
	capture_free(&c);
}

void reading_begin(const char *name)
{
	memset(&now, 0, sizeof(now));
	now.name = name;
}

void reading_end(void)
{
	for (size_t i = 0; i < READING_BACKENDS; i++) {
		rotor_spdm_transcript_reset(reading_backends[i], &now.transcript[i]);
		rotor_spdm_session_erase(reading_backends[i], &now.session[i]);
	}
}

void reading_run(const char *name)
{
	static struct capture c;
	static uint8_t plain[20000];
	reading_begin(name);
	for (size_t i = 0; i < ROTOR_COUNT_OF(provisioned); i++) {
		if (strcmp(name, provisioned[i].in) == 0)
			provision(&provisioned[i]);
	}
	capture_load(&c, name);
	for (size_t i = 0; i < c.count; i++) {
		enum reading_side sender = i % 2 ? RESPONDER : REQUESTER;
		if (c.messages[i].type == 5) {
			reading_message(sender, false, c.messages[i].body);
			continue;
		}
		assert_int_equal(c.messages[i].type, 6);
		assert_true(now.in_session);
		struct rotor_bytes data =
		    reading_record(sender, c.messages[i].body, plain, sizeof(plain));
		assert_true(data.len >= 1);
		if (data.data[0] == 5)
			reading_message(sender, true,
					(struct rotor_bytes){data.data + 1, data.len - 1});
	}
	capture_free(&c);
	reading_end();
}
