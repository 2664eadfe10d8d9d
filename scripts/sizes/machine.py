# SPDX-License-Identifier: Apache-2.0
"""
What the instructions of a linked image say: how much stack each function takes, whom it calls, and where it calls
through a pointer. Taken from the disassembly, so that libraries without source and assembly are in it too.

A function's frame is the sum of all that it takes off the stack pointer, wherever it does so: never too little. A
call that is its last act (a jump) happens when the frame has been given back.
"""

import re
import subprocess
from dataclasses import dataclass, field

from image import run


@dataclass
class Function:
    name: str
    address: int
    size: int
    file: str = ""           # of a local symbol: the source file's name
    frame: int = 0
    calls: set = field(default_factory=set)    # addresses
    jumps: set = field(default_factory=set)    # addresses of functions that it ends in
    sites: dict = field(default_factory=dict)  # address of an indirect call → whether the frame is still there
    fresh: bool = False                        # it takes another stack: what was there before does not count
    odd: list = field(default_factory=list)    # what could not be understood

    @property
    def plain(self):
        """The name without the compiler's suffixes for parts and clones."""
        return self.name.split(".")[0]


def registers(text):
    """How many registers a list like {r4, r5, lr} or {d8-d11} names."""
    count = 0
    for item in text.strip("{} ").split(","):
        match = re.match(r"\s*[a-z](\d+)\s*-\s*[a-z](\d+)\s*$", item)
        count += int(match[2]) - int(match[1]) + 1 if match else 1
    return count


def target(operands):
    """The address in operands like 1234 <name+0x8> or r3, 1234 <name>."""
    match = re.search(r"\b([0-9a-f]+) <", operands)
    return int(match[1], 16) if match else None


class Arm:
    CALL = re.compile(r"^blx?$")
    JUMP = re.compile(r"^(b|cbn?z)([a-z]{2})?(\.[nw])?$")
    exception_frame = 40  # eight words, and alignment

    def step(self, function, address, name, operands, inside):
        plain = name.split(".")[0]
        if plain == "push" or (plain.startswith(("stmdb", "stmfd")) and operands.startswith("sp!")):
            function.frame += 4 * registers(operands[operands.index("{"):])
        elif plain == "vpush":
            function.frame += (8 if "{d" in operands else 4) * registers(operands[operands.index("{"):])
        elif plain in ("sub", "subw", "subs") and re.match(r"sp, ", operands):
            match = re.match(r"sp, (?:sp, )?#(\d+)", operands)
            if match:
                function.frame += int(match[1])
            else:
                function.odd.append(f"{address:#x}: {name} {operands}")
        elif plain == "mov" and re.match(r"sp, r[0-3]$", operands):
            function.fresh = True
        elif plain in ("add", "addw", "adds") and re.match(r"sp, (sp, )?r", operands):
            function.odd.append(f"{address:#x}: {name} {operands}")
        elif re.search(r"\[sp, #-(\d+)\]!", operands):
            function.frame += int(re.search(r"#-(\d+)\]!", operands)[1])
        elif self.CALL.match(plain):
            to = target(operands)
            if to is not None:
                function.calls.add(to & ~1)
            else:
                function.sites[address] = True
        elif plain == "bx" or (plain == "mov" and operands.startswith("pc, ")):
            if not operands.endswith("lr"):
                function.sites[address] = False
        elif plain == "ldr" and operands.startswith("pc, ") and "[sp]" not in operands and "[pc" not in operands:
            function.sites[address] = False
        elif self.JUMP.match(name):
            to = target(operands)
            if to is not None and not inside(to):
                function.jumps.add(to & ~1)


class RiscV:
    exception_frame = 0  # what a handler saves is in its own frame

    def __init__(self):
        self.constants = {}
        self.loading = False  # the first half of an address has just been loaded into sp

    def step(self, function, address, name, operands, inside):
        operands, _, comment = operands.partition("#")
        operands = operands.strip()
        to = target(operands) if "<" in operands else target(comment)
        loading, self.loading = self.loading, name in ("auipc", "lui") and operands.startswith("sp,")
        if loading and name in ("addi", "add", "mv"):
            return
        if name in ("addi", "add", "c.addi16sp") and operands.startswith("sp,sp,-"):
            function.frame += int(operands[len("sp,sp,-"):])
        elif (name in ("auipc", "lui") and operands.startswith("sp,")) or \
                (name == "csrrw" and operands.startswith("sp,mscratch")):
            function.fresh = True
        elif name == "li":
            register, _, value = operands.partition(",")
            self.constants[register] = int(value, 0)
        elif name == "lui":
            register, _, value = operands.partition(",")
            self.constants[register] = int(value, 0) << 12
        elif name in ("addi", "addiw") and operands.split(",")[0] in self.constants and \
                operands.split(",")[0] == operands.split(",")[1]:
            self.constants[operands.split(",")[0]] += int(operands.split(",")[2], 0)
        elif name in ("add", "sub") and re.match(r"sp,sp,[a-z]", operands):
            value = self.constants.get(operands.split(",")[2])
            value = None if value is None else (value + (1 << 31)) % (1 << 32) - (1 << 31)
            if value is None:
                function.odd.append(f"{address:#x}: {name} {operands}")
            elif (value < 0) == (name == "add"):
                function.frame += abs(value)
        elif name in ("jal", "call") and not operands.startswith("zero"):
            if to is None:
                function.odd.append(f"{address:#x}: {name} {operands}")
            else:
                function.calls.add(to)
        elif name in ("j", "tail") or (name == "jal" and operands.startswith("zero")) or name.startswith("b"):
            if to is not None and not inside(to):
                function.jumps.add(to)
        elif name == "jalr":
            if to is not None:
                function.calls.add(to)
            else:
                function.sites[address] = True
        elif name == "jr" and operands not in ("ra", "t0"):
            if to is not None:
                function.jumps.add(to)
            else:
                function.sites[address] = False


MACHINES = {"ARM": Arm, "RISC-V": RiscV}


def functions_of(image):
    """Address → Function, for all symbols of functions, with the file that a local one is from."""
    functions, file = {}, ""
    thumb = 1 if image.machine == "ARM" else 0
    for line in run("readelf", "-sW", image.path).splitlines():
        fields = line.split()
        if len(fields) < 7 or not fields[0].rstrip(":").isdigit():
            continue
        if fields[3] == "FILE":
            file = fields[7] if len(fields) > 7 else ""
        elif len(fields) == 8 and fields[6] not in ("UND", "ABS") and fields[3] in ("FUNC", "NOTYPE"):
            name, address, size = fields[7], int(fields[1], 16) & ~thumb, int(fields[2], 0)
            if fields[3] == "NOTYPE" and (name.startswith(("$", ".L", "__")) or size == 0):
                continue
            known = functions.get(address)
            if known is None or (known.size == 0 and size):
                functions[address] = Function(name, address, size, file if fields[4] == "LOCAL" else "")
    return functions


def read(image):
    """The functions of an image, with frames and calls."""
    functions = functions_of(image)
    data = {symbol.name for symbol in image.symbols if symbol.kind == "OBJECT"}
    machine = MACHINES[image.machine]()
    instruction = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")
    label = re.compile(r"^([0-9a-f]+) <(.+)>:$")
    current = None
    for line in run(image.tools + "objdump", "-dw", "--no-show-raw-insn", image.path).splitlines():
        match = label.match(line)
        if match:
            address = int(match[1], 16)
            if address in functions:
                current = functions[address]
            elif match[2] in data:
                current = None  # constants among the code
            elif not (current and current.address < address < current.address + max(current.size, 1)):
                # A label that is no symbol of a function: assembly.
                current = functions[address] = Function(match[2], address, 0)
            continue
        match = instruction.match(line)
        if match and current:
            operands = match[3].split("\t;")[0].split(" ;")[0].replace("\t", " ").strip()
            lowest, highest = current.address, current.address + current.size
            machine.step(current, int(match[1], 16), match[2], operands,
                         lambda to: lowest <= to < highest or (current.size == 0 and to not in functions))
    names = {function.name: function.address for function in functions.values()}
    for function in functions.values():
        veneer = re.match(r"__(.+)_(veneer|from_thumb|from_arm)$", function.name)
        if veneer and veneer[1] in names:
            function.jumps.add(names[veneer[1]])
            function.sites.clear()
    for function in functions.values():
        function.calls = {inner_start(functions, to) for to in function.calls}
        function.jumps = {inner_start(functions, to) for to in function.jumps} - {function.address}
        saves = [to for to in function.calls if to in functions and functions[to].name.startswith("__riscv_save_")]
        for to in saves:
            # The routine moves the stack pointer for its caller.
            function.calls.discard(to)
            function.frame += functions[to].frame
    return functions, machine


def inner_start(functions, address):
    """The function that an address is in: a jump may lead into its middle."""
    if address in functions:
        return address
    before = [f for f in functions.values() if f.address <= address < f.address + f.size]
    return before[0].address if before else address


def bodies_of(image, functions):
    """Address of a function → names and files of the functions whose source its instructions come from."""
    if not functions:
        return {}
    addresses = [a for f in functions for a in range(f.address, f.address + f.size, 2)]
    lines = subprocess.run([image.tools + "addr2line", "-afi", "-e", str(image.path)], check=True, text=True,
                           input="\n".join(hex(a) for a in addresses), capture_output=True).stdout.splitlines()
    by_address, at = {}, 0
    while at < len(lines):
        if lines[at].startswith("0x"):
            names = by_address.setdefault(int(lines[at], 16), set())
            at += 1
        else:
            names.add((lines[at], lines[at + 1].rpartition(":")[0]))
            at += 2
    return {f.address: set().union(*(by_address.get(a, set()) for a in range(f.address, f.address + f.size, 2)))
            for f in functions}
