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
        """A frame out of the buffer. Its length says where its check stands, in which a flag may be."""
        begin = self.buffer.find(FLAG)
        while begin >= 0 and self.buffer[begin + 1:begin + 2] == bytes([FLAG]):
            begin += 1  # the end of one frame, the begin of the next
        if begin < 0 or len(self.buffer) < begin + 3:
            return None
        at, length, packet = begin + 3, self.buffer[begin + 2], bytearray()
        while len(packet) < length:
            if at + 2 > len(self.buffer):
                return None
            escaped = self.buffer[at] == ESCAPE
            packet.append(self.buffer[at + 1] ^ 0x20 if escaped else self.buffer[at])
            at += 2 if escaped else 1
        if at + 3 > len(self.buffer):
            return None
        check, end = self.buffer[at:at + 2], self.buffer[at + 2]
        taken, self.buffer = self.buffer[begin:at + 3], self.buffer[at + 2:]
        if taken[1] != 1 or end != FLAG or crc(bytes([1, length]) + packet) != int.from_bytes(check, "big"):
            raise ValueError(f"a bad frame from the device: {taken.hex()}")
        return bytes(packet)

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


# A connection as a requester makes it that wants signatures, and no session: SPDM 1.2, P-384, SHA-384.
def u16(value):
    return value.to_bytes(2, "little")


def u32(value):
    return value.to_bytes(4, "little")


SPDM = b"\x05"
GET_VERSION = SPDM + bytes([0x10, 0x84, 0, 0])
GET_CAPABILITIES = SPDM + bytes([0x12, 0xe1, 0, 0, 0, 0, 0, 0]) + u32(0) + u32(2048) + u32(2048)
NEGOTIATE_ALGORITHMS = (SPDM + bytes([0x12, 0xe3, 0, 0]) + u16(32) + bytes([1, 0]) + u32(0x80) + u32(0x02) + bytes(12)
                        + bytes([0, 0]) + u16(0))
VERSION, CAPABILITIES, ALGORITHMS, CHALLENGE_AUTH, ERROR = 0x04, 0x61, 0x63, 0x03, 0x7f


def challenge(nonce):
    return SPDM + bytes([0x12, 0x83, 0, 0]) + nonce
