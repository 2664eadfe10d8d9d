# SPDX-License-Identifier: Apache-2.0
"""Jobs that are not the plain one: several devices at once, an agent that is interrupted or dies, two for one device."""
import json
import os
import shutil
import signal
import unittest

from device_case import DeviceCase
from scenario import OTHER_PRODUCT, PROT_EID
from test_agents import bytes_on_the_bus


class Jobs(DeviceCase):
    def start_update(self, *more):
        w = self.world
        return w.start("rotor", *w.update_words("1.1.0.fwpkg", "trust", *more), "--json")

    def start_and_reach(self, event, **fields):
        """An update that has come so far."""
        process = self.start_update()
        process.wait_for(event, self.world.seconds(60), **fields)
        return process

    def die(self, process):
        process.kill()
        self.world.processes.remove(process)

    def transfer_begun(self):
        w = self.world
        process = self.start_update("--sequential")  # so that there is a transfer of some length
        process.wait_until("a part of the transfer", lambda e: e["event"] == "progress" and e["percent"] >= 10,
                           w.seconds(60))
        return process

    def status(self):
        return self.world.rotor("inventory", PROT_EID, *self.world.verifier()).one("update.status")

    def test_what_is_there_already_is_not_brought_again(self):
        w = self.world
        first = w.update("1.1.0.fwpkg", "trust")
        self.assertEqual(first.one("updated")["changed"], True)
        self.assertEqual(first.one("component.updated")["state"], "updated")
        again = w.update("1.1.0.fwpkg", "trust-new")
        self.assertEqual(again.one("updated")["changed"], False)
        self.assertEqual(again.one("component.updated")["state"], "was there already")
        self.assertEqual(again.messages(name="RequestUpdate"), [])
        # also for an agent whose store does not know it: the package itself says under a release key that it is good
        self.assertEqual(w.update("1.1.0.fwpkg", "trust").one("updated")["changed"], False)
        self.assert_attests("1.1.0")

    def test_an_interrupted_update_is_cancelled(self):
        w = self.world
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.transfer_begun()
            self.assertEqual(self.status()["state"], "DOWNLOAD")
            process.popen.send_signal(number)
            run = w.finish(process, 20)
            self.assertEqual(run.code, 1)
            self.assertIn("cancelled: the device keeps the firmware that it had", run.errors)
            self.assertTrue(run.messages(name="CancelUpdate", request=True, in_session=True))
            status = self.status()
            self.assertEqual((status["state"], status["reason"]), ("IDLE", "update was cancelled"))
            self.assert_attests("1.0.0")
        self.assert_updated(w.update("1.1.0.fwpkg", "trust"))

    def test_an_agent_that_was_killed_is_succeeded(self):
        w = self.world
        self.die(self.transfer_begun())
        self.assertEqual(self.status()["state"], "DOWNLOAD")
        run = w.update("1.1.0.fwpkg", "trust")
        self.assertIn("updates it: updating", run.one("claim.left")["holder"])
        self.assertEqual(run.one("update.status")["state"], "DOWNLOAD")
        self.assert_updated(run)

    def test_an_agent_that_was_killed_after_the_activation_is_succeeded(self):
        w = self.world
        self.die(self.start_and_reach("activation"))
        w.await_firmware("1.1.0")
        run = w.update("1.1.0.fwpkg", "trust")
        self.assertEqual(run.one("updated")["changed"], False)
        self.assertEqual(run.messages(name="RequestFirmwareData"), [])
        self.assert_attests("1.1.0")

    def test_what_was_left_behind_can_be_cancelled(self):
        w = self.world
        cancel = ["cancel", PROT_EID, *w.agent("--trust", w.path("trust"), *w.identity())]
        self.die(self.transfer_begun())
        self.assertEqual(w.rotor(*cancel).one("cancelled")["changed"], True)
        self.assertEqual(self.status()["state"], "IDLE")
        self.assertEqual(w.rotor(*cancel).one("cancelled")["changed"], False)
        self.assertIn("Exit codes: 0", "\n".join(e["message"] for e in w.command("rotor", "cancel", "--help").events))

    def test_two_programs_for_one_device(self):
        w = self.world
        first = self.transfer_begun()
        second = w.rotor("update", PROT_EID, w.path("1.1.0.fwpkg"), *w.verifier("--trust", w.path("trust"), *w.identity()),
                         code=1)
        self.assertIn(f"process {first.popen.pid} updates it: updating", second.one("claimed")["holder"])
        self.assertIn("another job on this machine", second.errors)
        run = w.finish(first, 90)
        self.assertEqual(run.code, 0)
        self.assert_updated(run)

    def test_blocks_that_the_device_has_are_not_asked_for(self):
        w = self.world
        with open(w.path("1.1.0.fwpkg.json"), encoding="utf-8") as f:
            description = json.load(f)
        description["devices"][0]["block_map"] = True
        described = w.write("map.fwpkg.json", json.dumps(description))
        w.rotor("package", "create", described, w.path("map.fwpkg"))
        size = os.path.getsize(w.path("1.1.0.img"))
        crossed = {}
        for name, more in [("patch", []), ("whole", ["--sequential", "--force"])]:
            capture = name + ".pcap"
            w.update("map.fwpkg", "trust" if name == "patch" else "trust-new", *more, "--trace", w.path(capture))
            with open(w.path(capture), "rb") as f:
                crossed[name] = bytes_on_the_bus(f.read())
        # the package needs no map for that: the agent makes one, as the device says that it takes it
        w.power_cut()
        for name in ("flash", "fuses"):
            shutil.copyfile(w.path("factory." + name), w.path(name + ".bin"))
        w.power_on()
        w.update("1.1.0.fwpkg", "trust", "--trace", w.path("made.pcap"))
        with open(w.path("made.pcap"), "rb") as f:
            crossed["made"] = bytes_on_the_bus(f.read())
        # the two runtimes differ in a few bytes; what crosses is the map, the blocks that differ and all of the attestation
        self.assertGreater(crossed["whole"], size)
        self.assertLess(crossed["patch"], crossed["whole"] / 4)
        self.assertLess(abs(crossed["made"] - crossed["patch"]), crossed["patch"] / 4)
        self.assert_attests("1.1.0")


class Fleet(DeviceCase):
    """Three devices on two buses; one is of another product."""

    def setUp(self):
        super().setUp()
        w = self.world
        self.buses = [w.socket]
        w.count += 1
        w.start_bus()
        self.buses.append(w.socket)
        w.socket = self.buses[0]
        self.devices = [w.prot]
        w.image("other.img", w.body("rotor-runtime-1"), "1.0.0", 1, product=OTHER_PRODUCT)
        for n, (image, bus, address) in enumerate([("1.0.0.img", 1, 0x1d), ("other.img", 0, 0x1e)]):
            for file in (f"flash{n}.bin", f"fuses{n}.bin"):
                if os.path.exists(w.path(file)):
                    os.unlink(w.path(file))
            w.provision(image, f"flash{n}.bin", f"fuses{n}.bin")
            device = w.start("rotor-prot", "run", "--bus", "unix:" + self.buses[bus], "--address", hex(address),
                             "--flash", w.path(f"flash{n}.bin"), "--fuses", w.path(f"fuses{n}.bin"), "--json")
            device.wait_for("prot.lamp", w.seconds(30))
            self.devices.append(device)

    def test_devices_on_several_buses_are_updated_at_once(self):
        w = self.world
        trust = w.trust("fleet", "1.0.0.manifest")
        w.manifest("other.manifest", "other.img")
        w.know("fleet", "other.manifest")
        words = ["--bus-owner", "--trust", trust, *w.identity()]
        run = w.rotor("update", *words, "--bus", "unix:" + self.buses[0], 20, 21, "--bus", "unix:" + self.buses[1], 20,
                      w.path("1.1.0.fwpkg"), code=1, seconds=180)
        names = [f"{bus} EID {eid}" for bus, eid in [(self.buses[0], 20), (self.buses[0], 21), (self.buses[1], 20)]]
        self.assertEqual({e["device"] for e in run.all("updated")}, {names[0], names[2]})
        failed = run.one("error")
        self.assertEqual(failed["device"], names[1])
        self.assertIn("the package is for other devices", failed["message"])
        # they were under way together
        progress = [e["device"] for e in run.all("progress")]
        self.assertEqual(set(progress), {names[0], names[2]})
        self.assertNotEqual(progress, sorted(progress))
        for device, version in zip(self.devices, ["1.1.0", "1.1.0", "1.0.0"]):
            device.drain()
            self.assertEqual([e["version"] for e in device.events if e["event"] == "prot.running"][-1], version)
        # for people each line says of whom it is
        again = w.command("rotor", "update", *words, "--bus", "unix:" + self.buses[0], 20, "--bus", "unix:" + self.buses[1], 20,
                          w.path("1.1.0.fwpkg"))
        lines = [e["message"].strip() for e in again.events]
        for name in (names[0], names[2]):
            self.assertTrue(any(line.startswith(f"{name}: nothing to do") for line in lines), lines)

    def test_wrong_usage(self):
        w = self.world
        bus = ["--bus", "unix:" + self.buses[0]]
        for words in [["update", *bus, 20, 20, "p"], ["update", *bus, 20, "x", "p"], ["inventory", *bus, *bus, 20],
                      ["update", *bus, *bus[:1], "nothing", 20, "p"], ["discover", *bus, *bus]]:
            run = w.command("rotor", *words, code=2)
            self.assertEqual(run.events, [], words)


if __name__ == "__main__":
    unittest.main()
