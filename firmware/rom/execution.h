/* SPDX-License-Identifier: Apache-2.0 */
/* Execution memory: the body of an image in the code memory, header and TLVs beside it. */
#ifndef ROTOR_FIRMWARE_EXECUTION_H
#define ROTOR_FIRMWARE_EXECUTION_H

#include "rotor/boot.h"

/* The one there is. */
extern const struct rotor_ram execution_memory;

#endif
