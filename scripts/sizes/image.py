# SPDX-License-Identifier: Apache-2.0
"""What a linked image consists of: its sections and symbols, and from the linker's map who brought each byte."""

import pathlib
import re
import subprocess
from dataclasses import dataclass, field

# Whose code an input file is, by its name in the map; the first that matches.
OWNERS = [
    (re.compile(r"librotor-crypto-[\w-]+\.a\("), "crypto backend"),
    (re.compile(r"librotor-(wire|crypto|mctp|spdm|pldm|boot|device|agent|trace)\.a\("), None),
    (re.compile(r"mbedtls|mbedcrypto", re.I), "Mbed TLS"),
    (re.compile(r"lib(c|m|g|gcc|nosys|c_nano|g_nano|semihost|crt0)[\w.-]*\.a\(|/crt\w*\.o"), "libc"),
]
# The modules of src/ that the targets speak of.
MODULES = ["wire", "crypto", "mctp", "spdm", "pldm", "boot", "device"]
OTHERS = ["program", "crypto backend", "Mbed TLS", "libc", "padding"]


def run(*words):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout


def owner_of(source):
    for pattern, name in OWNERS:
        match = pattern.search(source)
        if match:
            return name or match[1]
    return "program"


@dataclass
class Part:
    """An input section that was kept."""
    section: str   # of the output
    name: str      # of the input section
    address: int
    size: int
    source: str    # file, with its archive

    @property
    def owner(self):
        return owner_of(self.source)


@dataclass
class Section:
    name: str
    kind: str      # text, data, bss, or none: not in memory
    address: int
    size: int
    offset: int    # in the file


@dataclass
class Symbol:
    name: str
    address: int
    size: int
    kind: str


@dataclass
class Sizes:
    text: int = 0
    data: int = 0
    bss: int = 0

    @property
    def ram(self):
        return self.data + self.bss

    @property
    def flash(self):
        return self.text + self.data

    def add(self, kind, size):
        setattr(self, kind, getattr(self, kind) + size)


@dataclass
class Image:
    path: pathlib.Path
    machine: str
    entry: int
    sections: dict = field(default_factory=dict)
    parts: list = field(default_factory=list)
    symbols: list = field(default_factory=list)

    @property
    def tools(self):
        return {"ARM": "arm-none-eabi-", "RISC-V": "riscv64-unknown-elf-"}[self.machine]

    def by_owner(self):
        """Owner → Sizes; the sum is what the sections hold."""
        sums = {}
        left = {name: section.size for name, section in self.sections.items()}
        for part in self.parts:
            kind = self.sections[part.section].kind
            if kind == "none":
                continue
            sums.setdefault(part.owner, Sizes()).add(kind, part.size)
            left[part.section] -= part.size
        for name, size in left.items():
            if self.sections[name].kind != "none" and size:
                sums.setdefault("padding", Sizes()).add(self.sections[name].kind, size)
        return sums

    def by_file(self, owner):
        """File of an owner → bytes of text."""
        sums = {}
        for part in self.parts:
            if part.owner == owner and self.sections[part.section].kind in ("text", "data"):
                name = re.sub(r"^.*[/(]|\)$|\.o(bj)?\)?$", "", part.source)
                sums[name] = sums.get(name, 0) + part.size
        return sums


def read_sections(path):
    """readelf's tables, which are the same for every machine."""
    text = run("readelf", "-hSW", path)
    machine = re.search(r"Machine:\s+(\S+)", text)[1]
    entry = int(re.search(r"Entry point address:\s+(0x[0-9a-f]+)", text)[1], 16)
    sections = {}
    for match in re.finditer(r"^\s*\[\s*\d+\] (\S+)\s+(\S+)\s+([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) [0-9a-f]+\s+(\w*)\s",
                             text, re.M):
        name, sort, address, offset, size, flags = match.groups()
        kind = "none"
        if "A" in flags:
            kind = "bss" if sort == "NOBITS" else "data" if "W" in flags else "text"
        if name == ".stack":
            kind = "none"  # room that is reserved, and reported as such
        sections[name] = Section(name, kind, int(address, 16), int(size, 16), int(offset, 16))
    return machine, entry, sections


def read_symbols(path):
    symbols = []
    for line in run("readelf", "-sW", path).splitlines():
        fields = line.split()
        if len(fields) == 8 and fields[0].rstrip(":").isdigit() and fields[6] != "UND":
            symbols.append(Symbol(fields[7], int(fields[1], 16), int(fields[2], 0), fields[3]))
    return symbols


def read_map(path, sections):
    """The kept input sections, in order."""
    lines = path.read_text().splitlines()
    try:
        at = next(i for i, line in enumerate(lines) if line.startswith("Linker script and memory map"))
    except StopIteration:
        raise SystemExit(f"{path} is no map of GNU ld")
    parts, output, name = [], None, None
    entry = re.compile(r"^ +(0x[0-9a-f]+)\s+(0x[0-9a-f]+) (\S.*)$")
    for line in lines[at + 1:]:
        top = re.match(r"^(\.?\w[\w.]*)(\s|$)", line)
        if top:
            output = top[1] if top[1] in sections else None
            name = None
            continue
        match = re.match(r"^ (\.\S+|COMMON)(.*)$", line)
        if match:
            name, line = match[1], match[2]
            if not line.strip():
                continue  # a long name: its numbers are on the next line
            line = " " + line
        match = entry.match(line)
        if match and name and output and "size before relaxing" not in line:
            address, size = int(match[1], 16), int(match[2], 16)
            if size:
                parts.append(Part(output, name, address, size, match[3].strip()))
        if match or not line.startswith("  "):
            name = None
    return parts


def read(path):
    path = pathlib.Path(path)
    machine, entry, sections = read_sections(path)
    map_path = next((p for p in (path.with_name(path.name + ".map"), path.with_suffix(".map")) if p.exists()), None)
    if map_path is None:
        raise SystemExit(f"{path} has no map beside it: link with -Wl,-Map,{path.name}.map")
    return Image(path, machine, entry, sections, read_map(map_path, sections), read_symbols(path))
