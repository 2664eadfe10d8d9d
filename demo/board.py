# SPDX-License-Identifier: Apache-2.0
"""The same device as firmware: a board under QEMU, whose line is a socket and whose console tells the events."""
import os
import re
import shutil
import sys

from scenario import Build, Failure, Process, Product

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "firmware"))
import provision as chips  # firmware/provision.py

def ast1030_evb(files, line):
    return ["qemu-system-arm", "-M", "ast1030-evb,fmc-model=w25q64,spi-model=w25q80", "-kernel", files["rom"],
            "-drive", f"file={files['flash']},if=mtd,format=raw,index=0",
            "-drive", f"file={files['downstream']},if=mtd,format=raw,index=1",
            "-drive", f"file={files['fuses']},if=mtd,format=raw,index=2",
            "-display", "none", "-monitor", "none",
            "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
            "-chardev", f"socket,id=line,path={line},server=on,wait=off", "-serial", "chardev:line"]


def riscv_virt(files, line):
    # With flash in it the machine would start there: the loader says where the processor begins.
    return ["qemu-system-riscv32", "-M", "virt", "-m", "32M", "-bios", "none", "-nodefaults",
            "-device", f"loader,file={files['rom']},cpu-num=0",
            "-drive", f"file={files['flash']},if=pflash,format=raw,unit=0",
            "-drive", f"file={files['fuses']},if=pflash,format=raw,unit=1",
            "-global", "virtio-mmio.force-legacy=off", "-device", "virtio-rng-device",
            "-display", "none", "-monitor", "none",
            "-chardev", "stdio,id=console,signal=off", "-device", "pci-serial,chardev=console",
            "-chardev", f"socket,id=line,path={line},server=on,wait=off", "-serial", "chardev:line"]


# How each is started, and its flash: a slot is large enough for the firmware, and no larger.
BOARDS = {
    "ast1030-evb": (ast1030_evb, ["--slot-size", 256 << 10]),
    "riscv-virt": (riscv_virt, ["--slot-size", 256 << 10, "--sector-size", 256 << 10]),
}

# Flash of the chip behind the device, where a board has one.
DOWNSTREAM_SIZE = 8 << 20

# What the console says, as events; the same as rotor-prot's where they mean the same.
NUMBER, TRUTH = int, "true".__eq__
LINES = [
    (r"the chip behind is reset: .*", "prot.downstream.reset", {}),
    (r"rotor ROM stage", "prot.rom", {}),
    (r"(boot: )?stack: used (?P<used>\d+) of (?P<size>\d+)", "prot.stack", {"used": NUMBER, "size": NUMBER}),
    (r"boot: (?P<slot>slot [AB]|recovery|none) refused: (?P<reason>.*)", "prot.boot.refused", {}),
    (r"boot: (?P<slot>slot [AB]|recovery|none): (?P<what>.*) \((?P<value>\d+)\)", "prot.boot", {"value": NUMBER}),
    (r"running firmware (?P<version>\S+) from (?P<slot>slot [AB]|recovery) \(security version (?P<security_version>\d+), "
     r"floor (?P<floor>\d+), trial: (?P<trial>true|false)\)", "prot.running",
     {"security_version": NUMBER, "floor": NUMBER, "trial": TRUTH}),
    (r"lamp: (?P<text>.*)", "prot.lamp", {}),
    (r"confirmed: .*", "prot.confirmed", {}),
    (r"reset", "prot.reset", {}),
    (r"arena: used (?P<used>\d+) of (?P<size>\d+)", "prot.arena", {"used": NUMBER, "size": NUMBER}),
    (r"line: bytes lost: (?P<lost>\d+)", "prot.lost", {"lost": NUMBER}),
    (r"fault: (?P<text>.*)", "prot.fault", {}),
    (r"firmware: (?P<text>.*)", "prot.log", {}),
]
LINES = [(re.compile(pattern), event, kinds) for pattern, event, kinds in LINES]


def event_of(line):
    """A line of the console as an event; any other text is one too."""
    for pattern, event, kinds in LINES:
        match = pattern.fullmatch(line)
        if match:
            fields = {name: kinds.get(name, str)(value) for name, value in match.groupdict().items()}
            return {"event": event, "severity": "info", "message": line, **fields}
    return {"event": "text", "severity": "info", "message": line}


class Machine(Process):
    """QEMU with a board in it."""

    def parse(self, line):
        text = line.decode(errors="replace").strip("\r\n")
        return event_of(text) if text else None


class BoardBuild(Build):
    """The programs of a host build, with the firmware of a board's build."""

    def __init__(self, path, firmware):
        super().__init__(path)
        self.firmware = os.path.abspath(firmware)
        self.board = os.path.basename(self.firmware)

    def boot_stage(self):
        return self.firmware_file("rotor-rom.bin")

    def firmware_file(self, name):
        path = os.path.join(self.firmware, "firmware", name)
        if not os.path.exists(path):
            raise Failure(f"{path} is not there: build it first")
        return path


class BoardProduct(Product):
    """A world whose device is a board: `build` is a BoardBuild."""

    address = 0  # of whoever is at the other end of the line

    def body(self, runtime, name=None):
        return self.build.firmware_file(runtime + ".bin")

    def provision(self, image, flash="flash.bin", fuses="fuses.bin", *more, pki="pki"):
        files = [self.path("factory." + name) for name in ("flash", "fuses")]
        run = super().provision(image, *files, *BOARDS[self.build.board][1], *more, pki=pki)
        contents = chips.provision(self.build.board, *(chips.read(f) for f in (self.build.firmware_file("rotor-rom.elf"),
                                                                              *files)))
        for name, content in zip((flash, fuses, "rom.elf"), contents):
            self.write(name, content)
        for file in files:
            os.remove(file)
        return run

    def start_bus(self, *words):
        """There is no bus, but a line; QEMU makes its socket."""
        self.socket = os.path.join(self.sockets, "line")
        self.line = ("unix:" + self.socket,) * 2

    def start_board(self, *more):
        """Power on, and no wait for what comes of it."""
        files = {"rom": self.path("rom.elf"), "flash": self.path("flash.bin"), "fuses": self.path("fuses.bin"),
                 "downstream": self.path("chip.bin")}
        if not os.path.exists(files["downstream"]):
            self.write("chip.bin", b"\xff" * DOWNSTREAM_SIZE)
        if os.path.exists(self.socket):
            os.remove(self.socket)
        argv = [*BOARDS[self.build.board][0](files, self.socket), *more]
        if not shutil.which(argv[0]):
            raise Failure(f"{argv[0]} is not there: install it first")
        self.prot = self.start_argv("rotor-prot", argv, kind=Machine)
        return self.prot

    def power_on(self, *more):
        self.start_board(*more)
        self.await_firmware()
        return self.prot
