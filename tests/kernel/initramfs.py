# SPDX-License-Identifier: Apache-2.0
"""A root file system in memory, as Linux unpacks it at its start: cpio in the "newc" format."""
import os
import subprocess


class Archive:
    """Files as they are to be in the root file system."""

    def __init__(self):
        self.parts = []
        self.folders = set()
        self.number = 0

    def _entry(self, name, mode, content, device=(0, 0)):
        self.number += 1
        fields = [self.number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name) + 1, 0]
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        for part in head, content:
            self.parts.append(part + bytes(-len(part) % 4))

    def folder(self, name):
        name = name.strip("/")
        if not name or name in self.folders:
            return
        self.folder(os.path.dirname(name))
        self.folders.add(name)
        self._entry(name, 0o040755, b"")

    def add(self, name, content, mode=0o644):
        self.folder(os.path.dirname(name))
        self._entry(name.strip("/"), 0o100000 | mode, content)

    def file(self, source, name, mode=0o644):
        with open(source, "rb") as file:
            self.add(name, file.read(), mode)

    def tree(self, source, name):
        for folder, _, files in sorted(os.walk(source)):
            inner = os.path.normpath(os.path.join(name, os.path.relpath(folder, source)))
            self.folder(inner)
            for file in sorted(files):
                self.file(os.path.join(folder, file), os.path.join(inner, file))

    def program(self, source, name):
        """A program with the shared libraries that it needs, where it looks for them."""
        self.file(source, name, 0o755)
        listed = subprocess.run(["ldd", source], capture_output=True, text=True, check=True, timeout=60).stdout
        for line in listed.splitlines():
            library = next((word for word in line.split() if word.startswith("/")), None)
            if library and library.strip("/") not in self.folders:
                self.folders.add(library.strip("/"))
                self.file(library, library, 0o755)

    def bytes(self):
        """The archive; the console has to be there before anything is mounted."""
        self.folder("dev")
        self._entry("dev/console", 0o020600, b"", (5, 1))
        self._entry("TRAILER!!!", 0, b"")
        self.parts.append(bytes(-sum(map(len, self.parts)) % 512))
        return b"".join(self.parts)
