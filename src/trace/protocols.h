/* SPDX-License-Identifier: Apache-2.0 */
/* The trace's decoders, one a protocol. Each shows one message and what is inside it. */
#ifndef ROTOR_TRACE_PROTOCOLS_H
#define ROTOR_TRACE_PROTOCOLS_H

#include "rotor/spdm_messages_any.h"
#include "trace/out.h"

/* By MCTP message type; @p body begins behind the type byte. */
void trace_message(struct rotor_trace *t, const struct place *at, uint8_t type,
		   struct rotor_bytes body);
/* A message that has no decoder, or packets that are no message. */
void trace_oddity(struct rotor_trace *t, const struct place *at, const char *name,
		  const char *summary, struct rotor_bytes bytes);

void trace_control(struct rotor_trace *t, const struct place *at, struct rotor_bytes body);
void trace_pldm(struct rotor_trace *t, const struct place *at, struct rotor_bytes body);
void trace_secured(struct rotor_trace *t, const struct place *at, struct rotor_bytes body);
/* @p encapsulated: inside another SPDM message, so that requester and responder have changed roles */
void trace_spdm(struct rotor_trace *t, const struct place *at, struct rotor_bytes body,
		bool encapsulated);

/* The connection between two endpoints, made if it is new. */
struct rotor_trace_connection *trace_connection(struct rotor_trace *t, const struct place *at);
/* Takes what a message says about its connection. */
void trace_follow(struct rotor_trace_connection *c, const struct rotor_spdm_any *m);
/* Fields and summary of a decoded SPDM message. */
void trace_spdm_show(struct out *o, const struct rotor_spdm_any *m);
/* Of those that not every device has; of any other, nothing. */
void trace_spdm_show_more(struct out *o, const struct rotor_spdm_any *m);
/* PLDM firmware update's payloads, given that they are not empty because of a completion code. */
struct rotor_pldm_message;
enum rotor_status trace_fwup(struct out *o, const struct rotor_pldm_message *m);
/* Those that come in parts, and those of downstream devices. */
enum rotor_status trace_fwup_parts(struct out *o, const struct rotor_pldm_message *m);

#endif
