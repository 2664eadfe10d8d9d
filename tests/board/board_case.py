# SPDX-License-Identifier: Apache-2.0
"""Tests on a board under QEMU: each has a new device of its own, with firmware 1.0.0."""
import os
import shutil
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "demo"))

from board import BoardBuild, BoardProduct

BUILD = BoardBuild(os.environ["ROTOR_BUILD"], os.environ["ROTOR_FIRMWARE"])


class BoardCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        w = cls.world = BoardProduct(BUILD)
        cls.addClassCleanup(w.close)
        w.keys()
        w.release("1.0.0", 1, w.body("rotor-runtime-1"))
        w.release("1.1.0", 2, w.body("rotor-runtime-2"))
        w.trust("trust", "1.0.0.manifest")
        w.trust("trust-new", "1.1.0.manifest")
        w.provision("1.0.0.img")
        for name in ("flash.bin", "fuses.bin"):
            shutil.move(w.path(name), w.path("factory." + name))
        w.start_bus()

    def setUp(self):
        w = self.world
        self.addCleanup(self.switch_off)
        for name in ("flash.bin", "fuses.bin"):
            shutil.copyfile(w.path("factory." + name), w.path(name))

    def switch_off(self):
        w = self.world
        while w.processes:
            w.processes.pop().stop(1)
        w.prot = None

    def assert_attests(self, version, trust):
        w = self.world
        w.discover()
        run = w.attest(trust, verifier=True)
        verdict = run.one("attested")
        self.assertEqual((verdict["verdict"], verdict["version"]), ("trusted", version))
        self.assertEqual(run.measurements()[2], w.measured[version])
        return run
