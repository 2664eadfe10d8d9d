# SPDX-License-Identifier: Apache-2.0
"""`rotor endpoint`: being found on a bus, and owning one for others."""
import unittest

from device_case import DeviceCase
from scenario import AGENT_ADDRESS, AGENT_EID, PROT_ADDRESS, PROT_EID

UUID = "11223344-5566-7788-99aa-bbccddeeff00"


class Endpoint(DeviceCase):
    def serve(self, *words):
        w = self.world
        return w.start("rotor", "endpoint", *words, "--json")

    def assert_ends(self, process):
        self.assertEqual(process.stop(self.world.seconds(10)), 0)
        self.world.processes.remove(process)

    def test_it_is_found_beside_a_device_and_takes_its_eid(self):
        w = self.world
        one = self.serve("--bus", "unix:" + w.socket, "--address", "0x31", "--eid", 9, "--uuid", UUID, "--type", 1, "--type", 5)
        one.wait_for("serving", w.seconds(10), eid=9)
        found = {e["uuid"]: e for e in w.discover().all("endpoint")}
        self.assertEqual(len(found), 2)
        self.assertEqual((found[UUID]["address"], found[UUID]["types"], found[UUID]["assigned"]), (0x31, "1,5", True))
        one.wait_for("assigned", w.seconds(10), eid=found[UUID]["eid"])
        # an EID that it has already is not given again
        again = {e["uuid"]: e for e in w.discover().all("endpoint")}
        self.assertEqual((again[UUID]["eid"], again[UUID]["assigned"]), (found[UUID]["eid"], False))
        # it is no device: who asks for more is told so
        run = w.rotor("inventory", 77, *w.verifier(), code=1)
        self.assertIn("no endpoint", run.reason())
        self.assert_ends(one)

    def test_an_owner_gives_a_device_its_eid_back(self):
        w = self.world
        owner = self.serve(*w.who(AGENT_ADDRESS, AGENT_EID, "--bus-owner", "--targets", hex(PROT_ADDRESS)))
        first = owner.wait_for("endpoint", w.seconds(20))
        self.assertEqual((first["eid"], first["assigned"]), (PROT_EID, True))
        self.assert_attests("1.0.0")
        w.power_cut()
        w.power_on()
        again = owner.wait_for("endpoint", w.seconds(20), owner.events.index(first) + 1, eid=PROT_EID, assigned=True)
        self.assertEqual(again["uuid"], first["uuid"])
        self.assert_attests("1.0.0")
        # what has not changed is not said again
        owner.drain()
        self.assertLessEqual(len([e for e in owner.events if e["event"] == "endpoint"]), 3)
        self.assertEqual([e for e in owner.events if e["event"] in ("step", "message")], [])
        self.assert_ends(owner)

    def test_what_cannot_be(self):
        w = self.world
        where = ["--bus", "unix:" + w.socket, "--address", "0x31"]
        for words, reason in [([], "where is the device"), ([*where, "--uuid", "x"], "not a UUID"),
                              ([*where, "--type", "0"], "message type"), ([*where, "--type", "126"], "message type"),
                              ([*where, *["--type", "1"] * 9], "message type")]:
            run = w.command("rotor", "endpoint", *words, code=2)
            self.assertIn(reason, run.errors)


if __name__ == "__main__":
    unittest.main()
