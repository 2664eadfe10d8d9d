#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that includes go only downwards, and that the cores include nothing of an operating system."""

import pathlib
import re
import sys

# Each module and the ones it may include, besides itself.
BELOW = {
    "wire": [],
    "crypto": ["wire"],
    "mctp": ["wire", "crypto"],
    "spdm": ["wire", "crypto"],
    "pldm": ["wire", "crypto"],
    "boot": ["wire", "crypto"],
    "device": ["wire", "crypto", "mctp", "spdm", "pldm", "boot"],
    "agent": ["wire", "crypto", "mctp", "spdm", "pldm", "boot"],
    "trace": ["wire", "crypto", "mctp", "spdm", "pldm"],
    "host": ["wire", "crypto", "mctp", "spdm", "pldm", "boot", "device", "agent", "trace"],
}
# Headers of include/rotor/ that belong to no module of that name.
GROUND = {"config": "wire", "status": "wire", "time": "wire", "cbor": "wire", "cose": "crypto", "der": "crypto", "entropy": "crypto"}
FREESTANDING = {"stdint.h", "stddef.h", "stdbool.h", "limits.h", "stdarg.h", "string.h"}
# Which files may include the rest of the world.
HOSTED = re.compile(r"^(src/host/|src/crypto/(openssl|mbedtls)|include/rotor/host_)")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def module_of_header(name):
    """The module that a public header's name says: rotor/pldm_fd.h belongs to pldm."""
    stem = pathlib.PurePath(name).stem
    return GROUND.get(stem, stem.split("_")[0])


def faults_of(path):
    text = path.as_posix()
    parts = path.parts
    module = parts[1] if parts[0] == "src" else module_of_header(path.name)
    if module not in BELOW:
        yield f"{text}: its name begins with no module"
        return
    allowed = set(BELOW[module]) | {module}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        kind, name = match.groups()
        if kind == "<":
            if name not in FREESTANDING and not HOSTED.match(text):
                yield f"{text}:{number}: <{name}> is not freestanding"
            continue
        first = name.split("/")[0]
        target = module_of_header(name) if first == "rotor" else first
        if target not in allowed:
            yield f"{text}:{number}: {module} may not include {name}"


def main():
    files = sorted([*pathlib.Path("src").rglob("*.[ch]"), *pathlib.Path("include").rglob("*.h")])
    faults = [fault for path in files for fault in faults_of(path)]
    print("\n".join(faults) if faults else f"{len(files)} files include only downwards")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
