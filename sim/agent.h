/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least update agent: PLDM in the clear over MCTP on SMBus, for a device
 * whose policy allows that. It attests nothing; it is there so that a device is
 * updated by messages, in the order that a bus brings them.
 */
#ifndef ROTOR_SIM_AGENT_H
#define ROTOR_SIM_AGENT_H

#include "rotor/mctp_smbus.h"
#include "rotor/pldm_ua.h"

#define SIM_AGENT_ADDRESS  0x10
#define SIM_DEVICE_ADDRESS 0x1d

/* Requests for firmware data that the device may have out at once. */
#define SIM_AGENT_REPLIES 2

/* What the agent sends as a firmware component. */
struct sim_payload {
	const uint8_t *bytes;
	uint32_t len;
	uint8_t minor; /* its version is 1.minor.0 */
};

struct sim_agent {
	struct rotor_mctp mctp;
	struct rotor_mctp_slot slots[2];
	uint8_t buffers[2][512];
	struct rotor_mctp_pending pending[4 + SIM_AGENT_REPLIES];
	struct rotor_smbus smbus;
	struct rotor_pldm_ua ua;
	struct rotor_pldm_component component;
	struct rotor_pldm_ua_plan plan;
	struct sim_payload payload;
	uint32_t cancel_at; /* bytes of the payload after which the update is cancelled; 0: never */
	char version[8];
	uint8_t request[ROTOR_PLDM_FWUP_REQUEST_MAX];
	bool request_sending;
	struct sim_reply {
		uint8_t bytes[4096 + 4];
		bool sending;
	} replies[SIM_AGENT_REPLIES];
	/* Told when ActivateFirmware leaves the agent, and when it was answered with success. */
	void (*activation)(void *ctx, bool answered);
	void *ctx;
};

/* An agent with nothing to do, that sends packets of up to @p unit bytes. */
void sim_agent_init(struct sim_agent *a, uint8_t unit, rotor_ms now);
/* Starts an update with @p payload, which must outlive it; a->ua.status is ROTOR_PENDING until it ends. */
enum rotor_status sim_agent_update(struct sim_agent *a, const struct sim_payload *payload,
				   uint32_t cancel_at, rotor_ms now);
/* Hands the agent's messages to its endpoint. @return whether there were any */
bool sim_agent_poll(struct sim_agent *a, rotor_ms now);
rotor_ms sim_agent_deadline(const struct sim_agent *a);

#endif
