/* SPDX-License-Identifier: Apache-2.0 */
/* Which secured-message versions (DSP0277) rotor speaks. */
#ifndef ROTOR_SPDM_SECURED_VERSION_H
#define ROTOR_SPDM_SECURED_VERSION_H

#include "rotor/spdm.h"

/** The highest version of KEY_EXCHANGE's opaque data that rotor has too; 0 if there is none. */
uint16_t rotor_spdm_choose_secured(uint8_t version, struct rotor_bytes opaque);
/** Whether rotor speaks it: 1.1 and 1.2. Update and alpha numbers do not matter. */
bool rotor_spdm_secured_known(uint16_t secured);
/** Opaque data of KEY_EXCHANGE, offering what rotor speaks. */
void rotor_spdm_offer_secured(struct rotor_writer *w, uint8_t version);

#endif
