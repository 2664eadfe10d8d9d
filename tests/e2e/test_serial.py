# SPDX-License-Identifier: Apache-2.0
"""A device at the other end of a serial line, where nobody acknowledges anything."""
import os
import pty
import select
import socket
import threading
import tty
import unittest

from device_case import DeviceCase
from middleman import Middleman
from scenario import AGENT_EID, PROT_EID


def unix(where):
    """The path in unix:PATH."""
    return where.removeprefix("unix:")


def frame(packet):
    """A packet as it stands on a line."""
    fcs = 0xffff
    for byte in bytes((1, len(packet))) + packet:
        fcs ^= byte
        for _ in range(8):
            fcs = fcs >> 1 ^ (0x8408 if fcs & 1 else 0)
    inner = b"".join(bytes((0x7d, b ^ 0x20)) if b in (0x7d, 0x7e) else bytes((b,)) for b in packet)
    return b"\x7e" + bytes((1, len(packet))) + inner + fcs.to_bytes(2, "big") + b"\x7e"


# Get Endpoint ID, asked by EID 8 of whoever is there
ASK = frame(bytes.fromhex("010008c8008002"))


class Line(DeviceCase):
    BUS = None

    def test_discovery_and_attestation(self):
        w = self.world
        found = w.discover().one("endpoint")
        self.assertEqual((found["address"], found["eid"], found["assigned"], found["types"]), (0, PROT_EID, True, "1,5,6"))
        # somebody who owns nothing finds the same and assigns nothing
        second = w.rotor("discover", *w.verifier())
        again = second.one("endpoint")
        self.assertEqual((again["eid"], again["assigned"], again["uuid"]), (PROT_EID, False, found["uuid"]))
        self.assertEqual(second.messages(name="Set Endpoint ID"), [])
        self.assertEqual(w.rotor("inventory", PROT_EID, *w.verifier()).one("firmware")["active"], "1.0.0")
        for spdm in ("1.2", "1.3"):
            self.assert_attests("1.0.0", spdm=spdm)

    def test_the_firmware_is_replaced_and_proves_itself(self):
        w = self.world
        run = w.update("1.1.0.fwpkg", "trust", "--trace", w.path("run.pcap"), "--keylog", w.path("run.keys"))
        self.assert_updated(run)
        self.assertEqual(run.messages(protocol="PLDM", in_session=False), [])
        self.assert_attests("1.1.0")
        # packets without their frames are what a capture holds
        shown = w.rotor("trace", "show", "--keylog", w.path("run.keys"), w.path("run.pcap"))
        lines = shown.all("line")
        self.assertEqual([e for e in lines if e["problem"]], [])
        for name in ("Set Endpoint ID", "CHALLENGE_AUTH", "FINISH_RSP", "RequestFirmwareData", "ActivateFirmware"):
            self.assertTrue([e for e in lines if e["name"] == name], name)
        self.assertEqual({e["source"] for e in lines if e["name"] == "CHALLENGE"}, {AGENT_EID})

    def test_a_delayed_security_revision(self):
        w = self.world
        self.assert_updated(w.update("1.1.0.fwpkg", "trust", "--delay-security-revision"))
        run = w.rotor("security-revision", PROT_EID, *w.agent("--trust", w.path("trust-new"), *w.identity()))
        self.assertEqual(run.all("security")[-1]["floor"], 2)

    def test_a_flipped_byte_in_the_image(self):
        w = self.world
        w.discover()
        w.flipped("flipped.fwpkg")
        self.assert_refused("flipped.fwpkg", "its hash does not match", device_says="refused the new image")

    def test_one_peer_at_a_time(self):
        w = self.world
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(unix(w.line[0]))
            peer.sendall(b"\x7e\x01\x07\x01\x00\x08\xc8")  # a frame that never ends
            run = w.discover(code=1)
            self.assertIn("closed at the other end", run.reason())
            peer.sendall(bytes(range(256)) * 40)
        self.assertEqual(w.discover().one("endpoint")["eid"], PROT_EID)
        self.assert_attests("1.0.0")

    def test_a_peer_that_comes_when_the_last_has_just_gone(self):
        w = self.world
        for _ in range(50):
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(unix(w.line[0]))
                peer.sendall(bytes(50_000))
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(w.seconds(5))
                peer.connect(unix(w.line[0]))
                peer.sendall(ASK)
                answer = b""
                while answer.count(b"\x7e") < 2:
                    more = peer.recv(100)
                    self.assertTrue(more)
                    answer += more
                self.assertEqual(answer[:3], b"\x7e\x01\x0b")

    def test_the_socket_goes_with_the_device(self):
        w = self.world
        path = unix(w.line[0])
        self.assertTrue(os.path.exists(path))
        self.assertEqual(w.prot.stop(w.seconds(5)), 0)
        self.assertFalse(os.path.exists(path))

    def test_a_peer_that_takes_nothing(self):
        """It asks and asks, and reads no answer: the device goes on when it has gone."""
        w = self.world
        w.discover()
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(0.5)
            peer.connect(unix(w.line[0]))
            try:
                for _ in range(200):
                    peer.sendall(ASK * 300)
            except TimeoutError:
                pass  # it is not read any more either
        self.assert_attests("1.0.0")

    def test_silence_and_refused_openings(self):
        w = self.world
        for words, code, reason in [
                (["--serial", w.line[1], "--address", "0x10"], 2, "only a bus has addresses"),
                (["--serial", w.line[1], "--targets", "0x1d"], 2, "only a bus has addresses"),
                (["--serial", w.line[1], "--bus", "unix:x"], 2, "one of --bus, --serial"),
                ([], 2, "one of --bus, --serial"),
                (["--serial", ""], 2, "not a value"),
                (["--serial", "unix:" + w.path("none")], 1, "cannot open the serial line"),
                (["--serial", w.path("none")], 1, "cannot open the serial line"),
                (["--serial", "/dev/null"], 1, "it is no terminal")]:
            run = w.command("rotor", "discover", *words, code=code)
            self.assertIn(reason, run.errors)
        silent = os.path.join(w.sockets, "silent")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(silent)
            listener.listen(1)
            run = w.rotor("discover", "--serial", "unix:" + silent, "--bus-owner")
            self.assertEqual(run.all("endpoint"), [])
            self.assertEqual(len(run.all("endpoint.none")), 1)
        # a socket that somebody listens at is not taken over
        run = w.command("rotor-prot", "run", "--serial", w.line[0], "--flash", w.path("flash.bin"), "--fuses",
                        w.path("fuses.bin"), code=None)
        self.assertNotEqual(run.code, 0)

    def test_power_lost_in_mid_transfer(self):
        w = self.world
        cut = []

        def meanwhile(event):
            if event["event"] == "progress" and event["percent"] >= 30 and not cut:
                cut.append(event)
                w.power_cut()

        run = w.update("1.1.0.fwpkg", "trust", code=1, meanwhile=meanwhile)
        self.assertTrue(cut)
        self.assertIn("closed at the other end", run.reason())
        w.power_on()  # at the socket that the dead one has left
        self.assert_updated(w.update("1.1.0.fwpkg", "trust"))


class BadLine(DeviceCase):
    BUS = None

    def between(self, gap, seed):
        """Puts somebody between agents and device who spoils something about once in `gap` bytes."""
        w = self.world
        at = os.path.join(w.sockets, f"middle{w.count}")
        middle = Middleman(at, unix(w.line[0]), gap, seed)
        self.addCleanup(middle.close)
        w.line = (w.line[0], "unix:" + at)
        return middle

    def test_an_update_over_a_line_that_spoils_bytes(self):
        w = self.world
        middle = self.between(gap=len(w.read("1.1.0.fwpkg")) // 8, seed=11)
        for _ in range(4):
            run = w.update("1.1.0.fwpkg", "trust", "--sequential", seconds=150, code=None)
            if run.code == 0:
                break
            # What fails says why, and leaves a device that can be updated.
            self.assertEqual(run.code, 1)
            self.assertTrue(run.reason())
        self.assertGreater(sum(middle.faults.values()), 4)
        self.assertEqual(run.code, 0)
        self.assertEqual(run.events[-1]["event"], "updated")
        w.await_firmware("1.1.0")
        self.assertEqual(w.running()["version"], "1.1.0")

    def test_small_things_over_a_line_that_is_worse(self):
        w = self.world
        middle = self.between(gap=2500, seed=5)
        codes = []
        while sum(middle.faults.values()) < 10 and len(codes) < 20:
            run = w.attest("trust", code=None)
            codes.append(run.code)
            if run.code == 0:
                self.assertEqual(run.one("attested")["verdict"], "trusted")
            else:
                self.assertTrue(run.reason())
        self.assertGreaterEqual(sum(middle.faults.values()), 10)
        self.assertLessEqual(set(codes), {0, 1})
        self.assertGreater(codes.count(0), len(codes) / 2)


class Terminals(DeviceCase):
    """Terminals on both sides, and a cable between them."""
    BUS = None

    def setUp(self):
        masters, names = [], []
        for _ in range(2):
            master, slave = pty.openpty()
            tty.setraw(slave)
            masters.append(master)
            names.append(os.ttyname(slave))
            self.addCleanup(os.close, master)
            self.addCleanup(os.close, slave)
        stop_read, stop_write = os.pipe()
        cable = threading.Thread(target=self.carry, args=(masters, stop_read), daemon=True)
        self.addCleanup(os.close, stop_read)
        self.addCleanup(os.close, stop_write)
        self.addCleanup(cable.join, 5)
        self.addCleanup(os.write, stop_write, b".")
        cable.start()
        w = self.world
        self.ends = names
        w.use_line = lambda: setattr(w, "line", tuple(names))
        self.addCleanup(delattr, w, "use_line")
        super().setUp()

    @staticmethod
    def carry(masters, stop):
        while True:
            ready, _, _ = select.select([*masters, stop], [], [])
            if stop in ready:
                return
            for source, sink in (masters, masters[::-1]):
                if source in ready:
                    data = os.read(source, 4096)
                    while data:
                        data = data[os.write(sink, data):]

    def test_terminals_are_lines_too(self):
        w = self.world
        self.assertEqual(w.discover().one("endpoint")["eid"], PROT_EID)
        self.assert_attests("1.0.0")
        w.flipped("flipped.fwpkg")
        self.assert_refused("flipped.fwpkg", "its hash does not match", device_says="refused the new image")


if __name__ == "__main__":
    unittest.main()
