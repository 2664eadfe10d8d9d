/* SPDX-License-Identifier: Apache-2.0 */
/* The device's parts to each other. */
#ifndef ROTOR_DEVICE_MESSAGES_H
#define ROTOR_DEVICE_MESSAGES_H

#include "rotor/device.h"

/* The time. */
static inline rotor_ms device_now(const struct rotor_device *d)
{
	return rotor_mctp_now(&d->mctp);
}

/* device.c */

#if ROTOR_DEVICE_TEXTS
/* Tells the console, if there is one. @p detail may be NULL */
void device_say(const struct rotor_device *d, const char *what, const char *detail);
#define DEVICE_SAY(d, what, detail) device_say(d, what, detail)
#else
/* Nothing of it is evaluated, so that no text is linked. */
#define DEVICE_SAY(d, what, detail) ((void)(d), (void)sizeof(what), (void)sizeof(detail))
#endif

/* messages.c: MCTP messages to and from the SPDM responder. */

/* A message of type 5 or 6; worked on now, or when the last answer has left. */
void device_spdm_message(struct rotor_device *d, const struct rotor_mctp_message_info *info,
			 uint8_t *body, size_t len);
/* Goes on with slow work and with messages that waited. */
void device_spdm_poll(struct rotor_device *d);
/* The responder's ops; their context is the device. */
extern const struct rotor_spdm_responder_ops device_spdm_ops;

/* pldm_link.c: PLDM messages, in the clear or through a session. */

/* A PLDM message; `session` is NULL in the clear. */
void device_pldm_message(struct rotor_device *d, const struct rotor_mctp_message_info *info,
			 const struct rotor_spdm_session_info *session, struct rotor_bytes message);
/* Lets the firmware device work, and sends what it has to say. */
void device_pldm_poll(struct rotor_device *d);
/* A session has begun (up) or ended: the update's owner may be reached by it, or not any more. */
void device_pldm_session(struct rotor_device *d, const struct rotor_spdm_session_info *session,
			 bool up);

#endif
