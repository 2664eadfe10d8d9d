# SPDX-License-Identifier: Apache-2.0
"""One end of a serial line, in the tests' own hands: frames (DSP0253), and MCTP messages of any size."""
import socket
import time

FLAG, ESCAPE = 0x7e, 0x7d


def crc(data):
    value = 0xffff
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value


def frame(packet):
    escaped = bytearray()
    for byte in packet:
        escaped += bytes([ESCAPE, byte ^ 0x20]) if byte in (FLAG, ESCAPE) else bytes([byte])
    return bytes([FLAG, 1, len(packet)]) + escaped + crc(bytes([1, len(packet)]) + packet).to_bytes(2, "big") + bytes([FLAG])


def packets(message, destination=0, source=8, tag=0, owner=True, unit=64):
    """A message (its type byte first) in packets."""
    parts = [message[n:n + unit] for n in range(0, len(message), unit)]
    for n, part in enumerate(parts):
        flags = (0x80 if n == 0 else 0) | (0x40 if n == len(parts) - 1 else 0) | n % 4 << 4 | (8 if owner else 0) | tag
        yield bytes([1, destination, source, flags]) + part


class Line:
    """A connection to the device's UART."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.buffer = b""
        self.parts = {}

    def close(self):
        self.socket.close()

    def write(self, data):
        self.socket.sendall(data)

    def send(self, message, **options):
        self.write(b"".join(frame(p) for p in packets(message, **options)))

    def next_packet(self, seconds):
        """The next good packet; None when the time is up."""
        end = time.monotonic() + seconds
        while True:
            packet = self._take()
            if packet is not None:
                return packet
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                more = self.socket.recv(4096)
            except TimeoutError:
                return None
            if not more:
                raise ConnectionError("the line is gone")
            self.buffer += more

    def _take(self):
        while True:
            begin = self.buffer.find(FLAG)
            end = self.buffer.find(FLAG, begin + 1)
            if begin < 0 or end < 0:
                return None
            body, self.buffer = self.buffer[begin + 1:end], self.buffer[end:]
            if not body:
                continue
            data = bytearray()
            escaped = False
            for byte in body[:-2]:
                if byte == ESCAPE:
                    escaped = True
                else:
                    data.append(byte ^ 0x20 if escaped else byte)
                    escaped = False
            if len(data) < 7 or data[0] != 1 or data[1] != len(data) - 2 or crc(data) != int.from_bytes(body[-2:], "big"):
                raise ValueError(f"a bad frame from the device: {body.hex()}")
            return bytes(data[2:])

    def next_message(self, seconds):
        """The next whole message, its type byte first; None when the time is up."""
        end = time.monotonic() + seconds
        while (packet := self.next_packet(end - time.monotonic())) is not None:
            key = packet[1], packet[2], packet[3] & 0x0f
            if packet[3] & 0x80:
                self.parts[key] = b""
            self.parts[key] += packet[4:]
            if packet[3] & 0x40:
                return self.parts.pop(key)
        return None

    def ask(self, message, seconds=10, **options):
        self.send(message, **options)
        return self.next_message(seconds)


# Get Endpoint ID; the instance ID keeps answers apart.
def get_eid(instance=0):
    return bytes([0x00, 0x80 | instance, 0x02])


SPDM = b"\x05"
GET_VERSION = SPDM + bytes([0x10, 0x84, 0, 0])
# 1.2: flags CERT and CHAL are the responder's; DataTransferSize and MaxSPDMmsgSize 2048
GET_CAPABILITIES = SPDM + bytes([0x12, 0xe1, 0, 0, 0, 0, 0, 0]) + bytes(4) + (2048).to_bytes(4, "little") * 2


def negotiate_algorithms():
    """P-384 with SHA-384, measurements as DMTF's specification has them, no session algorithms."""
    body = bytes([1, 0]) + bytes(1) + (0).to_bytes(1, "little")
    return body
