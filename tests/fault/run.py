#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets single instructions of the boot code go wrong, one a run, and counts what comes of it.

For every scenario (scenarios.c) and every instruction of src/boot, src/crypto (without backends) and src/wire that runs
in it, each of these is done at the first executions of the instruction, one execution a run, and at all of them in one:

  skip  the instruction is passed over
  jump  a conditional jump is taken, whatever the flags say
  zero  a call that boot code makes answers 0, which is ROTOR_OK
  ones  a call that boot code makes answers all ones

Every outcome is allowed but one: that the forbidden thing happens. Such a fault has an identifier,
VICTIM/SCENARIO/MODEL/FILE:FUNCTION+OFFSET/HIT, which --replay does again and shows in the listing.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import platform
import re
import subprocess
import sys
import zlib

MODELS = {"skip": "s", "jump": "j", "zero": "z", "ones": "o"}
OUTCOMES = {"r": "refused", "p": "proper", "c": "crashed", "h": "hung", "A": "ACCEPTED", "n": "not reached"}
# Controls: the state is good, and that it is started or activated is no violation.
CONTROLS = ("good", "update-good")
# CPU time of one run. Undisturbed it takes a fraction of a millisecond, but one signal for each execution of a fault.
WATCHDOG_MS, DEEP_WATCHDOG_MS = 10, 500
UNDER_TEST = re.compile(r"/src/(boot|crypto|wire)/([^/]+)$")

Instruction = collections.namedtuple("Instruction", "address length text function offset")
Fault = collections.namedtuple("Fault", "scenario model instruction hit target")


class Victim:
    """One build of the victim and its listing."""

    def __init__(self, path, watchdog):
        self.path, self.watchdog = path, watchdog
        self.name = path.name.rsplit("-", 1)[1]
        self.instructions, self.module = {}, {}
        listing, starts = [], {}
        function = None
        for line in run("objdump", "-d", "-w", str(path)).splitlines():
            head = re.match(r"([0-9a-f]+) <([^>]+)>:$", line)
            if head:
                function = int(head[1], 16)
                starts[function] = head[2]
                continue
            body = re.match(r" *([0-9a-f]+):\t((?:[0-9a-f]{2} )+) *(?:\t(.*))?$", line)
            if body:
                listing.append((int(body[1], 16), len(body[2].split()), (body[3] or "").strip(), function))
        sources = self.sources_of(starts)
        for address, length, text, function in listing:
            source = UNDER_TEST.search(sources[function])
            if source and text and not text.startswith(("nop", "data16", "xchg   %ax,%ax", "cs nop")):
                name = f"{source[2]}:{starts[function]}"
                self.instructions[address] = Instruction(address, length, text, name, address - function)
                self.module[address] = source[1]

    def sources_of(self, starts):
        """The source file of each function, as the debug information has it."""
        addresses = "\n".join(f"{address:x}" for address in starts)
        lines = run("addr2line", "-e", str(self.path), input=addresses).splitlines()
        return {address: line.rsplit(":", 1)[0] for address, line in zip(starts, lines)}

    def scenarios(self):
        return run(str(self.path)).split()

    def executed(self, scenario):
        """How often each instruction under test runs when nothing is wrong."""
        low, high = min(self.instructions), max(self.instructions) + 1
        answer = run(str(self.path), scenario, str(self.watchdog), input=f"t {low:x} {high:x}\n")
        counts = (line.split() for line in answer.splitlines() if line)
        return {int(a, 16): int(n) for a, n in counts if int(a, 16) in self.instructions}

    def faults(self, scenario, hits, models, thin=1):
        """All faults of a scenario, each instruction at its first @p hits executions and at all.

        Of those outside src/boot, and of the controls, only one instruction in @p thin, the same in every run.
        """
        for address, count in self.executed(scenario).items():
            i = self.instructions[address]
            if self.module[address] != "boot" or scenario in CONTROLS:
                if zlib.crc32(f"{scenario}{i.function}{i.offset}".encode()) % thin:
                    continue
            wanted = {"skip": 0}
            jump = re.match(r"j(?!mp)[a-z]+ +([0-9a-f]+)", i.text)
            if jump:
                wanted["jump"] = int(jump[1], 16)
            if i.text.startswith("call") and self.module[address] == "boot":
                wanted["zero"] = wanted["ones"] = 0
            for model, target in wanted.items():
                if model in models:
                    for hit in [*range(1, min(count, hits) + 1), *([0] if count > 1 else [])]:
                        # A backend that answers so every time is no fault but a broken backend.
                        if hit or model in ("skip", "jump"):
                            yield Fault(scenario, model, i, hit, target)

    def inject(self, scenario, faults):
        """Does the faults; one letter for each."""
        lines = "".join(f"{MODELS[f.model]} {f.instruction.address:x} {f.instruction.length} {f.hit} {f.target:x}\n"
                        for f in faults)
        answer = run(str(self.path), scenario, str(self.watchdog), input=lines)
        if len(answer) != len(faults):
            sys.exit(f"{self.name}/{scenario}: {len(answer)} answers to {len(faults)} faults")
        return answer

    def identifier(self, f):
        i = f.instruction
        return f"{self.name}/{f.scenario}/{f.model}/{i.function}+{i.offset:#x}/{f.hit or 'all'}"

    def around(self, instruction, lines=8):
        """The listing around an instruction."""
        near = sorted(i for i in self.instructions.values() if i.function == instruction.function)
        at = near.index(instruction)
        for i in near[max(0, at - lines):at + lines + 1]:
            yield f"{'=>' if i is instruction else '  '} +{i.offset:#x}\t{i.text}"


def run(*words, input=None):
    done = subprocess.run(words, input=input, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: {done.stderr.strip() or 'failed'}")
    return done.stdout


def replay(victims, identifier):
    """Does one fault again and shows where it was."""
    words = identifier.split("/")
    if len(words) != 5 or words[2] not in MODELS:
        sys.exit(f"{identifier}: no identifier of a fault: VICTIM/SCENARIO/MODEL/FILE:FUNCTION+OFFSET/HIT")
    victim_name, scenario, model, _, hit = words
    victim = next((v for v in victims if v.name == victim_name), None)
    if victim is None:
        sys.exit(f"there is no victim {victim_name}")
    for f in victim.faults(scenario, 1 << 30 if hit != "all" else 1, [model]):
        if victim.identifier(f) == identifier:
            print(f"{identifier}: {OUTCOMES[victim.inject(scenario, [f])]}")
            print("\n".join(victim.around(f.instruction)))
            return
    sys.exit("there is no such fault in this build")


def campaign(victim, scenario, hits, models, thin):
    faults = list(victim.faults(scenario, hits, models, thin))
    return scenario, faults, victim.inject(scenario, faults)


def report(victim, results):
    """One line a scenario; the accepted faults after it."""
    accepted, instructions, total = [], set(), collections.Counter()
    print(f"\n{victim.name:<24}{'instr.':>8}{'faults':>8}{'refused':>9}{'proper':>8}{'crashed':>9}{'hung':>6}{'ACCEPTED':>10}")
    for scenario, faults, letters in results:
        count = collections.Counter(letters)
        where = {f.instruction.address for f in faults}
        instructions |= where
        total += count
        print(f"{scenario:<24}{len(where):>8}{len(faults):>8}{count['r']:>9}{count['p']:>8}{count['c']:>9}"
              f"{count['h']:>6}{count['A']:>10}")
        if count["n"]:
            sys.exit(f"{victim.name}/{scenario}: {count['n']} faults were never reached")
        accepted += [f for f, letter in zip(faults, letters) if letter == "A"]
    print(f"{'all':<24}{len(instructions):>8}{sum(total.values()):>8}{total['r']:>9}{total['p']:>8}{total['c']:>9}"
          f"{total['h']:>6}{total['A']:>10}")
    for f in accepted:
        print(f"  ACCEPTED {victim.identifier(f)}\t{f.instruction.text}")
    return sum(total.values()), len(instructions), len(accepted)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path, help="folder of an optimised build, such as build/release")
    parser.add_argument("--deep", action="store_true", help="every instruction, at more of its executions")
    parser.add_argument("--hits", type=int, help="executions of each instruction that go wrong, one a run")
    parser.add_argument("--scenario", action="append", help="only this one")
    parser.add_argument("--model", action="append", choices=MODELS, help="only this one")
    parser.add_argument("--replay", metavar="ID", help="do one fault again and show where it is")
    options = parser.parse_args()
    if platform.machine() not in ("x86_64", "AMD64"):
        sys.exit(f"instructions are skipped on x86-64 only, and this is {platform.machine()}: nothing was shown")
    paths = sorted((options.build / "tests" / "fault").glob("fault-victim-O?"))
    if not paths:
        sys.exit(f"no victims in {options.build}")
    victims = [Victim(path, DEEP_WATCHDOG_MS if options.deep or options.replay else WATCHDOG_MS) for path in paths]
    if options.replay:
        replay(victims, options.replay)
        return
    hits, thin = options.hits or (4 if options.deep else 1), 1 if options.deep else 8
    sums = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for victim in victims:
            names = options.scenario or victim.scenarios()
            work = [pool.submit(campaign, victim, name, hits, options.model or MODELS, thin) for name in names]
            sums = [a + b for a, b in zip(sums, report(victim, (w.result() for w in work)))]
    print(f"\n{sums[0]} faults at {sums[1]} instructions, {sums[2]} accepted")
    sys.exit(1 if sums[2] else 0)


if __name__ == "__main__":
    main()
