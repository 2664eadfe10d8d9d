# SPDX-License-Identifier: Apache-2.0
"""The firmware of the emulated device reaches three descriptors, and neither fuses nor flash file."""
import os
import time
import unittest

from device_case import DeviceCase


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(word) for word in f.read().split()]


def status(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


class Sandbox(DeviceCase):
    def setUp(self):
        super().setUp()
        chip = self.world.prot.popen.pid
        runtimes = children(chip)
        self.assertEqual(len(runtimes), 1)
        self.chip, self.runtime = chip, runtimes[0]

    def test_the_firmware_holds_three_descriptors(self):
        links = {int(n): os.readlink(f"/proc/{self.runtime}/fd/{n}") for n in os.listdir(f"/proc/{self.runtime}/fd")}
        self.assertEqual(sorted(links), [3, 4, 5])
        for link in links.values():
            self.assertTrue(link.startswith("socket:"), link)
        # the chip alone has the files
        held = [os.readlink(f"/proc/{self.chip}/fd/{n}") for n in os.listdir(f"/proc/{self.chip}/fd")]
        self.assertIn(self.world.path("flash.bin"), held)

    def test_the_firmware_is_filtered(self):
        said = status(self.runtime)
        self.assertEqual(said["Seccomp"], "2")
        self.assertEqual(said["NoNewPrivs"], "1")

    def test_the_firmware_is_the_sealed_copy(self):
        self.assertTrue(os.readlink(f"/proc/{self.runtime}/exe").startswith("/memfd:"))

    def test_the_firmware_ends_with_the_chip(self):
        self.world.power_cut()
        for _ in range(100):
            if not os.path.exists(f"/proc/{self.runtime}") or status(self.runtime)["State"].startswith("Z"):
                return
            time.sleep(0.05)
        self.fail("the firmware runs without its chip")


if __name__ == "__main__":
    unittest.main()
