# SPDX-License-Identifier: Apache-2.0
"""The board's second flash chip, which the device updates for it."""
import json
import os
import time
import unittest

from board_case import BUILD, BoardCase
from scenario import PROT_EID

CHIP = "demo chip"
# Which boards have one, and how large a bank is.
BANK = {"ast1030-evb": 4 << 20, "riscv-virt": 0}[BUILD.board]


class Downstream(BoardCase):
    def setUp(self):
        super().setUp()
        w = self.world
        if os.path.exists(w.path("chip.bin")):
            os.unlink(w.path("chip.bin"))
        w.power_on()
        w.discover()

    def pack(self, name, version):
        w = self.world
        shown = w.image(f"{name}.img", w.small_body(20000), version, 3, product=CHIP, kind="downstream")
        description = {
            "version": version,
            "devices": [{"version": version, "descriptors": [{"type": "uuid", "value": w.class_id}], "components": []}],
            "downstream_devices": [{"descriptors": [{"type": "uuid", "value": shown["class_id"]}], "components": [0]}],
            "components": [{"file": w.path(f"{name}.img"), "identifier": 0, "version": version,
                            "activation": ["self-contained"]}]}
        w.rotor("package", "create", w.write(f"{name}.json", json.dumps(description)), w.path(f"{name}.fwpkg"))
        return w.read(f"{name}.img")

    def chips(self):
        w = self.world
        return [e["version"] for e in w.rotor("inventory", PROT_EID, *w.verifier()).all("downstream")]

    def assert_chips(self, versions):
        """What the device says when it has looked; after a start it says nothing of a chip until then."""
        until = time.monotonic() + self.world.seconds(20)
        while self.chips() != versions and time.monotonic() < until:
            pass
        self.assertEqual(self.chips(), versions)

    def test_the_second_chip_is_updated(self):
        w = self.world
        image = self.pack("chip", "2.0.0")
        if not BANK:
            self.assertEqual(self.chips(), [])
            self.assertIn("no component in common", w.update("chip.fwpkg", "trust", code=1).reason())
            return
        self.assertEqual(self.chips(), [""])
        run = w.update("chip.fwpkg", "trust")
        self.assertEqual([e["state"] for e in run.all("component.updated")], ["updated"])
        w.prot.wait_for("prot.downstream.reset", w.seconds(10))
        self.assertEqual(self.chips(), ["2.0.0"])
        # the next one goes to the other bank, and is found there after a power cut
        second = self.pack("next", "2.1.0")
        w.update("next.fwpkg", "trust")
        self.assertEqual(self.chips(), ["2.1.0"])
        w.power_cut()
        flash = w.read("chip.bin")
        self.assertEqual(flash[BANK:BANK + len(second)], second)
        # of the old one the first sector is gone, so there are no two
        self.assertEqual(set(flash[:4096]), {0xff})
        self.assertEqual(flash[4096:len(image)], image[4096:])
        w.power_on()
        w.discover()
        self.assert_chips(["2.1.0"])
        self.assert_attests("1.0.0", "trust")


if __name__ == "__main__":
    unittest.main()
