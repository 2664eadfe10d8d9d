/* SPDX-License-Identifier: Apache-2.0 */
/* A crypto engine that computes nothing: what rotor itself needs can be told from what a crypto library takes. */
#ifndef ROTOR_FIRMWARE_SIZE_ENGINE_H
#define ROTOR_FIRMWARE_SIZE_ENGINE_H

#include "rotor/crypto.h"

extern const struct rotor_crypto engine;

#endif
