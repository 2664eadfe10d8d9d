/* SPDX-License-Identifier: Apache-2.0 */
/* What the measured programs stand on. None of it is counted. */
#ifndef ROTOR_FIRMWARE_SIZE_PORT_H
#define ROTOR_FIRMWARE_SIZE_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/time.h"

/* A run of bytes that came in; its length is not known when the program is compiled. */
size_t port_receive(uint8_t **bytes);
/* Sends bytes; whether they were taken. */
bool port_send(const uint8_t *bytes, size_t len);
rotor_ms port_now(void);
/* A number from outside. */
uint32_t port_number(void);

#endif
