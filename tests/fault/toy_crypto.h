/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crypto backend that protects nothing and takes microseconds, so that a boot can be run some hundred thousand times.
 * It is true to the interface: a wrong signature, key or digest is refused as a real backend refuses it. Anyone can
 * forge its signatures; the scenarios do not.
 */
#ifndef ROTOR_FAULT_TOY_CRYPTO_H
#define ROTOR_FAULT_TOY_CRYPTO_H

#include "rotor/crypto.h"

extern const struct rotor_crypto toy_crypto;

#endif
