# SPDX-License-Identifier: Apache-2.0
"""Tests on a device: each test has a bus and a new device of its own, with firmware 1.0.0."""
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "demo"))

from rotor_run import BUILD
from scenario import Product


class DeviceCase(unittest.TestCase):
    BUS = ()  # options of rotor-bus; None: there is a serial line instead

    @classmethod
    def setUpClass(cls):
        w = cls.world = Product(BUILD)
        cls.addClassCleanup(w.close)
        w.keys()
        w.keys("stranger")
        w.release("1.0.0", 1, w.body("rotor-runtime-1"))
        w.release("1.1.0", 2, w.body("rotor-runtime-2"))
        w.trust("trust", "1.0.0.manifest")
        w.trust("trust-new", "1.1.0.manifest")
        w.provision("1.0.0.img", "factory.flash", "factory.fuses")

    def setUp(self):
        w = self.world
        self.addCleanup(self.switch_off)
        shutil.copyfile(w.path("factory.flash"), w.path("flash.bin"))
        shutil.copyfile(w.path("factory.fuses"), w.path("fuses.bin"))
        if self.BUS is None:
            w.use_line()
        else:
            w.start_bus(*self.BUS)
        w.power_on()

    def switch_off(self):
        w = self.world
        while w.processes:
            w.processes.pop().stop(1)
        w.bus = w.prot = w.line = None

    # ---- what tests say ----

    def assert_attests(self, version, trust=None, *more, verifier=True, spdm=None):
        """The device proves that it runs this version. Returns the run."""
        w = self.world
        trust = trust or {"1.0.0": "trust", "1.1.0": "trust-new"}[version]
        words = [*more, *(["--spdm", spdm] if spdm else [])]
        run = w.attest(trust, *words, verifier=verifier)
        verdict = run.one("attested")
        self.assertEqual((verdict["verdict"], verdict["version"]), ("trusted", version))
        if spdm:
            self.assertEqual(verdict["spdm"], spdm)
        self.assertEqual(run.measurements()[2], w.measured[version])
        return run

    def assert_updated(self, run, old="1.0.0", new="1.1.0"):
        """An update's events, in the right order, from the old firmware to the new."""
        w = self.world
        self.assertEqual([(e["verdict"], e["version"]) for e in run.all("attested")],
                         [("trusted", old), ("trusted", new)])
        self.assertEqual(run.events[-1]["event"], "updated")
        self.assertEqual(run.measurements()[2], w.measured[new])
        w.await_firmware(new)
        self.assertEqual([e["version"] for e in w.prot.events if e["event"] == "prot.running"][-2:], [old, new])

    def last(self, event):
        return max(n for n, e in enumerate(self.world.prot.events) if e["event"] == event)

    def assert_refused(self, package, reason, *more, running="1.0.0", trust="trust", device_says=None, **options):
        """An update fails for this reason, said on standard error; the device has not restarted, and attests."""
        w = self.world
        w.prot.drain()
        before = len(w.prot.events)
        run = w.command("rotor", *w.update_words(package, trust, *more, **options), code=1)
        self.assertIn("error: ", run.errors)
        self.assertIn(reason, run.errors)
        self.assert_attests(running)
        if device_says:
            w.prot.wait_for_words(device_says, w.seconds(5), before)
        w.prot.drain()
        restarts = [e for e in w.prot.events[before:] if e["event"] in ("prot.running", "prot.reset", "prot.died")]
        self.assertEqual(restarts, [])
