# SPDX-License-Identifier: Apache-2.0
"""Signed settings: which agents a device trusts, and image keys that it trusts no more; and new recovery images."""
import json
import os
import shutil
import unittest

from device_case import DeviceCase
from scenario import PROT_EID

ANCHORS_MEASURED = 0x13


class Settings(DeviceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        w = cls.world
        w.keys("next")
        # an agent of the next PKI must be able to judge the same devices
        for name, words in [("both", ["pki", "next"]), ("next-only", ["next"])]:
            version = "1.0.0" if name == "both" else "2.0.0"
            w.settings(f"{name}.img", version, words)
            cls.pack(f"{name}.fwpkg", f"{name}.img", version)

    @classmethod
    def pack(cls, name, image, version, **component):
        w = cls.world
        w.package(name, image, version, w.class_id, identifier=2, classification="configuration-software", **component)

    def versions(self):
        inventory = self.world.rotor("inventory", PROT_EID, *self.world.verifier())
        return {c["identifier"]: c["version"] for c in inventory.all("component")}

    def test_agents_come_and_go(self):
        w = self.world
        shown = w.rotor("settings", "show", w.path("both.img")).one("settings")
        w.discover()
        before = self.assert_attests("1.0.0")
        self.assertEqual(self.versions(), {1: "1.0.0", 2: "", 3: ""})
        self.assert_refused("1.1.0.fwpkg", "", pki="next")
        run = w.update("both.fwpkg", "trust")
        self.assertEqual(run.events[-1]["event"], "updated")
        # the same firmware, with the same key; the anchors are measured
        after = self.assert_attests("1.0.0")
        self.assertEqual(after.one("identity")["certificate"], before.one("identity")["certificate"])
        self.assertEqual(after.measurements()[ANCHORS_MEASURED], shown["anchors_digest"])
        self.assertNotEqual(after.measurements()[ANCHORS_MEASURED], before.measurements()[ANCHORS_MEASURED])
        self.assertEqual(self.versions()[2], "1.0.0")
        self.assert_refused("both.fwpkg", "not newer than those in force")
        # the other agent is trusted now, and shuts the first one out
        run = w.update("next-only.fwpkg", "trust", pki="next")
        self.assertEqual(run.events[-1]["event"], "updated")
        self.assert_refused("1.1.0.fwpkg", "")
        self.assert_updated(w.update("1.1.0.fwpkg", "trust", pki="next"))
        # they outlive firmware and power
        w.power_cut()
        w.power_on()
        w.discover()
        self.assertEqual(self.versions()[2], "2.0.0")

    def test_settings_that_are_not_signed_by_an_image_key_change_nothing(self):
        w = self.world
        w.settings("forged.img", "9.0.0", ["stranger"], pki="stranger")
        self.pack("forged.fwpkg", "forged.img", "9.0.0")
        self.assert_refused("forged.fwpkg", "signed by a key that the device does not trust")
        # nor does firmware that calls itself settings, or the reverse
        w.image("tiny.img", w.small_body(1000), "9.0.0", 2)
        self.pack("as-settings.fwpkg", "tiny.img", "9.0.0")
        self.assert_refused("as-settings.fwpkg", "for another purpose")
        w.package("as-firmware.fwpkg", "both.img", "9.0.0", w.class_id)
        self.assert_refused("as-firmware.fwpkg", "for another purpose")

    def test_two_components_for_one_slot_come_one_after_the_other(self):
        w = self.world
        description = {
            "version": "1.1.0",
            "devices": [{"version": "1.1.0", "descriptors": [{"type": "uuid", "value": w.class_id}],
                         "reference_manifest": w.path("1.1.0.manifest")}],
            "components": [
                {"file": w.path("1.1.0.img"), "identifier": 1, "version": "1.1.0", "activation": ["self-contained"]},
                {"file": w.path("both.img"), "identifier": 2, "classification": "configuration-software",
                 "version": "1.0.0", "activation": ["self-contained"]}]}
        w.rotor("package", "create", w.write("two.json", json.dumps(description)), w.path("two.fwpkg"))
        run = w.update("two.fwpkg", "trust", seconds=120)
        self.assertEqual([(e["identifier"], e["state"]) for e in run.all("component.updated")],
                         [(1, "updated"), (2, "updated")])
        # the device said that the second is too much at once, and was cancelled; both activations were attested
        self.assertEqual(len(run.messages(name="CancelUpdate", request=True)), 1)
        self.assertEqual([e["version"] for e in run.all("attested")], ["1.0.0", "1.1.0", "1.1.0"])
        inventory = w.rotor("inventory", PROT_EID, *w.verifier())
        self.assertEqual([c["version"] for c in inventory.all("component")], ["1.1.0", "1.0.0", ""])
        self.assertEqual(w.update("two.fwpkg", "trust").one("updated")["changed"], False)


class Revocation(DeviceCase):
    """A device with two image keys. The first is revoked once the second has signed all that the device needs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        w = cls.world
        w.keys("next")
        os.remove(w.path("factory.flash"))
        os.remove(w.path("factory.fuses"))
        w.provision("1.0.0.img", "factory.flash", "factory.fuses", "--image-key", w.path("next", "image.pub.pem"))

    def test_a_key_is_revoked_when_nothing_needs_it_any_more(self):
        w = self.world
        # the same firmware, newer, signed with the next key
        shown = w.image("moved.img", w.body("rotor-runtime-2"), "1.1.0", 2, pki="next")
        w.measured["1.1.0"] = shown["measurement"]
        w.manifest("moved.manifest", "moved.img")
        w.package("moved.fwpkg", "moved.img", "1.1.0", w.class_id, "moved.manifest")
        w.trust("trust-moved", "moved.manifest")
        for version, pki in [("1.0.0", "next"), ("1.0.1", "pki")]:
            w.settings(f"revoke-{pki}.img", version, ["pki"], ["pki"], pki=pki)
            w.package(f"revoke-{pki}.fwpkg", f"revoke-{pki}.img", version, w.class_id, identifier=2,
                      classification="configuration-software")
        # too early: what runs is signed with it, which the boot stage finds; the device stays as it is
        run = w.update("revoke-next.fwpkg", "trust", code=1)
        self.assertIn("not in its place", run.reason())
        w.prot.wait_for("prot.boot", w.seconds(5), what="settings refused")
        w.discover()
        self.assert_attests("1.0.0")
        self.assert_updated(w.update("moved.fwpkg", "trust"))
        # settings cannot revoke the key that they are signed with
        w.update("revoke-pki.fwpkg", "trust-moved", code=1)
        self.assertEqual(w.update("revoke-next.fwpkg", "trust-moved").events[-1]["event"], "updated")
        w.prot.wait_for("prot.boot", w.seconds(5), what="image key revoked")
        # what the old key signs is a stranger's from now on
        w.small("late.fwpkg", "1.3.0", 3)
        self.assert_refused("late.fwpkg", "signed by a key that the device does not trust", running="1.1.0",
                            trust="trust-moved")


class NewRecovery(DeviceCase):
    def test_a_recovery_image_arrives_by_an_update(self):
        w = self.world
        w.image("rescue.img", w.body("rotor-runtime-1"), "0.9.1", 1, kind="recovery")
        w.package("rescue.fwpkg", "rescue.img", "0.9.1", w.class_id, identifier=3)
        run = w.update("rescue.fwpkg", "trust")
        self.assertEqual(run.events[-1]["event"], "updated")
        w.prot.wait_for("prot.boot", w.seconds(5), what="installed")
        inventory = w.rotor("inventory", PROT_EID, *w.verifier())
        self.assertEqual(inventory.one("component", identifier=3)["version"], "0.9.1")
        self.assert_attests("1.0.0")


if __name__ == "__main__":
    unittest.main()
