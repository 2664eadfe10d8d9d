# SPDX-License-Identifier: Apache-2.0
"""A machine with Linux's own MCTP, under QEMU: what runs in it, and the line to another device."""
import json
import os
import shlex
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "demo"))

from board import BoardBuild, BoardProduct
from initramfs import Archive
from scenario import Build, Failure, Process, Product, Run

BUILD = Build(os.environ["ROTOR_BUILD"])
FIRMWARE = os.environ["ROTOR_FIRMWARE"]
KERNEL = os.environ["ROTOR_KERNEL"]
EMULATOR = "qemu-system-x86_64"
# The second serial port of the machine, as the kernel names it.
TTY = "/dev/ttyS1"


class Guest(Process):
    """The machine, whose console says what init.c says and the events of what runs in it."""

    def __init__(self, argv, log, on_event=None, env=None):
        super().__init__(argv, log, on_event, env)
        self.ready = False

    def parse(self, line):
        text = line.decode(errors="replace").strip("\r\n")
        if text.startswith("# "):
            what, number = text[2:].rsplit(" ", 1)
            return {"event": "guest." + what, "number": int(number)}
        try:
            event = json.loads(text)
        except ValueError:
            return {"event": "text", "message": text} if text else None
        return event if isinstance(event, dict) and "event" in event else {"event": "text", "message": text}


class Machine:
    """Linux, to be told what to run."""

    def __init__(self, world, line, files):
        """`line`: options of QEMU's second serial port. `files`: what is to be in the root file system (Archive)."""
        if not shutil.which(EMULATOR):
            raise Failure(f"{EMULATOR} is not there: install qemu-system-x86")
        if not os.path.exists(KERNEL):
            raise Failure(f"{KERNEL} is not there: ./dev kernel builds it")
        self.world = world
        initramfs = world.write("initramfs", files.bytes())
        console = os.path.join(world.sockets, f"console{world.count}")
        argv = [EMULATOR, "-accel", "tcg", "-m", "256M", "-nodefaults", "-no-reboot", "-display", "none",
                "-kernel", KERNEL, "-initrd", initramfs, "-append", "console=ttyS0 quiet panic=-1",
                "-chardev", f"pipe,id=console,path={console}", "-serial", "chardev:console",
                "-chardev", f"socket,id=line,{line}", "-serial", "chardev:line"]
        # A pair of pipes: what is written is the machine's input, and what is read what it says.
        for end in "in", "out":
            os.mkfifo(f"{console}.{end}")
        cat = ["sh", "-c", f"exec 3<>{console}.in; cat {console}.out & exec {shlex.join(argv)}"]
        self.guest = world.start_argv("guest", cat, kind=Guest)
        self.input = open(f"{console}.in", "wb", buffering=0)
        self.guest.wait_for("guest.ready", world.seconds(60))

    def _say(self, *words):
        since = len(self.guest.events)
        self.input.write((" ".join(map(str, words)) + "\n").encode())
        return since

    def run(self, *words, code=0, seconds=60):
        """Runs a program in the machine to its end."""
        since = self._say("run", *words)
        ended = self.guest.wait_for("guest.exit", self.world.seconds(seconds), since)
        run = Run(ended["number"], self.guest.events[since:], "")
        run.errors = "\n".join(e["message"] for e in run.events if e["event"] == "text")
        if code is not None and run.code != code:
            raise Failure(f"{' '.join(map(str, words[:2]))} in the guest exited {run.code}, not {code}: {run.reason()}")
        return run

    def rotor(self, *words, **options):
        return self.run("/bin/rotor", *words, "--json", **options)

    def start(self, *words):
        """Starts a program and goes on."""
        since = self._say("start", *words)
        self.guest.wait_for("guest.started", self.world.seconds(10), since)
        return since

    def stop(self):
        """Ends it. @return its exit code"""
        since = self._say("stop")
        return self.guest.wait_for("guest.exit", self.world.seconds(10), since)["number"]

    def off(self):
        self._say("off")
        self.guest.wait(self.world.seconds(20))
        self.input.close()
        self.guest.kill()
        self.world.processes.remove(self.guest)


class KernelCase(unittest.TestCase):
    """`world` has keys, firmware 1.0.0 and 1.1.0, and a new device with the former."""

    @staticmethod
    def make():
        return Product(BUILD)

    @classmethod
    def setUpClass(cls):
        w = cls.world = cls.make()
        cls.addClassCleanup(w.close)
        w.keys()
        w.release("1.0.0", 1, w.body("rotor-runtime-1"))
        w.release("1.1.0", 2, w.body("rotor-runtime-2"))
        w.trust("trust", "1.0.0.manifest")
        w.trust("trust-new", "1.1.0.manifest")
        w.provision("1.0.0.img")
        for name in "flash.bin", "fuses.bin":
            shutil.move(w.path(name), w.path("factory." + name))
        init = w.path("init")
        subprocess.run(["gcc", "-static", "-O1", "-o", init, os.path.join(HERE, "init.c")], check=True, timeout=60)
        cls.init = init

    def setUp(self):
        w = self.world
        self.addCleanup(self.switch_off)
        for name in "flash.bin", "fuses.bin":
            shutil.copyfile(w.path("factory." + name), w.path(name))

    def switch_off(self):
        w = self.world
        while w.processes:
            w.processes.pop().stop(1)
        w.prot = w.line = None

    def files(self):
        """The agent's programs and what it knows."""
        w, a = self.world, Archive()
        a.file(self.init, "init", 0o755)
        a.program(BUILD.program("rotor"), "bin/rotor")
        for name in "trust", "trust-new":
            a.tree(w.path(name), name)
        for name in "agent.chain.pem", "agent.key.pem":
            a.file(w.path("pki", name), f"pki/{name}")
        a.file(w.path("1.1.0.fwpkg"), "1.1.0.fwpkg")
        return a

    def boot(self, line):
        """Boots Linux with the line at that end: "path=PATH" to connect to, or with server options."""
        machine = Machine(self.world, line, self.files())
        self.addCleanup(machine.input.close)
        return machine
