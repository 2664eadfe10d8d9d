# SPDX-License-Identifier: Apache-2.0
"""Packages of every revision: made, taken apart and made again, signed, with block maps; and what an agent refuses unseen."""
import glob
import hashlib
import json
import os
import shutil
import struct

from rotor_run import Folder, VECTORS

HERE = os.path.abspath(os.path.join(VECTORS, "pldm", "packages"))
UUID = {"type": "uuid", "value": "00112233-4455-6677-8899-aabbccddeeff"}
# openssl(1) in place of a vault's client
SIGNER = "openssl pkeyutl -sign -inkey pki/release.key.pem"


class Packages(Folder):
    def setUp(self):
        super().setUp()
        self.write("a.img", bytes(range(251)) * 80)  # 20,080 bytes: 5 blocks of 4 KiB, the last short
        self.write("b.img", b"B" * 33)
        self.write("manifest", b"signed reference values")

    def description(self, revision=4):
        d = {"version": "2.0.0", "revision": revision, "release_time": "2026-03-01T12:34:56Z",
             "components": [
                 {"file": "a.img", "identifier": 1, "version": "2.0.0", "activation": ["self-contained"]},
                 {"file": "b.img", "identifier": 2, "version": "2.0.1", "comparison_stamp": 5}],
             "devices": [{"version": "set-A", "package_data": "a1a2", "descriptors": [UUID]}]}
        if revision >= 2:
            d["downstream_devices"] = [
                {"minimum_version": "1.0", "minimum_stamp": "0x01000000", "components": [1], "package_data": "d1d2",
                 "descriptors": [{"type": "iana", "value": 412}]},
                {"components": [], "descriptors": [{"type": "iana", "value": 413}]}]
        if revision >= 3:
            d["components"][0]["opaque"] = "00ff"
        if revision >= 4:
            d["devices"][0]["reference_manifest"] = "manifest"
            d["downstream_devices"][0]["reference_manifest"] = "manifest"
        return d

    def create(self, description, *more, code=0, out="out.fwpkg"):
        self.write("description.json", json.dumps(description))
        return self.rotor("package", "create", *more, "description.json", out, code=code)

    def keys(self):
        self.rotor("keys", "new", "pki")
        self.rotor("keys", "new", "others")
        return ["--key", "pki/release.key.pem"]


class Revisions(Packages):
    def test_packages_of_others_are_taken_apart_and_made_again_to_the_byte(self):
        packages = glob.glob(os.path.join(HERE, "*.fwpkg"))
        self.assertEqual(len(packages), 27)
        for package in packages:
            self.rotor("package", "extract", package, "parts")
            self.rotor("package", "create", "parts/package.json", "again.fwpkg")
            with open(package, "rb") as f:
                self.assertEqual(self.read("again.fwpkg"), f.read(), package)
            shutil.rmtree(self.path("parts"))

    def test_each_revision_says_what_was_described(self):
        for revision in [1, 2, 3, 4]:
            self.create(self.description(revision))
            shown = self.events("package", "show", "out.fwpkg")
            self.assertEqual(shown[0]["revision"], revision)
            below = [e for e in shown if e["event"] == "package.downstream"]
            self.assertEqual(len(below), 2 if revision >= 2 else 0)
            if below:
                self.assertEqual((below[0]["version"], below[0]["minimum_stamp"], below[0]["components"]),
                                 ("1.0", 0x01000000, "1"))
                self.assertEqual((below[0]["package_data_size"], below[1]["components"]), (2, ""))
                self.assertEqual(below[0]["reference_manifest_size"], 23 if revision >= 4 else 0)
            self.rotor("package", "verify", "out.fwpkg")
            self.rotor("package", "extract", "out.fwpkg", f"parts{revision}")
            self.assertEqual(self.read(f"parts{revision}/component-0.img"), self.read("a.img"))
            self.assertEqual(self.read(f"parts{revision}/device-0.package-data"), b"\xa1\xa2")

    def test_what_a_revision_lacks_and_what_contradicts_itself_is_refused(self):
        def changed(revision, **downstream):
            d = self.description(revision)
            d["downstream_devices"][0].update(downstream)
            return d

        one = self.description(1)
        one["downstream_devices"] = self.description(2)["downstream_devices"]
        both = self.description()
        both["components"][0]["opaque_file"] = "b.img"
        twice = self.description()
        twice["devices"] *= 2
        bits = self.description()
        for description, reason in [
                (one, "downstream_devices need revision 2"), (both, "either opaque or opaque_file"),
                (changed(3, reference_manifest="manifest"), "needs revision 4"),
                (changed(4, minimum_stamp=1 << 32), "minimum_stamp"), (changed(4, version="1"), "version"),
                (changed(4, components=[2]), "downstream_devices[0].components[0]"),
                (changed(4, descriptors=[]), "downstream_devices[0].descriptors"),
                ({**bits, "bitmap_bits": 12}, "bitmap_bits"), ({**bits, "bitmap_bits": 0}, "bitmap_bits"),
                ({**bits, "release_time": {"hex": "00"}}, "13 bytes"),
                ({**bits, "version": {"type": "unknown", "hex": "00"}}, "package.version")]:
            _, err = self.create(description, code=1)
            self.assertIn(reason, err)
        no_stamp = self.description()
        del no_stamp["downstream_devices"][0]["minimum_stamp"]
        _, err = self.create(no_stamp, code=1)
        self.assertIn("minimum_stamp", err)
        _, err = self.create(twice, code=1)
        self.assertIn("RecordDescriptors", err)
        self.assertIn("the same as in an earlier record", err)

    def test_damaged_packages_are_not_taken_apart(self):
        self.create(self.description())
        content = bytearray(self.read("out.fwpkg"))
        content[-1] ^= 1
        self.write("bad.fwpkg", bytes(content))
        self.rotor("package", "extract", "bad.fwpkg", "parts", code=1)
        self.assertFalse(os.path.exists(self.path("parts")))
        self.write("file", "")
        self.rotor("package", "extract", "out.fwpkg", "file", code=1)


class BlockMaps(Packages):
    def maps(self):
        return [e for e in self.events("package", "show", "out.fwpkg") if e["event"] == "package.block_map"]

    def test_a_map_holds_the_hash_of_each_block(self):
        description = self.description()
        description["devices"][0]["block_map"] = True
        self.create(description)
        first, second = self.maps()
        self.assertEqual((first["identifier"], first["blocks"], first["block_size"], first["hash_length"]),
                         (1, 5, 4096, 16))
        self.assertEqual((second["identifier"], second["blocks"], second["image_size"]), (2, 1, 33))
        self.rotor("package", "extract", "out.fwpkg", "parts")
        data = self.read("parts/device-0.package-data")
        expected = b""
        for identifier, name in [(1, "a.img"), (2, "b.img")]:
            image = self.read(name)
            expected += b"RBMP" + struct.pack("<BBBBHHI", 1, 2, 16, 12, 10, identifier, len(image))
            for at in range(0, len(image), 4096):
                expected += hashlib.sha384(image[at:at + 4096]).digest()[:16]
        self.assertEqual(data, expected + b"\xa1\xa2")

    def test_a_map_is_made_as_it_is_asked_for(self):
        description = self.description()
        description["downstream_devices"][0]["block_map"] = {
            "components": [1], "block_size": 256, "hash": "sha256", "hash_length": 32}
        self.create(description)
        one, = self.maps()
        self.assertEqual((one["downstream"], one["identifier"], one["block_size"], one["hash_length"]),
                         (True, 2, 256, 32))
        for wrong, reason in [({"components": [0]}, "does not get all"), ({"block_size": 1000}, "power of two"),
                              ({"block_size": 128}, "power of two"), ({"hash": "md5"}, "sha256"),
                              ({"hash_length": 7}, "hash_length"), ({"hash_length": 33}, "hash_length"),
                              ({"speed": 1}, "speed"), (1, "must be an object")]:
            description["downstream_devices"][0]["block_map"] = wrong
            _, err = self.create(description, code=1)
            self.assertIn(reason, err)

    def test_a_large_image_gets_a_map_that_fits_the_header(self):
        with open(self.path("a.img"), "wb") as f:
            f.truncate(64 << 20)
        description = self.description()
        description["devices"][0]["block_map"] = {"components": [0]}
        self.create(description)
        one, = self.maps()
        self.assertLessEqual(one["size"], 65535)
        self.assertEqual(one["blocks"], (64 << 20) // one["block_size"])
        self.assertGreaterEqual(one["hash_length"], 8)
        self.rotor("package", "verify", "out.fwpkg")

    def test_a_broken_map_is_said(self):
        description = self.description()
        description["devices"][0]["package_data"] = b"RBMP".hex() + "02" + "00" * 11
        self.create(description)
        self.assertIn("package.block_map_bad", [e["event"] for e in self.events("package", "show", "out.fwpkg")])


class Signatures(Packages):
    def verify(self, *words, code=0):
        return self.rotor("package", "verify", *words, code=code)

    def test_a_package_carries_its_signature_in_every_revision(self):
        key = self.keys()
        for revision in [1, 2, 3, 4]:
            self.create(self.description(revision), *key, out="made.fwpkg")
            self.create(self.description(revision), out="plain.fwpkg")
            self.rotor("package", "sign", *key, "plain.fwpkg", "signed.fwpkg")
            for name in ["made.fwpkg", "signed.fwpkg"]:
                self.verify("--key", "others/release.pub.pem", "--key", "pki/release.pub.pem", name)
                self.verify(name)  # as any other reader does
                shown = self.events("package", "show", name)
                self.assertEqual(shown[0]["signature"], "carried")
                self.assertEqual(shown[0]["component_count"], 3)
                self.assertEqual(shown[1]["components"], "0, 1")
                _, err = self.verify("--key", "others/release.pub.pem", name, code=1)
                self.assertIn("its signer is not trusted", err)
            _, err = self.verify("--key", "pki/release.pub.pem", "plain.fwpkg", code=1)
            self.assertIn("it is not signed", err)
            content = self.read("made.fwpkg")
            self.rotor("package", "extract", "made.fwpkg", "parts")
            self.rotor("package", "create", "parts/package.json", "again.fwpkg")
            self.assertEqual(self.read("again.fwpkg"), content)
            shutil.rmtree(self.path("parts"))

    def test_a_ninth_component_widens_the_bitmaps(self):
        key = self.keys()
        description = self.description(1)
        description["components"] = [{"file": "b.img", "identifier": n, "version": "1"} for n in range(8)]
        self.create(description, out="plain.fwpkg")
        self.rotor("package", "sign", *key, "plain.fwpkg", "signed.fwpkg")
        self.verify("--key", "pki/release.pub.pem", "signed.fwpkg")
        self.create(description, *key)
        self.verify("--key", "pki/release.pub.pem", "out.fwpkg")

    def test_a_signature_is_good_for_one_package_only(self):
        key = self.keys()
        self.create(self.description(3), *key)
        content = bytearray(self.read("out.fwpkg"))
        content[-300] ^= 1  # in the second image; revision 3 has no checksum of it
        self.write("changed.fwpkg", bytes(content))
        self.verify("changed.fwpkg")
        _, err = self.verify("--key", "pki/release.pub.pem", "changed.fwpkg", code=1)
        self.assertIn("its signature is wrong", err)
        self.write("longer.fwpkg", self.read("out.fwpkg") + b"X")
        _, err = self.verify("--key", "pki/release.pub.pem", "longer.fwpkg", code=1)
        self.assertIn("none that is understood", err)

    def test_a_detached_signature(self):
        key = self.keys()
        self.create(self.description())
        self.rotor("package", "sign", "--detached", *key, "out.fwpkg", "out.sig")
        self.assertEqual(len(self.read("out.sig")), 174)
        good = ["--key", "pki/release.pub.pem", "--signature", "out.sig"]
        self.verify(*good, "out.fwpkg")
        self.create(self.description(3), out="other.fwpkg")
        _, err = self.verify(*good, "other.fwpkg", code=1)
        self.assertIn("another package's", err)
        for content in [b"", b"X", self.read("out.sig") + b"X", self.read("out.sig")[:-1]]:
            self.write("bad.sig", content)
            _, err = self.verify("--key", "pki/release.pub.pem", "--signature", "bad.sig", "out.fwpkg", code=1)
            self.assertIn("none that is understood", err)
        self.verify("--key", "pki/release.pub.pem", "--signature", "none", "out.fwpkg", code=1)
        self.verify("--signature", "out.sig", "out.fwpkg", code=2)

    def test_a_command_signs(self):
        self.keys()
        signer = ["--signer", SIGNER, "--public-key", "pki/release.pub.pem"]
        self.create(self.description(), *signer)
        self.verify("--key", "pki/release.pub.pem", "out.fwpkg")
        self.rotor("package", "sign", "--detached", *signer, "out.fwpkg", "out.sig")
        self.verify("--key", "pki/release.pub.pem", "--signature", "out.sig", "out.fwpkg")
        os.unlink(self.path("out.fwpkg"))
        _, err = self.create(self.description(), "--signer", "false", "--public-key", "pki/release.pub.pem", code=1)
        self.assertIn("the signer", err)
        self.assertFalse(os.path.exists(self.path("out.fwpkg")))
        self.create(self.description(), "--signer", SIGNER, code=2)
        self.create(self.description(), *signer, "--key", "pki/release.key.pem", code=2)
        self.rotor("package", "sign", "description.json", "x", code=2)

    def test_what_cannot_be_signed(self):
        key = self.keys()
        self.create(self.description(), *key)
        _, err = self.rotor("package", "sign", *key, "out.fwpkg", "twice.fwpkg", code=1)
        self.assertIn("carries a signature already", err)
        self.create(self.description(1), out="plain.fwpkg")
        self.write("gap.fwpkg", self.read("plain.fwpkg") + b"gap")
        _, err = self.rotor("package", "sign", *key, "gap.fwpkg", "x.fwpkg", code=1)
        self.assertIn("would be lost", err)
        self.rotor("keys", "image", "--algorithm", "p256", "p256")
        for words in [["plain.fwpkg", "x.fwpkg"], ["--detached", "plain.fwpkg", "x.sig"]]:
            _, err = self.rotor("package", "sign", "--key", "p256.key.pem", *words, code=1)
            self.assertIn("P-384", err)
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("x.")], [])


class Refusals(Packages):
    """An agent refuses before it touches a device: here there is not even a bus."""

    def update(self, package, *more):
        _, err = self.rotor("update", "20", package, "--bus", "unix:nothing", "--trust", "trust",
                            "--agent-chain", "pki/agent.chain.pem", "--agent-key", "pki/agent.key.pem", *more, code=1)
        return err

    def test_an_agent_wants_a_signature_when_it_is_told_to(self):
        key = self.keys()
        os.makedirs(self.path("trust/signers"))
        shutil.copy(self.path("pki/release.pub.pem"), self.path("trust/signers"))
        self.create(self.description(), out="plain.fwpkg")
        self.create(self.description(), *key, out="signed.fwpkg")
        self.create(self.description(), "--key", "others/release.key.pem", out="stranger.fwpkg")
        self.rotor("package", "sign", "--detached", *key, "plain.fwpkg", "plain.sig")
        passed = "nothing"  # the next thing that fails is the bus
        for words in [["plain.fwpkg"], ["signed.fwpkg"], ["signed.fwpkg", "--require-signature"],
                      ["plain.fwpkg", "--require-signature", "--signature", "plain.sig"]]:
            err = self.update(*words)
            self.assertNotIn("package refused", err)
            self.assertIn(passed, err)
        self.assertIn("it is not signed", self.update("plain.fwpkg", "--require-signature"))
        self.assertIn("its signer is not trusted", self.update("stranger.fwpkg"))
        self.assertIn("its signature is wrong", self.update("signed.fwpkg", "--signature", "plain.sig"))
        self.write("trust/require-package-signature", "")
        self.assertIn("it is not signed", self.update("plain.fwpkg"))
        self.assertNotIn("package refused", self.update("signed.fwpkg"))
