/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the update agent share: ua.c asks the device, ua_answers.c understands its answers, ua_serve.c answers
 * what it asks. */
#ifndef PLDM_UA_INTERNAL_H
#define PLDM_UA_INTERNAL_H

#include "rotor/pldm_fwup_data.h"
#include "rotor/pldm_ua.h"

/* The types that discovery asks about, in this order. */
#define ROTOR_PLDM_UA_TYPES 2
extern const uint8_t rotor_pldm_ua_types[ROTOR_PLDM_UA_TYPES];

/* Longest part in one answer to a device that has not said how long they may be. */
#define ROTOR_PLDM_UA_PART_MAX 1024

/* A new request, with a new instance ID, to be sent at @p due. */
void rotor_pldm_ua_ask(struct rotor_pldm_ua *ua, uint8_t command, rotor_ms due);
/* GetStatus beside the step's own command. */
void rotor_pldm_ua_ask_status(struct rotor_pldm_ua *ua, rotor_ms now);
/* The operation has ended. */
void rotor_pldm_ua_end(struct rotor_pldm_ua *ua, enum rotor_status status);
/* Whether the agent waits in this step for the device to go on by itself. */
bool rotor_pldm_ua_step_waits(enum rotor_pldm_ua_step step);
/* Enters a step, with its request or its timers. */
void rotor_pldm_ua_enter(struct rotor_pldm_ua *ua, enum rotor_pldm_ua_step step, rotor_ms now);
/* The device is at work: the timers of a waiting step start anew. */
void rotor_pldm_ua_rearm(struct rotor_pldm_ua *ua, rotor_ms now);
/* The component under way has been applied: on to the next one, to activation or to the end. */
void rotor_pldm_ua_component_done(struct rotor_pldm_ua *ua, rotor_ms now);
/* Ends the operation with a failure; tells the device first if it is to be told. */
void rotor_pldm_ua_fail(struct rotor_pldm_ua *ua, enum rotor_pldm_ua_failure_kind kind,
			uint8_t command, uint8_t code, enum rotor_status status, rotor_ms now);
/* Answers to what is asked of downstream devices. @return whether the answer was taken, other than SUCCESS too */
bool rotor_pldm_ua_downstream_answer(struct rotor_pldm_ua *ua, const struct rotor_pldm_message *msg,
				     rotor_ms now);
/* Nothing is known of downstream devices. */
void rotor_pldm_ua_downstream_clear(struct rotor_pldm_ua *ua);
/* Copies what is to be kept to the operation's storage, behind what is there. */
enum rotor_status rotor_pldm_ua_keep(struct rotor_pldm_ua *ua, struct rotor_bytes bytes);
/* The answer to the command under way is malformed, or cannot be used: why. */
void rotor_pldm_ua_fail_response(struct rotor_pldm_ua *ua, enum rotor_status status, rotor_ms now);
/* Tells the owner of a message. */
void rotor_pldm_ua_tell(const struct rotor_pldm_ua *ua, enum rotor_pldm_ua_event_kind kind,
			const void *msg, size_t len);

#endif
