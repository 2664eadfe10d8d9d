# SPDX-License-Identifier: Apache-2.0
"""
Which functions a call through a pointer can reach.

A call x->member(…) can reach every function that is put into that member of that structure, by an initialiser or an
assignment, anywhere in what is linked. Where the structure cannot be told, every structure with such a member counts.
A call of a parameter can reach what is passed for it; what cannot be followed stands in the budgets file.
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
from dataclasses import dataclass

import machine
from csource import KEYWORDS, QUALIFIERS, Member, Unit


@dataclass(frozen=True)
class Place:
    """Where a pointer to a function comes from or goes to."""
    kind: str       # member, parameter, variable, function
    where: str      # structure; function that has the parameter or variable
    name: str
    index: int = 0  # of a parameter

    def __str__(self):
        if self.kind == "member":
            return f"{self.where or '?'}.{self.name}"
        return f"{self.where}({self.name})" if self.kind in ("parameter", "variable") and self.where else self.name


@dataclass(frozen=True)
class Call:
    """A call through a pointer, as the source has it."""
    file: str
    line: int
    place: Place


def words_of(entry):
    return shlex.split(entry["command"]) if "command" in entry else list(entry["arguments"])


def object_of(entry):
    words = words_of(entry)
    return words[words.index("-o") + 1] if "-o" in words else ""


def preprocess(entry):
    """A compile command's source, preprocessed."""
    words = words_of(entry)
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MT", "-MQ"):
            skip = True
        elif word not in ("-c", "-MD", "-MMD"):
            kept.append(word)
    return subprocess.run([*kept, "-E"], cwd=entry["directory"], check=True, capture_output=True, text=True).stdout


def tail(path):
    """What a source is known by: its folder and name. The compiler's cache may have made it in another copy of the tree."""
    return "/".join(pathlib.PurePath(path).parts[-2:])


def sources_of(image):
    """Tails of the files that the debug information names as compiled into the image."""
    text = machine.run("readelf", "--debug-dump=info", "--dwarf-depth=1", image.path)
    names = set()
    for block in text.split("DW_TAG_compile_unit")[1:]:
        name = re.search(r"DW_AT_name\s*:(?: \([^)]*\):)? (.+)", block)
        folder = re.search(r"DW_AT_comp_dir\s*:(?: \([^)]*\):)? (.+)", block)
        if name:
            names.add(tail(os.path.normpath(os.path.join(folder[1].strip() if folder else "", name[1].strip()))))
    return names


def commands_of(image, build):
    """The compile commands of an image's sources. Of a file compiled more than once, those that name the image."""
    linked = sources_of(image)
    by_file = {}
    for entry in json.loads((pathlib.Path(build) / "compile_commands.json").read_text()):
        file = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
        if tail(file) in linked and file.endswith(".c"):
            by_file.setdefault(file, []).append(entry)
    chosen = []
    for entries in by_file.values():
        own = [e for e in entries if re.search(rf"/(size-)?{re.escape(image.path.stem)}[.-]", object_of(e))]
        chosen.extend(own or entries)
    return chosen


# What is called, and is nothing that is understood.
STRANGE = Place("strange", "", "")


class Program:
    """All that is linked, as far as it has source."""

    def __init__(self, image, functions, build, callbacks):
        self.functions = functions
        self.by_name = {}
        for function in functions.values():
            self.by_name.setdefault(function.plain, []).append(function)
        self.units = [Unit(preprocess(entry)) for entry in commands_of(image, build)]
        self.callbacks = callbacks    # "function(parameter)" → names
        self.puts = {}                # Place → set of (Place, file)
        self.calls = {}               # name of a function → [(unit, argument ranges)]
        self.used = set()             # of callbacks
        self.leaves = set()           # Places that nothing was found for
        self.strange = set()          # calls of what is neither a function nor a pointer that is known
        self.bodies = {body.name for unit in self.units for body in unit.bodies}
        for unit in self.units:
            self.gather(unit)

    # ---- what is put where ----

    def put(self, place, sources):
        self.puts.setdefault(place, set()).update(sources)

    def gather(self, unit):
        for at, token in enumerate(unit.tokens):
            if token.text == "=" :
                self.assignment(unit, at)
            elif token.text == "(" and at in unit.match:
                if unit.is_(unit.match[at] + 1, "{"):
                    read = unit.specifiers(at + 1, unit.match[at])
                    if read and (read[1] == unit.match[at] or unit.is_(read[1], "[")):
                        self.initialiser(unit, Member("", read[0].struct, array=unit.is_(read[1], "[")), None,
                                         unit.match[at] + 2, unit.match[unit.match[at] + 1])
                before = unit.tokens[at - 1]
                if before.word and before.text not in KEYWORDS and unit.body_at(at):
                    self.calls.setdefault(before.text, []).append((unit, unit.arguments(at + 1, unit.match[at])))

    def assignment(self, unit, at):
        left = at - 1
        array = False
        while unit.is_(left, "]") and left in unit.match:
            left, array = unit.match[left] - 1, True
        if unit.is_(left, ")") and left in unit.match:
            first = unit.match[left]
            if unit.is_(first - 1, ")"):
                first, left = unit.match[first - 1], first - 1     # a declared (*name)(…)
            inner = [t for t in unit.tokens[first:left] if t.word and t.text not in QUALIFIERS]
            name = inner[0].text if inner else ""
            place_of = self.variable(unit, at, name)
        elif left >= 0 and unit.tokens[left].word:
            name = unit.tokens[left].text
            if unit.tokens[left - 1].text in (".", "->"):
                names = unit.chain_before(left)
                if unit.tokens[left - 1].text == "." and unit.tokens[left - 2].text in ("{", ","):
                    return  # a designator: its initialiser is read as a whole
                place_of = Place("member", unit.owner(names, left) if names else "", name)
            else:
                place_of = self.variable(unit, at, name)
        else:
            return
        if unit.is_(at + 1, "{"):
            body = unit.body_at(at)
            variable = (body.variables.get(name) if body else None) or unit.globals.get(name)
            if variable:
                self.initialiser(unit, Member(name, variable.struct, array=variable.array or array), place_of,
                                 at + 2, unit.match.get(at + 1, at + 2))
            return
        end = at + 1
        while end < len(unit.tokens) and unit.tokens[end].text not in (";", ",", "}", ")"):
            if unit.tokens[end].text in ("(", "[", "{") and end in unit.match:
                end = unit.match[end]
            end += 1
        self.put(place_of, self.values(unit, at + 1, end))

    def variable(self, unit, at, name):
        body = unit.body_at(at)
        return Place("variable", body.name if body and name in body.variables else "", name)

    def initialiser(self, unit, member, place_of, begin, end):
        """{ a, .b = c, [d] = { e } } for what is of the type of @p member and stands at @p place_of."""
        position = 0
        members = unit.structs.get(member.struct, [])
        for start, stop in unit.arguments(begin, end):
            struct, to = member.struct, None
            if unit.is_(start, "["):
                start = unit.match[start] + 1
                if unit.is_(start, "="):
                    start += 1
            while unit.is_(start, "."):
                name = unit.tokens[start + 1].text
                holder = unit.holder(struct, name)
                to = unit.member_of(struct, name) or Member(name)
                for index, candidate in enumerate(members):
                    if candidate.name == name:
                        position = index + 1
                place, struct = Place("member", holder, name), to.struct
                start += 2
                while unit.is_(start, "["):
                    start = unit.match[start] + 1
                if unit.is_(start, "="):
                    start += 1
                    break
            if to is None:
                if member.array:
                    to, place = Member(member.name, member.struct), place_of or Place("variable", "", "")
                elif position < len(members):
                    to = members[position]
                    place = Place("member", member.struct, to.name)
                    position += 1
                else:
                    to, place = Member(member.name), Place("member", member.struct, "")
            if unit.is_(start, "{"):
                self.initialiser(unit, to, place, start + 1, unit.match.get(start, stop))
            else:
                self.put(place, self.values(unit, start, stop))

    def values(self, unit, begin, end):
        """What pointers an expression can give."""
        found, at = set(), begin
        body = unit.body_at(begin)
        while at < end:
            token = unit.tokens[at]
            if token.word and not unit.is_(at + 1, "(") and token.text not in KEYWORDS:
                member = unit.tokens[at - 1].text in (".", "->")
                further = at + 1 < end and unit.tokens[at + 1].text in (".", "->", "[")
                if member and not further:
                    names = unit.chain_before(at)
                    found.add(Place("member", unit.owner(names, at) if names else "", token.text))
                elif not member and not further:
                    found |= self.plain(unit, body, token)
            elif unit.is_(at, "(") and at in unit.match and at > begin and unit.tokens[at - 1].word:
                at = unit.match[at]  # what is called gives no pointer to a function that is known
            at += 1
        return found

    def plain(self, unit, body, token):
        """A name by itself."""
        if body and token.text in body.variables:
            for index, parameter in enumerate(body.parameters):
                if parameter.name == token.text:
                    return {Place("parameter", body.name, token.text, index)}
            return {Place("variable", body.name, token.text)}
        if token.text in self.by_name:
            return {Place("function", token.file, token.text)}
        return {Place("variable", "", token.text)} if token.text in unit.globals else set()

    # ---- what that comes to ----

    def reach(self, place, seen=None):
        """Addresses of the functions that a place may hold."""
        seen = set() if seen is None else seen
        if place in seen:
            return set()
        seen.add(place)
        if place.kind == "function":
            candidates = self.by_name.get(place.name, [])
            own = [f for f in candidates if f.file and os.path.basename(f.file) == os.path.basename(place.where)]
            return {f.address for f in own or candidates}
        found = set()
        # The list speaks of one place, or of all members of a structure: "struct name.*".
        key = next((k for k in (str(place), f"{place.where}.*") if k in self.callbacks), None)
        if key is not None:
            self.used.add(key)
            for name in self.callbacks[key]:
                found |= {f.address for f in self.by_name.get(name, [])}
            return found
        known, sources = place in self.puts, set(self.puts.get(place, ()))
        if place.kind == "member":
            for other, put in self.puts.items():
                if other.kind == "member" and other.name == place.name and (not other.where or not place.where):
                    sources |= put
                    known = True
        elif place.kind == "parameter":
            # A function that is never called and not there needs no callers.
            known = place.where not in self.by_name
            for unit, arguments in self.calls.get(place.where, []):
                known = True
                if place.index < len(arguments):
                    sources |= self.values(unit, *arguments[place.index])
        if not known:
            self.leaves.add(place)
        for source in sources:
            found |= self.reach(source, seen)
        return found

    # ---- the calls ----

    def has(self, name, file):
        return any(body.name == name and os.path.basename(body.file) == os.path.basename(file)
                   for unit in self.units for body in unit.bodies)

    def calls_in(self, name, file):
        """Calls through pointers in the body of a function."""
        found = set()
        for unit in self.units:
            for body in unit.bodies:
                if body.name == name and os.path.basename(body.file) == os.path.basename(file):
                    found |= self.calls_of(unit, body)
        return found

    def calls_of(self, unit, body):
        found = getattr(body, "pointer_calls", None)
        if found is None:
            found = body.pointer_calls = set()
            for at in range(body.begin, body.end):
                if unit.is_(at, "(") and at in unit.match:
                    place = self.called(unit, at)
                    if place is STRANGE:
                        token = unit.tokens[at - 1]
                        self.strange.add((body.name, f"{token.file}:{token.line}: cannot tell what is called"))
                    elif place:
                        found.add(Call(unit.tokens[at].file, unit.tokens[at].line, place))
        return found

    def called(self, unit, at):
        """The pointer that is called with the bracket at @p at; None if it is a function, or no call."""
        before = at - 1
        if unit.tokens[before].text in ("]", ")") and not self.ends_operand(unit, before):
            return None
        if unit.is_(before, "]"):
            before = unit.match[before] - 1
        elif unit.is_(before, ")") and unit.is_(unit.match[before] + 1, "*"):
            before = before - 1
            while unit.is_(before, "]"):
                before = unit.match[before] - 1
        token = unit.tokens[before]
        if not token.word:
            return STRANGE if unit.tokens[at - 1].text in ("]", ")") else None
        if token.text in KEYWORDS or token.text in QUALIFIERS:
            return None
        if unit.tokens[before - 1].text in (".", "->"):
            names = unit.chain_before(before)
            return Place("member", unit.owner(names, before) if names else "", token.text)
        body = unit.body_at(at)
        if body and token.text in body.variables:
            last = unit.tokens[before - 1]
            if last.word and last.text not in KEYWORDS:
                return None  # it is declared here
            return next(iter(self.plain(unit, body, token)))
        if token.text in self.by_name or token.text.startswith("__builtin_") or token.text in self.bodies:
            return None
        variable = unit.globals.get(token.text)
        if variable is None:
            return STRANGE
        return None if variable.prototype else Place("variable", "", token.text)

    def ends_operand(self, unit, at):
        """Whether the bracket at @p at ends something that can be called: an element, or (*pointer); not a cast or an if."""
        first = unit.match.get(at)
        if first is None:
            return False
        if unit.is_(at, "]"):
            return unit.tokens[first - 1].word or unit.tokens[first - 1].text in ("]", ")")
        before = unit.tokens[first - 1]
        return unit.is_(first + 1, "*") and not before.word


def resolve(image, functions, program):
    """
    Function → {Call: addresses it can reach}, for every function with an indirect call.

    The compiler joins calls of different lines into one instruction where it can, so that an instruction does not say
    which of them it is: all calls of a function, and of the functions that were compiled into it, count for each.
    """
    wanted = [f for f in functions.values() if f.sites]
    bodies = machine.bodies_of(image, wanted)
    found = {}
    for function in wanted:
        calls, known = set(), False
        for name, file in bodies[function.address]:
            known = known or program.has(name, file)
            calls |= program.calls_in(name, file)
        if known and not calls and not any(function.sites.values()):
            # Its source has no such call: it jumps by a table, as switches are compiled.
            function.sites.clear()
            continue
        found[function.address] = {call: program.reach(call.place) for call in calls}
    return found
