#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A whole secure firmware update, between real processes, and all that is refused on the way.

Every value shown comes from the events of the programs, which took it from the bus.
"""
import argparse
import json
import os
import random
import re
import signal
import sys
import textwrap
import time

sys.dont_write_bytecode = True  # a demo leaves nothing in the source tree
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from board import BoardBuild, BoardProduct
from scenario import AGENT_EID, OTHER_PRODUCT, PROT_EID, VERIFIER_ADDRESS, VERIFIER_EID, Failure, Product

TITLES = {
    0: "Preparation: keys, firmware, packages, a new device",
    1: "MCTP: the bus owner finds the device",
    2: "SPDM: the device proves itself, then both sides make a session",
    3: "PLDM in the session: transfer, verification, activation, restart",
    4: "Attestation again, by the updater and by somebody else",
    5: "Refused: a byte of the image is flipped",
    6: "Refused: an image signed by a stranger",
    7: "Refused: an older security version",
    8: "Refused: a rightly signed image of another product",
    9: "Refused: an agent without a trusted certificate",
    10: "Refused: a session without mutual authentication",
    11: "Refused: a package for another device",
    12: "Refused: a truncated package",
    13: "Power lost in mid-transfer",
    14: "A capture, opened with its key log",
}
BOARD_TITLES = {
    15: "Firmware that hangs: the watchdog resets, the old one comes back",
    16: "Power lost at random moments of an update",
}


def short(text, most=32):
    """Long hexadecimal values, abbreviated for people; the JSON form has them whole."""
    return text if len(text) <= most + 3 else text[:most] + "…"


def abbreviate(sentence):
    return re.sub(r"\b[0-9a-f]{48,}\b", lambda m: short(m.group()), sentence)


class Text:
    """For people."""

    def __init__(self, out):
        self.out = out
        self.tty = out.isatty() and os.environ.get("TERM") != "dumb"
        self.colour = self.tty and not os.environ.get("NO_COLOR")
        self.bar = False

    def paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.colour and code else text

    def line(self, text=""):
        if self.bar:
            self.out.write("\r\033[K")
            self.bar = False
        self.out.write(text + "\n")
        self.out.flush()

    def step(self, number, title):
        head = f"{number}. {title}" if number else title
        self.line()
        self.line(self.paint("1", head))
        self.line(self.paint("1", "─" * len(head)))

    def note(self, event, sentence, **_):
        colour = {"command": "1", "refused": "33", "cut": "31", "done": "32", "success": "1;32"}.get(event)
        mark = {"command": "$ ", "refused": "✗ ", "cut": "✗ ", "done": "✓ ", "success": "✓ "}.get(event, "")
        for n, line in enumerate(textwrap.wrap(sentence, 104, break_long_words=False)):
            self.line("  " + self.paint(colour, (mark if n == 0 else " " * len(mark)) + line))

    def value(self, label, value, **_):
        self.line(f"      {label:<18} {short(str(value), 64)}")

    def message(self, event):
        depth = "│ " if event.get("in_session") else ""
        protocol = {"control": "MCTP"}.get(event["protocol"], event["protocol"])
        size = f"{event['size']} B" if event.get("size") else ""
        if event.get("packets", 0) > 1:
            size += f" in {event['packets']} packets"
        name = f"{event['name']:<{30 - len(depth)}}"
        head = f"    {event['source']:>3} → {event['destination']:<3} {depth}{protocol:<5} {name} "
        text = textwrap.wrap(abbreviate(event.get("summary") or ""), 60) or [""]
        for line in text[:-1]:
            self.line(head + line)
            head = " " * len(head)
        size = f"  ({size})" if text[-1] and size else f"({size})" if size else ""
        self.line(head + text[-1] + self.paint("2", size))

    def program(self, program, event):
        name, sentence = event["event"], event.get("message")
        if name == "progress":
            self.progress(event)
        elif name == "message":
            self.message(event)
        elif name == "text":
            self.line("    " + abbreviate(sentence))
        elif sentence:
            who = {"rotor-prot": "device"}.get(program, program)
            colour = {"warning": "33", "error": "33"}.get(event.get("severity"), "36" if who == "device" else None)
            for n, line in enumerate(abbreviate(sentence).splitlines()):
                self.line(f"    {who if n == 0 else '':<7}" + self.paint(colour, line))

    def progress(self, event):
        amount = f"{event['done']} of {event['total']} bytes, {event['rate'] // 1000} kB/s"
        if self.tty:
            filled = event["percent"] * 40 // 100
            self.out.write(f"\r    [{'#' * filled}{'.' * (40 - filled)}] {event['percent']:3} %  {amount}\033[K")
            self.bar = event["percent"] < 100
            if not self.bar:
                self.out.write("\n")
            self.out.flush()
        elif event["percent"] % 20 == 0:
            self.line(f"    {event['percent']:3} %  {amount}")


class Json:
    """For programs: one object a line. What a program or the demo itself says besides is in `fields`."""

    def __init__(self, out):
        self.out = out
        self.number, self.title = 0, TITLES[0]

    def write(self, program, event, message, fields):
        said = {"step": self.number, "step_name": self.title, "program": program, "event": event, "message": message,
                "fields": fields}
        self.out.write(json.dumps(said, ensure_ascii=False) + "\n")
        self.out.flush()

    def step(self, number, title):
        self.number, self.title = number, title
        self.write("demo", "begin", title, {})

    def note(self, event, sentence, **fields):
        self.write("demo", event, sentence, fields)

    def value(self, label, value, **fields):
        self.write("demo", "value", f"{label}: {value}", {"label": label, "value": value, **fields})

    def program(self, program, event):
        fields = dict(event)
        self.write(program, fields.pop("event"), fields.pop("message", None), fields)


def require(condition, what):
    if not condition:
        raise Failure(what)


class Demo:
    titles = TITLES
    powers_on = "rotor-bus & rotor-prot run: the device has power"

    def __init__(self, world, view):
        self.world, self.view = world, view
        self.number = 0
        self.show = set()      # names of events of `rotor` that are shown now
        self.data_requests = 0
        world.on_event = self.on_event

    # ---- what is shown ----

    def step(self, number):
        self.number = number
        self.view.step(number, self.titles[number])

    def on_event(self, program, event):
        name = event["event"]
        if isinstance(self.view, Json):
            if program != "rotor-bus":
                self.view.program(program, event)
        elif program == "rotor-prot" or name in self.show:
            self.view.program(program, event)

    def note(self, event, sentence, **fields):
        self.view.note(event, sentence, **fields)

    # ---- the steps ----

    def prepare(self):
        w = self.world
        self.step(0)
        self.show = {"provisioned"}
        self.note("command", "rotor keys new pki")
        w.keys()
        w.keys("stranger")
        for version, security_version, runtime in [("1.0.0", 1, "rotor-runtime-1"), ("1.1.0", 2, "rotor-runtime-2"),
                                                   ("1.2.0", 2, "rotor-runtime-1")]:
            self.note("command", f"rotor image sign --version {version} --security-version {security_version} … "
                      f"{runtime} {version}.img")
            shown = w.release(version, security_version, w.body(runtime))
            self.view.value("image", f"{shown['body_size']} bytes, {shown['signature_algorithm']}, "
                            f"vendor {shown['vendor_id']}, class {shown['class_id']}", version=version)
            self.view.value("measurement", shown["measurement"], version=version)
        self.note("text", "For each: rotor manifest create signs its reference values with the release key, "
                  "rotor package create packs both.")
        self.note("command", "rotor provision --flash flash.bin --fuses fuses.bin --image 1.0.0.img --pki pki")
        w.provision("1.0.0.img")
        w.trust("trust", "1.0.0.manifest")
        w.start_bus()
        self.note("command", self.powers_on)
        w.power_on()
        self.lamp = {"1.0.0": self.last_lamp()}
        require(w.running()["version"] == "1.0.0", "the new device does not run 1.0.0")

    def last_lamp(self):
        return [e for e in self.world.prot.events if e["event"] == "prot.lamp"][-1]["text"]

    def mctp(self):
        w = self.world
        self.step(1)
        self.show = {"message", "endpoint"}
        self.note("command", f"rotor discover --bus-owner --eid {AGENT_EID}")
        run = w.discover()
        found = run.one("endpoint", address=w.address)
        require(found["eid"] == PROT_EID, f"the device has EID {found['eid']}, not {PROT_EID}")
        self.uuid = found["uuid"]
        self.note("done", f"The device at address {w.address:#x} has EID {PROT_EID}; its UUID is {self.uuid}.")

    def attested(self, run, version, spdm=None):
        """Checks that a run of attest, or the last part of one of update, has proved a version."""
        w = self.world
        verdict = run.one("attested")
        values = run.measurements()
        require(verdict["verdict"] == "trusted", verdict["message"])
        require(verdict["version"] == version, f"the device proved {verdict['version']}, not {version}")
        require(values[2] == w.measured[version], f"the measured firmware is not the image of {version}")
        if spdm:
            require(verdict["spdm"] == spdm, f"SPDM {verdict['spdm']} was spoken, not {spdm}")
        return verdict

    def spdm(self):
        w = self.world
        self.step(2)
        run = None
        for spdm, shown in [("1.2", {"attested"}), ("1.3", {"message", "identity", "measurement", "attested"})]:
            self.show = shown
            self.note("command", f"rotor attest {PROT_EID} --spdm {spdm}" + (": its messages and what they prove"
                                                                            if len(shown) > 1 else ""))
            run = w.attest("trust", "--spdm", spdm)
            self.attested(run, "1.0.0", spdm)
        self.key = run.one("identity")["public_key"]
        self.note("done", "The chain leads to the trusted root, every signature is good, and the firmware is in the "
                  "known-good list.")

    def follow_update(self, event):
        """Turns the pages while `rotor update` runs."""
        if event["event"] != "step":
            return
        name = event["step"]
        if name == "opening a secure session":
            self.note("session", "rotor update: KEY_EXCHANGE with mutual authentication, then all is encrypted")
            self.show = {"message"}
        elif name == "asking for PLDM support":
            self.step(3)
            self.show = {"message", "progress"}
        elif name == "waiting for the restart":
            self.restarting = True
            self.note("restart", "the answer to ActivateFirmware has left the bus; the device restarts")
        elif name == "connecting with SPDM" and self.restarting:
            self.step(4)
            self.show = {"message", "identity", "measurement", "attested", "updated"}

    def update(self):
        w = self.world
        self.restarting = False
        self.show = set()
        self.note("command", f"rotor update {PROT_EID} 1.1.0.fwpkg")
        run = w.update("1.1.0.fwpkg", "trust", meanwhile=self.follow_update)
        require(self.restarting, "the update ended without a restart")
        self.attested(run, "1.1.0")
        w.await_firmware("1.1.0")
        self.lamp["1.1.0"] = self.last_lamp()
        require(w.running()["version"] == "1.1.0", "the device does not run 1.1.0")
        require(self.lamp["1.1.0"] != self.lamp["1.0.0"], "the new firmware does what the old one did")
        require(run.one("identity")["public_key"] != self.key, "the new firmware has the key of the old one")
        require(w.read("1.1.0.manifest") in w.read("1.1.0.fwpkg"), "the package does not carry the reference values")
        self.note("done", "The updater has attested the new firmware: a new key, a new certificate, and the "
                  "measurements that the package's signed reference values promise.")

    def verify_independently(self):
        w = self.world
        w.trust("verifier-trust", "1.1.0.manifest")
        reference = w.rotor("manifest", "verify", "--key", w.path("pki", "release.pub.pem"),
                            w.path("1.1.0.manifest")).all("reference")
        nonces = []
        for spdm, shown in [("1.2", {"attested"}), ("1.3", {"measurement", "attested"})]:
            self.show = shown
            self.note("command", f"rotor attest {PROT_EID} --eid {VERIFIER_EID} --address {VERIFIER_ADDRESS:#x} "
                      f"--trust verifier-trust --spdm {spdm}: another process, with a trust store of its own")
            run = w.attest("verifier-trust", "--spdm", spdm, verifier=True)
            nonces.append(self.attested(run, "1.1.0", spdm)["nonce"])
            values = run.measurements()
            for r in reference:
                require(values.get(r["index"]) == r["value"], f"measurement {r['index']} is not the reference value")
        require(nonces[0] != nonces[1], "a nonce came twice")
        self.note("done", f"All {len(reference)} values of the trusted computing base equal the signed reference "
                  f"values. The lamp was \"{self.lamp['1.0.0']}\" and is \"{self.lamp['1.1.0']}\".")
        self.note("success", "update successful", old="1.0.0", new="1.1.0")
        w.know("trust", "1.1.0.manifest")

    # ---- refusals ----

    def still(self, version):
        """The firmware that ran goes on: it has not restarted, and it attests."""
        w = self.world
        require(w.running()["version"] == version, f"the device runs {w.running()['version']}, not {version}")
        shown, self.show = self.show, {"attested"}
        self.attested(w.attest("verifier-trust", verifier=True), version)
        self.show = shown

    def reason(self, run):
        """Why a command failed; the folder's name says nothing to the reader."""
        return run.reason().splitlines()[0].replace(self.world.folder + "/", "")

    def refused(self, number, package, reason, *more, device_says=None, **options):
        """An update that must fail for this reason, and leave the device as it was."""
        w = self.world
        if self.number != number:
            self.step(number)
        self.show = set()
        self.note("command", f"rotor update {PROT_EID} {package}")
        w.prot.drain()
        before = len(w.prot.events)
        run = w.update(package, "trust", *more, code=1, **options)
        require(reason in run.reason(), f"refused, but not because \"{reason}\": {run.reason()}")
        if device_says:
            w.prot.wait_for_words(device_says, w.seconds(5), before)
        self.note("refused", f"exit code {run.code}: {self.reason(run)}", reason=run.reason(), code=run.code)
        self.still("1.1.0")
        w.prot.drain()
        require(not [e for e in w.prot.events[before:] if e["event"] in ("prot.running", "prot.reset", "prot.died")],
                "the device has restarted")
        self.note("done", "The old firmware goes on.")

    def refusals(self):
        w = self.world
        self.show = set()
        self.step(5)
        w.flipped("flipped.fwpkg")
        self.refused(5, "flipped.fwpkg", "its hash does not match", device_says="refused the new image")
        self.step(6)
        w.small("stranger.fwpkg", "1.3.0", 2, pki="stranger")
        # the reference values are in order: only the image is a stranger's
        w.manifest("stranger.manifest", "stranger.img")
        w.package("stranger.fwpkg", "stranger.img", "1.3.0", w.class_id, "stranger.manifest")
        self.refused(6, "stranger.fwpkg", "signed by a key that the device does not trust",
                     device_says="refused the new image")
        self.step(7)
        w.small("old.fwpkg", "1.3.0", 1)
        self.refused(7, "old.fwpkg", "below the device's security floor", device_says="refused the new image")
        self.step(8)
        other = w.small("other.fwpkg", "1.3.0", 2, product=OTHER_PRODUCT)
        self.refused(8, "other.fwpkg", "for another product", device_says="refused the new image")
        self.refused(9, "1.2.0.fwpkg", "opening a secure session", pki="stranger")
        self.refused(10, "1.2.0.fwpkg", "RequestUpdate", pki=None, device_says="has not authenticated itself")
        self.step(11)
        w.package("elsewhere.fwpkg", "other.img", "1.3.0", other["class_id"], "other.manifest")
        self.refused(11, "elsewhere.fwpkg", "the package is for other devices")
        self.step(12)
        w.write("truncated.fwpkg", w.read("1.2.0.fwpkg")[:-1000])
        self.refused(12, "truncated.fwpkg", "cut off")

    def power_loss(self):
        w = self.world
        self.step(13)
        self.show = {"progress"}
        self.note("command", f"rotor update {PROT_EID} 1.2.0.fwpkg")
        cut = []

        def meanwhile(event):
            if event["event"] == "progress" and event["percent"] >= 50 and not cut:
                cut.append(event)
                self.note("cut", f"power lost after {event['done']} of {event['total']} bytes")
                w.power_cut()

        run = w.update("1.2.0.fwpkg", "trust", code=1, meanwhile=meanwhile)
        require(cut, "the update failed before the power was cut: " + run.reason())
        self.note("refused", f"exit code {run.code}: {self.reason(run)}", reason=run.reason(), code=run.code)
        self.note("text", "power on")
        w.power_on()
        w.discover()
        self.still("1.1.0")
        self.note("done", "The old firmware runs.")
        self.note("command", f"rotor update {PROT_EID} 1.2.0.fwpkg --trace update.pcap --keylog update.keys")
        self.show = {"keylog", "progress", "attested", "updated"}
        run = w.update("1.2.0.fwpkg", "trust", "--trace", w.path("update.pcap"), "--keylog", w.path("update.keys"))
        self.attested(run, "1.2.0")
        w.know("verifier-trust", "1.2.0.manifest")
        w.await_firmware("1.2.0")
        self.still("1.2.0")
        self.note("done", "Updated.")

    def capture(self):
        w = self.world
        self.step(14)
        self.show = set()
        closed = w.rotor("trace", "show", w.path("update.pcap"))
        require(not any(e.get("name") == "RequestUpdate" for e in closed.events), "the session can be read without its keys")
        self.note("command", "rotor trace show --keylog update.keys update.pcap")
        opened = w.command("rotor", "trace", "show", "--keylog", w.path("update.keys"), w.path("update.pcap"))
        lines = [e["message"] for e in opened.events]
        shown = 0
        for first, count in [("KEY_EXCHANGE", 6), ("RequestUpdate", 12), ("ActivateFirmware", 4)]:
            at = next((n for n, line in enumerate(lines) if first in line), None)
            require(at is not None, f"the key log does not open the session: there is no {first}")
            at -= lines[at].startswith("  " * 5)  # the record that it stands in
            for line in ["…", *lines[at:at + count]]:
                self.view.program("rotor", {"event": "text", "severity": "info", "message": line})
            shown += count
        self.note("done", f"{shown} of {len(lines)} lines; without the key log the session stays closed.")

    def story(self):
        self.prepare()
        self.mctp()
        self.spdm()
        self.update()
        self.verify_independently()
        self.updated = time.monotonic() - self.began
        self.refusals()
        self.power_loss()
        self.capture()

    def all(self):
        self.began = time.monotonic()
        self.story()
        seconds = time.monotonic() - self.began
        self.number = len(self.titles)
        self.view.step(self.number if isinstance(self.view, Json) else 0, "Summary")
        self.note("summary", f"{self.summary()} {seconds:.1f} s, of which the first update with all preparation "
                  f"{self.updated:.1f} s.", seconds=round(seconds, 1), update_seconds=round(self.updated, 1))

    def summary(self):
        return "One update done and attested twice, 8 refused, one cut off by a power loss and done again."


class BoardDemo(Demo):
    """The same with firmware for a board, under QEMU, and what only a board can show."""

    titles = {**TITLES, **BOARD_TITLES}
    powers_on = "qemu-system-arm -M ast1030-evb -kernel rom.elf …: the board has power, its second UART is the line"

    def __init__(self, world, view, kills, seed):
        super().__init__(world, view)
        self.kills, self.seed = kills, seed

    def story(self):
        super().story()
        self.hang()
        self.killed()

    def summary(self):
        return f"{super().summary()} Hung firmware reverted; {self.kills} kills at random moments survived (seed {self.seed})."

    def hang(self):
        w = self.world
        self.step(15)
        self.show = set()
        w.know("trust", "1.2.0.manifest")
        w.release("1.3.0", 2, w.body("test-hang"))
        self.note("command", f"rotor update {PROT_EID} 1.3.0.fwpkg: signed like the others, and it hangs when it starts")
        w.prot.drain()
        before = len(w.prot.events)
        run = w.update("1.3.0.fwpkg", "trust", code=1)
        self.note("refused", f"exit code {run.code}: {self.reason(run)}", reason=run.reason(), code=run.code)
        w.prot.wait_for("prot.running", w.seconds(20), before, version="1.3.0", trial=True)
        w.prot.wait_for("prot.boot", w.seconds(40), before, what="did not confirm itself")
        w.prot.wait_for("prot.running", w.seconds(20), before, version="1.2.0", trial=False)
        w.await_firmware("1.2.0")
        w.discover()
        self.still("1.2.0")
        self.note("done", "Nobody fed the watchdog; the boot stage went back, and the old firmware attests.")

    def killed(self):
        w = self.world
        self.step(16)
        self.show = {"attested", "updated"}
        moment = random.Random(self.seed)
        running = "1.2.0"
        for n in range(self.kills):
            version = "1.1.0" if running == "1.2.0" else "1.2.0"
            cut_at, later = moment.randrange(0, 101), moment.random() / 4
            self.note("command", f"rotor update {PROT_EID} {version}.fwpkg; power goes {1000 * later:.0f} ms after {cut_at} %")
            cut = []

            def meanwhile(event):
                if event["event"] == "progress" and event["percent"] >= cut_at and not cut:
                    time.sleep(later)
                    cut.append(event)
                    w.power_cut()

            run = w.update(f"{version}.fwpkg", "trust", code=None, meanwhile=meanwhile)
            require(cut, "the update failed before the power was cut: " + run.reason())
            self.note("cut", f"QEMU killed after {cut[0]['done']} of {cut[0]['total']} bytes", number=n + 1)
            w.power_on()
            w.discover()
            # if the moment was after the activation, the new firmware runs
            running = w.running()["version"]
            if running != version:
                run = w.update(f"{version}.fwpkg", "trust")
                self.attested(run, version)
                w.await_firmware(version)
            running = version
            self.still(version)
        self.note("done", f"{self.kills} kills; after each the device attests, and the update is done again and succeeds.")


def make_world(args):
    if not args.qemu:
        return Product(args.build, keep=args.keep)
    return BoardProduct(BoardBuild(args.build, args.firmware), keep=args.keep)


def main():
    parser = argparse.ArgumentParser(description="Shows a whole secure firmware update between real processes.",
                                     epilog="Exit codes: 0 every step did what it says, 1 one did not, 2 usage.")
    parser.add_argument("--build", default="build/release", help="build directory (default build/release)")
    parser.add_argument("--qemu", action="store_true", help="the device is firmware for ast1030-evb, a board under QEMU")
    parser.add_argument("--firmware", default="build/ast1030-evb", metavar="DIR",
                        help="with --qemu: build directory of the firmware (default build/ast1030-evb)")
    parser.add_argument("--kills", type=int, default=3, metavar="N", help="with --qemu: how often the power is cut (default 3)")
    parser.add_argument("--seed", type=int, metavar="N", help="with --qemu: of the moments (default: random)")
    parser.add_argument("--json", action="store_true", help="events, one JSON object a line")
    parser.add_argument("--keep", metavar="DIR", help="work in DIR and leave the files there")
    args = parser.parse_args()

    def interrupted(*_):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # what is under way now is the cleaning up
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)
    view = Json(sys.stdout) if args.json else Text(sys.stdout)
    demo = None
    try:
        if args.keep and os.path.isdir(args.keep) and os.listdir(args.keep):
            raise Failure(f"{args.keep} is not empty")
        with make_world(args) as world:
            if args.qemu:
                seed = random.randrange(1 << 32) if args.seed is None else args.seed
                demo = BoardDemo(world, view, args.kills, seed)
            else:
                demo = Demo(world, view)
            demo.all()
        return 0
    except Failure as failure:
        where = f"step {demo.number}, {demo.titles.get(demo.number, 'summary')}: " if demo else ""
        sys.stdout.flush()
        print(f"demo: {where}{failure}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
