/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every SPDM decoder. The first byte says which sizes were negotiated, the rest is a message. What decodes must encode
 * again, into a message that decodes and encodes to itself.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rotor/spdm_messages_any.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void need(bool condition)
{
	if (!condition) {
		abort();
	}
}

static struct rotor_spdm_sizes sizes_of(uint8_t b)
{
	struct rotor_spdm_sizes s = {
	    .hash = b & 1 ? 48 : 32,
	    .sig = b & 1 ? 96 : 64,
	    .req_sig = b & 2 ? 96 : 64,
	    .exchange = b & 1 ? 96 : 64,
	    .summary = !(b & 4),
	    .signature = !(b & 8),
	    .multi_key = b & 16,
	    .clear_handshake = b & 32,
	};
	return s;
}

static void walk_opaque(uint8_t version, struct rotor_bytes opaque)
{
	struct rotor_spdm_opaque it;
	struct rotor_spdm_opaque_element e;
	uint16_t list[4];
	size_t count = ROTOR_COUNT_OF(list);
	enum rotor_status status = rotor_spdm_opaque_open(&it, version, opaque);
	while (status == ROTOR_OK) {
		status = rotor_spdm_opaque_next(&it, &e);
	}
	status = rotor_spdm_decode_secured_versions(version, opaque, list, &count);
	status = rotor_spdm_decode_secured_selected(version, opaque, list);
	(void)status;
}

static void look_inside(const struct rotor_spdm_sizes *sizes, const struct rotor_spdm_any *any)
{
	struct rotor_spdm_algorithms algorithms;
	struct rotor_spdm_negotiation block;
	struct rotor_spdm_cert_chain chain;
	struct rotor_spdm_block b;
	enum rotor_status status = ROTOR_OK;
	switch (any->header.code) {
	case ROTOR_SPDM_CAPABILITIES:
		status = rotor_spdm_decode_algorithms_block(any->header.version,
							    any->u.capabilities.algorithms, &block);
		break;
	case ROTOR_SPDM_ALGORITHMS:
		status = rotor_spdm_algorithms_from(&any->u.negotiation, &algorithms);
		break;
	case ROTOR_SPDM_DIGESTS:
		for (uint8_t slot = 0; slot < 9; slot++) {
			struct rotor_bytes digest =
			    rotor_spdm_digest_of_slot(&any->u.digests, slot);
			need(digest.len == 0 || digest.len == sizes->hash);
		}
		break;
	case ROTOR_SPDM_CERTIFICATE:
		status =
		    rotor_spdm_decode_cert_chain(any->u.certificate.portion, sizes->hash, &chain);
		break;
	case ROTOR_SPDM_MEASUREMENTS: {
		struct rotor_bytes record = any->u.measurements.record;
		status = rotor_spdm_check_record(record, any->u.measurements.block_count);
		while (rotor_spdm_next_block(&record, &b) == ROTOR_OK) {
		}
		walk_opaque(any->header.version, any->u.measurements.opaque);
		break;
	}
	case ROTOR_SPDM_SUPPORTED_EVENT_TYPES:
	case ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES: {
		struct rotor_bytes groups = any->u.event_types.groups;
		struct rotor_spdm_event_group g;
		while (rotor_spdm_event_group_next(&groups, &g) == ROTOR_OK) {
			for (unsigned i = 0; i < g.type_count; i++)
				(void)rotor_spdm_event_group_type(&g, i);
		}
		break;
	}
	case ROTOR_SPDM_SEND_EVENT: {
		struct rotor_bytes events = any->u.send_event.events;
		struct rotor_spdm_event_item e;
		uint32_t n = 0;
		while (rotor_spdm_event_next(&events, &e) == ROTOR_OK)
			n++;
		need(n == any->u.send_event.count);
		break;
	}
	case ROTOR_SPDM_MEASUREMENT_EXTENSION_LOG: {
		struct rotor_bytes entries;
		struct rotor_spdm_mel_entry e;
		uint32_t count, n = 0;
		status = rotor_spdm_mel_open(any->u.mel.portion, &entries, &count);
		while (status == ROTOR_OK && rotor_spdm_mel_next(&entries, &e) == ROTOR_OK)
			n++;
		need(status != ROTOR_OK || n == count);
		break;
	}
	case ROTOR_SPDM_KEY_EXCHANGE:
		walk_opaque(any->header.version, any->u.key_exchange.opaque);
		break;
	case ROTOR_SPDM_KEY_EXCHANGE_RSP:
		walk_opaque(any->header.version, any->u.key_exchange_rsp.opaque);
		break;
	default:
		break;
	}
	(void)status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t first[1 << 16], second[1 << 16];
	struct rotor_spdm_any any;
	if (len < 1 || len > sizeof(first)) {
		return 0;
	}
	struct rotor_spdm_sizes sizes = sizes_of(data[0]);
	if (rotor_spdm_decode_any(&sizes, data + 1, len - 1, &any) != ROTOR_OK) {
		return 0;
	}
	look_inside(&sizes, &any);
	size_t first_len = 0, second_len = 0;
	struct rotor_writer w = rotor_writer(first, sizeof(first));
	need(rotor_spdm_encode_any(&w, &any) == ROTOR_OK);
	need(rotor_writer_end(&w, &first_len) == ROTOR_OK);
	need(first_len == len - 1);
	need(rotor_spdm_decode_any(&sizes, first, first_len, &any) == ROTOR_OK);
	w = rotor_writer(second, sizeof(second));
	need(rotor_spdm_encode_any(&w, &any) == ROTOR_OK);
	need(rotor_writer_end(&w, &second_len) == ROTOR_OK);
	need(second_len == first_len && memcmp(first, second, first_len) == 0);
	return 0;
}
