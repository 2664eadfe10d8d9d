/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/secured_version.h"

bool rotor_spdm_secured_known(uint16_t secured)
{
	return secured >> 8 == 0x11 || secured >> 8 == 0x12;
}

uint16_t rotor_spdm_choose_secured(uint8_t version, struct rotor_bytes opaque)
{
	uint16_t list[8];
	size_t count = ROTOR_COUNT_OF(list);
	uint16_t best = 0;
	if (rotor_spdm_decode_secured_versions(version, opaque, list, &count) != ROTOR_OK)
		return 0;
	for (size_t i = 0; i < count && i < ROTOR_COUNT_OF(list); i++) {
		if (rotor_spdm_secured_known(list[i]) && list[i] > best)
			best = list[i];
	}
	return best;
}

void rotor_spdm_offer_secured(struct rotor_writer *w, uint8_t version)
{
	static const uint16_t list[] = {0x1100, 0x1200};
	rotor_spdm_encode_secured_versions(w, version, list, ROTOR_COUNT_OF(list));
}
