# SPDX-License-Identifier: Apache-2.0
set(arch riscv32)
set(board_drivers ns16550.c cfi_flash.c plic.c)
set(board_flags -march=rv32imac -misa-spec=2.2 -mabi=ilp32)
set(board_link)
# What the ROM stage alone has besides the fuses: the machine layer.
file(GLOB rom_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/arch/riscv32/machine/*.c
  ${CMAKE_CURRENT_SOURCE_DIR}/boards/riscv-virt/machine/*.c)
list(APPEND rom_sources drivers/virtio_rng.c)
