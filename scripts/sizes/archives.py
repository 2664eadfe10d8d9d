# SPDX-License-Identifier: Apache-2.0
"""What the device half's libraries may not have: storage of their own, and calls of what firmware does not have."""

import re

from image import run

TOOL = "arm-none-eabi-"
# What a freestanding C compiler may call by itself, and the string functions.
PROVIDED = re.compile(r"^(mem(cpy|set|move|cmp|chr)|str(len|cmp|ncmp|chr|nlen)|__aeabi_.*|__gnu_.*)$")


def faults(build):
    """Of the libraries of a build of the device half alone; nothing for other builds."""
    libraries = sorted(build.glob("librotor-*.a"))
    if build.name != "cortex-m4":
        return []
    found, defined, wanted = [], set(), {}
    if not libraries:
        found.append(f"no libraries in {build}")
    for library in libraries:
        for line in run(TOOL + "size", library).splitlines()[1:]:
            fields = line.split()
            if fields[1] != "0" or fields[2] != "0":
                found.append(f"{fields[5]} of {library.name} holds static data: the caller owns all storage")
        for line in run(TOOL + "nm", "-g", library).splitlines():
            fields = line.split()
            if len(fields) == 2 and fields[0] == "U":
                wanted.setdefault(fields[1], library.name)
            elif len(fields) == 3:
                defined.add(fields[2])
    found += [f"{library} needs {symbol}, which firmware does not have" for symbol, library in wanted.items()
              if symbol not in defined and not PROVIDED.match(symbol)]
    return found
