# SPDX-License-Identifier: Apache-2.0
"""Through Linux's own MCTP stack: rotor on MCTP sockets in a machine whose second serial port leads to a device."""
import unittest

from kernel_case import FIRMWARE, TTY, BUILD, BoardBuild, BoardProduct, KernelCase
from scenario import AGENT_EID, PROT_EID

IDENTITY = ["--agent-chain", "/pki/agent.chain.pem", "--agent-key", "/pki/agent.key.pem"]
OWNER = ["--af-mctp", "tty:" + TTY, "--bus-owner"]


class Agent:
    """The agent is in the machine, the device at the end of its line."""

    def power_on(self):
        """Starts the device. @return where its line is, as QEMU is told it"""
        raise NotImplementedError

    def assert_attests(self, machine, version, trust):
        run = machine.rotor("attest", PROT_EID, *OWNER, "--trust", trust)
        verdict = run.one("attested")
        self.assertEqual((verdict["verdict"], verdict["version"]), ("trusted", version))
        self.assertEqual(run.measurements()[2], self.world.measured[version])
        return run

    def test_discovery_attestation_and_a_whole_update(self):
        w = self.world
        machine = self.boot(self.power_on())
        found = machine.rotor("discover", *OWNER).one("endpoint")
        self.assertEqual((found["address"], found["eid"], found["assigned"], found["types"]), (0, PROT_EID, True, "1,5,6"))
        self.assert_attests(machine, "1.0.0", "/trust")
        run = machine.rotor("update", PROT_EID, "/1.1.0.fwpkg", *OWNER, "--trust", "/trust", *IDENTITY, seconds=120)
        self.assertEqual([(e["verdict"], e["version"]) for e in run.all("attested")],
                         [("trusted", "1.0.0"), ("trusted", "1.1.0")])
        self.assertEqual(run.all("warning"), [])
        self.assertTrue(run.one("updated"))
        # the messages were the kernel's: whole, however many packets they took
        self.assertEqual({e["packets"] for e in run.messages(in_session=False)}, {1})
        self.assertEqual({e["source"] for e in run.messages(name="CHALLENGE")}, {AGENT_EID})
        w.await_firmware("1.1.0")
        self.assertEqual(w.running()["version"], "1.1.0")
        self.assert_attests(machine, "1.1.0", "/trust-new")
        machine.off()


class EmulatedDevice(Agent, KernelCase):
    def power_on(self):
        w = self.world
        w.use_line()
        w.power_on()
        return "path=" + w.line[1].removeprefix("unix:")


class Network(EmulatedDevice):
    """One process owns the link and keeps routes; others go where the kernel's routes lead."""
    ROUTED = ["--af-mctp", 1]

    def test_discovery_attestation_and_a_whole_update(self):
        w = self.world
        machine = self.boot(self.power_on())
        owner = machine.start("/bin/rotor", "endpoint", *OWNER, "--json")
        found = machine.guest.wait_for("endpoint", w.seconds(20), owner)
        self.assertEqual((found["eid"], found["assigned"], found["status"]), (PROT_EID, True, "done"))
        run = machine.rotor("discover", *self.ROUTED)
        again = run.one("endpoint")
        self.assertEqual((again["address"], again["eid"], again["assigned"]), (PROT_EID, PROT_EID, False))
        self.assertEqual(again["uuid"], found["uuid"])
        trust = ["--trust", "/trust"]
        self.assertEqual(machine.rotor("attest", PROT_EID, *self.ROUTED, *trust).one("attested")["verdict"], "trusted")
        run = machine.rotor("update", PROT_EID, "/1.1.0.fwpkg", *self.ROUTED, *trust, *IDENTITY, seconds=120)
        self.assertEqual([(e["verdict"], e["version"]) for e in run.all("attested")],
                         [("trusted", "1.0.0"), ("trusted", "1.1.0")])
        # the owner has given the device its EID back after its restart
        self.assertEqual(run.messages(name="Set Endpoint ID", request=True), [])
        self.assertEqual(machine.stop(), 0)
        # with it, link and routes have gone
        run = machine.rotor("discover", *self.ROUTED, code=1)
        self.assertIn("there is no such network", run.reason())


class Board(Agent, KernelCase):
    """The device is firmware, in an emulator of its own."""

    @staticmethod
    def make():
        return BoardProduct(BoardBuild(BUILD.path, FIRMWARE))

    def power_on(self):
        w = self.world
        w.start_bus()
        w.power_on()
        return "path=" + w.socket


class Endpoint(KernelCase):
    """The machine is the endpoint; rotor outside owns the line."""

    UUID = "11223344-5566-7788-99aa-bbccddeeff00"

    def setUp(self):
        super().setUp()
        w = self.world
        w.use_line()
        self.machine = self.boot(f"path={w.line[0].removeprefix('unix:')},server=on,wait=off")

    def serve(self, *more):
        """Has rotor be the machine's endpoint. @return from which event on it speaks"""
        since = self.machine.start("/bin/rotor", "endpoint", "--af-mctp", "tty:" + TTY, "--eid", 8, *more, "--json")
        self.machine.guest.wait_for("serving", self.world.seconds(10), since)
        return since

    def test_nobody_answers_but_rotor(self):
        w = self.world
        self.assertEqual(w.discover().all("endpoint"), [])
        since = self.serve("--uuid", self.UUID, "--type", 1, "--type", 5)
        found = w.discover().one("endpoint")
        self.assertEqual((found["eid"], found["assigned"], found["uuid"], found["types"]),
                         (PROT_EID, True, self.UUID, "1,5"))
        self.machine.guest.wait_for("assigned", w.seconds(5), since, eid=PROT_EID)
        # from its new EID it answers who joins, and is assigned nothing again
        again = w.rotor("discover", *w.verifier()).one("endpoint")
        self.assertEqual((again["eid"], again["assigned"]), (PROT_EID, False))
        self.assertEqual(w.discover().one("endpoint")["assigned"], False)
        # another owner has another EID for it
        other = w.rotor("discover", *w.agent("--assign", f"{self.UUID}=77")).one("endpoint")
        self.assertEqual((other["eid"], other["assigned"], other["status"]), (77, True, "done"))
        self.machine.guest.wait_for("assigned", w.seconds(5), since, eid=77)
        self.assertEqual(w.rotor("discover", *w.verifier()).one("endpoint")["eid"], 77)
        self.assertEqual(self.machine.stop(), 0)
        self.assertEqual(w.discover().all("endpoint"), [])

    def test_what_cannot_be_said_why(self):
        for where, reason in [("mctpserial7", "no such network, link or terminal"), ("77", "no such network"),
                              ("tty:/dev/ttyS9", "no such"), ("tty:/1.1.0.fwpkg", "no terminal"),
                              ("lo", "no such")]:
            run = self.machine.rotor("discover", "--af-mctp", where, code=1)
            self.assertIn(reason, run.reason(), where)
        self.serve()
        # the line is taken
        run = self.machine.rotor("discover", "--af-mctp", "tty:" + TTY, code=1)
        self.assertIn("busy", run.reason())
        # the link is not
        self.machine.rotor("discover", "--af-mctp", "mctpserial0")


if __name__ == "__main__":
    unittest.main()
