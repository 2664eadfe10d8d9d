# SPDX-License-Identifier: Apache-2.0
"""What firmware must not be able to do, done by firmware; and where the device secret must not be found."""
import os
import struct
import unittest

from board_case import BUILD, BoardCase  # finds the board
from monitor import Monitor
import provision as chips

SLOT_A, SECRET_SIZE = 3, 48
MARKER = b"spy looks for:\0\0"

# What each poke does, and what the fault says of it: ended by what, which bits of the status, where.
# ARMv7-M: MemManage, and the bits of its status that say what kind of access it was.
MEM_MANAGE, INSTRUCTION, DATA, STACKING = "exception 4", 1, 2, 0x10
# RISC-V: access faults when fetching, loading, storing; others.
FETCH, LOAD, STORE, ILLEGAL, CALL, GUEST_CALL = (f"exception {n}" for n in (1, 5, 7, 2, 9, 10))
POKES = {
    "ast1030-evb": [
        ("poke-1", "writes to the verified copy", MEM_MANAGE, DATA, r"address 0x40100$"),
        ("poke-2", "executes data", MEM_MANAGE, INSTRUCTION, r"pc 0x8"),
        ("poke-3", "reads the ROM", MEM_MANAGE, DATA, r"address 0x1e000$"),
        ("poke-4", "reaches for the controller of the fuses", MEM_MANAGE, DATA, r"address 0x7e630000$"),
        ("poke-5", "has a stack that is too deep", MEM_MANAGE, STACKING, r"address 0x7[0-9a-f]{4}$"),
    ],
    "riscv-virt": [
        ("poke-1", "writes to the verified copy", STORE, 0, r"pc 0x800[89a-f].* address 0x80080100$"),
        ("poke-2", "executes data", FETCH, 0, r"pc 0x801"),
        ("poke-3", "reads the ROM", LOAD, 0, r"address 0x8003f000$"),
        ("poke-4", "reaches for the fuses", LOAD, 0, r"address 0x22000000$"),
        ("poke-5", "has a stack that is too deep", STORE, 0, r"address 0x80100[0-9a-f]{3}$"),
        ("poke-machine-1", "asks for the code memory to be writable", CALL, 0, r"pc 0x800[89a-f]"),
        ("poke-machine-2", "changes the memory protection", ILLEGAL, 0, r"pc 0x800[89a-f]"),
        ("poke-machine-3", "reads what was the ROM stage's", LOAD, 0, r"address 0x80040000$"),
        ("poke-machine-4", "reads the machine layer's memory", LOAD, 0, r"address 0x80054000$"),
        ("poke-machine-5", "has the generator write memory", STORE, 0, r"address 0x10001000$"),
        ("poke-machine-6", "stops the watchdog", STORE, 0, r"address 0x2004000$"),
        ("poke-machine-7", "goes on as a guest of itself", GUEST_CALL, 0, r"pc 0x800[89a-f]"),
    ],
}
# All memory of the chip, which QEMU shows whoever controls it.
MEMORY = {"ast1030-evb": (0, 0xc0000), "riscv-virt": (0x80000000, 32 << 20)}


class ChipCase(BoardCase):
    def put(self, body):
        """Other firmware in slot A, signed, as if the factory had put it there."""
        w = self.world
        w.release("1.2.0", 1, body)
        flash = bytearray(w.read("flash.bin"))
        offset, size = struct.unpack_from("<2I", flash, 20 + 8 * SLOT_A)
        image = w.read("1.2.0.img")
        flash[offset:offset + size] = image + b"\xff" * (size - len(image))
        w.write("flash.bin", bytes(flash))

    def secret(self):
        rom = chips.read(self.world.path("rom.elf"))
        offset, _ = chips.section(rom, ".otp")
        secret = rom[offset:offset + SECRET_SIZE]
        self.assertGreater(len(set(secret)), 8, "the device has no secret")
        return secret


class Protection(ChipCase):
    def test_what_is_not_allowed_faults_and_resets(self):
        w = self.world
        for poke, what, kind, status, at in POKES[BUILD.board]:
            with self.subTest(what):
                self.setUp()
                self.put(w.body("test-" + poke))
                prot = w.start_board()
                prot.wait_for("prot.lamp", w.seconds(30))
                fault = prot.wait_for("prot.fault", w.seconds(30))
                self.assertIn(f"ended by {kind}:", fault["text"])
                self.assertRegex(fault["text"], at)
                self.assertEqual(int(fault["text"].split("status ")[1].split(",")[0], 16) & status, status, fault["text"])
                prot.drain()
                self.assertNotIn("poke: nothing stopped it", [e["message"] for e in prot.events])
                self.switch_off()

    def test_the_secret_is_in_no_memory(self):
        """Nor out of reach: neither in memory while the runtime runs, nor in what the board leaves behind."""
        w = self.world
        secret = self.secret()
        monitor = Monitor(os.path.join(w.sockets, "monitor"))
        w.start_board("-S", "-qmp", f"unix:{monitor.path},server=on,wait=off")
        monitor.connect(w.seconds(20))
        self.addCleanup(monitor.close)
        begin, size = MEMORY[BUILD.board]
        self.assertIn(secret, monitor.memory(begin, size, w.path("memory")), "before the first instruction it is there")
        monitor.command("cont")
        w.await_firmware()
        for start in (0, len(secret) - 8):
            self.assertNotIn(secret[start:start + 8], monitor.memory(begin, size, w.path("memory")))
        self.switch_off()
        for name in ("flash.bin", "fuses.bin"):
            self.assertNotIn(secret[:8], w.read(name))


class Spy(ChipCase):
    """Where privileged firmware can turn the memory protection off, it looks for itself."""

    def test_firmware_without_protection_finds_no_secret(self):
        w = self.world
        secret = self.secret()
        body = chips.read(w.body("test-spy"))
        at = body.index(MARKER) + len(MARKER)
        self.put(w.write("spy.bin", body[:at] + bytes(b ^ 0xff for b in secret) + body[at + SECRET_SIZE:]))
        prot = w.start_board()
        prot.wait_for_words("spy: the bait was found; places besides: 0", w.seconds(60))


if BUILD.board != "ast1030-evb":
    del Spy  # its firmware cannot turn the memory protection off


if __name__ == "__main__":
    unittest.main()
