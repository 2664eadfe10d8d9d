/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ROTOR_AST1030_VECTORS_H
#define ROTOR_AST1030_VECTORS_H

#define AST1030_UART1_IRQ 47
/* Entries of the vector table for interrupts. */
#define BOARD_INTERRUPTS 48

void board_uart1_interrupt(void);
#define BOARD_VECTORS [16 + AST1030_UART1_IRQ] = board_uart1_interrupt

#endif
