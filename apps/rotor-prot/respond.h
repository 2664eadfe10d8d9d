/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain SPDM responder, made of certificate chains and keys in files, behind SPDM over TCP: for running other
 * implementations' tools against rotor. There is no firmware, no flash and no PLDM but its discovery.
 */
#ifndef ROTOR_PROT_RESPOND_H
#define ROTOR_PROT_RESPOND_H

#include "respond_options.h"
#include "rotor/host_events.h"

/* Runs until a peer asks it to end (0), SIGTERM or SIGINT (0), or until it cannot go on (1). */
int respond_run(const struct respond_options *options, struct rotor_events *events);

#endif
