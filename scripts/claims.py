#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every test that a document names is there. docs/threat-model.md says how tests are named."""

import pathlib
import re
import sys

DOCUMENTS = ["README.md", "docs/*.md", "sim/README.md"]
MUST_CLAIM = "docs/threat-model.md"
FENCE = re.compile(r"^\s*```")
SPAN = re.compile(r"`([^`\n]+)`")
CLAIM = re.compile(r"([a-z0-9_]+): (\S.*)$")
# A whole file of tests, by the name of its program.
PROGRAM = re.compile(r"(test|fuzz)_[a-z0-9_]+$|(e2e|qemu)\.[a-z0-9_]+$")
UNIT = re.compile(r"^static void (\w+)\(void \*\*state\)", re.M)
E2E = re.compile(r"^    def test_(\w+)\(self\)", re.M)
# What is no file of tests of its own: where its names stand, and how.
LISTS = {
    "sim": [("sim/story.c", re.compile(r'\.name = "([^"]+)"')),
            ("sim/life.c", re.compile(r'\[SIM_[A-Z_]+\] = "([^"]+)"'))],
    "fault": [("tests/fault/scenarios.c", re.compile(r'^    \{"([a-z-]+)", ', re.M))],
    "mutate": [("scripts/mutation.py", re.compile(r'^    \("([a-z-]+)", ', re.M))],
}


def names_in(path, pattern):
    return set(pattern.findall(path.read_text())) if path.exists() else set()


def tests():
    """The names that may stand behind each file's, and the programs."""
    known = {name: set().union(*(names_in(pathlib.Path(path), pattern) for path, pattern in places))
             for name, places in LISTS.items()}
    programs = {path.stem for path in pathlib.Path("fuzz").glob("fuzz_*.c")}
    for folder, suffix, pattern, program in [("tests/unit", "c", UNIT, "test_"), ("tests/e2e", "py", E2E, "e2e."),
                                             ("tests/board", "py", E2E, "qemu.")]:
        for path in pathlib.Path(folder).glob(f"test_*.{suffix}"):
            name = path.stem.removeprefix("test_")
            known.setdefault(name, set()).update(names_in(path, pattern))
            programs.add(program + name)
    return known, programs


def spans_of(path):
    """What stands between backticks, but for blocks of code."""
    code = False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if FENCE.match(line):
            code = not code
        elif not code:
            for span in SPAN.findall(line):
                yield number, span


def main():
    known, programs = tests()
    claims, faults, claiming = set(), [], set()
    for path in sorted(path for pattern in DOCUMENTS for path in pathlib.Path().glob(pattern)):
        for number, span in spans_of(path):
            claim = CLAIM.match(span)
            if claim and claim[2] in known.get(claim[1], ()) or span in programs:
                claims.add(span)
                claiming.add(path.as_posix())
            elif claim or PROGRAM.match(span):
                faults.append(f"{path}:{number}: there is no test `{span}`")
    if MUST_CLAIM not in claiming:
        faults.append(f"{MUST_CLAIM}: names no test")
    print("\n".join(faults) if faults else f"{len(claims)} tests are named in documents, and are there")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
