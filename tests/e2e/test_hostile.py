# SPDX-License-Identifier: Apache-2.0
"""Firmware that was signed, and then taken over: what it cannot do to the chip."""
import os
import shutil
import struct
import subprocess
import unittest

import device_case  # finds the scenario
from rotor_run import BUILD
from scenario import PROT_ADDRESS, Product

LAYOUT, RECORD_A, RECORD_B, SLOT_A, SLOT_B, RECOVERY, CERTIFICATES, CONFIG, SETTINGS = range(9)


class Hostile(unittest.TestCase):
    def setUp(self):
        w = self.world = Product(BUILD)
        self.addCleanup(w.close)
        w.keys()
        body = w.path("hostile")
        shutil.copyfile(os.path.join(BUILD, "tests", "unit", "hostile_runtime"), body)
        if w.build.sanitized and shutil.which("strip"):
            subprocess.run(["strip", body], check=True, timeout=60)
        w.image("hostile.img", body, "1.0.0", 1)
        w.provision("hostile.img")
        w.start_bus()

    def regions(self, flash):
        numbers = struct.unpack_from("<18I", flash, 20)
        return [flash[at:at + size] for at, size in zip(numbers[::2], numbers[1::2])]

    def power_on(self):
        w = self.world
        return w.start("rotor-prot", "run", "--bus", "unix:" + w.socket, "--address", hex(PROT_ADDRESS),
                       "--flash", w.path("flash.bin"), "--fuses", w.path("fuses.bin"), "--watchdog", "600", "--json")

    def test_what_it_says_is_made_printable(self):
        prot = self.power_on()
        said = prot.wait_for("prot.log", self.world.seconds(60))
        self.assertEqual(said["text"], 'a new title .]0;owned..{"event":"prot.confirmed"}.')
        self.assertEqual([e for e in prot.events if e["event"] == "prot.confirmed"], [])

    def test_what_is_the_factorys_survives_and_the_chip_goes_on(self):
        w = self.world
        before = self.regions(w.read("flash.bin"))
        prot = self.power_on()
        prot.wait_for("prot.log", w.seconds(60), text="the flash has been overwritten")
        # It is stopped for not taking its answers; then there is nothing left that could be started.
        prot.wait_for("prot.died", w.seconds(20))
        self.assertEqual(prot.wait(w.seconds(20)), 1)
        after = self.regions(w.read("flash.bin"))
        for region in (LAYOUT, RECOVERY, CERTIFICATES, CONFIG, SETTINGS):
            self.assertEqual(before[region], after[region], region)
        for region in (SLOT_A, SLOT_B):
            self.assertEqual(set(after[region]), {0}, region)


if __name__ == "__main__":
    unittest.main()
