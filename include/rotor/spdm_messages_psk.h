/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The messages of sessions from a pre-shared key (DSP0274, PSK_EXCHANGE to PSK_FINISH_RSP). The rules for codecs stand
 * in rotor/spdm_messages.h.
 */
#ifndef ROTOR_SPDM_MESSAGES_PSK_H
#define ROTOR_SPDM_MESSAGES_PSK_H

#include "rotor/spdm_messages.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rotor_spdm_psk_exchange {
	uint8_t version;
	uint8_t summary;            /**< param1: ROTOR_SPDM_SUMMARY_… */
	uint8_t policy;             /**< param2, from 1.2: ROTOR_SPDM_POLICY_… */
	uint16_t session_id;        /**< ReqSessionID: low half of the session ID */
	struct rotor_bytes hint;    /**< which key is meant; may be empty */
	struct rotor_bytes context; /**< the requester's, with 32 random bytes or a counter */
	struct rotor_bytes opaque;
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_psk_exchange(const uint8_t *msg, size_t len, struct rotor_spdm_psk_exchange *out);
void rotor_spdm_encode_psk_exchange(struct rotor_writer *w,
				    const struct rotor_spdm_psk_exchange *m);

struct rotor_spdm_psk_exchange_rsp {
	uint8_t version;
	uint8_t heartbeat_period;        /**< param1, seconds; 0 none */
	uint16_t session_id;             /**< RspSessionID: high half of the session ID */
	struct rotor_bytes summary_hash; /**< empty if not asked for */
	struct rotor_bytes
	    context; /**< empty if the responder keeps none: then there is no PSK_FINISH */
	struct rotor_bytes opaque;
	struct rotor_bytes verify_data;
};
/** Uses sizes->hash, ->summary. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_psk_exchange_rsp(const struct rotor_spdm_sizes *sizes, const uint8_t *msg,
				   size_t len, struct rotor_spdm_psk_exchange_rsp *out);
void rotor_spdm_encode_psk_exchange_rsp(struct rotor_writer *w,
					const struct rotor_spdm_psk_exchange_rsp *m);

struct rotor_spdm_psk_finish {
	uint8_t version;
	struct rotor_bytes opaque; /**< from 1.4 */
	struct rotor_bytes verify_data;
};
/** Uses sizes->hash. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_psk_finish(const struct rotor_spdm_sizes *sizes, const uint8_t *msg, size_t len,
			     struct rotor_spdm_psk_finish *out);
void rotor_spdm_encode_psk_finish(struct rotor_writer *w, const struct rotor_spdm_psk_finish *m);

struct rotor_spdm_psk_finish_rsp {
	uint8_t version;
	struct rotor_bytes opaque; /**< from 1.4 */
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_psk_finish_rsp(const uint8_t *msg, size_t len,
				 struct rotor_spdm_psk_finish_rsp *out);
void rotor_spdm_encode_psk_finish_rsp(struct rotor_writer *w,
				      const struct rotor_spdm_psk_finish_rsp *m);

#ifdef __cplusplus
}
#endif

#endif
