# SPDX-License-Identifier: Apache-2.0
"""What was measured, held against targets and budgets, as tables and as JSON."""

import re

from image import MODULES, OTHERS, Sizes

# What firmware tells of its painted stack; the ROM stage begins with "boot: ".
PAINTED = re.compile(r"(boot: )?stack: used (\d+) of (\d+)")


class Result:
    """One image."""

    def __init__(self, kind, name, asked, image, depth, recorded):
        self.kind, self.name, self.asked, self.image, self.depth = kind, name, asked, image, depth
        self.recorded = recorded
        self.owners = image.by_owner()
        self.painted = None
        self.errors = [f"{name}: {error}" for error in depth.errors]
        linked = {function.plain for at, function in depth.functions.items() if at in depth.reached}
        self.errors += [f"{name}: {function} cannot be reached, so the row does not measure what it says"
                        for function in asked.get("reach", []) if function not in linked]
        self.errors += [f"{name}: the list of callbacks has {place}, which nothing calls"
                        for place in asked.get("callbacks", {}) if place not in depth.listed]
        self.measures = self.measure()

    def text_of(self, owners):
        return sum(self.owners.get(owner, Sizes()).flash for owner in owners)

    def named_size(self, pattern):
        """Bytes of static storage in symbols whose name matches."""
        return sum(symbol.size for symbol in self.image.symbols
                   if symbol.kind == "OBJECT" and re.fullmatch(pattern, symbol.name))

    def measure(self):
        """What budgets speak of. A row's text is rotor's own; an image's is all that is in it."""
        static = sum(sizes.ram for sizes in self.owners.values())
        arena = self.named_size(self.asked["arena"]) if "arena" in self.asked else 0
        if self.kind == "rows":
            without = self.asked.get("without", [])
            measures = {"text": self.text_of([m for m in MODULES if m not in without])}
            if without:
                measures["all_text"] = self.text_of(MODULES)
            # What brings the inputs of a measured program is none of rotor's.
            measures["ram"] = static - sum(part.size for part in self.image.parts if "port.c" in part.source and
                                           self.image.sections[part.section].kind in ("data", "bss"))
        else:
            measures = {"text": sum(sizes.flash for sizes in self.owners.values())}
            measures["ram"] = static - arena
            if "arena" in self.asked:
                measures["arena"] = arena
        measures["stack"] = self.depth.total
        measures.update({f"stack_{name}": entry.bytes for name, entry in self.depth.stacks.items()})
        return measures

    def run(self, log):
        """A run of this image has painted its stack: the bound must hold, and the room must be enough for the bound."""
        lines = [(int(used), int(of)) for boot, used, of in PAINTED.findall(log)
                 if bool(boot) == self.name.endswith("rom")]
        if not lines:
            self.errors.append(f"{self.name}: its log has no line 'stack: used N of M'")
            return
        self.painted = {"used": max(used for used, _ in lines), "of": min(of for _, of in lines)}
        if self.painted["used"] > self.depth.total:
            self.errors.append(f"{self.name}: a run took {self.painted['used']} bytes of stack, more than the "
                               f"{self.depth.total} that analysis allows: a call is missing from it")
        if self.depth.total > self.painted["of"]:
            self.errors.append(f"{self.name}: the stack may take {self.depth.total} bytes and has "
                               f"{self.painted['of']}")

    def missed(self):
        """Targets that are not reached: key → (measured, target)."""
        return {key: (self.measures[key], target) for key, target in self.asked.get("target", {}).items()
                if self.measures[key] > target}

    def detail(self):
        """Bytes by owner and file, to tell later what has grown."""
        return {owner: dict(sorted(self.image.by_file(owner).items())) for owner in sorted(self.owners)
                if owner != "padding"}

    def grown(self):
        changes = []
        for owner, files in self.detail().items():
            for file, size in files.items():
                before = self.recorded.get(owner, {}).get(file, 0)
                if size > before:
                    changes.append((size - before, f"{owner}/{file} by {size - before} to {size}"))
        return [text for _, text in sorted(changes, reverse=True)]

    def exceeded(self):
        lines = []
        for key, limit in self.asked.get("budget", {}).items():
            value = self.measures.get(key)
            if value is None:
                lines.append(f"{self.name}: its budget speaks of {key}, which is not measured")
            elif value > limit:
                lines.append(f"{self.name}: {key} is {value}, {value - limit} over its budget of {limit}")
                if key in ("text", "all_text"):
                    lines += [f"    grown: {text}" for text in self.grown()[:8]]
                elif key == "stack":
                    lines += [f"    {name} {frame}" for name, frame in self.depth.main.path]
        return lines

    def document(self):
        depth = self.depth
        entry = lambda e: {"entry": e.name, "bytes": e.bytes, "own": e.own, "path": [list(step) for step in e.path]}
        return {
            "name": self.name, "kind": self.kind, "title": self.asked.get("title", ""),
            "missing": self.asked.get("missing", ""), "measured": self.measures,
            "target": self.asked.get("target", {}), "budget": self.asked.get("budget", {}),
            "missed": sorted(self.missed()),
            "modules": {owner: {"text": sizes.text, "data": sizes.data, "bss": sizes.bss}
                        for owner, sizes in self.owners.items()},
            "files": self.detail(),
            "stack": {"main": entry(depth.main), "interrupts": [entry(e) for e in depth.interrupts],
                      "faults": [entry(e) for e in depth.faults],
                      "stacks": {name: entry(e) for name, e in depth.stacks.items()},
                      "room": depth.room, "painted": self.painted},
            "indirect": [{"function": depth.functions[at].name, "file": call.file, "line": call.line,
                          "through": str(call.place), "targets": sorted(depth.functions[to].name for to in targets)}
                         for at, calls in depth.calls.items() for call, targets in calls.items()],
        }


def table(heads, rows):
    """Columns as wide as they need; all but the first to the right."""
    widths = [max(len(str(row[i])) for row in [heads, *rows]) for i in range(len(heads))]
    for row in [heads, *rows]:
        print("  ".join(str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip())


def verdict(result, key):
    target = result.asked.get("target", {}).get(key)
    if target is None:
        return ["-", ""]
    return [target, "missed" if result.measures[key] > target else "reached"]


def show_rows(results):
    print("Sizes on a Cortex-M4, in bytes: rotor's own code as linked, no crypto library counted")
    modules = [m for m in MODULES if any(m in result.owners for result in results)]
    cell = lambda result, owner: result.owners[owner].flash if owner in result.owners else ""
    table(["", *modules, "text", "target", "", "RAM", "target", "", "stack"],
          [[result.name, *[cell(result, m) for m in modules], result.measures["text"], *verdict(result, "text"),
            result.measures["ram"], *verdict(result, "ram"), result.measures["stack"]] for result in results])
    for result in results:
        notes = [result.asked.get("title", "")]
        if "all_text" in result.measures:
            left_out = ", ".join(result.asked["without"])
            notes.append(f"{result.measures['all_text']} with {left_out}")
        notes += [f"missing: {result.asked['missing']}"] if result.asked.get("missing") else []
        notes += [f"elsewhere: {result.asked['elsewhere']}"] if result.asked.get("elsewhere") else []
        print(f"  {result.name}: " + "; ".join(notes))


def show_image(result):
    print(f"{result.name}: {result.asked.get('title', '')}")
    owners = [owner for owner in [*MODULES, *OTHERS] if owner in result.owners]
    total = Sizes()
    for owner in owners:
        for kind in ("text", "data", "bss"):
            total.add(kind, getattr(result.owners[owner], kind))
    table(["", "text", "data", "bss"], [[owner, *(getattr(sizes, kind) for kind in ("text", "data", "bss"))]
                                        for owner, sizes in [*((o, result.owners[o]) for o in owners), ("all", total)]])
    budget = result.asked.get("budget", {})
    table(["", "measured", "budget"], [[key, value, budget.get(key, "-")] for key, value in result.measures.items()])
    depth = result.depth
    parts = [f"main {depth.main.bytes}", *[f"{e.name} {e.bytes}" for e in depth.interrupts if not e.own]]
    faults = [e for e in depth.faults if not e.own]
    parts += [f"{max(faults, key=lambda e: e.bytes).name} {max(e.bytes for e in faults)}"] if faults else []
    print("  worst stack: " + " + ".join(parts) + f" = {depth.total}" + (f" of {depth.room}" if depth.room else ""))
    if result.painted:
        print(f"  in a run: {result.painted['used']} of {result.painted['of']}")


def show_indirect(result):
    print(f"\ncalls through pointers in {result.name}")
    depth = result.depth
    lines = {}
    for at, calls in depth.calls.items():
        if at in depth.reached:
            for call, targets in calls.items():
                key = (call.file, call.line, str(call.place))
                lines.setdefault(key, set()).update(depth.functions[to].name for to in targets)
    for (file, line, place), names in sorted(lines.items()):
        print(f"  {file}:{line}: {place} -> {', '.join(sorted(names)) or 'nothing is ever put there'}")


def show_paths(result):
    print(f"\ndeepest paths in {result.name}")
    depth = result.depth
    for entry in [depth.main, *depth.interrupts, *depth.faults, *depth.stacks.values()]:
        print(f"  {entry.bytes:>6} " + " > ".join(f"{name} {frame}" for name, frame in entry.path))


def show(results, options):
    rows = [result for result in results if result.kind == "rows"]
    order = ["mctp", "pldm", "pldm-all", "attest", "session", "device"]
    rows.sort(key=lambda result: order.index(result.name) if result.name in order else len(order))
    if rows:
        show_rows(rows)
    for result in results:
        if result.kind == "images":
            print()
            show_image(result)
    for result in results:
        if options.indirect:
            show_indirect(result)
        if options.paths:
            show_paths(result)
