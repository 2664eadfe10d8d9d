# SPDX-License-Identifier: Apache-2.0
"""Somebody between an agent and a device on a serial line, who passes on what he likes."""
import os
import random
import select
import socket
import threading


class Middleman:
    """
    Listens at a Unix socket, and connects every client to the device's. Once in about `gap` bytes it loses, changes,
    repeats or makes up some. With the same seed and the same bytes it does the same.
    """

    def __init__(self, path, device, gap, seed):
        self.device = device
        self.gap = gap
        self.faults = dict.fromkeys(("lost", "changed", "repeated", "made up"), 0)
        self._random = random.Random(seed)
        self._left = [self._pause(), self._pause()]
        self._stop_read, self._stop_write = os.pipe()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(4)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        os.write(self._stop_write, b".")
        self._thread.join(10)
        self._listener.close()
        os.close(self._stop_read)
        os.close(self._stop_write)

    def _pause(self):
        return self._random.randint(self.gap // 2, self.gap + self.gap // 2)

    def _spoil(self, direction, data):
        self._left[direction] -= len(data)
        if self._left[direction] > 0:
            return data
        self._left[direction] = self._pause()
        kind = self._random.choice(list(self.faults))
        self.faults[kind] += 1
        at = self._random.randrange(len(data))
        end = min(len(data), at + self._random.choice((1, 1, 2, 5, 40)))
        if kind == "lost":
            middle = b""
        elif kind == "changed":
            middle = bytes(b ^ 1 << self._random.randrange(8) for b in data[at:end])
        elif kind == "repeated":
            middle = data[at:end] * 2
        else:
            middle = data[at:end] + self._random.choice((b"\x7e", b"\x7d", b"\x00\xff\x55", b"\x7e\x01\x44\x00"))
        return data[:at] + middle + data[end:]

    def _run(self):
        while True:
            ready, _, _ = select.select([self._listener, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            client, _ = self._listener.accept()
            with client, socket.socket(socket.AF_UNIX) as device:
                device.connect(self.device)
                if not self._forward(client, device):
                    return

    def _forward(self, client, device):
        """Until one of them closes. False: it is to stop altogether."""
        while True:
            ready, _, _ = select.select([client, device, self._stop_read], [], [])
            if self._stop_read in ready:
                return False
            for direction, source, sink in ((0, client, device), (1, device, client)):
                if source not in ready:
                    continue
                try:
                    data = source.recv(4096)
                    if data:
                        sink.sendall(self._spoil(direction, data))
                except OSError:
                    data = b""
                if not data:
                    return True
