/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of type 0 share. */
#ifndef PLDM_BASE_RESPONDER_H
#define PLDM_BASE_RESPONDER_H

#include "rotor/pldm.h"

/* Finds the type and version that a request names. @return SUCCESS, or what to answer */
uint8_t rotor_pldm_base_find(const struct rotor_pldm_base *base, struct rotor_bytes payload,
			     size_t *found);

#endif
