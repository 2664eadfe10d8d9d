# SPDX-License-Identifier: Apache-2.0
"""Who speaks to a device, with which trust: several agents, wrong stores, wrong usage."""
import hashlib
import os
import ssl
import struct
import unittest

from device_case import DeviceCase
from scenario import PROT_EID


def bytes_on_the_bus(capture):
    """MCTP bytes of a capture, without those of the search for the device (control messages, which are one packet each)."""
    total, at = 0, 24
    while at < len(capture):
        length = struct.unpack_from("<I", capture, at + 8)[0]
        packet = capture[at + 16:at + 16 + length]
        starts = packet[3] & 0x80
        total += 0 if starts and packet[4] & 0x7F == 0 else length
        at += 16 + length
    return total


class Agents(DeviceCase):
    def test_a_known_chain_is_not_asked_for_again(self):
        w = self.world
        w.discover()
        sizes, asked = [], []
        for n in range(3):
            capture = f"again{n}.pcap"
            run = self.assert_attests("1.0.0", None, "--chains", w.path("chains"), "--trace", w.path(capture))
            with open(w.path(capture), "rb") as f:
                sizes.append(bytes_on_the_bus(f.read()))
            asked.append(len(run.messages(name="GET_CERTIFICATE")))
            if n == 1:
                # what was kept is no longer what the device has: it is asked again, and kept again
                for name in os.listdir(w.path("chains")):
                    w.write(os.path.join("chains", name), "something else")
        self.assertEqual(len(os.listdir(w.path("chains"))), 1)
        self.assertEqual([a > 0 for a in asked], [True, False, True])
        self.assertEqual(sizes[0], sizes[2])
        # signed measurements alone
        run = self.assert_attests("1.0.0", None, "--chains", w.path("chains"), "--brief", "--trace", w.path("brief.pcap"))
        self.assertEqual(run.messages(name="CHALLENGE") + run.messages(name="GET_CERTIFICATE"), [])
        with open(w.path("brief.pcap"), "rb") as f:
            brief = bytes_on_the_bus(f.read())
        self.assertLess(brief, sizes[0] / 4)
        self.assertLess(sizes[1], sizes[0] / 2)
        # a store that trusts nobody is not moved by it
        w.trust("chains-stranger", pki="stranger")
        run = w.command("rotor", "attest", PROT_EID, *w.verifier("--trust", w.path("chains-stranger"), "--chains", w.path("chains")),
                        code=1)
        self.assertIn("reading the certificate chain", run.errors)

    def test_a_second_verifier_attests_during_an_update(self):
        w = self.world
        attested = []

        def meanwhile(event):
            if event["event"] == "progress" and event["percent"] >= 20 * (len(attested) + 1) and len(attested) < 3:
                attested.append(self.assert_attests("1.0.0", spdm=("1.2", "1.3")[len(attested) % 2]))

        run = w.update("1.1.0.fwpkg", "trust", "--sequential", meanwhile=meanwhile, seconds=120)
        self.assertEqual(len(attested), 3)
        self.assert_updated(run)
        self.assert_attests("1.1.0")

    def test_a_trust_store_decides(self):
        w = self.world
        w.discover()
        w.trust("stranger-trust", pki="stranger")
        w.trust("empty-trust")
        mixed = w.trust("mixed-trust", "1.0.0.manifest")
        w.write("mixed-trust/signers/release.pem", w.read("stranger/release.pub.pem"))
        for trust, reason in [("stranger-trust", "reading the certificate chain"), ("empty-trust", "no known-good firmware"),
                              ("mixed-trust", "no known-good firmware"), ("trust-new", "no known-good firmware")]:
            run = w.command("rotor", "attest", PROT_EID, *w.verifier("--trust", w.path(trust)), code=1)
            self.assertIn(reason, run.errors)
        # a root by its digest, of any length that is one; a digest that differs by a bit is another root
        der = ssl.PEM_cert_to_DER_cert(w.read("pki/device-root.cert.pem").decode())
        w.trust("digest-trust", "1.0.0.manifest")
        root = w.path("digest-trust", "roots", "device-root.pem")
        for name in ("sha256", "sha384", "sha512"):
            w.write(root, hashlib.new(name, der).hexdigest() + "  root.der\n")
            w.attest("digest-trust", verifier=True)
        good = hashlib.sha384(der).digest()
        w.write(root, bytes([good[0] ^ 1, *good[1:]]).hex())
        self.assertIn("reading the certificate chain", w.attest("digest-trust", verifier=True, code=1).reason())
        w.write(root, good.hex()[:-2])  # no digest, and no certificate
        self.assertIn("device-root.pem", w.attest("digest-trust", verifier=True, code=1).reason())
        w.write(os.path.join(mixed, "signers", "odd.pem"), "this is no key\n")
        self.assertIn("odd.pem", w.attest("mixed-trust", verifier=True, code=1).reason())
        self.assertIn("none", w.attest("none", verifier=True, code=1).reason())
        # an update from firmware that is not known to be good needs to be told so
        run = w.update("1.1.0.fwpkg", "trust-new", code=1)
        self.assertIn("no known-good firmware", run.reason())
        self.assertEqual(run.messages(name="KEY_EXCHANGE"), [])
        self.assert_attests("1.0.0")

    def test_no_trust_store_and_no_device(self):
        w = self.world
        self.assertIn("--trust", w.rotor("attest", PROT_EID, *w.agent(), code=2).one("error")["next"])
        self.assertIn("no endpoint", w.rotor("attest", 99, *w.agent("--trust", w.path("trust")), code=1).reason())
        w.power_cut()
        run = w.discover()
        self.assertEqual([e for e in run.all("endpoint") if e["status"] == "ok"], [])
        self.assertIn("no endpoint", w.attest("trust", code=1).reason())

    def test_a_bus_that_cannot_be_joined(self):
        w = self.world
        for words in [["--bus", "unix:" + w.path("nothing"), "--address", "0x12"],
                      ["--bus", "unix:" + w.socket, "--address", "0x1d"]]:
            run = w.command("rotor", "discover", *words, code=1)
            self.assertIn("cannot join the bus", run.errors)

    def test_wrong_usage(self):
        w = self.world
        bus = ["--bus", "unix:" + w.socket]
        for words in [["discover"], ["discover", "--bus", w.socket], ["discover", *bus, "--address", "0x80"],
                      ["discover", *bus, "--eid", "7"], ["discover", *bus, "--eid", "255"],
                      ["discover", *bus, "--pool", "30-20"], ["discover", *bus, "--assign", "x=1"],
                      ["discover", *bus, "extra"], ["inventory", *bus], ["inventory", *bus, "0"],
                      ["attest", *bus], ["attest", *bus, "20", "21"], ["attest", *bus, "--spdm", "1.1", "20"],
                      ["update", *bus, "20"], ["update", *bus, "20", "a", "b"],
                      ["update", *bus, "--agent-key", "k", "20", "a"], ["provision"], ["provision", "--flash", "f"]]:
            run = w.command("rotor", *words, code=2)
            self.assertEqual(run.events, [], words)
            self.assertNotEqual(run.errors, "", words)
        for command in ["discover", "inventory", "attest", "update", "provision"]:
            run = w.command("rotor", command, "--help")
            self.assertIn("Exit codes: 0", "\n".join(e["message"] for e in run.events))
        self.assertEqual(w.running()["version"], "1.0.0")


if __name__ == "__main__":
    unittest.main()
