# SPDX-License-Identifier: Apache-2.0
"""A capture made with the key log opens as a ladder; without it the session stays closed."""
import os
import stat
import unittest

from device_case import DeviceCase


class Capture(DeviceCase):
    def setUp(self):
        super().setUp()
        w = self.world
        for name in ("run.pcap", "run.keys"):
            if os.path.exists(w.path(name)):
                os.unlink(w.path(name))
        # a session with everything in it that does not take long: the device refuses the image at the end
        w.flipped("flipped.fwpkg")

    def ladder(self, *words):
        w = self.world
        run = w.command("rotor", "trace", "show", *words, w.path("run.pcap"))
        return "\n".join(e["message"] for e in run.events)

    def test_the_key_log_opens_the_session(self):
        w = self.world
        for spdm in ("1.2", "1.3"):
            run = w.command("rotor", *w.update_words("flipped.fwpkg", "trust", "--sequential", "--spdm", spdm, "--trace",
                                                     w.path("run.pcap"), "--keylog", w.path("run.keys")), code=1)
            said = "\n".join(e["message"] for e in run.events) + run.errors
            self.assertIn("SECRETS", said)
            ladder = self.ladder("--keylog", w.path("run.keys"))
            for name in ["Get Endpoint UUID", "GET_VERSION", "CHALLENGE_AUTH", "KEY_EXCHANGE_RSP", "FINISH_RSP", "GetTID",
                         "RequestUpdate", "RequestFirmwareData", "VerifyComplete", "END_SESSION"]:
                self.assertIn(name, ladder)
            self.assertNotIn("[!]", ladder)
            closed = self.ladder()
            self.assertIn("KEY_EXCHANGE_RSP", closed)
            self.assertNotIn("RequestUpdate", closed)
            self.assertNotIn("FINISH_RSP", closed)
        self.assertEqual(stat.S_IMODE(os.stat(w.path("run.keys")).st_mode) & 0o077, 0)

    def test_secrets_are_written_only_when_asked_for(self):
        w = self.world
        before = set(os.listdir(w.folder))
        run = w.command("rotor", *w.update_words("flipped.fwpkg", "trust", "--trace", w.path("run.pcap")), code=1)
        self.assertNotIn("SECRETS", run.errors + "".join(e["message"] for e in run.events))
        self.assertEqual(set(os.listdir(w.folder)) - before - {"run"}, {"run.pcap"})

    def test_the_ladder_as_json_has_every_message(self):
        w = self.world
        w.update("flipped.fwpkg", "trust", "--trace", w.path("run.pcap"), "--keylog", w.path("run.keys"), code=1)
        shown = w.rotor("trace", "show", "--keylog", w.path("run.keys"), w.path("run.pcap"))
        lines = shown.all("line")
        self.assertTrue(any(e["name"] == "RequestUpdate" and e["depth"] == 1 for e in lines))
        self.assertFalse([e for e in lines if e["problem"]])


if __name__ == "__main__":
    unittest.main()
