/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The messages that carry larger ones in pieces (DSP0274 1.2, CHUNK_SEND to CHUNK_RESPONSE). The rules for codecs stand in
 * rotor/spdm_messages.h.
 */
#ifndef ROTOR_SPDM_MESSAGES_CHUNK_H
#define ROTOR_SPDM_MESSAGES_CHUNK_H

#include "rotor/spdm_messages.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ROTOR_SPDM_CHUNK_LAST        0x01 /**< CHUNK_SEND, CHUNK_RESPONSE param1: the last one */
#define ROTOR_SPDM_CHUNK_EARLY_ERROR 0x01 /**< CHUNK_SEND_ACK param1: an ERROR ends the transfer */
/** Bytes of CHUNK_SEND and CHUNK_RESPONSE before the chunk, but for the first one's LargeMessageSize. */
#define ROTOR_SPDM_CHUNK_HEADER_SIZE 12
/** Bytes of that LargeMessageSize. */
#define ROTOR_SPDM_CHUNK_SIZE_SIZE 4
/** Bytes of CHUNK_SEND_ACK before the answer inside; 8 from 1.4. */
#define ROTOR_SPDM_CHUNK_ACK_SIZE 6

/** CHUNK_SEND, CHUNK_RESPONSE. */
struct rotor_spdm_chunk {
	uint8_t version;
	uint8_t code;        /**< which of the two */
	uint8_t attributes;  /**< param1: ROTOR_SPDM_CHUNK_LAST */
	uint8_t handle;      /**< param2 */
	uint32_t sequence;   /**< ChunkSeqNo; 16 bits before 1.4 */
	uint32_t large_size; /**< LargeMessageSize: in the first chunk (sequence 0), else 0 */
	struct rotor_bytes chunk;
};
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_chunk(const uint8_t *msg, size_t len,
							   struct rotor_spdm_chunk *out);
void rotor_spdm_encode_chunk(struct rotor_writer *w, const struct rotor_spdm_chunk *m);

struct rotor_spdm_chunk_send_ack {
	uint8_t version;
	uint8_t attributes; /**< param1: ROTOR_SPDM_CHUNK_EARLY_ERROR */
	uint8_t handle;     /**< param2 */
	uint32_t sequence;
	struct rotor_bytes inner; /**< after the last chunk the answer, or the ERROR; else empty */
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_chunk_send_ack(const uint8_t *msg, size_t len,
				 struct rotor_spdm_chunk_send_ack *out);
void rotor_spdm_encode_chunk_send_ack(struct rotor_writer *w,
				      const struct rotor_spdm_chunk_send_ack *m);

struct rotor_spdm_chunk_get {
	uint8_t version;
	uint8_t handle; /**< param2 */
	uint32_t sequence;
};
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_chunk_get(const uint8_t *msg, size_t len,
							       struct rotor_spdm_chunk_get *out);
void rotor_spdm_encode_chunk_get(struct rotor_writer *w, const struct rotor_spdm_chunk_get *m);

#ifdef __cplusplus
}
#endif

#endif
