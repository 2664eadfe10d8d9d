# SPDX-License-Identifier: Apache-2.0
"""The delayed update of the security revision: the floor waits until it is told to rise, and then stays."""
import unittest

from device_case import DeviceCase
from scenario import PROT_EID


class SecurityRevision(DeviceCase):
    def security(self, run):
        """What a run said last of security version and floor."""
        event = run.one("security")
        return event["security_version"], event["floor"], event["held"]

    def command(self, *more, code=0, own=True):
        w = self.world
        words = ["--trust", w.path("trust-both"), *(w.identity() if own else []), *more]
        return w.rotor("security-revision", PROT_EID, *w.agent(*words), code=code)

    def test_the_floor_waits_until_it_is_told_to_rise(self):
        w = self.world
        w.trust("trust-both", "1.0.0.manifest", "1.1.0.manifest")
        w.discover()
        run = self.command(code=1)
        self.assertIn("no security revision waits", run.reason())
        run = w.update("1.1.0.fwpkg", "trust", "--delay-security-revision")
        self.assert_updated(run)
        self.assertTrue(run.one("updated")["security_revision_held"])
        self.assertIn("security-revision", run.one("updated")["message"])
        self.assertTrue(run.messages(name="UpdateComponent", request=True)[0]["summary"].endswith("security revision delayed"))
        # confirmed, and the floor is where it was, over boots too
        for _ in range(2):
            w.power_cut()
            w.power_on()
            w.discover()
            running = w.running()
            self.assertEqual((running["security_version"], running["floor"], running["trial"]), (2, 1, False))
            attested = self.assert_attests("1.1.0")
            self.assertEqual(self.security(attested), (2, 1, True))
            self.assertIn("held", attested.one("security")["message"])
        self.assertTrue(w.rotor("inventory", PROT_EID, *w.verifier()).one("component", identifier=1)["security_revision_held"])
        # without a certificate nobody ends it
        run = self.command(own=False, code=1)
        self.assertIn("UpdateSecurityRevision", run.reason())
        self.assertEqual(self.security(self.assert_attests("1.1.0")), (2, 1, True))
        # the one who may does
        run = self.command()
        done = run.one("security.updated")
        self.assertEqual((done["eid"], done["floor_before"], done["floor"]), (PROT_EID, 1, 2))
        self.assertEqual(run.messages(name="UpdateSecurityRevision", in_session=False), [])
        self.assertEqual(self.security(run), (2, 2, False))
        # a second time there is nothing to do
        self.assertIn("no security revision waits", self.command(code=1).reason())
        w.power_cut()
        w.power_on()
        w.discover()
        self.assertEqual(w.running()["floor"], 2)
        self.assertEqual(self.security(self.assert_attests("1.1.0")), (2, 2, False))
        self.assertFalse(w.rotor("inventory", PROT_EID, *w.verifier()).one("component", identifier=1)["security_revision_held"])
        w.small("older.fwpkg", "2.0.0", 1)
        self.assert_refused("older.fwpkg", "security revision error (0x10): the image's security version is below the "
                            "device's security floor", running="1.1.0", trust="trust-both")

    def test_before_that_the_older_firmware_is_taken_back(self):
        w = self.world
        w.trust("trust-both", "1.0.0.manifest", "1.1.0.manifest")
        self.assert_updated(w.update("1.1.0.fwpkg", "trust", "--delay-security-revision"))
        self.assert_updated(w.update("1.0.0.fwpkg", "trust-both", "--force"), "1.1.0", "1.0.0")
        self.assertEqual(self.security(self.assert_attests("1.0.0")), (1, 1, False))


if __name__ == "__main__":
    unittest.main()
