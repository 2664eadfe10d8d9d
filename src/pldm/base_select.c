/* SPDX-License-Identifier: Apache-2.0 */
/* SelectPLDMVersion. */
#include "pldm/base_responder.h"

/* Bits of all versions of a type. */
static uint32_t mask_of(const struct rotor_pldm_base *base, uint8_t type)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < base->support_count && i < 32; i++)
		mask |= (uint32_t)(base->supports[i].type == type) << i;
	return mask;
}

uint8_t rotor_pldm_base_select_version(struct rotor_pldm_base *base, struct rotor_bytes payload,
				       struct rotor_writer *w)
{
	size_t at;
	uint8_t completion = rotor_pldm_base_find(base, payload, &at);

	(void)w;
	if (completion == ROTOR_PLDM_SUCCESS && at >= 32)
		completion = ROTOR_PLDM_ERROR;
	if (completion == ROTOR_PLDM_SUCCESS) {
		base->selected &= ~mask_of(base, base->supports[at].type);
		base->selected |= UINT32_C(1) << at;
	}
	return completion;
}

uint32_t rotor_pldm_base_selected(const struct rotor_pldm_base *base, uint8_t type)
{
	const uint32_t mask = base->selected & mask_of(base, type);

	for (size_t i = 0; i < base->support_count && i < 32; i++) {
		if ((mask >> i & 1) != 0)
			return base->supports[i].version;
	}
	return 0;
}
