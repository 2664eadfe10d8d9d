/* SPDX-License-Identifier: Apache-2.0 */
/* How deep the stack has ever been: it is painted before main, and looked at while the program waits. */
#ifndef ROTOR_FIRMWARE_STACK_H
#define ROTOR_FIRMWARE_STACK_H

#include <stddef.h>
#include <stdint.h>

/* Paints from `start` up to a little below the caller's frame. */
void stack_paint(uint32_t *start);
/* Bytes of the stack that have been used, and that there are. */
size_t stack_used(void);
size_t stack_size(void);

#endif
