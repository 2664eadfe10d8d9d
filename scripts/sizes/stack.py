# SPDX-License-Identifier: Apache-2.0
"""The deepest stack that a program can reach: the worst path through its calls, from each of its entries."""

import struct
import sys
from dataclasses import dataclass, field

import indirect
import machine

# Vectors of a Cortex-M before its interrupts (ARMv7-M, table B1-4): those that say that something is wrong.
FAULTS = range(2, 7)
STACK_SYMBOLS = ("arch_stack_start", "arch_stack_end")
VECTOR_NAMES = ("arch_vectors", "vectors", "vector_table", "isr_vector", "__isr_vector", "__vectors")


@dataclass
class Entry:
    name: str
    bytes: int
    path: list       # (name, frame) from the entry down
    own: bool        # it is on a stack of its own


@dataclass
class Stack:
    main: Entry = None
    interrupts: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    stacks: dict = field(default_factory=dict)   # other stacks: name → Entry
    room: int = 0                                # bytes reserved for the stack; 0 if that is not known
    errors: list = field(default_factory=list)
    calls: dict = field(default_factory=dict)    # function → {Call: addresses}
    functions: dict = field(default_factory=dict)
    reached: set = field(default_factory=set)
    listed: set = field(default_factory=set)     # what was used of the list of callbacks

    @property
    def total(self):
        """Every interrupt may come on top of the main path and of the others, and a fault on top of all."""
        faults = max((entry.bytes for entry in self.faults if not entry.own), default=0)
        return self.main.bytes + sum(entry.bytes for entry in self.interrupts if not entry.own) + faults


class Graph:
    def __init__(self, functions, calls, bounds):
        self.functions = functions
        self.bounds = bounds        # of recursion: name → how often
        self.edges = {}             # address → {address: whether the caller's frame is still there}
        for address, function in functions.items():
            edges = self.edges[address] = dict.fromkeys(function.jumps, False)
            held = any(function.sites.values())
            for targets in calls.get(address, {}).values():
                edges.update({to: held or edges.get(to, False) for to in targets})
            edges.update(dict.fromkeys(function.calls, True))
        self.worst = {}
        self.errors = []
        self.missing = set()

    def components(self, root):
        """Strongly connected components that can be reached from @p root, callees first (Tarjan)."""
        index, low, stack, on, done = {}, {}, [], set(), []

        def visit(at):
            index[at] = low[at] = len(index)
            stack.append(at)
            on.add(at)
            for to in self.edges.get(at, ()):
                if to not in self.functions:
                    self.missing.add(to)
                elif to not in index:
                    visit(to)
                    low[at] = min(low[at], low[to])
                elif to in on:
                    low[at] = min(low[at], index[to])
            if low[at] == index[at]:
                members = []
                while True:
                    member = stack.pop()
                    on.discard(member)
                    members.append(member)
                    if member == at:
                        break
                done.append(members)

        sys.setrecursionlimit(100000)
        visit(root)
        return done

    def measure(self, root):
        """Fills in worst[address] = (bytes, address of the next on the path or None)."""
        for members in self.components(root):
            if members[0] in self.worst:
                continue
            group = set(members)
            recursive = len(members) > 1 or members[0] in self.edges[members[0]]
            if recursive:
                self.recursion(group)
                continue
            at = members[0]
            frame, best, next_ = self.functions[at].frame, 0, None
            deepest = frame
            for to, held in self.edges[at].items():
                if to not in self.worst:
                    continue
                depth = self.worst[to][0] + (frame if held else 0)
                if depth > deepest or next_ is None and depth >= deepest:
                    deepest, next_ = depth, to
            self.worst[at] = (deepest, next_)

    def recursion(self, group):
        names = sorted(self.functions[at].plain for at in group)
        bound = next((self.bounds[name] for name in names if name in self.bounds), None)
        if bound is None:
            self.errors.append("recursion without a bound: " + " -> ".join(names))
            bound = 1
        once = sum(self.functions[at].frame for at in group)
        deepest, next_ = 0, None
        for at in group:
            for to in self.edges[at]:
                if to not in group and to in self.worst and self.worst[to][0] > deepest:
                    deepest, next_ = self.worst[to][0], to
        for at in group:
            self.worst[at] = (bound * once + deepest, next_)

    def entry(self, address, extra=0):
        self.measure(address)
        path, at = [], address
        while at is not None:
            function = self.functions[at]
            path.append((function.name, function.frame))
            at = self.worst[at][1]
        function = self.functions[address]
        return Entry(function.name, self.worst[address][0] + (0 if function.fresh else extra), path, function.fresh)


def word_at(image, address):
    for section in image.sections.values():
        if section.kind in ("text", "data") and section.address <= address < section.address + section.size:
            with open(image.path, "rb") as file:
                file.seek(section.offset + address - section.address)
                return struct.unpack("<I", file.read(4))[0]
    return None


def vectors_of(image, functions):
    """Number of a vector → address of its function, from a Cortex-M's table."""
    table = next((s for s in image.symbols if s.name in VECTOR_NAMES and s.size > 8), None)
    if table is None or image.machine != "ARM":
        return {}
    words = {n: word_at(image, table.address + 4 * n) for n in range(1, table.size // 4)}
    return {n: word & ~1 for n, word in words.items() if word and word & ~1 in functions}


def entries_of(image, functions, asked):
    """Addresses of main path, interrupts and faults: from the vector table, and what the budgets file names."""
    by_name = {f.name: f.address for f in functions.values()}
    vectors = vectors_of(image, functions)
    main = vectors.get(1, image.entry & ~1 if image.machine == "ARM" else image.entry)
    faults = {address for n, address in vectors.items() if n in FAULTS}
    interrupts = {address for n, address in vectors.items() if n > 1} - faults
    missing = [name for key in ("interrupts", "faults") for name in asked.get(key, []) if name not in by_name]
    faults |= {by_name[name] for name in asked.get("faults", []) if name in by_name}
    interrupts |= {by_name[name] for name in asked.get("interrupts", []) if name in by_name}
    if asked.get("main") in by_name:
        main = by_name[asked["main"]]
    return main, sorted(interrupts - faults), sorted(faults), missing


def analyse(image, build, asked):
    """
    @param asked of the budgets file: "callbacks", "recursion" (name: bound), "frames" (name: bytes, for what cannot be read
           off the instructions), "interrupts", "faults", "main", "stacks" (name: entries of code on another stack)
    """
    functions, arch = machine.read(image)
    result = Stack(functions=functions)
    for function in functions.values():
        if function.plain in asked.get("frames", {}):
            function.frame = asked["frames"][function.plain]
            function.odd.clear()
    program = indirect.Program(image, functions, build, asked.get("callbacks", {}))
    result.calls = indirect.resolve(image, functions, program)
    for address, function in functions.items():
        # A name in the list of callbacks that is a function's stands for all calls of one without source.
        if function.sites and not result.calls.get(address) and function.plain in asked.get("callbacks", {}):
            place = indirect.Place("function", "", function.plain)
            names = asked["callbacks"][function.plain]
            program.used.add(function.plain)
            result.calls[address] = {indirect.Call("", 0, place): {f.address for f in functions.values()
                                                                   if f.plain in names}}
    graph = Graph(functions, result.calls, asked.get("recursion", {}))
    main, interrupts, faults, missing = entries_of(image, functions, asked)
    result.errors += [f"there is no function {name}, which the budgets file names" for name in missing]
    result.main = graph.entry(main)
    result.interrupts = [graph.entry(at, arch.exception_frame) for at in interrupts]
    result.faults = [graph.entry(at, arch.exception_frame) for at in faults]
    for name, entries in asked.get("stacks", {}).items():
        found = [graph.entry(f.address, arch.exception_frame) for f in functions.values() if f.name in entries]
        if len(found) == len(entries):
            result.stacks[name] = max(found, key=lambda entry: entry.bytes)
        else:
            result.errors.append(f"an entry of the stack {name}, which the budgets file names, is not there")
    ends = {symbol.name: symbol.address for symbol in image.symbols if symbol.name in STACK_SYMBOLS}
    if len(ends) == 2:
        result.room = ends[STACK_SYMBOLS[1]] - ends[STACK_SYMBOLS[0]]
        if result.total > result.room:
            result.errors.append(f"the stack may take {result.total} bytes and has {result.room}")
    result.reached = set(graph.worst)
    result.errors += graph.errors + errors_of(result, program)
    result.listed = program.used
    return result


def errors_of(result, program):
    errors = []
    names = {result.functions[address].plain for address in result.reached if result.functions[address].sites}
    errors += [text for name, text in program.strange if name in names or name not in program.by_name]
    for address in sorted(result.reached):
        function = result.functions[address]
        errors += [f"{function.name}: cannot read what is taken off the stack at {text}" for text in function.odd]
        if function.sites and not result.calls.get(address):
            sites = ", ".join(hex(site) for site in function.sites)
            errors.append(f"{function.name}: calls through a pointer at {sites}, and no source says which")
        for call in result.calls.get(address, {}):
            program.leaves.clear()
            program.reach(call.place)
            errors += [f"{call.file}:{call.line}: what {call.place} calls: nothing is known of {leaf}"
                       for leaf in sorted(program.leaves, key=str)]
    return sorted(set(errors))
