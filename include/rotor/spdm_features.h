/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What a responder can do beyond attestation and sessions. A device links what its configuration names
 * (struct rotor_spdm_responder_config.features), and nothing of the rest.
 */
#ifndef ROTOR_SPDM_FEATURES_H
#define ROTOR_SPDM_FEATURES_H

#include "rotor/spdm_responder.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __cplusplus
}
#endif

#endif
