# SPDX-License-Identifier: Apache-2.0
"""Running of rotor's programs in tests."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

BUILD = os.environ.get("ROTOR_BUILD", "build/release")
VECTORS = os.environ.get("ROTOR_VECTORS", "tests/vectors")


def program(name):
    """Path of one of rotor's programs."""
    return os.path.join(BUILD, "apps", name, name)


class Folder(unittest.TestCase):
    """A test in a folder of its own, with the command `rotor` at hand."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="rotor-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def rotor(self, *words, code=0, env=None):
        """Runs `rotor` and checks its exit code. Returns (standard output, standard error)."""
        done = subprocess.run([program("rotor"), *words], cwd=self.folder, capture_output=True, text=True,
                              timeout=120, env={**os.environ, **(env or {})}, check=False)
        self.assertEqual(done.returncode, code, f"rotor {' '.join(words)}\n{done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def events(self, *words, code=0):
        """Runs `rotor ... --json` and returns its events."""
        out, _ = self.rotor(*words, "--json", code=code)
        return [json.loads(line) for line in out.splitlines()]
