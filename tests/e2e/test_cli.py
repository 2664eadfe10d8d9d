# SPDX-License-Identifier: Apache-2.0
"""The commands that need no device: keys, image, package."""
import json
import os
import stat
import unittest
import uuid

from rotor_run import Folder, VECTORS

COMMANDS = [["keys", "new"], ["keys", "image"], ["image", "sign"], ["image", "show"], ["image", "verify"],
            ["package", "create"], ["package", "show"], ["package", "verify"],
            ["trace", "show"]]


class Usage(Folder):
    def test_every_command_helps(self):
        out, _ = self.rotor("--help")
        for group in {c[0] for c in COMMANDS}:
            self.assertIn(f"  {group} ", out)
            self.assertIn("Commands:", self.rotor(group, "--help")[0])
        for command in COMMANDS:
            out, err = self.rotor(*command, "--help")
            self.assertIn(f"Usage: rotor {' '.join(command)}", out)
            self.assertIn("--json", out)
            self.assertEqual(err, "")

    def test_wrong_usage_exits_2_and_does_nothing(self):
        wrong = [[], ["bogus"], ["keys"], ["keys", "bogus"], ["keys", "new"], ["keys", "new", "a", "b"], ["keys", "image"],
                 ["image", "sign", "a", "b"], ["image", "sign", "--key", "k", "--version", "x", "a", "b"],
                 ["image", "sign", "--key", "k", "--version", "1.2.3", "a"],
                 ["image", "sign", "--key", "k", "--version", "1", "--class-id", "a name", "a", "b"],
                 ["image", "sign", "--key", "k", "--version", "1", "--security-version", "-1", "a", "b"],
                 ["image", "sign", "--key", "k", "--version", "1", "--header-size", "31", "a", "b"],
                 ["image", "sign", "--key", "k", "--version", "1", "--kind", "other", "a", "b"],
                 ["image", "show"], ["image", "show", "--bogus", "a"], ["image", "verify", "a"],
                 ["image", "verify", "--key", "k", "--vendor-id", "v", "a"],
                 *(["provision", "--flash", "f", "--fuses", "u", "--image", "i", "--pki", "p", option, size]
                   for option, size in [("--sector-size", "5000"), ("--sector-size", "2048"), ("--sector-size", "2097152"),
                                        ("--program-unit", "0"), ("--program-unit", "24"), ("--program-unit", "512")]),
                 *(["provision", "--flash", "f", "--fuses", "u", "--image", "i", "--pki", "p", option, "x"]
                   for option in ("--downstream", "--downstream-image")),
                 ["package", "create", "a"], ["package", "show"], ["package", "verify", "a", "b"]]
        for words in wrong:
            out, err = self.rotor(*words, code=2)
            self.assertEqual(out, "", words)
            self.assertNotEqual(err, "", words)
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_missing_file_is_a_failure_with_its_name(self):
        for words in [["image", "show", "none"], ["package", "show", "none"], ["package", "verify", "none"],
                      ["package", "create", "none", "out"], ["image", "verify", "--key", "none", "none"],
                      ["image", "sign", "--key", "none", "--version", "1", "none", "out"]]:
            out, err = self.rotor(*words, code=1)
            self.assertEqual(out, "")
            self.assertIn("none: ", err)
        out, err = self.rotor("image", "show", "none", "--json", code=1)
        event = json.loads(out)
        self.assertEqual(event["event"], "error")
        self.assertEqual(err, f"error: {event['message']}\n")  # the reason is there in every mode


class Keys(Folder):
    def test_a_pki_is_made_once(self):
        self.rotor("keys", "new", "pki")
        files = set(os.listdir(self.path("pki")))
        for name in ["image", "release", "device-root", "device-ca", "agent-root", "agent"]:
            key = self.path(f"pki/{name}.key.pem")
            self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
        before = self.read("pki/image.key.pem")
        _, err = self.rotor("keys", "new", "pki", code=1)
        self.assertIn("--force", err)
        self.assertEqual(self.read("pki/image.key.pem"), before)
        self.rotor("keys", "new", "--force", "pki")
        self.assertNotEqual(self.read("pki/image.key.pem"), before)
        self.assertEqual(set(os.listdir(self.path("pki"))), files)


class Image(Folder):
    def setUp(self):
        super().setUp()
        self.rotor("keys", "new", "-q", "pki")
        self.write("program", bytes(range(256)) * 300)
        self.rotor("image", "sign", "--key", "pki/image.key.pem", "--version", "1.2.3+4",
                   "--security-version", "7", "--vendor-id", "example.com", "--class-id", "board a",
                   "program", "image")
        self.vendor = uuid.uuid5(uuid.NAMESPACE_DNS, "example.com")
        self.product = uuid.uuid5(self.vendor, "board a")

    def test_a_signed_image_says_what_it_was_told_and_verifies(self):
        shown = self.events("image", "show", "image")[0]
        self.assertEqual(shown["event"], "image.show")
        self.assertEqual(shown["version"], "1.2.3+4")
        self.assertEqual(shown["security_version"], 7)
        self.assertEqual(shown["vendor_id"], str(self.vendor))
        self.assertEqual(shown["class_id"], str(self.product))
        self.assertEqual(shown["body_size"], 256 * 300)
        self.assertTrue(shown["public_key"])
        self.assertEqual(shown["size"], len(self.read("image")))
        self.assertIn("1.2.3+4", self.rotor("image", "show", "image")[0])
        for key in ["image.pub.pem", "image.key.pem"]:
            verified = self.events("image", "verify", "--key", f"pki/{key}", "--vendor-id", "example.com",
                                   "--class-id", str(self.product), "--security-floor", "7", "image")[0]
            self.assertEqual(verified["measurement"], shown["measurement"])

    def test_what_a_device_would_refuse_is_refused_with_the_reason(self):
        key = ["--key", "pki/image.pub.pem"]
        other = ["--vendor-id", "example.com", "--class-id", "board b"]
        damaged = bytearray(self.read("image"))
        damaged[5000] ^= 1
        self.write("damaged", bytes(damaged))
        self.write("short", self.read("image")[:-1])
        self.write("text", "this is a text, and rather too long to be taken for a short file")
        for words, reason in [(["--key", "pki/release.pub.pem", "image"], "not trusted"),
                              ([*key, "--security-floor", "8", "image"], "below the floor"),
                              ([*key, *other, "image"], "another product"),
                              ([*key, "--vendor-id", "v", "--class-id", "board a", "image"], "another vendor"),
                              ([*key, "damaged"], "damaged"), ([*key, "short"], "runs past"),
                              ([*key, "text"], "not an image")]:
            out, err = self.rotor("image", "verify", *words, code=1)
            self.assertEqual(out, "")
            self.assertIn(reason, err)

    def test_imgtools_images_and_keys_are_taken(self):
        for kind in ["p256", "p384"]:
            image = os.path.join(VECTORS, "images", f"{kind}-full.bin")
            key = os.path.join(VECTORS, "images", "keys", f"{kind}.pub.pem")
            self.assertEqual(self.events("image", "verify", "--key", key, image)[0]["version"], "1.2.3+4")
            self.rotor("image", "verify", "--key", "pki/image.pub.pem", image, code=1)
            private = os.path.join(VECTORS, "images", "keys", f"{kind}.priv.pem")
            self.rotor("image", "sign", "--key", private, "--version", "1", "--key-hash", "--header-size", "512",
                       "program", kind)
            self.rotor("image", "verify", "--key", key, kind)

    def test_an_image_is_for_one_purpose(self):
        sign = ["image", "sign", "--key", "pki/image.key.pem", "--version", "1"]
        for made in ["firmware", "recovery", "settings"]:
            self.rotor(*sign, "--kind", made, "program", made)
            self.assertEqual(self.events("image", "show", made)[0]["kind"], made)
            self.assertIn(made, self.rotor("image", "show", made)[0])
            for place in ["firmware", "recovery", "settings"]:
                self.rotor("image", "verify", "--key", "pki/image.pub.pem", "--kind", place, made,
                           code=0 if place == made else 1)
        self.rotor("image", "verify", "--key", "pki/image.pub.pem", "firmware")
        _, err = self.rotor("image", "verify", "--key", "pki/image.pub.pem", "recovery", code=1)
        self.assertIn("another purpose", err)

    def test_a_failed_signing_leaves_nothing(self):
        self.write("empty", b"")
        sign = ["image", "sign", "--version", "1"]
        self.rotor(*sign, "--key", "pki/image.pub.pem", "program", "out", code=1)
        self.rotor(*sign, "--key", "pki/image.key.pem", "empty", "out", code=1)
        self.rotor(*sign, "--key", "pki/image.key.pem", "program", "no/such/dir", code=1)
        self.assertFalse(os.path.exists(self.path("out")))


class Package(Folder):
    def setUp(self):
        super().setUp()
        self.write("a.img", b"A" * 700)
        self.write("b.img", b"B" * 33)
        self.write("manifest", b"signed reference values")
        self.description = {
            "version": "2.0.0",
            "release_time": "2026-03-01T12:34:56Z",
            "components": [
                {"file": "a.img", "identifier": 1, "version": "2.0.0", "activation": ["self-contained"]},
                {"file": "b.img", "identifier": "0x2", "version": "b-é", "classification": "software-bundle",
                 "comparison_stamp": 5, "force": True, "opaque": "00ff"}],
            "devices": [
                {"version": "set-A", "reference_manifest": "manifest", "package_data": "a1a2",
                 "descriptors": [
                     {"type": "uuid", "value": "00112233-4455-6677-8899-aabbccddeeff"},
                     {"type": "vendor", "title": "Board", "data": "0a0b"}]},
                {"version": "set-B", "components": [1], "continue_after_failure": True,
                 "descriptors": [
                     {"type": "pci-vendor", "value": "0x1414"}, {"type": "pci-device", "value": 4660},
                     {"type": 259, "data": "05"}]}]}

    def create(self, code=0, **changes):
        self.write("description.json", json.dumps({**self.description, **changes}))
        return self.rotor("package", "create", "description.json", "out.fwpkg", code=code)

    def test_a_package_shows_what_was_described(self):
        self.create()
        package, first, second, a, b = self.events("package", "show", "out.fwpkg")
        self.assertEqual(package["version"], "2.0.0")
        self.assertEqual(package["revision"], 4)
        self.assertEqual(package["release_time"], "2026-03-01T12:34:56+00:00")
        self.assertEqual(first["descriptors"],
                         "UUID 00112233445566778899aabbccddeeff, vendor defined 0105426f6172640a0b")
        self.assertEqual(first["components"], "0, 1")
        self.assertEqual(first["reference_manifest_size"], 23)
        self.assertEqual(first["package_data_size"], 2)
        self.assertEqual(second["descriptors"], "PCI vendor ID 1414, PCI device ID 3412, PCI revision ID 05")
        self.assertEqual(second["components"], "1")
        self.assertEqual(second["option_flags"], 1)
        self.assertEqual((a["identifier"], a["classification"], a["size"], a["activation_methods"]), (1, 10, 700, 2))
        self.assertEqual((b["identifier"], b["classification"], b["version"], b["options"]), (2, 13, "b-é", 3))
        self.assertEqual(b["opaque_size"], 2)
        self.assertEqual(self.read("out.fwpkg")[a["offset"]:], b"A" * 700 + b"B" * 33)
        self.assertEqual(self.events("package", "verify", "out.fwpkg")[0]["event"], "package.verified")

    def test_the_same_description_gives_the_same_bytes(self):
        del self.description["release_time"]
        self.write("description.json", json.dumps(self.description))
        for name in ["one", "two"]:
            self.rotor("package", "create", "description.json", name, env={"SOURCE_DATE_EPOCH": "1700000000"})
        self.assertEqual(self.read("one"), self.read("two"))
        self.assertEqual(self.events("package", "show", "one")[0]["release_time"], "2023-11-14T22:13:20+00:00")

    def test_older_revisions_are_written_without_what_they_lack(self):
        _, err = self.create(code=1, revision=3)
        self.assertIn("reference_manifest needs revision 4", err)
        del self.description["devices"][0]["reference_manifest"]
        self.create(revision=3)
        _, err = self.create(code=1, revision=2)
        self.assertIn("opaque needs revision 3", err)
        del self.description["components"][1]["opaque"]
        for revision in [1, 2]:
            self.create(revision=revision)
            self.assertEqual(self.events("package", "verify", "out.fwpkg")[0]["revision"], revision)

    def test_a_wrong_description_is_refused_by_name(self):
        def first(kind, **changes):
            return {kind: [{**self.description[kind][0], **changes}]}

        for changes, reason in [
                ({"version": ""}, "package.version"), ({"versoin": "1"}, "versoin"), ({"revision": 5}, "revision"),
                ({"revision": 0}, "revision"), ({"release_time": "today"}, "release_time"),
                ({"components": []}, "components"), ({"devices": {}}, "devices"),
                (first("components", file="none"), "none: not found"),
                (first("components", identifier=65536), "components[0].identifier"),
                (first("components", identifier=-1), "components[0].identifier"),
                (first("components", classification="hardware"), "classification"),
                (first("components", activation=["magic"]), "activation[0]"),
                (first("components", opaque="0"), "opaque"), (first("components", force=1), "force"),
                (first("components", version="x" * 256), "longer than 255"),
                (first("devices", descriptors=[]), "devices[0].descriptors"),
                (first("devices", descriptors=[{"type": "uuid", "value": "x"}]), "descriptors[0].value"),
                (first("devices", descriptors=[{"type": "pci-device", "value": 1}]), "first descriptor"),
                (first("devices", descriptors=[{"type": 2, "data": "00"}]), "length"),
                (first("devices", descriptors=[{"type": "iana", "value": 1 << 32}]), "descriptors[0].value"),
                (first("devices", components=[2]), "devices[0].components[0]"),
                (first("devices", bogus=1), "bogus")]:
            _, err = self.create(code=1, **changes)
            self.assertIn("description.json: ", err)
            self.assertIn(reason, err)
        self.write("description.json", '{ "version": "1", "version": "2" }')
        self.rotor("package", "create", "description.json", "out.fwpkg", code=1)
        self.assertFalse(os.path.exists(self.path("out.fwpkg")))

    def test_damage_is_found(self):
        self.create()
        good = self.read("out.fwpkg")
        for name, content, reason in [
                ("header", good[:40] + b"X" + good[41:], "PackageHeaderChecksum"),
                ("payload", good[:-1] + b"X", "PLDMFWPackagePayloadChecksum"),
                ("short", good[:-1], "cut off"), ("long", good + b"X", "PLDMFWPackagePayloadChecksum"),
                ("empty", b"", "cut off"), ("text", b"This is a text, not a package.", "not a firmware update")]:
            self.write(name, content)
            _, err = self.rotor("package", "verify", name, code=1)
            self.assertIn(reason, err)


class Trace(Folder):
    NAME = "53-v12-p384-keyex-mutauth-w_encap"

    def setUp(self):
        super().setUp()
        self.capture = os.path.join(VECTORS, "spdm", self.NAME + ".pcap")

    def keylog(self):
        """The recorded secrets as a key log: two sessions, one after the other with the same ID."""
        lines = ["# a comment", ""]
        with open(os.path.join(VECTORS, "spdm", "secrets", self.NAME + ".txt"), encoding="ascii") as f:
            for line in f:
                key, _, value = line.strip().partition("=")
                words = key.split("_")
                if key == "handshake_secret":
                    lines.append("SPDM ffffffff suite 1.2 SHA-384 AES-256-GCM")
                elif words[0] in ("request", "response"):
                    lines.append(f"SPDM ffffffff {words[1]}-{words[0]} {value}")
        return "\n".join(lines) + "\n"

    def test_a_capture_is_shown_as_a_ladder(self):
        out, _ = self.rotor("trace", "show", self.capture)
        for name in ["GET_VERSION", "MEASUREMENTS", "KEY_EXCHANGE_RSP"]:
            self.assertIn(f"SPDM    {name}", out)
        self.assertIn("0 secured records opened, 28 not", out)
        self.assertGreater(len(self.rotor("trace", "show", "-d", self.capture)[0]), 2 * len(out))

    def test_a_key_log_opens_the_session(self):
        self.write("keys", self.keylog())
        *lines, summary = self.events("trace", "show", "--keylog", "keys", self.capture)
        self.assertEqual(summary["event"], "trace.summary")
        self.assertEqual((summary["opened"], summary["closed"], summary["malformed"]), (28, 0, 0))
        self.assertIn("FINISH", [line["name"] for line in lines if line["depth"] == 1])

    def test_what_is_no_capture_and_no_key_log_is_refused(self):
        with open(self.capture, "rb") as f:
            self.write("short", f.read()[:-1])
        self.write("text", "not a capture at all, but some text")
        self.write("keys", "SPDM what\n")
        for words, reason in [(["short"], "short: "), (["text"], "text: malformed"), (["none"], "none: not found"),
                              (["--keylog", "none", self.capture], "none: not found"),
                              (["--keylog", "keys", self.capture], "keys: line 1 ")]:
            self.assertIn(reason, self.rotor("trace", "show", *words, code=1)[1])


if __name__ == "__main__":
    unittest.main()
