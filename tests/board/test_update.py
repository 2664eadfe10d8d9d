# SPDX-License-Identifier: Apache-2.0
"""The device on a board: found, attested, updated and attested again; what it refuses, and what it comes back from."""
import unittest

from board_case import BUILD, BoardCase

# What hangs. Where interrupts could be in the way of the watchdog, it does so with interrupts off.
HANGS = {"ast1030-evb": "test-hang", "riscv-virt": "test-poke-machine-8"}


class Update(BoardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        w = cls.world
        w.trust("trust-both", "1.0.0.manifest", "1.1.0.manifest")
        w.release("1.3.0", 2, w.body(HANGS[BUILD.board]))
        # One byte of the body is another, and so is what the package says of it: only the signature is in the way.
        image = bytearray(w.read("1.1.0.img"))
        image[len(image) // 2] ^= 1
        w.write("flipped.img", bytes(image))
        w.package("flipped.fwpkg", "flipped.img", "1.1.0", w.class_id, "1.1.0.manifest")

    def setUp(self):
        super().setUp()
        self.world.power_on()

    def test_an_update_is_attested_and_raises_the_floor(self):
        w = self.world
        self.assert_attests("1.0.0", "trust")
        w.update("1.1.0.fwpkg", "trust-both")
        self.assertEqual(w.running()["version"], "1.1.0")
        self.assert_attests("1.1.0", "trust-new")
        w.power_cut()
        w.power_on()
        running = w.running()
        self.assertEqual((running["version"], running["floor"], running["trial"]), ("1.1.0", 2, False))
        self.assert_attests("1.1.0", "trust-new")

    def test_an_image_with_one_byte_flipped_is_refused(self):
        w = self.world
        w.discover()
        run = w.update("flipped.fwpkg", "trust-both", code=1)
        self.assertIn("hash", run.reason())
        self.assertEqual(w.running()["version"], "1.0.0")
        self.assert_attests("1.0.0", "trust")

    def test_a_trial_that_hangs_is_reset_and_reverted(self):
        w = self.world
        w.discover()
        before = len(w.prot.events)
        w.update("1.3.0.fwpkg", "trust-both", code=1)
        w.prot.wait_for("prot.running", w.seconds(20), before, version="1.3.0", trial=True)
        w.prot.wait_for("prot.boot", w.seconds(40), before, what="did not confirm itself")
        w.prot.wait_for("prot.running", w.seconds(20), before, version="1.0.0", trial=False)
        w.await_firmware("1.0.0")
        self.assert_attests("1.0.0", "trust")


if __name__ == "__main__":
    unittest.main()
