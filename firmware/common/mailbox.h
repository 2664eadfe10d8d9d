/* SPDX-License-Identifier: Apache-2.0 */
/* How the handoff goes from the ROM stage to the runtime: encoded, in memory that both know; wiped once it is read. */
#ifndef ROTOR_FIRMWARE_MAILBOX_H
#define ROTOR_FIRMWARE_MAILBOX_H

#include "rotor/boot_handoff.h"

/* Leaves it. @return as rotor_boot_handoff_encode() */
enum rotor_status mailbox_put(const struct rotor_boot_handoff *handoff);
/* Takes it, once. @return as rotor_boot_handoff_decode() */
enum rotor_status mailbox_take(struct rotor_boot_handoff *handoff);

#endif
