# SPDX-License-Identifier: Apache-2.0
"""Images of every algorithm, signed with a key file or by a command; what is shown of them; why they are refused."""
import json
import os
import stat
import unittest

from rotor_run import Folder, VECTORS

ALGORITHMS = {"p384": "ECDSA P-384", "p256": "ECDSA P-256", "rsa3072": "RSA-3072 PSS", "ed25519": "Ed25519"}

# Signers as a vault's client would be: openssl(1) with the key file alg.key.pem.
PKEYUTL = "openssl pkeyutl -sign -inkey {}.key.pem"
PSS = " -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest"
# openssl takes the message of an Ed25519 signature from a file alone
ED25519 = "cat > digest && " + PKEYUTL + " -rawin -in digest"
SIGNERS = {"p384": PKEYUTL, "p256": PKEYUTL, "rsa3072": PKEYUTL + PSS, "ed25519": ED25519}


class Images(Folder):
    def setUp(self):
        super().setUp()
        self.write("program", bytes(range(256)) * 40)

    def key(self, algorithm, name=None):
        self.rotor("keys", "image", "--algorithm", algorithm, name or algorithm)

    def sign(self, *words, code=0):
        return self.rotor("image", "sign", "--version", "1.2.3+4", *words, "program", "image", code=code)

    def show(self, name="image"):
        return self.events("image", "show", name)[0]


class Algorithms(Images):
    def test_a_key_of_each_kind_signs_and_verifies_and_another_does_not(self):
        for algorithm, name in ALGORITHMS.items():
            self.key(algorithm)
            self.key(algorithm, "other")
            self.assertEqual(stat.S_IMODE(os.stat(self.path(f"{algorithm}.key.pem")).st_mode), 0o600)
            self.sign("--key", f"{algorithm}.key.pem")
            shown = self.show()
            self.assertEqual(shown["signature_algorithm"], name)
            self.assertEqual(len(shown["measurement"]), 96)
            self.assertEqual(shown["hash_algorithm"], "SHA-384" if algorithm == "p384" else "SHA-256")
            self.assertIn(name, self.rotor("image", "show", "image")[0])
            for key in [f"{algorithm}.pub.pem", f"{algorithm}.key.pem"]:
                verified = self.events("image", "verify", "--key", key, "image")[0]
                self.assertEqual(verified["measurement"], shown["measurement"])
            _, err = self.rotor("image", "verify", "--key", "other.pub.pem", "image", code=1)
            self.assertIn("not trusted", err)
            self.sign("--key", f"{algorithm}.key.pem", "--key-hash")
            self.assertFalse(self.show()["public_key"])
            self.rotor("image", "verify", "--key", "other.pub.pem", "--key", f"{algorithm}.pub.pem", "image")
            os.unlink(self.path("other.key.pem"))
            os.unlink(self.path("other.pub.pem"))

    def test_a_key_is_not_overwritten_by_mistake(self):
        self.key("ed25519")
        before = self.read("ed25519.key.pem")
        _, err = self.rotor("keys", "image", "ed25519", code=1)
        self.assertIn("--force", err)
        self.assertEqual(self.read("ed25519.key.pem"), before)
        self.rotor("keys", "image", "--force", "ed25519")
        self.assertNotEqual(self.read("ed25519.key.pem"), before)
        self.rotor("keys", "image", "no/such/directory", code=1)
        self.rotor("keys", "image", "--algorithm", "rsa1024", "x", code=2)

    def test_only_ed25519_has_a_choice_of_hashes(self):
        for algorithm in ALGORITHMS:
            self.key(algorithm)
            own = {"p384": ["sha384"], "ed25519": ["sha256", "sha512"]}.get(algorithm, ["sha256"])
            for name in ["sha256", "sha384", "sha512"]:
                words = ["--key", f"{algorithm}.key.pem", "--hash", name]
                if name in own:
                    self.sign(*words)
                    self.assertEqual(self.show()["hash_algorithm"], name.upper().replace("A", "A-"))
                    self.rotor("image", "verify", "--key", f"{algorithm}.pub.pem", "image")
                    os.unlink(self.path("image"))
                else:
                    self.assertIn("--hash", self.sign(*words, code=1)[1])
                    self.assertFalse(os.path.exists(self.path("image")))
        self.sign("--key", "p384.key.pem", "--hash", "md5", code=2)

    def test_images_of_imgtool_are_judged_and_the_reason_is_said(self):
        for image, key, reason in [("rsa3072-full", "rsa3072", None), ("ed25519-full", "ed25519", None),
                                   ("ed25519-sha512", "ed25519", None), ("p256-pubkeyfull", "p256", None),
                                   ("ed25519-pure", "ed25519", "not its hash: not supported (Ed25519, pure)"),
                                   ("unsigned-sha256", "p256", "not signed"),
                                   ("rsa3072-full", "ed25519", "not trusted")]:
            words = ["image", "verify", "--key", os.path.join(VECTORS, "images/keys", f"{key}.pub.pem"),
                     os.path.join(VECTORS, "images", f"{image}.bin")]
            if reason is None:
                self.assertIn("image verified", self.rotor(*words)[0])
            else:
                self.assertIn(reason, self.rotor(*words, code=1)[1])


class Shown(Images):
    def test_a_boot_record_says_what_was_asked_for(self):
        self.key("p256")
        self.sign("--key", "p256.key.pem", "--boot-record", "AppFW")
        shown = self.show()
        self.assertTrue(shown["boot_record"])
        self.assertEqual(shown["boot_record_type"], "AppFW")
        self.assertEqual(shown["boot_record_version"], "1.2.3")
        self.assertEqual(shown["boot_record_hash"], "SHA-256")
        self.assertEqual(len(shown["boot_record_signer"]), 64)
        self.assertIn("AppFW", self.rotor("image", "show", "image")[0])
        self.sign("--key", "p256.key.pem")
        self.assertFalse(self.show()["boot_record"])
        os.unlink(self.path("image"))
        for name in ["thirteen char", "tab\t"]:
            self.assertIn("12 characters", self.sign("--key", "p256.key.pem", "--boot-record", name, code=1)[1])
        self.assertFalse(os.path.exists(self.path("image")))

    def test_all_that_an_image_says_is_shown(self):
        self.key("ed25519")
        self.sign("--key", "ed25519.key.pem", "--load-address", "0x20000000", "--header-size", "512",
                  "--security-version", "9", "--kind", "recovery")
        shown = self.show()
        text = self.rotor("image", "show", "image")[0]
        self.assertEqual(shown["security_version"], 9)
        self.assertEqual(shown["header_size"], 512)
        self.assertEqual(shown["size"], len(self.read("image")))
        self.assertFalse(shown["dependencies"])
        for value in [shown["measurement"], shown["hash"], "0x20000000", "recovery", "SHA-256", "Ed25519"]:
            self.assertIn(str(value), text)
        shown = self.events("image", "show", os.path.join(VECTORS, "images/p256-deps.bin"))[0]
        self.assertTrue(shown["dependencies"])
        shown = self.events("image", "show", os.path.join(VECTORS, "images/ed25519-pure.bin"))[0]
        self.assertEqual(shown["signature_algorithm"], "Ed25519, pure")
        shown = self.events("image", "show", os.path.join(VECTORS, "images/unsigned-sha256.bin"))[0]
        self.assertIsNone(shown["signature_algorithm"])


class Signer(Images):
    def refused(self, signer, reason, algorithm="p384", *words):
        _, err = self.sign("--signer", signer, "--public-key", f"{algorithm}.pub.pem", *words, code=1)
        self.assertIn(reason, err)
        self.assertFalse(os.path.exists(self.path("image")), signer)

    def test_a_command_signs_with_a_key_that_rotor_never_sees(self):
        for algorithm, name in ALGORITHMS.items():
            self.key(algorithm)
            public = f"{algorithm}.pub.pem"
            self.sign("--signer", SIGNERS[algorithm].format(algorithm), "--public-key", public)
            self.assertEqual(self.show()["signature_algorithm"], name)
            self.rotor("image", "verify", "--key", public, "image")

    def test_a_command_is_told_what_to_sign(self):
        self.key("p384")
        self.write("signer", "#!/bin/sh\nprintf '%s %s %s' $ROTOR_SIGN_ALGORITHM $ROTOR_SIGN_HASH "
                   "$ROTOR_SIGN_DIGEST > told\ntee digest | " + PKEYUTL.format("p384"))
        os.chmod(self.path("signer"), 0o755)
        self.sign("--signer", "./signer", "--public-key", "p384.pub.pem")
        digest = self.read("digest").hex()
        self.assertEqual(self.read("told").decode(), f"ecdsa-p384 sha384 {digest}")
        self.assertEqual(self.show()["measurement"], digest)

    def test_a_command_that_lies_gets_no_image_made(self):
        for algorithm in ALGORITHMS:
            self.key(algorithm)
            self.key(algorithm, "stranger")
            honest = SIGNERS[algorithm]
            self.refused(honest.format("stranger"), "does not verify", algorithm)
            other = "printf %0" + ("48" if algorithm == "p384" else "32") + "d 0 | (" + honest + ")"
            self.refused(other.format(algorithm), "does not verify", algorithm)
            self.refused("cat", "bytes, which are no signature", algorithm)
            os.unlink(self.path("stranger.key.pem"))
            os.unlink(self.path("stranger.pub.pem"))

    def test_a_command_that_fails_says_how(self):
        self.key("p384")
        self.refused("exit 3", "exit code 3")
        self.refused("true", "no signature")
        self.refused("kill -15 $$", "signal 15")
        self.refused("/no/such/vault", "exit code 127")
        self.refused("yes", "did not end within 1000 ms", "p384", "--signer-timeout", "1")
        self.refused("exec sleep 60", "did not end within 1000 ms", "p384", "--signer-timeout", "1")
        self.refused(PKEYUTL.format("p384") + "; exit 1", "exit code 1")
        out, _ = self.rotor("image", "sign", "--version", "1", "--signer", "exit 3", "--public-key", "p384.pub.pem",
                            "--json", "program", "image", code=1)
        self.assertEqual(json.loads(out)["event"], "error")

    def test_an_older_image_is_left_alone_by_a_failure(self):
        self.key("p384")
        self.write("image", "older")
        self.sign("--signer", "cat", "--public-key", "p384.pub.pem", code=1)
        self.assertEqual(self.read("image"), b"older")

    def test_key_and_signer_exclude_each_other(self):
        self.key("p384")
        for words in [["--signer", "cat"], ["--public-key", "p384.pub.pem"], [],
                      ["--key", "p384.key.pem", "--signer", "cat", "--public-key", "p384.pub.pem"],
                      ["--key", "p384.key.pem", "--public-key", "p384.pub.pem"],
                      ["--signer", "cat", "--public-key", "p384.pub.pem", "--signer-timeout", "x"]]:
            self.assertNotEqual(self.sign(*words, code=2)[1], "")
        self.sign("--signer", "cat", "--public-key", "none", code=1)
        self.assertFalse(os.path.exists(self.path("image")))


if __name__ == "__main__":
    unittest.main()
