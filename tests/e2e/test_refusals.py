# SPDX-License-Identifier: Apache-2.0
"""Every line of the demo that is refused: the reason, the exit code, and the old firmware goes on attesting."""
import unittest

from device_case import DeviceCase
from scenario import OTHER_PRODUCT


class Refusals(DeviceCase):
    def setUp(self):
        super().setUp()
        self.world.discover()  # so that the device has its EID, however early an update is refused

    def test_a_flipped_byte_in_the_image(self):
        w = self.world
        w.flipped("flipped.fwpkg")
        self.assertEqual(w.rotor("package", "verify", w.path("flipped.fwpkg")).events[0]["event"], "package.verified")
        self.assert_refused("flipped.fwpkg", "its hash does not match", device_says="refused the new image")

    def test_an_image_signed_by_a_stranger(self):
        w = self.world
        w.small("stranger.fwpkg", "1.3.0", 2, pki="stranger")
        # the release key is right: it is the device that refuses
        w.manifest("stranger.manifest", "stranger.img")
        w.package("stranger.fwpkg", "stranger.img", "1.3.0", w.class_id, "stranger.manifest")
        self.assert_refused("stranger.fwpkg", "signed by a key that the device does not trust",
                            device_says="refused the new image")

    def test_reference_values_signed_by_a_stranger(self):
        w = self.world
        w.small("values.fwpkg", "1.3.0", 2)
        w.manifest("values.manifest", "values.img", pki="stranger")
        w.package("values.fwpkg", "values.img", "1.3.0", w.class_id, "values.manifest")
        self.assert_refused("values.fwpkg", "reference values are not to be believed")

    def test_an_older_security_version(self):
        self.world.small("older.fwpkg", "9.0.0", 0)
        self.assert_refused("older.fwpkg", "below the device's security floor", device_says="refused the new image")

    def test_a_rightly_signed_image_of_another_product(self):
        self.world.small("other.fwpkg", "1.3.0", 2, product=OTHER_PRODUCT)
        self.assert_refused("other.fwpkg", "for another product", device_says="refused the new image")

    def test_an_agent_without_a_trusted_certificate(self):
        self.assert_refused("1.1.0.fwpkg", "opening a secure session", pki="stranger")

    def test_a_session_without_mutual_authentication(self):
        self.assert_refused("1.1.0.fwpkg", "RequestUpdate", pki=None, device_says="has not authenticated itself")

    def test_a_package_for_another_device(self):
        w = self.world
        shown = w.small("elsewhere.fwpkg", "1.3.0", 2, product=OTHER_PRODUCT)
        w.package("elsewhere.fwpkg", "elsewhere.img", "1.3.0", shown["class_id"], "elsewhere.manifest")
        self.assert_refused("elsewhere.fwpkg", "the package is for other devices")

    def test_a_truncated_package(self):
        w = self.world
        whole = w.read("1.1.0.fwpkg")
        for name, size in [("payload.fwpkg", len(whole) - 1), ("header.fwpkg", 100), ("empty.fwpkg", 0)]:
            w.write(name, whole[:size])
            run = w.command("rotor", *w.update_words(name, "trust"), code=1)
            self.assertIn("cut off", run.errors)
        self.assert_refused("payload.fwpkg", "cut off")

    def test_a_damaged_package(self):
        w = self.world
        whole = bytearray(w.read("1.1.0.fwpkg"))
        whole[-1] ^= 1
        w.write("damaged.fwpkg", bytes(whole))
        self.assert_refused("damaged.fwpkg", "PayloadChecksum")

    def test_a_package_that_nobody_trusted_has_signed(self):
        w = self.world
        for pki, name in [("pki", "signed.fwpkg"), ("stranger", "by-stranger.fwpkg")]:
            w.rotor("package", "sign", "--key", w.path(pki, "release.key.pem"), w.path("1.1.0.fwpkg"), w.path(name))
        self.assert_refused("1.1.0.fwpkg", "it is not signed", "--require-signature")
        self.assert_refused("by-stranger.fwpkg", "its signer is not trusted")
        # the signed one, with the trust store itself asking for it
        w.trust("trust-signed", "1.0.0.manifest")
        w.write("trust-signed/require-package-signature", "")
        self.assert_refused("1.1.0.fwpkg", "it is not signed", trust="trust-signed")
        run = w.update("signed.fwpkg", "trust-signed")
        self.assertEqual(run.one("package.signature_good")["file"], w.path("signed.fwpkg"))
        self.assertEqual(run.events[-1]["event"], "updated")
        self.assert_attests("1.1.0")

    def test_an_image_that_is_larger_than_a_slot(self):
        w = self.world
        slot = (16 if w.build.sanitized else 4) << 20
        w.image("large.img", w.small_body(slot), "1.3.0", 2)
        w.manifest("large.manifest", "large.img")
        w.package("large.fwpkg", "large.img", "1.3.0", w.class_id, "large.manifest")
        self.assert_refused("large.fwpkg", "refused component")

    def test_after_a_refusal_a_good_update_succeeds(self):
        w = self.world
        w.flipped("flipped.fwpkg")
        self.assert_refused("flipped.fwpkg", "its hash does not match")
        self.assert_updated(w.update("1.1.0.fwpkg", "trust"))


if __name__ == "__main__":
    unittest.main()
