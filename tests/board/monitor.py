# SPDX-License-Identifier: Apache-2.0
"""QEMU's own monitor (QMP): what somebody sees who has all of the chip in his hands."""
import json
import os
import socket
import time


class Monitor:
    def __init__(self, path):
        self.path = path
        self.file = None

    def connect(self, seconds):
        end = time.monotonic() + seconds
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(self.path)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                self.socket.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        self.socket.settimeout(seconds)
        self.file = self.socket.makefile("rw")
        self.file.readline()  # its greeting
        self.command("qmp_capabilities")

    def close(self):
        if self.file:
            self.file.close()
            self.socket.close()
        if os.path.exists(self.path):
            os.remove(self.path)

    def command(self, name, **arguments):
        self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "event" not in answer:
                break
        if "return" not in answer:
            raise RuntimeError(f"{name}: {answer}")
        return answer["return"]

    def memory(self, begin, size, path):
        """Physical memory, by way of a file."""
        self.command("pmemsave", val=begin, size=size, filename=path)
        with open(path, "rb") as f:
            content = f.read()
        os.remove(path)
        return content
