# SPDX-License-Identifier: Apache-2.0
set(arch armv7m)
set(board_drivers ns16550.c spi_nor.c aspeed_smc.c)
set(board_flags -mcpu=cortex-m4 -mthumb)
set(board_link --specs=nano.specs)
