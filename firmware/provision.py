#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the chips of one board out of what `rotor provision` has made for one device.

`rotor provision` gives a flash file and a fuse file. A board that QEMU emulates keeps the same in other places: the flash
in a chip of a fixed size; device secret and key hashes in the section .otp of the ROM stage's ELF file, which is loaded
anew at each reset; floor and revocations, inverted, in a second flash chip that only the ROM stage reaches.
"""
import argparse
import os
import struct
import sys

# Offset and length in the fuse file of what is blown in the field: floor, revocations (apps/rotor-prot/chip.h).
BLOWN_LATER = [(64, 32), (320, 1)]

# Sizes of flash chip and fuse chip, in bytes.
BOARDS = {
    "ast1030-evb": (8 << 20, 1 << 20),
    "riscv-virt": (32 << 20, 32 << 20),
}


def section(elf, name):
    """Offset in the file and size of a section of a 32-bit little-endian ELF file."""
    if elf[:6] != b"\x7fELF\x01\x01":
        raise ValueError("not a 32-bit little-endian ELF file")
    table, = struct.unpack_from("<I", elf, 32)
    size, count, names = struct.unpack_from("<3H", elf, 46)
    headers = [struct.unpack_from("<10I", elf, table + n * size) for n in range(count)]
    for header in headers:
        at = headers[names][4] + header[0]
        if elf[at:elf.index(b"\0", at)] == name.encode():
            return header[4], header[5]
    raise ValueError(f"there is no section {name}")


def provision(board, rom, flash, fuses):
    """The bytes of flash chip, fuse chip and the device's own ROM stage."""
    flash_size, fuse_size = BOARDS[board]
    if len(flash) > flash_size:
        raise ValueError(f"{len(flash)} bytes of flash do not fit the chip's {flash_size}: give a smaller --slot-size")
    otp, chip = bytearray(fuses), bytearray(b"\xff" * fuse_size)
    for offset, length in BLOWN_LATER:
        for n in range(offset, offset + length):
            chip[n] = fuses[n] ^ 0xff
            otp[n] = 0
    offset, size = section(rom, ".otp")
    if size != len(otp):
        raise ValueError(f"the section .otp has {size} bytes, the fuse file {len(otp)}")
    return flash + b"\xff" * (flash_size - len(flash)), bytes(chip), rom[:offset] + bytes(otp) + rom[offset + size:]


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, content, mode=0o644):
    """A new file; one that is there is a device already."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as f:
        f.write(content)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="Exit codes: 0 done, 1 failed, 2 usage.")
    parser.add_argument("--board", choices=sorted(BOARDS), default="ast1030-evb")
    parser.add_argument("--rom", required=True, help="rotor-rom.elf, as built")
    parser.add_argument("--flash", required=True, help="flash file of rotor provision")
    parser.add_argument("--fuses", required=True, help="fuse file of rotor provision; it holds the device secret")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder (made if need be) for flash.chip, fuses.chip, rom.elf")
    args = parser.parse_args()
    try:
        flash, chip, rom = provision(args.board, read(args.rom), read(args.flash), read(args.fuses))
        os.makedirs(args.out, exist_ok=True)
        write(os.path.join(args.out, "flash.chip"), flash)
        write(os.path.join(args.out, "fuses.chip"), chip)
        write(os.path.join(args.out, "rom.elf"), rom, 0o600)
    except (OSError, ValueError) as error:
        print(f"provision: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
