# SPDX-License-Identifier: Apache-2.0
"""The demo itself: machine-readable, complete, and gone without a trace when it is interrupted."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from rotor_run import BUILD

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "demo", "demo.py")


class Demo(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rotor-demo-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, *words):
        demo = subprocess.Popen([sys.executable, "-B", DEMO, "--build", BUILD, *words], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": self.folder})
        self.addCleanup(demo.stderr.close)
        self.addCleanup(demo.stdout.close)
        self.addCleanup(demo.wait)
        self.addCleanup(demo.kill)
        return demo

    def test_every_step_as_events(self):
        demo = self.start("--json")
        out, err = demo.communicate(timeout=250)
        self.assertEqual((demo.returncode, err), (0, ""))
        events = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(sorted({e["step"] for e in events}), list(range(16)))
        for e in events:
            self.assertTrue(e["step_name"] and e["event"] and e["program"])
        self.assertEqual(len([e for e in events if e["event"] == "success"]), 1)
        self.assertEqual(len([e for e in events if e["event"] == "refused"]), 9)
        self.assertEqual(events[-1]["event"], "summary")
        self.assertEqual(os.listdir(self.folder), [])

    def test_an_interrupt_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            demo = self.start("--json")
            while '"prot.running"' not in (line := demo.stdout.readline()):
                self.assertNotEqual(line, "", demo.stderr.read() if demo.poll() is not None else "")
            demo.send_signal(number)
            demo.stdout.read()
            self.assertEqual(demo.wait(60), 1)
            self.assertIn("interrupted", demo.stderr.read())
            self.assertEqual(os.listdir(self.folder), [])
            self.assertEqual(self.left(), [])

    def left(self):
        """Processes whose command line names the folder."""
        found = []
        for _ in range(40):
            found = []
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as f:
                        if self.folder.encode() in f.read():
                            found.append(pid)
                except OSError:
                    pass
            if not found:
                break
            time.sleep(0.1)
        return found

    def test_a_failure_is_said_with_exit_code_1(self):
        demo = subprocess.run([sys.executable, "-B", DEMO, "--build", self.folder], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(demo.returncode, 1)
        self.assertIn("build it first", demo.stderr)
        demo = subprocess.run([sys.executable, "-B", DEMO, "--bogus"], capture_output=True, timeout=60, check=False)
        self.assertEqual(demo.returncode, 2)


if __name__ == "__main__":
    unittest.main()
