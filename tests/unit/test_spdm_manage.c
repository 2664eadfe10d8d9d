/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device tells of itself and lets be provisioned: certificate signing requests, certificates, key pairs, measurement
 * extension log, endpoint information, events, vendor-defined messages; and who authenticates itself after CHALLENGE.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "spdm/transcript.h"
#include "support/spdm_peer.h"

#define NONE ((struct rotor_bytes){NULL, 0})

static struct spdm_peer peer;

static struct rotor_spdm_feature_use features[3];

static void tune(struct spdm_pair *p)
{
	static const uint8_t versions[] = {ROTOR_SPDM_V10, ROTOR_SPDM_V11, ROTOR_SPDM_V12,
					   ROTOR_SPDM_V13};
	memcpy(p->device_config.versions, versions, sizeof(versions));
	p->device_config.version_count = sizeof(versions);
	p->device_config.ask_mutual_auth = false;
	p->device_config.features = features;
	while (features[p->device_config.feature_count].feature)
		p->device_config.feature_count++;
}

static struct spdm_pair *device(const struct rotor_spdm_feature *feature, const void *config,
				uint8_t version)
{
	features[0] = (struct rotor_spdm_feature_use){feature, (void *)(uintptr_t)config};
	features[1].feature = NULL;
	struct spdm_pair *p = pair_new(&(struct pair_wish){.tune = tune, .device_buffer = 4000});
	peer_init(&peer, p, version);
	assert_int_equal(peer_connect(&peer), 0);
	return p;
}

/* A feature that is not linked, or that a version does not have. */
static void features_are_there_only_if_they_are_linked(void **state)
{
	(void)state;
	static const struct {
		uint8_t code, since;
	} cases[] = {
	    {ROTOR_SPDM_KEY_UPDATE, ROTOR_SPDM_V11},
	    {ROTOR_SPDM_PSK_EXCHANGE, ROTOR_SPDM_V11},
	    {ROTOR_SPDM_PSK_FINISH, ROTOR_SPDM_V11},
	    {ROTOR_SPDM_CHUNK_SEND, ROTOR_SPDM_V12},
	    {ROTOR_SPDM_CHUNK_GET, ROTOR_SPDM_V12},
	    {ROTOR_SPDM_GET_CSR, ROTOR_SPDM_V12},
	    {ROTOR_SPDM_SET_CERTIFICATE, ROTOR_SPDM_V12},
	    {ROTOR_SPDM_GET_MEASUREMENT_EXTENSION_LOG, ROTOR_SPDM_V13},
	    {ROTOR_SPDM_GET_ENDPOINT_INFO, ROTOR_SPDM_V13},
	    {ROTOR_SPDM_GET_KEY_PAIR_INFO, ROTOR_SPDM_V13},
	    {ROTOR_SPDM_SET_KEY_PAIR_INFO, ROTOR_SPDM_V13},
	    {ROTOR_SPDM_GET_SUPPORTED_EVENT_TYPES, ROTOR_SPDM_V13},
	    {ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES, ROTOR_SPDM_V13},
	    {ROTOR_SPDM_VENDOR_DEFINED_REQUEST, ROTOR_SPDM_V10},
	    {ROTOR_SPDM_RESPOND_IF_READY, ROTOR_SPDM_V10},
	};
	static const struct rotor_spdm_mel_config mel;
	static const struct rotor_spdm_key_pairs pairs; /* without set */
	for (uint8_t version = ROTOR_SPDM_V10; version <= ROTOR_SPDM_V13; version++) {
		struct spdm_pair *p = device(NULL, NULL, version);
		for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
			assert_int_equal(peer_ask_header(&peer, cases[i].code, 0, 0),
					 ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST);
			assert_int_equal(peer.answer[3], cases[i].code);
		}
		pair_delete(p);
		p = device(&rotor_spdm_mel_feature, &mel, version);
		assert_int_equal(
		    peer_ask_header(&peer, ROTOR_SPDM_GET_MEASUREMENT_EXTENSION_LOG, 0, 0),
		    version >= ROTOR_SPDM_V13 ? ROTOR_SPDM_ERROR_INVALID_REQUEST
					      : ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST);
		pair_delete(p);
		p = device(&rotor_spdm_key_pairs_feature, &pairs, version);
		assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_SET_KEY_PAIR_INFO, 0, 0),
				 ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST);
		pair_delete(p);
	}
}

/* ---- GET_CSR ---- */

static struct {
	enum rotor_status status;
	unsigned pending, calls;
	struct rotor_spdm_csr_request request;
	size_t len;
} device_csr;

static enum rotor_status make_csr(void *ctx, struct rotor_crypto_job *job,
				  const struct rotor_spdm_csr_request *request, uint8_t *out,
				  size_t cap, size_t *len, uint8_t *tag)
{
	(void)ctx;
	assert_non_null(job);
	/* The request is there at the first call only. */
	assert_int_equal(request != NULL, device_csr.calls == 0);
	if (request)
		device_csr.request = *request;
	if (device_csr.calls++ < device_csr.pending)
		return ROTOR_PENDING;
	*tag = 5;
	*len = device_csr.len;
	if (device_csr.status == ROTOR_OK && *len <= cap)
		memset(out, 0x30, *len);
	return device_csr.status;
}

static uint8_t get_csr(uint8_t key_pair, uint8_t attributes, const char *info)
{
	uint8_t msg[128];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_spdm_get_csr m = {
	    .version = peer.version,
	    .key_pair = key_pair,
	    .attributes = attributes,
	    .requester_info = {(const uint8_t *)info, strlen(info)},
	};
	rotor_spdm_encode_get_csr(&w, &m);
	assert_int_equal(peer_digests(&peer), 0); /* so that the same bytes are no retry */
	device_csr.calls = 0;
	return peer_ask_writer(&peer, &w);
}

static void a_request_for_a_certificate_is_made_by_the_device(void **state)
{
	(void)state;
	struct rotor_spdm_csr_config config = {.csr = make_csr};
	for (uint8_t version = ROTOR_SPDM_V12; version <= ROTOR_SPDM_V13; version++) {
		struct spdm_pair *p = device(&rotor_spdm_get_csr_feature, &config, version);
		struct rotor_spdm_csr m;
		bool keys = version >= ROTOR_SPDM_V13;
		for (device_csr.pending = 0; device_csr.pending < 4; device_csr.pending += 3) {
			device_csr.status = ROTOR_OK;
			device_csr.len = 300;
			assert_int_equal(
			    get_csr(2, 0x80 | 3 << 3 | ROTOR_SPDM_CERT_MODEL_ALIAS, "attributes"),
			    0);
			assert_int_equal(rotor_spdm_decode_csr(peer.answer, peer.len, &m),
					 ROTOR_OK);
			assert_int_equal(m.csr.len, 300);
			assert_int_equal(m.csr.data[299], 0x30);
			assert_int_equal(device_csr.calls, device_csr.pending + 1);
			assert_int_equal(device_csr.request.key_pair, keys ? 2 : 0);
			assert_int_equal(device_csr.request.tag, keys ? 3 : 0);
			assert_int_equal(device_csr.request.model,
					 keys ? ROTOR_SPDM_CERT_MODEL_ALIAS : 0);
			assert_int_equal(device_csr.request.overwrite, keys);
			assert_int_equal(device_csr.request.requester_info.len, 10);
			assert_null(device_csr.request.session);
		}
		peer_session(&peer);
		assert_int_equal(get_csr(0, 0, ""), 0);
		assert_non_null(device_csr.request.session);
		pair_delete(p);
	}
}

/* What a device's function may answer, and what a requester hears of it. */
static void refusals_of_the_device_become_errors(void **state)
{
	(void)state;
	static const struct {
		enum rotor_status status;
		uint8_t error;
		bool reset;
	} cases[] = {
	    {ROTOR_ERR_DENIED, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST, false},
	    {ROTOR_ERR_BUSY, ROTOR_SPDM_ERROR_BUSY, false},
	    {ROTOR_ERR_UNSUPPORTED, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST, false},
	    {ROTOR_ERR_STATE, ROTOR_SPDM_ERROR_RESET_REQUIRED, false},
	    {ROTOR_ERR_STATE, ROTOR_SPDM_ERROR_RESET_REQUIRED, true},
	    {ROTOR_ERR_SPACE, ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE, false},
	    {ROTOR_ERR_ARGUMENT, ROTOR_SPDM_ERROR_INVALID_REQUEST, false},
	    {ROTOR_ERR_LENGTH, ROTOR_SPDM_ERROR_INVALID_REQUEST, false},
	    {ROTOR_ERR_FORMAT, ROTOR_SPDM_ERROR_INVALID_REQUEST, false},
	    {ROTOR_ERR_VERIFY, ROTOR_SPDM_ERROR_INVALID_REQUEST, false},
	    {ROTOR_ERR_UNTRUSTED, ROTOR_SPDM_ERROR_INVALID_REQUEST, false},
	    {ROTOR_ERR_NOT_FOUND, ROTOR_SPDM_ERROR_INVALID_REQUEST, false},
	    {ROTOR_ERR_CRYPTO, ROTOR_SPDM_ERROR_OPERATION_FAILED, false},
	    {ROTOR_ERR_IO, ROTOR_SPDM_ERROR_OPERATION_FAILED, false},
	};
	device_csr.pending = 1;
	for (uint8_t version = ROTOR_SPDM_V12; version <= ROTOR_SPDM_V13; version++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
			struct rotor_spdm_csr_config config = {.csr = make_csr,
							       .reset = cases[i].reset};
			struct spdm_pair *p = device(&rotor_spdm_get_csr_feature, &config, version);
			uint8_t error = cases[i].error;
			if (error == ROTOR_SPDM_ERROR_OPERATION_FAILED && version < ROTOR_SPDM_V13)
				error = ROTOR_SPDM_ERROR_UNSPECIFIED;
			device_csr.status = cases[i].status;
			assert_int_equal(!!(peer.device_flags & ROTOR_SPDM_CAP_CERT_INSTALL_RESET),
					 cases[i].reset);
			assert_int_equal(get_csr(0, 0, ""), error);
			if (cases[i].reset)
				assert_int_equal(peer.answer[3], 5); /* the tag to come back with */
			pair_delete(p);
		}
	}
	/* A device that says that it has written more than there was room for. */
	struct rotor_spdm_csr_config config = {.csr = make_csr};
	struct spdm_pair *p = device(&rotor_spdm_get_csr_feature, &config, ROTOR_SPDM_V12);
	device_csr.status = ROTOR_OK;
	device_csr.len = 100000;
	assert_int_equal(get_csr(0, 0, ""), ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE);
	assert_int_equal(peer_ask(&peer, "\x12\xed\0\0\1\0\0", 7),
			 ROTOR_SPDM_ERROR_INVALID_REQUEST);
	pair_delete(p);
}

/* ---- SET_CERTIFICATE ---- */

static struct {
	enum rotor_status status;
	unsigned pending, calls;
	struct rotor_spdm_set_cert_request request;
	uint8_t certs[4096];
} installed;

static enum rotor_status install(void *ctx, struct rotor_crypto_job *job,
				 const struct rotor_spdm_set_cert_request *request)
{
	(void)ctx;
	assert_non_null(job);
	installed.request = *request;
	if (request->certs.len)
		memcpy(installed.certs, request->certs.data, request->certs.len);
	assert_int_equal(request->leaf != NULL, !request->erase);
	return installed.calls++ < installed.pending ? ROTOR_PENDING : installed.status;
}

static uint8_t chain_room[3000];
static struct rotor_spdm_set_cert_config set_config = {
    .set = install, .buffer = chain_room, .size = sizeof(chain_room)};

/* The device's own chain as a slot has it, or with a byte of it flipped; -1: as it is. */
static uint8_t set_certificate(uint8_t slot, uint8_t model, uint8_t key_pair, bool erase, long flip)
{
	static uint8_t msg[4096], chain[4096];
	struct rotor_bytes certs = peer.p->slot.chain;
	uint8_t header[ROTOR_SPDM_CHAIN_HEADER_MAX];
	size_t n = rotor_spdm_chain_header(&rotor_crypto_openssl, peer.suite.hash, certs, header);
	memcpy(chain, header, n);
	memcpy(chain + n, certs.data, certs.len);
	if (flip >= 0)
		chain[flip] ^= 1;
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_spdm_set_certificate m = {
	    .version = peer.version,
	    .slot = slot,
	    .model = model,
	    .key_pair = key_pair,
	    .erase = erase,
	    .chain = {chain, erase ? 0 : n + certs.len},
	};
	rotor_spdm_encode_set_certificate(&w, &m);
	assert_int_equal(peer_digests(&peer), 0); /* so that the same bytes are no retry */
	installed.calls = 0;
	return peer_ask_writer(&peer, &w);
}

static void certificates_are_installed_and_erased(void **state)
{
	(void)state;
	for (uint8_t version = ROTOR_SPDM_V12; version <= ROTOR_SPDM_V13; version++) {
		set_config.in_clear = true;
		struct spdm_pair *p =
		    device(&rotor_spdm_set_certificate_feature, &set_config, version);
		for (installed.pending = 0; installed.pending < 4; installed.pending += 3) {
			assert_int_equal(
			    set_certificate(3, ROTOR_SPDM_CERT_MODEL_DEVICE, 2, false, -1), 0);
			assert_memory_equal(peer.answer + 1,
					    ((uint8_t[]){ROTOR_SPDM_SET_CERTIFICATE_RSP, 3}), 2);
			assert_int_equal(installed.calls, installed.pending + 1);
			assert_int_equal(installed.request.slot, 3);
			assert_int_equal(installed.request.model, version >= ROTOR_SPDM_V13
								      ? ROTOR_SPDM_CERT_MODEL_DEVICE
								      : 0);
			assert_int_equal(installed.request.certs.len, p->slot.chain.len);
			assert_memory_equal(installed.certs, p->slot.chain.data, p->slot.chain.len);
		}
		if (version >= ROTOR_SPDM_V13) {
			assert_int_equal(set_certificate(3, 0, 2, true, -1), 0);
			assert_true(installed.request.erase && !installed.request.certs.len);
		}
		pair_delete(p);
	}
}

static void certificates_that_are_none_are_not_installed(void **state)
{
	(void)state;
	set_config.in_clear = true;
	installed.pending = 0;
	struct spdm_pair *p =
	    device(&rotor_spdm_set_certificate_feature, &set_config, ROTOR_SPDM_V13);
	size_t end = 4 + 48 + p->slot.chain.len;
	const long flips[] = {0, 4, 52, 53, 70, (long)end - 1, (long)end - 300};
	for (size_t i = 0; i < ROTOR_COUNT_OF(flips); i++) {
		assert_int_equal(set_certificate(1, 1, 1, false, flips[i]),
				 ROTOR_SPDM_ERROR_INVALID_REQUEST);
		assert_int_equal(installed.calls, 0);
	}
	assert_int_equal(set_certificate(8, 1, 1, false, -1), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_SET_CERTIFICATE, 1, 1),
			 ROTOR_SPDM_ERROR_INVALID_REQUEST);
	set_config.size = 100;
	assert_int_equal(set_certificate(1, 1, 1, false, -1), ROTOR_SPDM_ERROR_REQUEST_TOO_LARGE);
	set_config.size = sizeof(chain_room);
	installed.status = ROTOR_ERR_DENIED;
	assert_int_equal(set_certificate(1, 1, 1, false, -1), ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	installed.status = ROTOR_OK;
	pair_delete(p);
}

static void who_may_install_certificates(void **state)
{
	(void)state;
	set_config.in_clear = false;
	struct spdm_pair *p =
	    device(&rotor_spdm_set_certificate_feature, &set_config, ROTOR_SPDM_V12);
	assert_int_equal(set_certificate(1, 0, 0, false, -1), ROTOR_SPDM_ERROR_SESSION_REQUIRED);
	peer_session(&peer);
	assert_int_equal(set_certificate(0, 0, 0, false, -1), ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(set_certificate(1, 0, 0, false, -1), 0);
	assert_non_null(installed.request.session);
	pair_delete(p);
	set_config.reset = true;
	p = device(&rotor_spdm_set_certificate_feature, &set_config, ROTOR_SPDM_V12);
	assert_true(peer.device_flags & ROTOR_SPDM_CAP_CERT_INSTALL_RESET);
	peer_session(&peer);
	assert_int_equal(set_certificate(1, 0, 0, false, -1), ROTOR_SPDM_ERROR_RESET_REQUIRED);
	assert_int_equal(installed.calls, 1);
	set_config.reset = false;
	pair_delete(p);
}

/* ---- key pairs ---- */

static struct rotor_spdm_key_pair_info pairs_are[2];
static struct rotor_spdm_set_key_pair_info pair_asked;

static enum rotor_status get_pair(void *ctx, uint8_t id, struct rotor_spdm_key_pair_info *out)
{
	(void)ctx;
	*out = pairs_are[id - 1];
	return ROTOR_OK;
}

static enum rotor_status set_pair(void *ctx, const struct rotor_spdm_session_info *session,
				  const struct rotor_spdm_set_key_pair_info *request)
{
	(void)ctx;
	(void)session;
	pair_asked = *request;
	return ROTOR_OK;
}

static void key_pairs_are_told_of_and_changed(void **state)
{
	(void)state;
	static const uint8_t algorithm[] = {0x30, 0x01, 0x02};
	const struct rotor_spdm_key_pairs config = {.count = 2, .get = get_pair, .set = set_pair};
	static const struct {
		struct rotor_spdm_set_key_pair_info m;
		uint16_t can;
		uint8_t slots;
		uint8_t error;
	} cases[] = {
	    {{.operation = 0, .usage = 1}, ROTOR_SPDM_KEY_PAIR_KEY_USAGE, 1, 0},
	    {{.operation = 0, .usage = 1}, 0, 1, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {{.operation = 0, .usage = 0x10},
	     ROTOR_SPDM_KEY_PAIR_KEY_USAGE,
	     1,
	     ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {{.operation = 0, .asym = 0x10}, ROTOR_SPDM_KEY_PAIR_ASYM_ALGO, 1, 0},
	    {{.operation = 0, .asym = 0x10}, 0, 1, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {{.operation = 0, .asym = 0x18},
	     ROTOR_SPDM_KEY_PAIR_ASYM_ALGO,
	     1,
	     ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {{.operation = 0, .asym = 0x200},
	     ROTOR_SPDM_KEY_PAIR_ASYM_ALGO,
	     1,
	     ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {{.operation = 0, .slots = 2}, ROTOR_SPDM_KEY_PAIR_CERT_ASSOC, 1, 0},
	    {{.operation = 0, .slots = 2}, 0, 1, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {{.operation = 0, .slots = 1}, 0, 1, 0}, /* no change */
	    {{.operation = 0, .slots = 3},
	     ROTOR_SPDM_KEY_PAIR_CERT_ASSOC,
	     1,
	     ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {{.operation = 0, .slots = 3},
	     ROTOR_SPDM_KEY_PAIR_CERT_ASSOC | ROTOR_SPDM_KEY_PAIR_SHAREABLE,
	     1,
	     0},
	    {{.operation = 1}, ROTOR_SPDM_KEY_PAIR_ERASABLE, 0, 0},
	    {{.operation = 1}, 0, 0, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {{.operation = 1}, ROTOR_SPDM_KEY_PAIR_ERASABLE, 1, ROTOR_SPDM_ERROR_OPERATION_FAILED},
	    {{.operation = 2}, ROTOR_SPDM_KEY_PAIR_GENERATE, 0, ROTOR_SPDM_ERROR_OPERATION_FAILED},
	    {{.operation = 2, .asym = 0x10},
	     ROTOR_SPDM_KEY_PAIR_GENERATE | ROTOR_SPDM_KEY_PAIR_ASYM_ALGO,
	     0,
	     0},
	    {{.operation = 2}, 0, 0, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {{.operation = 3}, 0xffff, 0, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	};
	struct spdm_pair *p = device(&rotor_spdm_key_pairs_feature, &config, ROTOR_SPDM_V13);
	struct rotor_spdm_key_pair_info m;
	pairs_are[1] = (struct rotor_spdm_key_pair_info){
	    .capabilities = 0x3f,
	    .usage_capabilities = 0xf,
	    .usage = 1,
	    .asym_capabilities = ROTOR_SPDM_KEY_PAIR_P384,
	    .asym = ROTOR_SPDM_KEY_PAIR_P384,
	    .slots = 1,
	    .public_key_info = {algorithm, 3},
	};
	assert_int_equal(peer_ask(&peer, "\x13\xfc\0\0\2", 5), 0);
	assert_int_equal(rotor_spdm_decode_key_pair_info(peer.answer, peer.len, &m), ROTOR_OK);
	assert_int_equal(m.total, 2);
	assert_int_equal(m.key_pair, 2);
	assert_int_equal(m.asym, ROTOR_SPDM_KEY_PAIR_P384);
	assert_memory_equal(m.public_key_info.data, algorithm, 3);
	assert_int_equal(peer_ask(&peer, "\x13\xfc\0\0\0", 5), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(peer_ask(&peer, "\x13\xfc\0\0\3", 5), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(peer_ask(&peer, "\x13\xfc\0\0", 4), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(peer_ask(&peer, "\x13\xfd\1\0\3", 5), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t msg[32];
		struct rotor_writer w = rotor_writer(msg, sizeof(msg));
		struct rotor_spdm_set_key_pair_info ask = cases[i].m;
		pairs_are[0] = (struct rotor_spdm_key_pair_info){.capabilities = cases[i].can,
								 .usage_capabilities = 0xf,
								 .asym_capabilities = 0x1ff,
								 .slots = cases[i].slots};
		ask.version = ROTOR_SPDM_V13;
		ask.key_pair = 1;
		pair_asked.key_pair = 0;
		rotor_spdm_encode_set_key_pair_info(&w, &ask);
		assert_int_equal(peer_digests(&peer), 0); /* so that the same bytes are no retry */
		if (peer_ask_writer(&peer, &w) != cases[i].error)
			fail_msg("%zu: %u", i, peer.answer[2]);
		assert_int_equal(pair_asked.key_pair, cases[i].error ? 0 : 1);
	}
	pair_delete(p);
}

/* ---- measurement extension log ---- */

static uint8_t log_bytes[900];
static enum rotor_status log_status;

static enum rotor_status whole_log(void *ctx, struct rotor_bytes *out)
{
	(void)ctx;
	*out = (struct rotor_bytes){log_bytes, sizeof(log_bytes)};
	return log_status;
}

static uint8_t get_mel(uint32_t offset, uint32_t length, struct rotor_spdm_mel *out)
{
	uint8_t msg[16];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_spdm_get_mel m = {peer.version, offset, length};
	rotor_spdm_encode_get_mel(&w, &m);
	uint8_t error = peer_ask_writer(&peer, &w);
	if (!error)
		assert_int_equal(rotor_spdm_decode_mel(peer.answer, peer.len, out), ROTOR_OK);
	return error;
}

static void the_measurement_extension_log_is_read_in_portions(void **state)
{
	(void)state;
	static const struct rotor_spdm_mel_config config = {.log = whole_log};
	struct spdm_pair *p = device(&rotor_spdm_mel_feature, &config, ROTOR_SPDM_V13);
	struct rotor_spdm_mel m;
	uint8_t got[sizeof(log_bytes)];
	size_t len = 0;
	for (size_t i = 0; i < sizeof(log_bytes); i++)
		log_bytes[i] = (uint8_t)(i * 7);
	p->connections[0].transfer = 300;
	do {
		assert_int_equal(get_mel((uint32_t)len, 0xffffffff, &m), 0);
		assert_true(peer.len <= 300);
		memcpy(got + len, m.portion.data, m.portion.len);
		len += m.portion.len;
		assert_int_equal(m.remainder_len, sizeof(log_bytes) - len);
	} while (m.remainder_len);
	assert_memory_equal(got, log_bytes, sizeof(log_bytes));
	assert_int_equal(get_mel(899, 5, &m), 0);
	assert_int_equal(m.portion.len, 1);
	assert_int_equal(get_mel(10, 0, &m), 0);
	assert_int_equal(m.portion.len, 0);
	assert_int_equal(get_mel(900, 1, &m), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(get_mel(0xffffffff, 0xffffffff, &m), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	/* It comes in CHALLENGE's place. */
	assert_int_equal(peer_digests(&peer), 0);
	assert_int_equal(get_mel(0, 1, &m), 0);
	peer.b.len = 0;
	assert_int_equal(peer_challenge(&peer, 0, 0), 0);
	log_status = ROTOR_ERR_IO;
	assert_int_equal(get_mel(0, 1, &m), ROTOR_SPDM_ERROR_OPERATION_FAILED);
	log_status = ROTOR_OK;
	pair_delete(p);
}

/* ---- endpoint information ---- */

static void endpoint_information_is_given_and_signed(void **state)
{
	(void)state;
	static const uint8_t class[] = {1, 0, 0, 0, 7, 0, 0};
	for (unsigned can_sign = 0; can_sign < 2; can_sign++) {
		const struct rotor_spdm_endpoint_config config = {.device_class = {class, 7},
								  .can_sign = can_sign};
		struct spdm_pair *p =
		    device(&rotor_spdm_endpoint_info_feature, &config, ROTOR_SPDM_V13);
		struct rotor_spdm_endpoint_info m;
		uint8_t msg[64] = {0x13, ROTOR_SPDM_GET_ENDPOINT_INFO, 1, 0}, digest[64];
		assert_int_equal(peer.device_flags & ROTOR_SPDM_CAP_EP_INFO,
				 can_sign ? ROTOR_SPDM_CAP_EP_INFO_SIG
					  : ROTOR_SPDM_CAP_EP_INFO_NO_SIG);
		for (unsigned secured = 0; secured < 2; secured++) {
			peer.sizes.signature = false;
			msg[3] = msg[4] = 0;
			assert_int_equal(peer_ask(&peer, msg, 8), 0);
			assert_int_equal(
			    rotor_spdm_decode_endpoint_info(&peer.sizes, peer.answer, peer.len, &m),
			    ROTOR_OK);
			assert_memory_equal(m.info.data, class, m.info.len);
			msg[4] = ROTOR_SPDM_EP_INFO_SIGNATURE;
			assert_int_equal(peer_ask(&peer, msg, 40),
					 can_sign ? 0 : ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST);
			if (!can_sign)
				break;
			peer.sizes.signature = true;
			assert_int_equal(
			    rotor_spdm_decode_endpoint_info(&peer.sizes, peer.answer, peer.len, &m),
			    ROTOR_OK);
			struct peer_text text = {.len = 0};
			peer_add(&text, msg, 40);
			peer_add(&text, peer.answer, peer.len - m.signature.len);
			peer_hash(&peer, &text, NULL, 0, digest);
			peer_check_signature(&peer, digest, "responder-endpoint_info signing",
					     m.signature.data);
			msg[3] = 5; /* a slot that is not there */
			assert_int_equal(peer_ask(&peer, msg, 40),
					 ROTOR_SPDM_ERROR_INVALID_REQUEST);
			if (!secured)
				peer_session(&peer);
		}
		msg[2] = 2; /* a subcode that is not there */
		msg[3] = msg[4] = 0;
		assert_int_equal(peer_ask(&peer, msg, 8), ROTOR_SPDM_ERROR_INVALID_REQUEST);
		msg[2] = 1;
		assert_int_equal(peer_ask(&peer, msg, 9), ROTOR_SPDM_ERROR_INVALID_REQUEST);
		pair_delete(p);
	}
}

/* ---- events ---- */

static const uint8_t own_types[] = {1, 0, 0, 0, 4, 0, 0, 0};
static const struct rotor_spdm_event_group own_group = {
    .type_count = 2, .group_version = 1, .types = {own_types, 8}};
static struct {
	unsigned subscribed, pending, acknowledged;
	bool all;
	uint8_t groups;
} told;

static enum rotor_status subscribe(void *ctx, const struct rotor_spdm_session_info *session,
				   const struct rotor_spdm_event_types *types)
{
	(void)ctx;
	assert_non_null(session);
	told.subscribed++;
	told.groups = types->group_count;
	return ROTOR_OK;
}

static enum rotor_status next_event(void *ctx, const struct rotor_spdm_session_info *session,
				    bool all, struct rotor_spdm_event_item *out)
{
	static const uint8_t slot[] = {2};
	(void)ctx;
	assert_non_null(session);
	told.all = all;
	if (!told.pending)
		return ROTOR_ERR_NOT_FOUND;
	*out = (struct rotor_spdm_event_item){.instance = told.pending,
					      .type = ROTOR_SPDM_EVENT_CERTIFICATE_CHANGED,
					      .detail = {slot, 1}};
	return ROTOR_OK;
}

static void acknowledged(void *ctx, const struct rotor_spdm_session_info *session)
{
	(void)ctx;
	(void)session;
	told.pending--;
	told.acknowledged++;
}

static const struct rotor_spdm_events event_config = {
    .groups = &own_group,
    .group_count = 1,
    .subscribe = subscribe,
    .next = next_event,
    .acknowledged = acknowledged,
};

static uint8_t subscribe_to(const struct rotor_spdm_event_group *groups, uint8_t count,
			    uint8_t announced)
{
	uint8_t list[128], msg[160];
	struct rotor_writer w = rotor_writer(list, sizeof(list));
	for (uint8_t i = 0; i < count; i++)
		rotor_spdm_encode_event_group(&w, &groups[i]);
	const struct rotor_spdm_event_types m = {.version = peer.version,
						 .code = ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES,
						 .group_count = announced,
						 .groups = {list, w.len}};
	w = rotor_writer(msg, sizeof(msg));
	rotor_spdm_encode_event_types(&w, &m);
	return peer_ask_writer(&peer, &w);
}

static void requesters_subscribe_to_events_that_there_are(void **state)
{
	(void)state;
	static const uint8_t other_type[] = {2, 0, 0, 0};
	static const struct rotor_spdm_event_group
	    all = {.group_version = 1, .attributes = ROTOR_SPDM_EVENT_GROUP_ALL},
	    one = {.type_count = 1, .group_version = 1, .types = {own_types + 4, 4}},
	    other = {.type_count = 1, .group_version = 1, .types = {other_type, 4}},
	    version = {.type_count = 1, .group_version = 2, .types = {own_types, 4}},
	    none = {.type_count = 0, .group_version = 1},
	    vendor = {.registry = ROTOR_SPDM_REGISTRY_PCISIG,
		      .vendor = {own_types, 2},
		      .type_count = 1,
		      .group_version = 1,
		      .types = {own_types, 4}};
	static const struct {
		const struct rotor_spdm_event_group *group;
		uint8_t count, announced, error;
	} cases[] = {
	    {&own_group, 1, 1, 0},
	    {&all, 1, 1, 0},
	    {&one, 1, 1, 0},
	    {&one, 0, 0, 0}, /* unsubscribes */
	    {&other, 1, 1, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {&version, 1, 1, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {&none, 1, 1, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {&vendor, 1, 1, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {&one, 1, 2, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {&one, 0, 1, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	};
	struct spdm_pair *p = device(&rotor_spdm_events_feature, &event_config, ROTOR_SPDM_V13);
	struct rotor_spdm_event_types m;
	struct rotor_spdm_event_group g;
	assert_true(peer.device_flags & ROTOR_SPDM_CAP_EVENT);
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_GET_SUPPORTED_EVENT_TYPES, 0, 0),
			 ROTOR_SPDM_ERROR_SESSION_REQUIRED);
	peer_session(&peer);
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_GET_SUPPORTED_EVENT_TYPES, 0, 0), 0);
	assert_int_equal(rotor_spdm_decode_event_types(peer.answer, peer.len, &m), ROTOR_OK);
	assert_int_equal(m.group_count, 1);
	assert_int_equal(rotor_spdm_event_group_next(&m.groups, &g), ROTOR_OK);
	assert_int_equal(g.type_count, 2);
	assert_int_equal(m.groups.len, 0);
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		told.subscribed = 0;
		if (subscribe_to(cases[i].group, cases[i].count, cases[i].announced) !=
		    cases[i].error)
			fail_msg("%zu", i);
		assert_int_equal(told.subscribed, cases[i].error ? 0 : 1);
		if (!cases[i].error)
			assert_int_equal(told.groups, cases[i].count);
	}
	pair_delete(p);
}

static uint8_t deliver(uint8_t id, const void *inner, size_t len)
{
	static uint8_t msg[PAIR_MESSAGE_MAX];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_spdm_encapsulated m = {.version = peer.version,
						  .code = ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE,
						  .request_id = id,
						  .inner = {inner, len}};
	rotor_spdm_encode_encapsulated(&w, &m);
	return peer_ask_writer(&peer, &w);
}

static void events_are_told_of_one_after_the_other(void **state)
{
	(void)state;
	struct spdm_pair *p = device(&rotor_spdm_events_feature, &event_config, ROTOR_SPDM_V13);
	struct rotor_spdm_encapsulated e;
	struct rotor_spdm_encapsulated_ack a;
	struct rotor_spdm_send_event m;
	static const uint8_t ack[] = {0x13, ROTOR_SPDM_EVENT_ACK, 0, 0};
	memset(&told, 0, sizeof(told));
	told.pending = 3;
	/* Not in the clear. */
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, 0, 0),
			 ROTOR_SPDM_ERROR_NO_PENDING_REQUESTS);
	assert_int_equal(peer_key_exchange(&peer, 0, 0, ROTOR_SPDM_POLICY_EVENT_ALL, NONE), 0);
	assert_int_equal(peer_finish(&peer, 0, NULL), 0);
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, 0, 0), 0);
	assert_true(told.all);
	assert_int_equal(rotor_spdm_decode_encapsulated(peer.answer, peer.len, &e), ROTOR_OK);
	struct rotor_bytes inner = e.inner;
	uint8_t id = e.request_id;
	for (unsigned left = 3; left; left--) {
		struct rotor_spdm_event_item item;
		assert_int_equal(rotor_spdm_decode_send_event(inner.data, inner.len, &m), ROTOR_OK);
		assert_int_equal(m.count, 1);
		assert_int_equal(rotor_spdm_event_next(&m.events, &item), ROTOR_OK);
		assert_int_equal(item.instance, left);
		assert_int_equal(deliver(id, ack, 4), 0);
		assert_int_equal(rotor_spdm_decode_encapsulated_ack(peer.answer, peer.len, &a),
				 ROTOR_OK);
		inner = a.inner;
		id = a.request_id;
	}
	assert_int_equal(a.payload_type, ROTOR_SPDM_ENCAP_ABSENT);
	assert_int_equal(told.acknowledged, 3);
	/* What is not acknowledged is told again. */
	told.pending = 1;
	static const uint8_t error[] = {0x13, ROTOR_SPDM_ERROR, ROTOR_SPDM_ERROR_BUSY, 0};
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, 0, 0),
				 0);
		assert_int_equal(deliver(peer.answer[2], error, 4),
				 ROTOR_SPDM_ERROR_INVALID_RESPONSE_CODE);
		assert_int_equal(told.pending, 1);
	}
	pair_delete(p);
}

/* ---- basic mutual authentication ---- */

static struct {
	unsigned count;
	uint32_t peer;
	uint8_t leaf[48];
} basic_known;

static void authenticated(void *ctx, uint32_t who, struct rotor_bytes leaf)
{
	(void)ctx;
	basic_known.count++;
	basic_known.peer = who;
	assert_int_equal(leaf.len, 48);
	memcpy(basic_known.leaf, leaf.data, 48);
}

static struct rotor_spdm_basic_mutual basic = {.authenticated = authenticated};

static struct spdm_pair *basic_device(uint8_t version)
{
	struct spdm_pair *p;
	features[0] = (struct rotor_spdm_feature_use){&rotor_spdm_challenge_mutual, &basic};
	features[1].feature = NULL;
	p = pair_new(&(struct pair_wish){.tune = NULL});
	p->device_config.features = features;
	p->device_config.feature_count = 1;
	p->device_config.versions[0] = ROTOR_SPDM_V11;
	p->device_config.versions[1] = ROTOR_SPDM_V12;
	p->device_config.versions[2] = ROTOR_SPDM_V13;
	p->device_config.version_count = 3;
	rotor_spdm_responder_deinit(&p->r);
	assert_int_equal(rotor_spdm_responder_init(&p->r, &p->device_config, p->device_buffer, 1300,
						   p->peer_chain, sizeof(p->peer_chain)),
			 ROTOR_OK);
	peer_init(&peer, p, version);
	assert_int_equal(peer_connect(&peer), 0);
	memset(&basic_known, 0, sizeof(basic_known));
	return p;
}

/* The requester's CHALLENGE_AUTH, with something wrong in it, or nothing. */
static uint8_t prove(const struct rotor_bytes request, uint8_t id, struct peer_text *said,
		     const char *wrong)
{
	static uint8_t msg[512];
	uint8_t chain[64], digest[64], sig[ROTOR_SIGNATURE_MAX], nonce[32] = {1};
	struct rotor_spdm_challenge c;
	const struct rotor_signer *signer = peer.p->agent_config.own.signer;
	struct rotor_crypto_job job = {0};
	assert_int_equal(rotor_spdm_decode_challenge(request.data, request.len, &c), ROTOR_OK);
	peer_chain_digest(&peer, chain);
	chain[0] ^= strcmp(wrong, "chain") == 0;
	const struct rotor_spdm_challenge_auth a = {
	    .version = peer.version,
	    .attributes = strcmp(wrong, "slot") == 0,
	    .slot_mask = 1,
	    .cert_chain_hash = {chain, 48},
	    .nonce = nonce,
	    .context = c.context,
	};
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	rotor_spdm_encode_challenge_auth(&w, &a);
	peer_add(said, request.data, request.len);
	peer_add(said, msg, w.len);
	if (strcmp(wrong, "transcript") == 0)
		peer_add(said, "x", 1);
	const struct rotor_bytes parts[] = {
	    {peer.a.bytes, peer.version >= ROTOR_SPDM_V12 ? peer.a.len : 0},
	    {said->bytes, said->len}};
	assert_int_equal(rotor_hash_parts(&rotor_crypto_openssl, peer.suite.hash, parts, 2, digest),
			 ROTOR_OK);
	peer_to_be_signed(&peer, "requester-challenge_auth signing", digest);
	while (signer->sign(signer, &job, peer.suite.hash, digest, sig) == ROTOR_PENDING)
		;
	rotor_write_bytes(&w, sig, 96);
	return deliver(id, msg, strcmp(wrong, "length") == 0 ? w.len - 1 : w.len);
}

static void a_requester_authenticates_itself_after_a_challenge(void **state)
{
	(void)state;
	static const char *const wrongs[] = {"", "transcript", "chain", "slot", "length"};
	for (uint8_t version = ROTOR_SPDM_V11; version <= ROTOR_SPDM_V13; version++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(wrongs); i++) {
			struct spdm_pair *p = basic_device(version);
			struct peer_text said = {.len = 0};
			struct rotor_bytes request;
			uint8_t id;
			assert_int_equal(peer_challenge(&peer, 0, 0), 0);
			assert_int_equal(peer.answer[2], 0x80);
			peer_encapsulated_until(&peer, ROTOR_SPDM_CHALLENGE, &said, &request, &id);
			assert_int_equal(prove(request, id, &said, wrongs[i]),
					 i ? ROTOR_SPDM_ERROR_INVALID_RESPONSE_CODE : 0);
			assert_int_equal(basic_known.count, i ? 0 : 1);
			if (!i) {
				assert_int_equal(basic_known.peer, PAIR_AGENT_EID);
				assert_int_equal(peer.answer[3], ROTOR_SPDM_ENCAP_ABSENT);
			}
			/* It is over, in either way; and a session can be made. */
			assert_int_equal(
			    peer_ask_header(&peer, ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, 0, 0),
			    version >= ROTOR_SPDM_V13 ? ROTOR_SPDM_ERROR_NO_PENDING_REQUESTS
						      : ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
			assert_int_equal(peer_key_exchange(&peer, 0, 0, 0, NONE), 0);
			pair_delete(p);
		}
	}
}

static void a_requester_that_cannot_is_not_asked_after_a_challenge(void **state)
{
	(void)state;
	static const uint32_t lacks[] = {ROTOR_SPDM_CAP_MUT_AUTH, ROTOR_SPDM_CAP_ENCAP,
					 ROTOR_SPDM_CAP_CHAL};
	for (size_t i = 0; i < ROTOR_COUNT_OF(lacks); i++) {
		struct spdm_pair *p = basic_device(ROTOR_SPDM_V12);
		peer.flags &= ~lacks[i];
		assert_int_equal(peer_connect(&peer), 0);
		assert_int_equal(peer_challenge(&peer, 0, 0), 0);
		assert_int_equal(peer.answer[2], 0);
		pair_delete(p);
	}
	/* One that begins anew in the middle leaves nothing behind. */
	struct spdm_pair *p = basic_device(ROTOR_SPDM_V12);
	struct peer_text said = {.len = 0};
	struct rotor_bytes request;
	uint8_t id;
	assert_int_equal(peer_challenge(&peer, 0, 0), 0);
	peer_encapsulated_until(&peer, ROTOR_SPDM_CHALLENGE, &said, &request, &id);
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(deliver(id, "\x12\3\0\1", 4), ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(basic_known.count, 0);
	assert_false(basic.running);
	pair_delete(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(features_are_there_only_if_they_are_linked),
	    cmocka_unit_test(a_request_for_a_certificate_is_made_by_the_device),
	    cmocka_unit_test(refusals_of_the_device_become_errors),
	    cmocka_unit_test(certificates_are_installed_and_erased),
	    cmocka_unit_test(certificates_that_are_none_are_not_installed),
	    cmocka_unit_test(who_may_install_certificates),
	    cmocka_unit_test(key_pairs_are_told_of_and_changed),
	    cmocka_unit_test(the_measurement_extension_log_is_read_in_portions),
	    cmocka_unit_test(endpoint_information_is_given_and_signed),
	    cmocka_unit_test(requesters_subscribe_to_events_that_there_are),
	    cmocka_unit_test(events_are_told_of_one_after_the_other),
	    cmocka_unit_test(a_requester_authenticates_itself_after_a_challenge),
	    cmocka_unit_test(a_requester_that_cannot_is_not_asked_after_a_challenge),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
