#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the size of each module of a bare-metal build and fails if one needs what firmware does not have."""

import pathlib
import re
import subprocess
import sys

TOOL = "arm-none-eabi-"
# What a freestanding C compiler may call by itself, and the string functions.
PROVIDED = re.compile(r"^(mem(cpy|set|move|cmp|chr)|str(len|cmp|ncmp|chr|nlen)|__aeabi_.*|__gnu_.*)$")


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def main():
    build = pathlib.Path(sys.argv[1])
    libraries = sorted(build.glob("librotor-*.a"))
    if not libraries:
        sys.exit(f"no libraries in {build}")
    defined, wanted = set(), {}
    print(f"{'module':<12}{'text':>9}{'data':>7}{'bss':>7}")
    total = [0, 0, 0]
    for library in libraries:
        sums = [0, 0, 0]
        for line in run(TOOL + "size", str(library)).splitlines()[1:]:
            sums = [a + int(b) for a, b in zip(sums, line.split()[:3])]
        total = [a + b for a, b in zip(total, sums)]
        print(f"{library.stem[len('librotor-'):]:<12}{sums[0]:>9}{sums[1]:>7}{sums[2]:>7}")
        for line in run(TOOL + "nm", "-g", str(library)).splitlines():
            fields = line.split()
            if len(fields) == 2 and fields[0] == "U":
                wanted.setdefault(fields[1], library.name)
            elif len(fields) == 3:
                defined.add(fields[2])
    print(f"{'all':<12}{total[0]:>9}{total[1]:>7}{total[2]:>7}")
    missing = [f"{symbol} (from {where})" for symbol, where in wanted.items()
               if symbol not in defined and not PROVIDED.match(symbol)]
    if missing:
        sys.exit("needs what firmware does not have: " + ", ".join(missing))
    if total[1] + total[2]:
        sys.exit("the device half must hold no static data of its own: the caller owns all storage")


if __name__ == "__main__":
    main()
