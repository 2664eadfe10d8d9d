/* SPDX-License-Identifier: Apache-2.0 */
/* How type 5 messages carry strings (type and length in the fixed part, the text after it) and versions. */
#ifndef PLDM_FWUP_STRING_H
#define PLDM_FWUP_STRING_H

#include "rotor/pldm_fwup.h"

void rotor_pldm_string_head_write(struct rotor_writer *w, const struct rotor_pldm_string *s);
void rotor_pldm_string_text_write(struct rotor_writer *w, const struct rotor_pldm_string *s);
/* Between these two, s->text has its length but no data. */
void rotor_pldm_string_head_read(struct rotor_reader *r, struct rotor_pldm_string *s);
void rotor_pldm_string_text_read(struct rotor_reader *r, struct rotor_pldm_string *s);
/* ROTOR_ERR_LENGTH if the reader has failed, ROTOR_ERR_FORMAT if a string's type is not allowed. */
enum rotor_status rotor_pldm_string_pair_status(const struct rotor_reader *r,
						const struct rotor_pldm_string *a,
						const struct rotor_pldm_string *b);

/* What the entries of components and of downstream devices have in common: both versions, and what follows them. */
void rotor_pldm_versions_write(struct rotor_writer *w, const struct rotor_pldm_version *active,
			       const struct rotor_pldm_version *pending, uint16_t methods,
			       uint32_t capabilities);
enum rotor_status rotor_pldm_versions_read(struct rotor_reader *r,
					   struct rotor_pldm_version *active,
					   struct rotor_pldm_version *pending, uint16_t *methods,
					   uint32_t *capabilities);

#endif
