/* SPDX-License-Identifier: Apache-2.0 */
/* What the message codecs share. */
#ifndef ROTOR_SPDM_MESSAGES_INTERNAL_H
#define ROTOR_SPDM_MESSAGES_INTERNAL_H

#include "rotor/spdm_messages.h"
#include "spdm/versions.h"

/** Longest opaque data in a message (DSP0274, OpaqueDataLength). */
#define OPAQUE_MAX 1024

/**
 * Starts reading @p msg: its header goes to @p h.
 * @param code the code it must have
 * @return ROTOR_OK; ROTOR_ERR_LENGTH; ROTOR_ERR_UNSUPPORTED (version); ROTOR_ERR_ARGUMENT (another code)
 */
enum rotor_status spdm_begin(struct rotor_reader *r, const uint8_t *msg, size_t len, uint8_t code,
			     struct rotor_spdm_header *h);
/** Writes a header. */
void spdm_put_header(struct rotor_writer *w, uint8_t version, uint8_t code, uint8_t param1,
		     uint8_t param2);
void spdm_put_view(struct rotor_writer *w, struct rotor_bytes view);
/** @p n bytes that must be there: NULL fails the writer. */
void spdm_put_fixed(struct rotor_writer *w, const uint8_t *bytes, size_t n);
/** A 16-bit length and the bytes. */
struct rotor_bytes spdm_get_opaque(struct rotor_reader *r);
void spdm_put_opaque(struct rotor_writer *w, struct rotor_bytes opaque);
/** The same where only 1.4 has it. */
struct rotor_bytes spdm_get_opaque_v14(struct rotor_reader *r, uint8_t version);
void spdm_put_opaque_v14(struct rotor_writer *w, uint8_t version, struct rotor_bytes opaque);
/** RequesterContext, from 1.3. */
const uint8_t *spdm_get_context(struct rotor_reader *r, uint8_t version);
void spdm_put_context(struct rotor_writer *w, uint8_t version, const uint8_t *context);
void spdm_writer_fail(struct rotor_writer *w);

#endif
