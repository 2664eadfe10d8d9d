# SPDX-License-Identifier: Apache-2.0
"""A chip behind the device, with an image of its own, updated through the device."""
import json
import os
import time
import unittest

from device_case import DeviceCase
from scenario import PROT_EID, Failure

CHIP = "demo chip"


class Downstream(DeviceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        w = cls.world
        for version in ("2.0.0", "2.1.0"):
            shown = w.image(f"chip-{version}.img", w.small_body(200000), version, 3, product=CHIP, kind="downstream")
            cls.chip_id = shown["class_id"]
            cls.pack(w, f"chip-{version}.fwpkg", f"chip-{version}.img", version, shown["class_id"])

    @staticmethod
    def pack(w, name, image, version, chip_id, own=None):
        """A package for the chip; `own` is a version of the device's firmware that it brings too."""
        device = {"version": own or version, "descriptors": [{"type": "uuid", "value": w.class_id}], "components": []}
        components = [{"file": w.path(image), "identifier": 0, "version": version, "activation": ["self-contained"]}]
        if own:
            device.update(components=[1], reference_manifest=w.path(f"{own}.manifest"))
            components.append({"file": w.path(f"{own}.img"), "identifier": 1, "version": own,
                               "activation": ["self-contained"]})
        description = {"version": version, "devices": [device], "components": components,
                       "downstream_devices": [{"descriptors": [{"type": "uuid", "value": chip_id}], "components": [0]}]}
        w.rotor("package", "create", w.write(name + ".json", json.dumps(description)), w.path(name))

    def setUp(self):
        # the chip is there from the first power-on
        w = self.world
        if os.path.exists(w.path("chip.bin")):
            os.unlink(w.path("chip.bin"))
        w.power_on = lambda *more: type(w).power_on(w, "--downstream", w.path("chip.bin"), *more)
        self.addCleanup(lambda: w.__dict__.pop("power_on", None))
        super().setUp()
        w.discover()

    def chip(self):
        """What the device says of the chip."""
        w = self.world
        return w.rotor("inventory", PROT_EID, *w.verifier()).one("downstream")

    def assert_found(self, version):
        """What the device says when it has looked; after a start it says nothing of the chip until then."""
        until = time.monotonic() + self.world.seconds(20)
        while self.chip()["version"] != version and time.monotonic() < until:
            pass
        self.assertEqual(self.chip()["version"], version)

    def test_the_chip_is_updated_through_the_device(self):
        w = self.world
        self.assertEqual(self.chip()["version"], "")
        run = w.update("chip-2.0.0.fwpkg", "trust")
        self.assertEqual([(e["downstream"], e["state"]) for e in run.all("component.updated")], [(True, "updated")])
        self.assertTrue(run.messages(name="RequestDownstreamDeviceUpdate", request=True, in_session=True))
        self.assertEqual(run.messages(name="RequestUpdate", request=True), [])
        w.prot.wait_for("prot.downstream.reset", w.seconds(5))
        self.assertEqual(self.chip()["version"], "2.0.0")
        # the image stands in the chip's flash, and the device has not restarted
        image = w.read("chip-2.0.0.img")
        self.assertEqual(w.read("chip.bin")[:len(image)], image)
        self.assertEqual([e["version"] for e in w.prot.events if e["event"] == "prot.running"], ["1.0.0"])
        self.assert_attests("1.0.0")
        # again: it is there; the next version goes to the other bank
        self.assertEqual(w.update("chip-2.0.0.fwpkg", "trust").one("updated")["changed"], False)
        w.update("chip-2.1.0.fwpkg", "trust")
        image = w.read("chip-2.1.0.img")
        self.assertEqual(w.read("chip.bin")[1 << 19:][:len(image)], image)
        self.assertEqual(self.chip()["version"], "2.1.0")
        # what it runs is found again after a power cut
        w.power_cut()
        w.power_on()
        w.discover()
        self.assert_found("2.1.0")

    def test_the_factory_gives_the_chip_its_first_firmware(self):
        w = self.world
        self.switch_off()
        os.unlink(w.path("chip.bin"))
        w.image("big.img", w.small_body(1 << 19), "2.0.0", 3, product=CHIP, kind="downstream")
        chip = ["--downstream", w.path("chip.bin"), "--downstream-image"]
        # refused, and nothing is made: an image of another kind, one that is longer than a bank
        for image, why in (("1.0.0.img", "made for another purpose"), ("big.img", "do not fit into a bank of 524288")):
            with self.assertRaisesRegex(Failure, why):
                w.provision("1.0.0.img", "new.flash", "new.fuses", *chip, w.path(image))
            self.assertEqual([f for f in ("chip.bin", "new.flash", "new.fuses") if os.path.exists(w.path(f))], [])
        w.provision("1.0.0.img", "new.flash", "new.fuses", *chip, w.path("chip-2.0.0.img"))
        # what is there is not overwritten
        with self.assertRaisesRegex(Failure, "chip.bin exists already"):
            w.provision("1.0.0.img", "other.flash", "other.fuses", *chip, w.path("chip-2.0.0.img"))
        for name in ("flash", "fuses"):
            os.replace(w.path("new." + name), w.path(name + ".bin"))
        w.start_bus()
        w.power_on()
        w.discover()
        self.assert_found("2.0.0")
        w.update("chip-2.1.0.fwpkg", "trust")
        self.assertEqual(self.chip()["version"], "2.1.0")

    def test_a_package_for_the_device_and_its_chip(self):
        w = self.world
        self.pack(w, "both.fwpkg", "chip-2.0.0.img", "2.0.0", self.chip_id, own="1.1.0")
        run = w.update("both.fwpkg", "trust", seconds=120)
        self.assertEqual([(e["downstream"], e["version"], e["state"]) for e in run.all("component.updated")],
                         [(False, "1.1.0", "updated"), (True, "2.0.0", "updated")])
        self.assertEqual(self.chip()["version"], "2.0.0")
        self.assert_attests("1.1.0")

    def test_what_is_not_for_the_chip_is_refused(self):
        w = self.world
        w.image("device.img", w.small_body(), "2.2.0", 3)
        chip_id = self.chip_id
        self.pack(w, "device.fwpkg", "device.img", "2.2.0", chip_id)
        self.assert_refused("device.fwpkg", "for another purpose")
        w.image("product.img", w.small_body(), "2.2.0", 3, kind="downstream")
        self.pack(w, "product.fwpkg", "product.img", "2.2.0", chip_id)
        self.assert_refused("product.fwpkg", "for another product")
        w.image("forged.img", w.small_body(), "2.2.0", 3, pki="stranger", product=CHIP, kind="downstream")
        self.pack(w, "forged.fwpkg", "forged.img", "2.2.0", chip_id)
        self.assert_refused("forged.fwpkg", "signed by a key that the device does not trust")
        # nor does the device run what is for the chip
        w.package("as-own.fwpkg", "chip-2.0.0.img", "2.0.0", w.class_id)
        self.assert_refused("as-own.fwpkg", "for another purpose")
        self.assertEqual(self.chip()["version"], "")
        self.assertEqual(set(w.read("chip.bin")), {0xff})


if __name__ == "__main__":
    unittest.main()
