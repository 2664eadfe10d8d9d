# SPDX-License-Identifier: Apache-2.0
"""The line is served whatever the firmware does: answers come while signatures are made, and nothing is lost in a flood."""
import os
import random
import threading
import unittest

import line
from board_case import BoardCase
from monitor import Monitor


class Served(BoardCase):
    def setUp(self):
        super().setUp()
        w = self.world
        w.power_on()
        self.line = line.Line(w.socket)
        self.addCleanup(self.line.close)

    def connect(self):
        for request, answer in [(line.GET_VERSION, line.VERSION), (line.GET_CAPABILITIES, line.CAPABILITIES),
                                (line.NEGOTIATE_ALGORITHMS, line.ALGORITHMS)]:
            self.assertEqual(self.line.ask(request)[2], answer)

    def assert_nothing_lost(self):
        w = self.world
        w.prot.drain()
        self.assertEqual([e for e in w.prot.events if e["event"] in ("prot.lost", "prot.fault", "prot.rom")][1:], [])

    def test_answers_come_while_a_signature_is_made(self):
        self.connect()
        for _ in range(4):
            self.line.send(line.challenge(os.urandom(32)))
            before = 0
            while True:
                # what is asked while the signature is made is answered first, as long as it is made
                self.line.send(line.get_eid(before), tag=1)
                message = self.line.next_message(20)
                if message[0] == 5:
                    self.assertEqual(message[2], line.CHALLENGE_AUTH)
                    self.assertEqual(self.line.next_message(20)[:3], bytes([0, before, 2]))
                    break
                self.assertEqual(message[:3], bytes([0, before, 2]))
                before += 1
                self.assertLess(before, 32)
            self.assertGreaterEqual(before, 3, "the device did not answer while it computed")
        self.assert_nothing_lost()

    def test_another_request_while_one_is_worked_on_is_answered_busy(self):
        self.connect()
        self.line.send(line.challenge(os.urandom(32)))
        self.line.send(line.challenge(os.urandom(32)), tag=1)
        self.assertEqual(self.line.next_message(20)[2:4], bytes([line.ERROR, 0x03]))
        self.assertEqual(self.line.next_message(20)[2], line.CHALLENGE_AUTH)

    def test_nothing_is_lost_in_a_flood(self):
        chance = random.Random(4)
        for n in range(40):
            noise = bytes(chance.randrange(256) for _ in range(chance.randrange(2000)))
            # a flag ends what the noise may have begun
            self.line.write(noise + bytes([line.FLAG]) + line.frame(next(line.packets(line.get_eid(n % 32)))))
            self.assertEqual(self.line.next_message(20)[:3], bytes([0, n % 32, 2]))
        for burst in range(8):
            self.line.write(b"".join(line.frame(next(line.packets(line.get_eid(n), tag=n % 8))) for n in range(2)))
            self.assertEqual({self.line.next_message(20)[1] for _ in range(2)}, {0, 1})
        self.assert_nothing_lost()


class Start(BoardCase):
    def test_what_comes_before_the_device_runs_is_in_nobodys_way(self):
        w = self.world
        monitor = Monitor(os.path.join(w.sockets, "monitor"))
        w.start_board("-S", "-qmp", f"unix:{monitor.path},server=on,wait=off")
        monitor.connect(w.seconds(20))
        self.addCleanup(monitor.close)
        early = line.Line(w.socket)
        self.addCleanup(early.close)
        # bytes wait when the UART is started, and go on coming while ROM stage and runtime start
        started = threading.Event()
        sender = threading.Thread(target=lambda: [early.write(64 * b"\0") for _ in iter(started.is_set, True)])
        sender.start()
        monitor.command("cont")
        try:
            w.await_firmware()
        finally:
            started.set()
            sender.join(w.seconds(20))
        self.assertFalse(sender.is_alive(), "the device takes no bytes")
        early.write(bytes([line.FLAG]))
        self.assertEqual(early.ask(line.get_eid(5))[:3], bytes([0, 5, 2]))


if __name__ == "__main__":
    unittest.main()
