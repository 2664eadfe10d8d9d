/* SPDX-License-Identifier: Apache-2.0 */
/* What the device accepts from whom: the one place where that is decided. */
#ifndef ROTOR_DEVICE_POLICY_H
#define ROTOR_DEVICE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "rotor/spdm_responder.h"

/* How a PLDM command came in. */
enum device_channel {
	DEVICE_CHANNEL_CLEAR,   /* anybody on the bus */
	DEVICE_CHANNEL_SESSION, /* encrypted; the sender has not said who it is */
	DEVICE_CHANNEL_MUTUAL,  /* encrypted; the sender's chain leads to a trust anchor */
};

/* Whether firmware-update command `command` may come through `channel`. `policy` is the device's provisioned bits. */
bool device_policy_allows(uint32_t policy, enum device_channel channel, uint8_t command);

/* The channel of an application message. */
enum device_channel device_policy_channel(const struct rotor_spdm_session_info *session);

/* Whether a session shows that new firmware can be reached by an agent, and so may confirm itself. */
bool device_policy_proves(const struct rotor_spdm_session_info *session);

/* Fills in what the responder asks of requesters. */
void device_policy_spdm(struct rotor_spdm_responder_config *config);

#endif
