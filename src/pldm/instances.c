/* SPDX-License-Identifier: Apache-2.0 */
#include "rotor/pldm_instances.h"

static rotor_ms expiry(const struct rotor_pldm_instances *i)
{
	return i->expiry != 0 ? i->expiry : ROTOR_PLDM_INSTANCE_EXPIRY_DEFAULT;
}

void rotor_pldm_instance_release(struct rotor_pldm_instances *i, uint8_t instance)
{
	const uint32_t bit = UINT32_C(1) << instance % ROTOR_PLDM_INSTANCES;

	if ((i->taken & bit) != 0)
		i->used--;
	i->taken &= ~bit;
}

bool rotor_pldm_instance_taken(const struct rotor_pldm_instances *i, uint8_t instance, rotor_ms now)
{
	const uint8_t n = instance % ROTOR_PLDM_INSTANCES;

	return (i->taken >> n & 1) != 0 && now < i->free_at[n];
}

enum rotor_status rotor_pldm_instance_take(struct rotor_pldm_instances *i, rotor_ms now,
					   uint8_t *instance)
{
	for (uint8_t n = 0; n < ROTOR_PLDM_INSTANCES; n++) {
		if (!rotor_pldm_instance_taken(i, n, now))
			rotor_pldm_instance_release(i, n);
	}
	if (i->used >= (i->quota != 0 ? i->quota : ROTOR_PLDM_INSTANCES))
		return ROTOR_ERR_BUSY;
	/* In turn: so an ID rests as long as it can. */
	for (uint8_t n = 0; n < ROTOR_PLDM_INSTANCES; n++) {
		const uint8_t id = (uint8_t)((i->next + n) % ROTOR_PLDM_INSTANCES);

		if ((i->taken >> id & 1) != 0)
			continue;
		i->taken |= UINT32_C(1) << id;
		i->used++;
		i->free_at[id] = now + expiry(i);
		i->next = (uint8_t)((id + 1) % ROTOR_PLDM_INSTANCES);
		*instance = id;
		return ROTOR_OK;
	}
	return ROTOR_ERR_BUSY;
}

void rotor_pldm_instance_renew(struct rotor_pldm_instances *i, uint8_t instance, rotor_ms now)
{
	i->free_at[instance % ROTOR_PLDM_INSTANCES] = now + expiry(i);
}

rotor_ms rotor_pldm_instances_deadline(const struct rotor_pldm_instances *i)
{
	rotor_ms at = ROTOR_NEVER;

	for (uint8_t n = 0; n < ROTOR_PLDM_INSTANCES; n++) {
		if ((i->taken >> n & 1) != 0 && i->free_at[n] < at)
			at = i->free_at[n];
	}
	return at;
}
