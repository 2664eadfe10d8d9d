#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes mistakes on purpose, one at a time, in a copy of the tree, and shows that the simulator finds each.

usage: mutation.py [NAME ...]      (all of the table below; needs to be run in the top folder)
"""

import json
import os
import pathlib
import resource
import subprocess
import sys

SCRATCH = pathlib.Path("build/mutation")
PROGRAM = SCRATCH / "build/sim/rotor-sim"
# From the quickest look to the closest that is worth its time; the first that finds something ends it.
LOOKS = [["--quick"], []]
GEOMETRY = "256x16"
# What one process of the simulator may take, in bytes and in seconds of processor time.
MEMORY, SECONDS = 2 << 30, 900

# What of the tree is needed to build the simulator.
PARTS = ("CMakeLists.txt", "include", "src", "sim", "apps", "tests")

RECORDER, CHOOSE, STAGE = "src/boot/recorder.c", "src/boot/stage_choose.c", "src/boot/stage.c"
UPDATE, START, LINK, UPDATER = "src/boot/update.c", "src/device/start.c", "src/device/pldm_link.c", "src/device/updater.c"

# The floor rises whatever the record says of the slot: two looks at it are left out.
CONFIRMED_OR_NOT = [
    (STAGE, "	if (slot == NULL || slot->state != ROTOR_BOOT_CONFIRMED || slot->floor_held ||", "	if (slot == NULL || slot->floor_held ||"),
    (STAGE, "	if (harden_is(SHARE_CONFIRMED, (uint32_t)again->state + again->floor_held * 256u,\n		      ROTOR_BOOT_CONFIRMED) != SHARE_CONFIRMED) {",
     "	if (again->floor_held) {"),
]

# Name, the mistake in words, and its edits: file, text that stands there once, text in its place.
MUTANTS = [
    ("slot-written-unmarked", "the slot is erased and written while the record still calls it good",
     [(UPDATE, "	u->state = ROTOR_BOOT_UPDATE_BEGINNING;\n	return update_store(u, ROTOR_BOOT_UPDATE_RECEIVING);",
       "	u->state = ROTOR_BOOT_UPDATE_RECEIVING;\n	return ROTOR_OK;")]),
    ("pending-too-early", "the slot is marked pending when its update begins, before anything was written or verified",
     [(UPDATE, "	update_change(u, ROTOR_BOOT_RECEIVING)->kind = kind;",
       "	update_change(u, ROTOR_BOOT_PENDING)->tries_left = u->config.tries;")]),
    ("answered-too-early", "ActivateFirmware is answered before the slot is marked pending",
     [(UPDATER, "	return rotor_boot_update_activate(&d->update);", "	(void)d;\n	return ROTOR_OK;"),
      (LINK, "		d->reset_asked = true;",
       "		d->reset_asked = true;\n		(void)!rotor_boot_update_activate(&d->update);")]),
    ("trial-not-counted", "a trial is started without being counted",
     [(CHOOSE, "	s->then = STEP_COPY_BEGIN;\n	s->step = STEP_STORE_RECORD;", "	s->step = STEP_COPY_BEGIN;")]),
    ("trial-for-ever", "a slot without tries left is tried again",
     [(CHOOSE, "	if (untried && slot->tries_left == 0) {", "	if (untried && slot->tries_left == UINT8_MAX) {"),
      (CHOOSE, "(uint8_t)(now->tries_left - 1)", "(uint8_t)(now->tries_left ? now->tries_left - 1 : 0)")]),
    ("floor-for-a-trial", "the floor rises when a slot on trial is started",
     [*CONFIRMED_OR_NOT, (STAGE, "s->recorder.agreed ? raise_floor(s) : ROTOR_OK", "raise_floor(s)")]),
    ("floor-before-confirmation", "the floor rises before the record says confirmed",
     [(START, "		status = rotor_boot_update_confirm(&d->update);\n		if (status == ROTOR_OK && d->config.handoff->trial) {",
       "		status = rotor_boot_update_confirm(&d->update);\n		if (d->config.handoff->trial) {"),
      (STAGE, "	if (slot->state != ROTOR_BOOT_CONFIRMED ||\n	    memcmp(slot->digest, s->image.measurement, sizeof(slot->digest)) != 0) {",
       "	if (memcmp(slot->digest, s->image.measurement, sizeof(slot->digest)) != 0) {"),
      *CONFIRMED_OR_NOT]),
    ("floor-not-made-good", "a cut between confirmation and floor is not made good at the next boot",
     [(STAGE, "s->recorder.agreed ? raise_floor(s) : ROTOR_OK", "ROTOR_OK")]),
    ("fuse-left-weak", "a floor that reads as it should is not blown again",
     [(STAGE, "	    wanted < s->floor) {", "	    wanted <= s->floor) {")]),
    ("newer-copy-overwritten", "the record is written over the newer copy",
     [(RECORDER, "r->valid == 0 ? 0 : (uint8_t)(1 - r->newest)", "r->valid == 0 ? 0 : r->newest")]),
    ("older-copy-believed", "of two firm copies the older is believed",
     [(RECORDER, "		return second_is_newer ? 1 : 0;", "		return second_is_newer ? 0 : 1;")]),
    ("doubtful-copy-preferred", "of two copies that are not firm the newer is believed",
     [(RECORDER, "		return second_is_newer ? 0 : 1;", "		return second_is_newer ? 1 : 0;")]),
    ("read-back-skipped", "what was written to the record is not compared",
     [(RECORDER, "memcmp(r->image, r->check, len) != 0", "r->flash == NULL")]),
    # That the first seal is not looked at is not in the table: no cut makes a difference, since the second is not begun
    # before record and first seal read back.
    ("firm-without-second-seal", "a copy is firm whether or not its second seal was begun",
     [(RECORDER, "part == LOAD_SECOND_SEAL && !all_are(r->check, 0xff)", "part == LOAD_SECOND_SEAL")]),
    ("copies-not-made-equal", "the boot stage acts on what one copy alone says",
     [(CHOOSE, "	s->step = STEP_RENEW;", "	s->step = STEP_SETTINGS_READ;"),
      (STAGE, "s->recorder.agreed ? raise_floor(s) : ROTOR_OK", "raise_floor(s)")]),
    ("renewed-once", "after a renewal the copy that was in doubt is left as it is",
     [(CHOOSE, "s->at < ROTOR_BOOT_SLOTS) {", "s->step == STEP_DONE) {")]),
    ("one-copy-is-enough", "a record that one copy holds already is not written into the other",
     [(RECORDER, "	if (r->same && r->agreed) {", "	if (r->same) {"),
      (CHOOSE, "s->at < ROTOR_BOOT_SLOTS) {", "s->step == STEP_DONE) {"),
      (STAGE, "s->recorder.agreed ? raise_floor(s) : ROTOR_OK", "raise_floor(s)")]),
    ("sector-not-erased", "a slot's sectors are programmed without being erased",
     [(UPDATE, "		status = rotor_boot_flash_erase(u->config.flash, base + u->erased);", "		status = ROTOR_OK;")]),
    ("revert-forgotten", "a bad slot is passed over in this boot only, and what is pending stays so",
     [(CHOOSE, "	s->then = (uint8_t)then;\n	s->step = STEP_STORE_RECORD;\n}",
       "	s->slot_failed[s->slot] = true;\n	s->step = (uint8_t)then;\n}")]),
]


def fail(message):
    sys.exit(f"mutation.py: {message}")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


def make_copy():
    """Brings the copy up to date; what has not changed keeps its time, so that it is not built again."""
    listed = run("git", "ls-files", "-co", "--exclude-standard")
    if listed.returncode != 0:
        fail("it needs a git work tree")
    wanted = {name for name in listed.stdout.split("\n") if name.split("/")[0] in PARTS and pathlib.Path(name).is_file()}
    tree = SCRATCH / "tree"
    for path in [path for path in tree.rglob("*") if path.is_file()]:
        if path.relative_to(tree).as_posix() not in wanted:
            path.unlink()
    for name in wanted:
        source, target = pathlib.Path(name), tree / name
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    made = run("cmake", "-S", str(tree), "-B", str(SCRATCH / "build"), "-G", "Ninja",
               "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DCMAKE_C_COMPILER=gcc")
    if made.returncode != 0:
        fail("cannot configure the copy:\n" + made.stderr)
    build("the copy without mistakes")


def build(what):
    made = run("cmake", "--build", str(SCRATCH / "build"), "--target", "rotor-sim")
    if made.returncode != 0:
        fail(f"{what} does not build:\n" + made.stdout[-3000:])


def limit():
    """A mistake can make a story go on for ever: it ends when it has taken more than any story needs."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def look(options):
    """Runs the simulator. Returns its first failure as (identifier, why), or None."""
    command = [str(PROGRAM), "--json", "--stop", "--jobs", str(min(len(os.sched_getaffinity(0)), 8)), "--geometry", GEOMETRY]
    done = subprocess.run([*command, *options], capture_output=True, text=True, preexec_fn=limit)
    for line in done.stdout.splitlines():
        event = json.loads(line)
        if event["event"] == "failure":
            return event["id"], event["why"]
    if done.returncode != 0:
        return "(no identifier)", f"the simulator ended with status {done.returncode}"
    return None


def apply(edits):
    """Makes the edits; returns what the files held before."""
    before = {}
    for name, old, new in edits:
        path = SCRATCH / "tree" / name
        text = path.read_text()
        before.setdefault(path, text)
        if text.count(old) != 1:
            fail(f"{name} has {text.count(old)} times, and not once:\n{old}")
        path.write_text(text.replace(old, new))
    return before


def try_mutant(name, what, edits):
    before = apply(edits)
    build(f"mutant {name}")
    found = None
    for options in LOOKS:
        found = look(options)
        if found:
            break
    for path, text in before.items():
        path.write_text(text)
    if found:
        print(f"  found     {name}: {what}\n            {found[0]}\n            {found[1]}", flush=True)
    else:
        print(f"  NOT FOUND {name}: {what}", flush=True)
    return found is not None


def main():
    names = sys.argv[1:]
    unknown = set(names) - {mutant[0] for mutant in MUTANTS}
    if unknown:
        fail(f"no such mutant: {', '.join(sorted(unknown))}")
    SCRATCH.mkdir(parents=True, exist_ok=True)
    make_copy()
    found = look(LOOKS[0])
    if found:
        fail(f"the simulator finds something without a mistake being made: {found[0]}, {found[1]}")
    wanted = [mutant for mutant in MUTANTS if not names or mutant[0] in names]
    found = sum(try_mutant(*mutant) for mutant in wanted)
    print(f"{len(wanted)} mistakes made, {found} found")
    return 0 if found == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
