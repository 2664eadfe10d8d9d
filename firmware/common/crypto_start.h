/* SPDX-License-Identifier: Apache-2.0 */
/* The crypto library's memory and random numbers. */
#ifndef ROTOR_FIRMWARE_CRYPTO_START_H
#define ROTOR_FIRMWARE_CRYPTO_START_H

#include <stddef.h>

#include "rotor/status.h"

/* Gives Mbed TLS its arena and its entropy. @return ROTOR_OK; else nothing may be started: there is no good randomness */
enum rotor_status crypto_start(void);
/* Most bytes of the arena that have been in use at once, and that there are. */
size_t crypto_arena_used(void);
size_t crypto_arena_size(void);

#endif
