/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Every SPDM message by its code: for the trace and for tests. A device that links none of it pays for none of it.
 */
#ifndef ROTOR_SPDM_MESSAGES_ANY_H
#define ROTOR_SPDM_MESSAGES_ANY_H

#include "rotor/spdm_messages.h"
#include "rotor/spdm_messages_chunk.h"
#include "rotor/spdm_messages_manage.h"
#include "rotor/spdm_messages_psk.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Any decoded message; which member is valid follows from the header's code. */
struct rotor_spdm_any {
	struct rotor_spdm_header header;
	union {
		struct rotor_spdm_version version;
		struct rotor_spdm_capabilities capabilities;
		struct rotor_spdm_negotiation negotiation;
		struct rotor_spdm_digests digests;
		struct rotor_spdm_get_certificate get_certificate;
		struct rotor_spdm_certificate certificate;
		struct rotor_spdm_challenge challenge;
		struct rotor_spdm_challenge_auth challenge_auth;
		struct rotor_spdm_get_measurements get_measurements;
		struct rotor_spdm_measurements measurements;
		struct rotor_spdm_key_exchange key_exchange;
		struct rotor_spdm_key_exchange_rsp key_exchange_rsp;
		struct rotor_spdm_finish finish;
		struct rotor_spdm_finish_rsp finish_rsp;
		struct rotor_spdm_encapsulated encapsulated;
		struct rotor_spdm_encapsulated_ack encapsulated_ack;
		struct rotor_spdm_vendor_defined vendor_defined;
		struct rotor_spdm_error_message error;
		struct rotor_spdm_psk_exchange psk_exchange;
		struct rotor_spdm_psk_exchange_rsp psk_exchange_rsp;
		struct rotor_spdm_psk_finish psk_finish;
		struct rotor_spdm_psk_finish_rsp psk_finish_rsp;
		struct rotor_spdm_chunk chunk;
		struct rotor_spdm_chunk_send_ack chunk_send_ack;
		struct rotor_spdm_chunk_get chunk_get;
		struct rotor_spdm_get_csr get_csr;
		struct rotor_spdm_csr csr;
		struct rotor_spdm_set_certificate set_certificate;
		struct rotor_spdm_get_key_pair_info get_key_pair_info;
		struct rotor_spdm_key_pair_info key_pair_info;
		struct rotor_spdm_set_key_pair_info set_key_pair_info;
		struct rotor_spdm_get_mel get_mel;
		struct rotor_spdm_mel mel;
		struct rotor_spdm_get_endpoint_info get_endpoint_info;
		struct rotor_spdm_endpoint_info endpoint_info;
		struct rotor_spdm_event_types event_types;
		struct rotor_spdm_send_event send_event;
	} u;
};

/** What is known of one code. */
struct rotor_spdm_message_info {
	uint8_t code;
	uint8_t min_version; /**< first version that has it */
	const char *name;    /**< as the specification writes it, "GET_VERSION" */
	enum rotor_status (*decode)(const struct rotor_spdm_sizes *sizes, const uint8_t *msg,
				    size_t len, struct rotor_spdm_any *out);
	void (*encode)(struct rotor_writer *w, const struct rotor_spdm_any *m);
};
/** The entry of @p code, or NULL for a code that is not known here. */
const struct rotor_spdm_message_info *rotor_spdm_message_info(uint8_t code);
/** The @p i-th entry, or NULL after the last. */
const struct rotor_spdm_message_info *rotor_spdm_message_info_at(size_t i);
/**
 * Decodes any message. @return what its decoder returns; ROTOR_ERR_UNSUPPORTED if the code is unknown, or
 * newer than the message's version. The header is valid unless the result is ROTOR_ERR_LENGTH.
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_any(const struct rotor_spdm_sizes *sizes,
							 const uint8_t *msg, size_t len,
							 struct rotor_spdm_any *out);
/** Encodes any decoded message again. @return ROTOR_OK, ROTOR_ERR_UNSUPPORTED; space is the writer's matter */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_encode_any(struct rotor_writer *w,
							 const struct rotor_spdm_any *m);

#ifdef __cplusplus
}
#endif

#endif
