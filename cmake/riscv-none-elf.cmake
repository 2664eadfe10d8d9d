# SPDX-License-Identifier: Apache-2.0
# Debian's bare-metal RISC-V compiler with picolibc, for a 32-bit microcontroller.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# With version 2.2 of the base, control registers and fence.i belong to it; picolibc has no build for names that say so.
set(CMAKE_C_FLAGS_INIT "-march=rv32imac -misa-spec=2.2 -mabi=ilp32 --specs=picolibc.specs")
