# SPDX-License-Identifier: Apache-2.0
"""A serial line over TCP, as developers have it: between machines, containers and emulators."""
import socket
import unittest

from device_case import DeviceCase
from scenario import PROT_EID


def free_port(family, host):
    with socket.socket(family) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


class Tcp(DeviceCase):
    BUS = None

    def setUp(self):
        w = self.world
        port = free_port(socket.AF_INET, "127.0.0.1")
        self.at = f"tcp:127.0.0.1:{port}"
        w.use_line = lambda: setattr(w, "line", (self.at, self.at.replace("127.0.0.1", "localhost")))
        self.addCleanup(delattr, w, "use_line")
        super().setUp()

    def test_a_device_is_found_attested_and_refuses(self):
        w = self.world
        found = w.discover().one("endpoint")
        self.assertEqual((found["address"], found["eid"], found["types"]), (0, PROT_EID, "1,5,6"))
        self.assert_attests("1.0.0")
        w.flipped("flipped.fwpkg")
        self.assert_refused("flipped.fwpkg", "its hash does not match", device_says="refused the new image")

    def test_one_listens_and_one_is_heard(self):
        w = self.world
        second = w.start("rotor-prot", "run", "--serial", self.at, "--flash", w.path("flash.bin"),
                         "--fuses", w.path("fuses.bin"), "--json")
        self.assertEqual(second.wait(w.seconds(20)), 1)
        self.assertEqual(w.discover().one("endpoint")["eid"], PROT_EID)

    def test_where_nobody_is(self):
        w = self.world
        for at in (f"tcp:127.0.0.1:{free_port(socket.AF_INET, '127.0.0.1')}", "tcp:", "tcp:127.0.0.1", "tcp::77",
                   "tcp:127.0.0.1:", "tcp:127.0.0.1:http", "tcp:[::1:80", "tcp:no-such-host.invalid:1"):
            run = w.rotor("discover", "--serial", at, code=1)
            self.assertIn(f"cannot open the serial line at {at}", run.reason())


if __name__ == "__main__":
    unittest.main()
