/* SPDX-License-Identifier: Apache-2.0 */
/* How type 5 messages carry strings: type and length in the fixed part, the text after it. */
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

#endif
