# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on the way: lost power, lost and damaged transfers."""
import unittest

from device_case import DeviceCase


class PowerCut(DeviceCase):
    def test_power_lost_in_mid_transfer(self):
        w = self.world
        w.trust("trust-both", "1.0.0.manifest", "1.1.0.manifest")
        for percent in (10, 60):
            cut = []

            def meanwhile(event, limit=percent, done=cut):
                if event["event"] == "progress" and event["percent"] >= limit and not done:
                    done.append(event)
                    w.power_cut()

            run = w.update("1.1.0.fwpkg", "trust", code=1, meanwhile=meanwhile)
            self.assertTrue(cut)
            self.assertIn("no longer answers", run.reason())
            w.power_on()
            self.assertEqual((w.running()["version"], w.running()["slot"]), ("1.0.0", "slot A"))
            w.discover()
            self.assert_attests("1.0.0")
        self.assert_updated(w.update("1.1.0.fwpkg", "trust"))

    def test_power_lost_at_the_first_start_of_new_firmware(self):
        """A trial that is cut short before the firmware has confirmed itself ends with the old firmware or the new."""
        w = self.world
        began = []

        def meanwhile(event):
            if event["event"] == "step" and event["step"] == "waiting for the restart" and not began:
                began.append(event)
                w.power_cut()
                w.power_on()

        w.update("1.1.0.fwpkg", "trust", code=None, meanwhile=meanwhile)
        self.assertTrue(began)
        version = w.running()["version"]
        w.discover()
        self.assert_attests(version)


class BadBus(DeviceCase):
    BUS = ("--drop", "0.01", "--corrupt", "0.01", "--seed", "7")

    def test_an_update_over_a_bus_that_loses_and_damages(self):
        w = self.world
        run = w.update("1.1.0.fwpkg", "trust", seconds=150)
        self.assert_updated(run)
        self.assert_attests("1.1.0")


if __name__ == "__main__":
    unittest.main()
