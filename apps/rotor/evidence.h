/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence as JSON, and back (docs/evidence.md). Everything in it is either signed bytes or follows from them, so that
 * who reads it can tell whether any of it was changed.
 */
#ifndef ROTOR_APPS_EVIDENCE_H
#define ROTOR_APPS_EVIDENCE_H

#include <jansson.h>

#include "rotor/spdm_evidence.h"

#define EVIDENCE_FORMAT 1
#define EVIDENCE_BYTES  65536

/* Evidence read from JSON, with the bytes that its views show. */
struct evidence_file {
	struct rotor_spdm_evidence evidence;
	uint8_t bytes[EVIDENCE_BYTES];
	size_t used;
};

/*
 * Writes evidence that has been checked, with what it proves decoded beside it. A new object, or NULL (out of memory, or
 * a certificate that OpenSSL does not take).
 */
json_t *evidence_write(const struct rotor_spdm_evidence *evidence,
		       const struct rotor_spdm_proof *proof);
/* Reads it: the signed bytes only. @return NULL if it is well-formed, else which field is not (static) */
const char *evidence_read(const json_t *object, struct evidence_file *out);
/*
 * Compares what stands decoded in an object with what the proof says; nothing may be missing, differ or be there that
 * is not known. @return NULL if all is as it must be, else the first field that is not (within the object, or static)
 */
const char *evidence_compare(json_t *object, json_t *proven);

#endif
