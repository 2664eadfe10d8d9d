/* SPDX-License-Identifier: Apache-2.0 */
#include "device/policy.h"

#include "rotor/boot_store.h"
#include "rotor/pldm_fwup.h"

bool device_policy_allows(uint32_t policy, enum device_channel channel, uint8_t command)
{
	switch (command) {
	/* Inventory says nothing that is not also on the label. */
	case ROTOR_PLDM_QUERY_DEVICE_IDENTIFIERS:
	case ROTOR_PLDM_GET_FIRMWARE_PARAMETERS:
	case ROTOR_PLDM_GET_STATUS:
	case ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES:
	case ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS:
	case ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS:
		return true;
	default:
		break;
	}
	switch (channel) {
	case DEVICE_CHANNEL_MUTUAL:
		return true;
	case DEVICE_CHANNEL_SESSION:
		return policy & ROTOR_BOOT_POLICY_ONE_SIDED_UPDATE;
	default:
		return policy & ROTOR_BOOT_POLICY_CLEAR_UPDATE;
	}
}

enum device_channel device_policy_channel(const struct rotor_spdm_session_info *session)
{
	if (!session) {
		return DEVICE_CHANNEL_CLEAR;
	}
	return session->mutual && session->identity_len ? DEVICE_CHANNEL_MUTUAL
							: DEVICE_CHANNEL_SESSION;
}

bool device_policy_proves(const struct rotor_spdm_session_info *session)
{
	return device_policy_channel(session) == DEVICE_CHANNEL_MUTUAL;
}

void device_policy_spdm(struct rotor_spdm_responder_config *config)
{
	/* Whoever can say who it is must; whoever cannot may still attest the device, and update nothing. */
	config->ask_mutual_auth = true;
	config->need_mutual_auth = false;
	config->versions[0] = ROTOR_SPDM_V12;
	config->versions[1] = ROTOR_SPDM_V13;
	config->version_count = 2;
	config->heartbeat_s = 30;
}
