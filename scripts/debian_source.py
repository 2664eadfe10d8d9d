#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Unpacks the source of a Debian package: scripts/debian_source.py PACKAGE FOLDER

From where this machine has its packages from, and checked as apt checks everything. The machine's source lists
rarely name sources: a private copy that does is handed to apt, with state and cache of its own beside FOLDER. Needs
no root, no standard input; changes nothing of the system. Does nothing if FOLDER exists.
"""
import glob
import os
import re
import shutil
import subprocess
import sys


def config(name):
    """A path of apt's configuration."""
    shell = run(["apt-config", "shell", "value", name]).stdout
    match = re.match(r"value='(.*)'", shell)
    return match.group(1) if match else ""


def run(command, cwd=None):
    return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)


def sources_of_list(text):
    """One-line form: of each entry of binaries or of sources, the one of sources."""
    entries = re.findall(r"^\s*deb(?:-src)?\s+(?!cdrom:)(\S.*)$", text, re.MULTILINE)
    return "".join(f"deb-src {entry}\n" for entry in dict.fromkeys(entries))


def sources_of_stanzas(text):
    """deb822 form."""
    return re.sub(r"^types:.*$", "Types: deb-src", text, flags=re.MULTILINE | re.IGNORECASE)


def write_lists(folder):
    """The machine's lists, for sources. @return how many there are"""
    main, parts = config("Dir::Etc::sourcelist/f"), config("Dir::Etc::sourceparts/d")
    count = 0
    for path in [main] + sorted(glob.glob(os.path.join(parts, "*.list")) + glob.glob(os.path.join(parts, "*.sources"))):
        if not os.path.isfile(path) or not os.access(path, os.R_OK):
            continue
        deb822 = path.endswith(".sources")
        with open(path, encoding="utf-8", errors="replace") as file:
            text = (sources_of_stanzas if deb822 else sources_of_list)(file.read())
        if text.strip():
            count += 1
            with open(f"{folder}/{count}.{'sources' if deb822 else 'list'}", "w", encoding="utf-8") as file:
                file.write(text)
    return count


def write_config(path, scratch):
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'''Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{scratch}/lists.d";
Dir::State "{scratch}/state";
Dir::Cache "{scratch}/cache";
Acquire::Languages "none";
Acquire::IndexTargets::deb-src::Sources::DefaultEnabled "true";
APT::Sandbox::User "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
''')


def fetch(package, folder, scratch):
    """@return what went wrong, or None"""
    for name in "lists.d", "state/lists/partial", "cache/archives/partial", "source":
        os.makedirs(f"{scratch}/{name}")
    if not write_lists(f"{scratch}/lists.d"):
        return "apt has no source lists on this machine"
    write_config(f"{scratch}/apt.conf", scratch)
    apt = ["apt-get", "-q", "-y", "-c", f"{scratch}/apt.conf"]
    # A foreign list without sources is no reason to give up: what counts is whether the package can be had.
    update = run(apt + ["update"])
    source = run(apt + ["source", "--only-source", "--download-only", package], f"{scratch}/source")
    found = glob.glob(f"{scratch}/source/*.dsc")
    if source.returncode or len(found) != 1:
        return f"{update.stdout}{source.stdout}apt cannot have the source of {package}"
    unpack = run(["dpkg-source", "--no-check", "-x", found[0], f"{scratch}/unpacked"])
    if unpack.returncode:
        return f"{unpack.stdout}dpkg-source cannot unpack {found[0]}"
    os.rename(f"{scratch}/unpacked", folder)
    return None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    package, folder = sys.argv[1], os.path.abspath(sys.argv[2])
    if os.path.isdir(folder):
        return
    scratch = f"{folder}.apt"
    shutil.rmtree(scratch, ignore_errors=True)
    os.makedirs(scratch)
    problem = fetch(package, folder, scratch)
    if problem:
        sys.exit(f"{problem}: it is needed in {folder}")
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
