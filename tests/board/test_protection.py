# SPDX-License-Identifier: Apache-2.0
"""What firmware must not be able to do, done by firmware; and where the device secret must not be found."""
import os
import struct
import unittest

import board_case  # finds the board
from board_case import BoardCase
import provision as chips

SLOT_A, SECRET_SIZE = 3, 48
MARKER = b"spy looks for:\0\0"
# ARMv7-M: MemManage, and the bits of its status that say what kind of access it was.
MEM_MANAGE, INSTRUCTION, DATA, STACKING = 4, 1, 2, 0x10


class Protection(BoardCase):
    def put(self, body):
        """Other firmware in slot A, signed, as if the factory had put it there."""
        w = self.world
        w.release("1.2.0", 1, body)
        flash = bytearray(w.read("flash.bin"))
        offset, size = struct.unpack_from("<2I", flash, 20 + 8 * SLOT_A)
        image = w.read("1.2.0.img")
        flash[offset:offset + size] = image + b"\xff" * (size - len(image))
        w.write("flash.bin", bytes(flash))

    def test_what_is_not_allowed_faults_and_resets(self):
        w = self.world
        for poke, what, status, at in [
                (1, "writes to the verified copy", DATA, r"address 0x40100$"),
                (2, "executes data", INSTRUCTION, r"pc 0x8"),
                (3, "reads the ROM", DATA, r"address 0x1e000$"),
                (4, "reaches for the controller of the fuses", DATA, r"address 0x7e630000$"),
                (5, "has a stack that is too deep", STACKING, r"address 0x7[0-9a-f]{4}$")]:
            with self.subTest(what):
                self.setUp()
                self.put(w.body(f"test-poke-{poke}"))
                prot = w.start_board()
                prot.wait_for("prot.lamp", w.seconds(30))
                fault = prot.wait_for("prot.fault", w.seconds(30))
                self.assertIn(f"exception {MEM_MANAGE}:", fault["text"])
                self.assertRegex(fault["text"], at)
                self.assertTrue(int(fault["text"].split("status ")[1].split(",")[0], 16) & status, fault["text"])
                prot.drain()
                self.assertNotIn("poke: nothing stopped it", [e["message"] for e in prot.events])
                self.switch_off()

    def test_the_secret_is_nowhere(self):
        w = self.world
        rom = chips.read(w.path("rom.elf"))
        offset, _ = chips.section(rom, ".otp")
        secret = rom[offset:offset + SECRET_SIZE]
        self.assertGreater(len(set(secret)), 8, "the device has no secret")
        body = chips.read(w.body("test-spy"))
        at = body.index(MARKER) + len(MARKER)
        self.put(w.write("spy.bin", body[:at] + bytes(b ^ 0xff for b in secret) + body[at + SECRET_SIZE:]))
        prot = w.start_board()
        prot.wait_for_words("spy: the bait was found; places besides: 0", w.seconds(60))
        # nor in what the board leaves behind
        self.switch_off()
        for name in ("flash.bin", "fuses.bin"):
            self.assertEqual(w.read(name).find(secret[:8]), -1)


if __name__ == "__main__":
    unittest.main()
