# SPDX-License-Identifier: Apache-2.0
"""New firmware that does not prove itself, slots that go bad, and the way back from both."""
import os
import shutil
import struct
import subprocess
import unittest

import device_case  # finds the scenario
from device_case import DeviceCase
from rotor_run import BUILD
from scenario import PROT_EID, Product

LAYOUT, RECORD_A, RECORD_B, SLOT_A, SLOT_B, RECOVERY = range(6)
SLOTS_MEASURED, BAD, NOT_CONFIRMED, DIGEST = 0x14, 5, 6, 2


def region(flash, number):
    """Offset and size of a region, from the layout descriptor."""
    return struct.unpack_from("<2I", flash, 20 + 8 * number)


class Chip(DeviceCase):
    """A device whose flash can be damaged while it is off."""

    def damage(self, *regions, at=0):
        w = self.world
        flash = bytearray(w.read("flash.bin"))
        for number in regions:
            offset, _ = region(flash, number)
            flash[offset + at] ^= 0x55
        w.write("flash.bin", bytes(flash))

    def slots(self, run):
        """State and reason of each slot, as measured."""
        return list(bytes.fromhex(run.measurements()[SLOTS_MEASURED]))

    def hanging(self):
        w = self.world
        if not os.path.exists(w.path("hanging")):
            shutil.copyfile(os.path.join(BUILD, "tests", "unit", "hanging_runtime"), w.path("hanging"))
            if w.build.sanitized and shutil.which("strip"):
                subprocess.run(["strip", w.path("hanging")], check=True, timeout=60)
        return w.path("hanging")


class Revert(Chip):
    def test_firmware_that_hangs_is_reset_and_the_old_one_comes_back(self):
        w = self.world
        w.power_cut()
        w.power_on("--watchdog", "2")
        w.release("1.2.0", 2, self.hanging())
        run = w.update("1.2.0.fwpkg", "trust", code=1)
        self.assertIn("measurements", run.reason())
        w.prot.wait_for("prot.hung", w.seconds(20))
        w.await_firmware("1.0.0")
        w.prot.drain()
        self.assertEqual([(e["version"], e["slot"], e["trial"]) for e in w.prot.events if e["event"] == "prot.running"],
                         [("1.0.0", "slot A", False), ("1.2.0", "slot B", True), ("1.0.0", "slot A", False)])
        w.prot.wait_for("prot.boot", 1, slot="slot B", what="did not confirm itself")
        # why it went back can be read from afar; the floor has not risen; good firmware is taken
        w.discover()
        self.assertEqual(self.slots(self.assert_attests("1.0.0"))[2:], [BAD, NOT_CONFIRMED])
        self.assertEqual(w.running()["floor"], 1)
        self.assert_updated(w.update("1.1.0.fwpkg", "trust"), old="1.0.0")

    def test_power_lost_in_a_trial_counts_as_a_try(self):
        w = self.world
        w.power_cut()
        w.power_on("--watchdog", "600")
        w.release("1.2.0", 2, self.hanging())

        def meanwhile(event):
            if w.prot and any(e["event"] == "prot.running" and e["trial"] for e in w.prot.events):
                w.power_cut()

        w.update("1.2.0.fwpkg", "trust", code=1, meanwhile=meanwhile)
        self.assertIsNone(w.prot)
        w.power_on()
        self.assertEqual((w.running()["version"], w.running()["slot"]), ("1.0.0", "slot A"))


class BySession(DeviceCase):
    """Policy: new firmware confirms itself only when an agent has opened a session with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        w = cls.world
        policy = ["--policy", "confirm-by-session", "--confirm-seconds", str(w.seconds(4))]
        for version, security_version, body in [("1.0.0", 1, "rotor-runtime-1"), ("1.1.0", 2, "rotor-runtime-2")]:
            w.release(version, security_version, w.body(body), None, *policy)
        w.trust("trust", "1.0.0.manifest")
        w.trust("trust-new", "1.1.0.manifest")
        os.remove(w.path("factory.flash"))
        os.remove(w.path("factory.fuses"))
        # the first start is a trial too: it is confirmed by the first session
        w.provision("1.0.0.img", "factory.flash", "factory.fuses", *policy)

    def setUp(self):
        w = self.world
        self.addCleanup(self.switch_off)
        shutil.copyfile(w.path("factory.flash"), w.path("flash.bin"))
        shutil.copyfile(w.path("factory.fuses"), w.path("fuses.bin"))
        w.start_bus()
        w.prot = w.start("rotor-prot", "run", "--bus", "unix:" + w.socket, "--flash", w.path("flash.bin"),
                         "--fuses", w.path("fuses.bin"), "--json")

    def confirm_first(self):
        """What the factory put in is on trial as well; any session of an agent confirms it."""
        w = self.world
        w.prot.wait_for("prot.lamp", w.seconds(20))
        self.assertTrue(w.running()["trial"])
        w.attest("trust")
        w.prot.drain()
        self.assertFalse([e for e in w.prot.events if e["event"] == "prot.confirmed"])
        w.rotor("security-revision", PROT_EID, *w.agent("--trust", w.path("trust"), *w.identity()), code=1)
        w.prot.wait_for("prot.confirmed", w.seconds(5), slot="slot A")

    def test_the_session_after_the_restart_confirms_it(self):
        w = self.world
        self.confirm_first()
        self.assertEqual(w.update("1.1.0.fwpkg", "trust").events[-1]["event"], "updated")
        w.prot.wait_for("prot.confirmed", w.seconds(5), slot="slot B")

    def test_an_agent_that_is_gone_leaves_the_old_firmware(self):
        w = self.world
        self.confirm_first()
        before = len(w.prot.events)
        agent = w.start("rotor", *w.update_words("1.1.0.fwpkg", "trust"), "--json")
        agent.wait_for("step", w.seconds(60), step="waiting for the restart")
        agent.kill()
        w.prot.wait_for("prot.running", w.seconds(20), before, version="1.1.0", trial=True)
        w.prot.wait_for_words("no agent has opened a session in time", w.seconds(30), before)
        back = w.prot.wait_for("prot.running", w.seconds(20), before, version="1.0.0")
        self.assertEqual((back["slot"], back["trial"], back["floor"]), ("slot A", False, 1))


class Recovery(Chip):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        w = cls.world
        shown = w.image("recovery.img", w.body("rotor-runtime-1"), "0.9.0", 1, kind="recovery")
        w.measured["0.9.0"] = shown["measurement"]
        w.manifest("recovery.manifest", "recovery.img")
        w.trust("trust-recovery", "recovery.manifest")
        os.remove(w.path("factory.flash"))
        os.remove(w.path("factory.fuses"))
        w.provision("1.0.0.img", "factory.flash", "factory.fuses", "--recovery", w.path("recovery.img"))

    def test_with_both_slots_bad_the_device_is_updated_out_of_recovery(self):
        w = self.world
        self.assert_updated(w.update("1.1.0.fwpkg", "trust"))
        w.power_cut()
        self.damage(SLOT_A, SLOT_B)
        w.power_on()
        self.assertEqual((w.running()["version"], w.running()["slot"], w.running()["floor"]), ("0.9.0", "recovery", 2))
        w.discover()
        # it answers MCTP, SPDM and PLDM, says what it is, and offers firmware alone
        run = self.assert_attests("0.9.0", trust="trust-recovery")
        self.assertEqual(self.slots(run)[::2], [BAD, BAD])
        inventory = w.rotor("inventory", PROT_EID, *w.verifier())
        self.assertEqual([c["identifier"] for c in inventory.all("component")], [1])
        # nothing below the floor; then the way back
        w.small("weak.fwpkg", "3.0.0", 1)
        run = w.command("rotor", *w.update_words("weak.fwpkg", "trust-recovery"), code=1)
        self.assertIn("below the device's security floor", run.errors)
        run = w.update("1.1.0.fwpkg", "trust-recovery")
        self.assert_updated(run, old="0.9.0", new="1.1.0")
        self.assertNotEqual(w.running()["slot"], "recovery")

    def test_a_damaged_slot_is_reported_while_the_other_runs(self):
        w = self.world
        w.release("1.0.1", 1, w.body("rotor-runtime-2"))
        w.update("1.0.1.fwpkg", "trust")
        w.power_cut()
        self.damage(SLOT_A, at=5000)
        w.power_on()
        self.assertEqual(w.running()["slot"], "slot B")
        w.prot.wait_for_words("the image in the other slot cannot be used: hash or signature wrong", w.seconds(30))
        w.discover()
        w.trust("trust-1.0.1", "1.0.1.manifest")
        self.assertEqual(self.slots(self.assert_attests("1.0.1", trust="trust-1.0.1"))[:2], [BAD, DIGEST])


if __name__ == "__main__":
    unittest.main()
