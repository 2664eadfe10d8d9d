# SPDX-License-Identifier: Apache-2.0
"""The four parts of the demo: discovery, attestation, an update in a session, attestation of what runs then."""
import os
import struct
import unittest

from device_case import DeviceCase
from scenario import AGENT_EID, PROT_ADDRESS, PROT_EID, VERIFIER_EID

CONTROL = ["Get Endpoint ID", "Get Endpoint UUID", "Set Endpoint ID", "Get MCTP Version Support",
           "Get Message Type Support"]
ATTESTATION = ["GET_VERSION", "GET_CAPABILITIES", "NEGOTIATE_ALGORITHMS", "GET_DIGESTS", "GET_CERTIFICATE", "CHALLENGE",
               "GET_MEASUREMENTS"]
PLDM = ["GetTID", "GetPLDMTypes", "GetPLDMVersion", "GetPLDMCommands", "QueryDeviceIdentifiers",
        "GetFirmwareParameters", "RequestUpdate", "GetPackageData", "PassComponentTable", "UpdateComponent", "RequestFirmwareData",
        "TransferComplete", "VerifyComplete", "ApplyComplete", "ActivateFirmware", "QueryDeviceIdentifiers",
        "GetFirmwareParameters"]


def names(run, **fields):
    """Names of the requests, each once where it comes several times in a row."""
    out = []
    for e in run.messages(request=True, **fields):
        if not out or out[-1] != e["name"]:
            out.append(e["name"])
    return out


class Update(DeviceCase):
    def test_discovery_and_inventory(self):
        w = self.world
        run = w.discover()
        found = run.all("endpoint")
        self.assertEqual([(e["address"], e["eid"], e["assigned"]) for e in found], [(PROT_ADDRESS, PROT_EID, True)])
        self.assertEqual(names(run, protocol="control"), CONTROL)
        self.assertEqual(found[0]["types"], "1,5,6")
        # a second process on the bus finds the same and assigns nothing
        second = w.rotor("discover", *w.verifier())
        again = second.one("endpoint", address=PROT_ADDRESS)
        self.assertEqual((again["eid"], again["assigned"], again["uuid"]), (PROT_EID, False, found[0]["uuid"]))
        self.assertEqual(second.messages(name="Set Endpoint ID"), [])
        inventory = w.rotor("inventory", PROT_EID, *w.verifier())
        self.assertEqual(inventory.one("firmware")["active"], "1.0.0")
        self.assertEqual([c["version"] for c in inventory.all("component")], ["1.0.0", "", ""])
        self.assertIn(w.class_id.replace("-", ""), [e["data"] for e in inventory.all("descriptor")])
        self.assertEqual(inventory.messages(in_session=True), [])

    def test_the_firmware_is_replaced_and_proves_itself(self):
        w = self.world
        w.discover()
        before = self.assert_attests("1.0.0", verifier=False, spdm="1.3")
        self.assertEqual(names(before, protocol="SPDM"), ATTESTATION)
        lamp = w.prot.wait_for("prot.lamp", 1)["text"]
        run = w.update("1.1.0.fwpkg", "trust")
        self.assert_updated(run)
        # what was said: everything of PLDM, in this order, inside the session
        self.assertEqual([n for n in names(run, protocol="PLDM") if n != "GetStatus"], PLDM)
        self.assertEqual(run.messages(protocol="PLDM", in_session=False), [])
        self.assertTrue(run.messages(name="FINISH"))
        self.assertEqual(run.one("progress")["percent"], 100)
        w.prot.wait_for_words("session established: both sides are authenticated", w.seconds(5))
        # the device restarted by itself into the other slot, and raised the floor when it had confirmed
        running = w.running()
        self.assertEqual((running["slot"], running["trial"], running["security_version"], running["floor"]),
                         ("slot B", True, 2, 1))
        self.assertNotEqual(w.prot.wait_for("prot.lamp", 1, since=self.last("prot.running"))["text"], lamp)
        # somebody else, with reference values of his own, in both versions of SPDM
        self.assertIn(w.read("1.1.0.manifest"), w.read("1.1.0.fwpkg"))
        runs = [self.assert_attests("1.1.0", spdm=spdm) for spdm in ("1.2", "1.3")]
        self.assertEqual(len({r.one("attested")["nonce"] for r in [before, *runs]}), 3)
        self.assertTrue(all(VERIFIER_EID in (e["source"], e["destination"]) for e in runs[0].messages(protocol="SPDM")))
        reference = w.rotor("manifest", "verify", "--key", w.path("pki", "release.pub.pem"), w.path("1.1.0.manifest"))
        for value in reference.all("reference"):
            self.assertEqual(runs[0].measurements()[value["index"]], value["value"])
        new = runs[1].one("identity")
        self.assertNotEqual(new["public_key"], before.one("identity")["public_key"])
        # the same image has the same key and the same certificate at every boot
        w.power_cut()
        w.power_on()
        w.discover()
        again = self.assert_attests("1.1.0")
        self.assertEqual({k: again.one("identity")[k] for k in ("public_key", "certificate")},
                         {k: new[k] for k in ("public_key", "certificate")})
        self.assertEqual(w.running()["floor"], 2)
        # the old firmware is no longer good enough, for the verifier and for the device
        self.assertIn("no known-good firmware", w.attest("trust", verifier=True, code=1).reason())
        w.trust("trust-both", "1.0.0.manifest", "1.1.0.manifest")
        w.small("older.fwpkg", "2.0.0", 1)
        self.assert_refused("older.fwpkg", "below the device's security floor", running="1.1.0", trust="trust-both")

    def test_a_flash_with_other_sectors_and_units(self):
        w = self.world
        w.power_cut()
        os.remove(w.path("flash.bin"))
        os.remove(w.path("fuses.bin"))
        w.provision("1.0.0.img", "flash.bin", "fuses.bin", "--sector-size", 256 << 10, "--program-unit", 64)
        _, sector, unit = struct.unpack_from("<3I", w.read("flash.bin"), 8)  # of the layout's descriptor
        self.assertEqual((sector, unit), (256 << 10, 64))
        w.power_on()
        w.discover()
        self.assert_updated(w.update("1.1.0.fwpkg", "trust"))
        self.assert_attests("1.1.0")

    def test_an_update_with_spdm_1_2(self):
        w = self.world
        run = w.update("1.1.0.fwpkg", "trust", "--spdm", "1.2")
        self.assert_updated(run)
        self.assertEqual({e["spdm"] for e in run.all("attested")}, {"1.2"})
        for e in run.messages(name="KEY_EXCHANGE", request=True):
            self.assertEqual((e["source"], e["destination"]), (AGENT_EID, PROT_EID))


if __name__ == "__main__":
    unittest.main()
