#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the Linux that the tests boot, of Debian's package linux-source-6.1: build_kernel.py FOLDER [JOBS]

FOLDER/bzImage is the result. It is made anew when the source or the configuration has changed, and only then.
"""
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIG = os.path.join(HERE, "linux.config")


def source():
    found = sorted(glob.glob("/usr/src/linux-source-6.*.tar.xz"))
    if not found:
        sys.exit("there is no source of Linux in /usr/src: install linux-source-6.1")
    return found[-1]


def key_of(archive):
    """What the kernel is made of: another package has another size or date."""
    stat = os.stat(archive)
    with open(CONFIG, "rb") as file:
        text = file.read() + f"{archive} {stat.st_size} {int(stat.st_mtime)}".encode()
    return hashlib.sha256(text).hexdigest()


def run(argv, log):
    with open(log, "ab") as file:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        with open(log, encoding="utf-8", errors="replace") as file:
            sys.stderr.write("".join(file.readlines()[-30:]))
        sys.exit(f"{argv[0]} failed; all that it said is in {log}")


def check(built):
    """A choice that depends on something that is not chosen is lost without a word."""
    with open(CONFIG, encoding="utf-8") as file:
        wanted = [line.strip() for line in file if line.startswith("CONFIG_")]
    with open(built, encoding="utf-8") as file:
        have = {line.strip() for line in file}
    lost = [line for line in wanted if line not in have]
    if lost:
        sys.exit(f"this Linux cannot be configured so: {', '.join(lost)}")


def build(folder, jobs):
    archive, log = source(), os.path.join(folder, "log")
    begin = time.monotonic()
    tree, out = os.path.join(folder, "source"), os.path.join(folder, "out")
    shutil.rmtree(folder, ignore_errors=True)
    for name in tree, out:
        os.makedirs(name)
    # Most of the source is drivers and other machines, which nobody configures; the build only reads their menus.
    unused = ["Documentation/*/*", "tools/testing/*", "arch/arm*/*.[chS]", "arch/arm*/*.dts*", "arch/[h-w]*/*.[chS]", "arch/[h-w]*/*.dts*", "drivers/gpu/*.[ch]",
              "drivers/net/[e-l]*/*.[ch]", "drivers/net/[n-w]*/*.[ch]", "drivers/[i-ms]*/*.[ch]", "sound/*.[ch]"]
    run(["tar", "-C", tree, "--strip-components=1", *(f"--exclude=linux-*/{name}" for name in unused), "-xf", archive], log)
    make = ["make", "-C", tree, f"O={out}", "KBUILD_BUILD_USER=rotor", "KBUILD_BUILD_HOST=rotor"]
    run([*make, f"KCONFIG_ALLCONFIG={CONFIG}", "allnoconfig"], log)
    check(os.path.join(out, ".config"))
    unpacked = time.monotonic()
    run([*make, f"-j{jobs}", "bzImage"], log)
    shutil.copyfile(os.path.join(out, "arch/x86/boot/bzImage"), os.path.join(folder, "bzImage"))
    for name in tree, out:
        shutil.rmtree(name)
    with open(os.path.join(folder, "key"), "w", encoding="utf-8") as file:
        file.write(key_of(archive))
    print(f"{os.path.basename(archive)} unpacked in {unpacked - begin:.0f} s, built in {time.monotonic() - unpacked:.0f} s")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder, jobs = os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) == 3 else "2"
    key = os.path.join(folder, "key")
    if os.path.exists(key):
        with open(key, encoding="utf-8") as file:
            if file.read() == key_of(source()):
                return
    build(folder, jobs)


if __name__ == "__main__":
    main()
