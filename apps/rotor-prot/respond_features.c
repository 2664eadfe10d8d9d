/* SPDX-License-Identifier: Apache-2.0 */
#include "respond_features.h"

#include <string.h>

/* About 16 ms, and the answer is kept for 16 times that. */
#define READY_EXPONENT 14
#define READY_FACTOR   4

/* ---- certificates ---- */

static enum rotor_status csr(void *ctx, struct rotor_crypto_job *job,
			     const struct rotor_spdm_csr_request *request, uint8_t *out, size_t cap,
			     size_t *len, uint8_t *tag)
{
	struct respond_device *d = ctx;
	(void)request; /* a request of plain form, whatever attributes are wished */
	(void)tag;
	return rotor_csr_write(d->crypto, "rotor-prot respond", &d->keys[0].public_key,
			       &d->signers[0], job, out, cap, len);
}

/* Every slot has the key of slot 0, unless it was given one of its own. */
static enum rotor_status set_certificate(void *ctx, struct rotor_crypto_job *job,
					 const struct rotor_spdm_set_cert_request *request)
{
	struct respond_device *d = ctx;
	struct rotor_spdm_slot *slot = &d->slots[request->slot];
	(void)job;
	if (request->erase) {
		*slot = (struct rotor_spdm_slot){0};
		return ROTOR_OK;
	}
	if (request->certs.len > sizeof(d->chains[0])) {
		return ROTOR_ERR_SPACE;
	}
	memcpy(d->chains[request->slot], request->certs.data, request->certs.len);
	slot->chain = (struct rotor_bytes){d->chains[request->slot], request->certs.len};
	slot->model = request->model;
	if (!slot->signer) {
		slot->signer = &d->signers[0];
		slot->key_pair = 1;
	}
	return ROTOR_OK;
}

/* ---- key pairs: one for each slot ---- */

static uint32_t pair_algorithm(enum rotor_sig_alg alg)
{
	switch (rotor_sig_key(alg)) {
	case ROTOR_SIG_ECDSA_P256:
		return ROTOR_SPDM_KEY_PAIR_P256;
	case ROTOR_SIG_ECDSA_P384:
		return ROTOR_SPDM_KEY_PAIR_P384;
	case ROTOR_SIG_ECDSA_P521:
		return ROTOR_SPDM_KEY_PAIR_P521;
	case ROTOR_SIG_RSA2048_PSS:
		return ROTOR_SPDM_KEY_PAIR_RSA2048;
	case ROTOR_SIG_RSA3072_PSS:
		return ROTOR_SPDM_KEY_PAIR_RSA3072;
	case ROTOR_SIG_RSA4096_PSS:
		return ROTOR_SPDM_KEY_PAIR_RSA4096;
	case ROTOR_SIG_ED25519:
		return ROTOR_SPDM_KEY_PAIR_ED25519;
	case ROTOR_SIG_ED448:
		return ROTOR_SPDM_KEY_PAIR_ED448;
	default:
		return 0;
	}
}

static enum rotor_status get_pair(void *ctx, uint8_t id, struct rotor_spdm_key_pair_info *out)
{
	/* id-ecPublicKey with secp384r1: who asks reads the algorithm's bit. */
	static const uint8_t info[] = {0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
				       0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
	struct respond_device *d = ctx;
	const struct rotor_spdm_slot *slot = &d->slots[id - 1];
	bool erased = d->pair_erased[id - 1];
	out->capabilities = ROTOR_SPDM_KEY_PAIR_GENERATE | ROTOR_SPDM_KEY_PAIR_ERASABLE |
			    ROTOR_SPDM_KEY_PAIR_CERT_ASSOC | ROTOR_SPDM_KEY_PAIR_KEY_USAGE |
			    ROTOR_SPDM_KEY_PAIR_ASYM_ALGO;
	out->usage_capabilities = RESPOND_KEY_USES;
	out->usage = erased ? 0 : slot->key_usage;
	out->asym_capabilities = pair_algorithm(d->keys[id - 1].alg);
	out->asym = erased ? 0 : out->asym_capabilities;
	out->slots = slot->signer && !d->pair_parted[id - 1] ? (uint8_t)(1u << (id - 1)) : 0;
	out->public_key_info = (struct rotor_bytes){info, sizeof(info)};
	return ROTOR_OK;
}

static enum rotor_status set_pair(void *ctx, const struct rotor_spdm_session_info *session,
				  const struct rotor_spdm_set_key_pair_info *request)
{
	struct respond_device *d = ctx;
	size_t i = request->key_pair - 1u;
	(void)session;
	switch (request->operation) {
	case ROTOR_SPDM_KEY_PAIR_OP_ERASE:
		d->pair_erased[i] = true;
		break;
	case ROTOR_SPDM_KEY_PAIR_OP_GENERATE:
		d->pair_erased[i] = false;
		break;
	default:
		break;
	}
	if (request->operation != ROTOR_SPDM_KEY_PAIR_OP_ERASE) {
		d->pair_parted[i] = !(request->slots & 1u << i);
	}
	return ROTOR_OK;
}

/* ---- what is only told ---- */

static enum rotor_status measurement_log(void *ctx, struct rotor_bytes *out)
{
	static const char *const entries[] = {"first", "second", "third"};
	struct respond_device *d = ctx;
	struct rotor_writer w = rotor_writer(d->log, sizeof(d->log));
	size_t bytes = 0, len = 0;
	for (size_t i = 0; i < ROTOR_COUNT_OF(entries); i++) {
		bytes += ROTOR_SPDM_MEL_ENTRY_SIZE + strlen(entries[i]);
	}
	rotor_spdm_encode_mel_header(&w, ROTOR_COUNT_OF(entries), (uint32_t)bytes);
	for (size_t i = 0; i < ROTOR_COUNT_OF(entries); i++) {
		const struct rotor_spdm_mel_entry entry = {
		    .index = (uint32_t)i + 1,
		    .measurement = 2,
		    .type = ROTOR_SPDM_MEAS_FIRMWARE,
		    .raw = true,
		    .value = {(const uint8_t *)entries[i], strlen(entries[i])},
		};
		rotor_spdm_encode_mel_entry(&w, &entry);
	}
	enum rotor_status status = rotor_writer_end(&w, &len);
	*out = (struct rotor_bytes){d->log, len};
	return status;
}

static enum rotor_status subscribe(void *ctx, const struct rotor_spdm_session_info *session,
				   const struct rotor_spdm_event_types *types)
{
	(void)ctx;
	(void)session;
	(void)types;
	return ROTOR_OK;
}

/* Nothing ever happens to this device. */
static enum rotor_status next_event(void *ctx, const struct rotor_spdm_session_info *session,
				    bool all, struct rotor_spdm_event_item *out)
{
	(void)ctx;
	(void)session;
	(void)all;
	(void)out;
	return ROTOR_ERR_NOT_FOUND;
}

static void acknowledged(void *ctx, const struct rotor_spdm_session_info *session)
{
	(void)ctx;
	(void)session;
}

static enum rotor_status echo(void *ctx, const struct rotor_spdm_session_info *session,
			      const struct rotor_spdm_vendor_defined *request, uint8_t *out,
			      size_t cap, size_t *len)
{
	(void)ctx;
	(void)session;
	if (request->payload.len > cap) {
		return ROTOR_ERR_SPACE;
	}
	if (request->payload.len) {
		memcpy(out, request->payload.data, request->payload.len);
	}
	*len = request->payload.len;
	return ROTOR_OK;
}

/* ---- all of them ---- */

static void configure(struct respond_device *d, const struct respond_options *o)
{
	/* EventLost and MeasurementChanged of DMTF's group. */
	static const uint8_t event_types[] = {1, 0, 0, 0, 2, 0, 0, 0};
	static const struct rotor_spdm_event_group group = {
	    .registry = ROTOR_SPDM_REGISTRY_DMTF,
	    .type_count = 2,
	    .group_version = ROTOR_SPDM_EVENT_GROUP_VERSION,
	    .types = {event_types, sizeof(event_types)},
	};
	/* One identifier: of IANA, a number of four bytes, no subordinates. */
	static const uint8_t device_class[] = {1, 0, 0, 0, 8, 4, 4, 0, 0, 0, 0, 1, 0, 0};
	d->chunks = (struct rotor_spdm_chunks){.buffer = d->large, .size = sizeof(d->large)};
	d->ready = (struct rotor_spdm_ready){.rd_exponent = READY_EXPONENT, .rdtm = READY_FACTOR};
	d->psk = (struct rotor_spdm_psk){.hint = o->psk_hint, .key = o->psk};
	d->psk_config = (struct rotor_spdm_psk_config){
	    .with_context = !o->psk_no_context, .keys = &d->psk, .key_count = 1};
	d->csr = (struct rotor_spdm_csr_config){.csr = csr, .ctx = d};
	d->set_cert = (struct rotor_spdm_set_cert_config){.set = set_certificate,
							  .in_clear = true,
							  .ctx = d,
							  .buffer = d->set_chain,
							  .size = sizeof(d->set_chain)};
	d->pairs = (struct rotor_spdm_key_pairs){
	    .count = ROTOR_SPDM_SLOT_COUNT, .get = get_pair, .set = set_pair, .ctx = d};
	d->mel = (struct rotor_spdm_mel_config){.log = measurement_log, .ctx = d};
	d->endpoint = (struct rotor_spdm_endpoint_config){
	    .device_class = {device_class, sizeof(device_class)}, .can_sign = true};
	d->events = (struct rotor_spdm_events){.groups = &group,
					       .group_count = 1,
					       .subscribe = subscribe,
					       .next = next_event,
					       .acknowledged = acknowledged,
					       .ctx = d};
	d->vendor = (struct rotor_spdm_vendor_config){.handle = echo, .ctx = d};
}

void respond_features(struct respond_device *d, const struct respond_options *o)
{
	const struct rotor_spdm_feature_use all[RESPOND_FEATURE_COUNT] = {
	    [RESPOND_KEY_UPDATE] = {&rotor_spdm_key_update, NULL},
	    [RESPOND_CHUNKS] = {&rotor_spdm_chunking, &d->chunks},
	    [RESPOND_READY] = {&rotor_spdm_respond_if_ready, &d->ready},
	    [RESPOND_PSK] = {&rotor_spdm_psk_sessions, &d->psk_config},
	    [RESPOND_BASIC_MUTUAL] = {&rotor_spdm_challenge_mutual, &d->basic},
	    [RESPOND_CSR] = {&rotor_spdm_get_csr_feature, &d->csr},
	    [RESPOND_SET_CERTIFICATE] = {&rotor_spdm_set_certificate_feature, &d->set_cert},
	    [RESPOND_KEY_PAIRS] = {&rotor_spdm_key_pairs_feature, &d->pairs},
	    [RESPOND_MEL] = {&rotor_spdm_mel_feature, &d->mel},
	    [RESPOND_ENDPOINT_INFO] = {&rotor_spdm_endpoint_info_feature, &d->endpoint},
	    [RESPOND_EVENTS] = {&rotor_spdm_events_feature, &d->events},
	    [RESPOND_VENDOR] = {&rotor_spdm_vendor_feature, &d->vendor},
	};
	configure(d, o);
	for (unsigned i = 0; i < RESPOND_FEATURE_COUNT; i++) {
		if (o->features & 1u << i) {
			d->uses[d->use_count++] = all[i];
		}
	}
	if (o->features & 1u << RESPOND_KEY_UPDATE) {
		d->uses[d->use_count++] =
		    (struct rotor_spdm_feature_use){&rotor_spdm_own_key_update, NULL};
	}
}
