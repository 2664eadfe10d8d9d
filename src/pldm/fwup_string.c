/* SPDX-License-Identifier: Apache-2.0 */
#include "pldm/fwup_string.h"

void rotor_pldm_string_head_write(struct rotor_writer *w, const struct rotor_pldm_string *s)
{
	if (s->text.len > UINT8_MAX)
		w->failed = true;
	rotor_write_u8(w, s->type);
	rotor_write_u8(w, (uint8_t)s->text.len);
}

void rotor_pldm_string_text_write(struct rotor_writer *w, const struct rotor_pldm_string *s)
{
	rotor_write_bytes(w, s->text.data, s->text.len);
}

void rotor_pldm_string_head_read(struct rotor_reader *r, struct rotor_pldm_string *s)
{
	s->type = rotor_read_u8(r);
	s->text.data = NULL;
	s->text.len = rotor_read_u8(r);
}

void rotor_pldm_string_text_read(struct rotor_reader *r, struct rotor_pldm_string *s)
{
	s->text = rotor_read_view(r, s->text.len);
}

enum rotor_status rotor_pldm_string_pair_status(const struct rotor_reader *r,
						const struct rotor_pldm_string *a,
						const struct rotor_pldm_string *b)
{
	if (rotor_reader_status(r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	if (!rotor_pldm_string_valid(a->type, a->text.len) ||
	    !rotor_pldm_string_valid(b->type, b->text.len))
		return ROTOR_ERR_FORMAT;
	return ROTOR_OK;
}
