# SPDX-License-Identifier: Apache-2.0
"""An installed copy, moved to another place, is enough to build and run what users build. ./dev test runs this.

ROTOR_BUILD is a build of the preset release, ROTOR_DEVICE_BUILD one of cortex-m4. With --update as first argument, the
lists of installed files are written instead of compared."""

import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
SYSTEM_HEADERS = {"stdbool.h", "stddef.h", "stdint.h", "stdio.h", "poll.h", "signal.h", "sys/types.h"}
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
UPDATE = sys.argv[1:2] == ["--update"]


def run(*command, **options):
    """Runs a command; a failure shows all that it said."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def setUpModule():
    global scratch, host, device
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="rotor-install-"))
    build, device_build = (pathlib.Path(os.environ[name]).resolve() for name in ("ROTOR_BUILD", "ROTOR_DEVICE_BUILD"))
    # Two ways to say where: --prefix at install time, and a package builder's DESTDIR.
    run("cmake", "--install", build, "--prefix", scratch / "first")
    run("cmake", "--install", device_build, "--prefix", "/opt/rotor", env={**os.environ, "DESTDIR": str(scratch / "root")})
    host = (scratch / "first").rename(scratch / "moved")
    device = (scratch / "root/opt/rotor").rename(scratch / "device")


def tearDownModule():
    shutil.rmtree(scratch)


def pkg_config(*words):
    env = {**os.environ, "PKG_CONFIG_PATH": str(host / "lib/pkgconfig")}
    return shlex.split(run("pkg-config", *words, env=env))


class Files(unittest.TestCase):
    def compare(self, prefix, name):
        files = {path.relative_to(prefix).as_posix() for path in prefix.rglob("*") if path.is_file()}
        documents = {f"share/doc/rotor/docs/{path.name}" for path in (TOP / "docs").glob("*.md")}
        self.assertLessEqual(documents, files)
        found = sorted(files - documents)
        path = HERE / name
        if UPDATE:
            path.write_text("".join(line + "\n" for line in found))
        listed = path.read_text().splitlines()
        self.assertEqual(([line for line in found if line not in listed], [line for line in listed if line not in found]),
                         ([], []), f"installed but not in tests/install/{name}, and the other way round; if that is "
                                   "as it should be, this file rewrites the list with --update")

    def test_host_files_are_those_listed(self):
        self.compare(host, "files-host.txt")

    def test_device_files_are_those_listed(self):
        self.compare(device, "files-device.txt")

    def test_no_text_names_a_place(self):
        places = [str(TOP), str(scratch), "/opt/rotor"]
        for path in [*host.rglob("*"), *device.rglob("*")]:
            if path.suffix in (".cmake", ".pc", ".h", ".c", ".txt", ".md"):
                for place in places:
                    self.assertNotIn(place, path.read_text(), path)

    def test_every_public_header_is_installed(self):
        self.assertEqual({path.name for path in (host / "include/rotor").iterdir()},
                         {path.name for path in (TOP / "include/rotor").glob("*.h")})

    def test_headers_include_only_installed_ones(self):
        for prefix in (host, device):
            installed = {path.relative_to(prefix / "include").as_posix() for path in prefix.rglob("*.h")
                         if path.is_relative_to(prefix / "include")}
            for header in installed:
                text = (prefix / "include" / header).read_text()
                for name in re.findall(r'^#include ["<](.+)[">]', text, re.M):
                    self.assertIn(name, installed | SYSTEM_HEADERS, header)


class Headers(unittest.TestCase):
    """Each public header is enough by itself, with the flags that its own pkg-config file says."""

    def each_alone(self, prefix, command, flags_of):
        def compile_one(header):
            text = f'#include "rotor/{header.name}"\nextern int something;\n'
            return run(*command, *WARNINGS, *flags_of(header.name), "-", input=text)
        headers = sorted((prefix / "include/rotor").glob("*.h"))
        self.assertGreater(len(headers), 30)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(compile_one, headers))

    @staticmethod
    def host_flags(name):
        return HOST_FLAGS if name.startswith("host_") else CORE_FLAGS

    @classmethod
    def setUpClass(cls):
        global HOST_FLAGS, CORE_FLAGS
        HOST_FLAGS = pkg_config("--cflags", "rotor-host")
        CORE_FLAGS = pkg_config("--cflags", "rotor-device", "rotor-agent", "rotor-trace")

    def test_c11(self):
        self.each_alone(host, ["gcc", "-std=c11", "-Wpedantic", "-x", "c"], self.host_flags)

    def test_cxx17(self):
        self.each_alone(host, ["g++", "-std=c++17", "-Wpedantic", "-x", "c++"], self.host_flags)

    def test_c11_bare_metal(self):
        self.each_alone(device, ["arm-none-eabi-gcc", "-std=c11", "-ffreestanding", "-x", "c"],
                        lambda name: [f"-I{device / 'include'}", "-DROTOR_RSA_BITS_MAX=0"])


class BareMetal(unittest.TestCase):
    def test_program_links(self):
        build = scratch / "bare"
        run("cmake", "-G", "Ninja", "-S", HERE / "bare", "-B", build, f"-DCMAKE_PREFIX_PATH={device}",
            f"-DCMAKE_TOOLCHAIN_FILE={TOP / 'cmake/arm-none-eabi.cmake'}")
        run("cmake", "--build", build)
        symbols = run("arm-none-eabi-nm", build / "bare")
        self.assertIn(" T rotor_device_poll", symbols)
        self.assertNotIn(" U ", symbols)

    def test_there_is_no_host_in_it(self):
        build = scratch / "bare-host"
        with self.assertRaisesRegex(AssertionError, "rotor"):
            run("cmake", "-G", "Ninja", "-S", host / "share/doc/rotor/examples/agent", "-B", build,
                f"-DCMAKE_PREFIX_PATH={device}")


class Examples(unittest.TestCase):
    """The examples as their README builds them, and what they do together."""

    @classmethod
    def setUpClass(cls):
        cls.examples = host / "share/doc/rotor/examples"
        cls.work = scratch / "examples"
        cls.work.mkdir()
        cls.rotor = host / "bin/rotor"

    def build_with_cmake(self):
        for name in ("device", "agent"):
            run("cmake", "-G", "Ninja", "-S", self.examples / name, "-B", self.work / name,
                f"-DCMAKE_PREFIX_PATH={host}", "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror")
            run("cmake", "--build", self.work / name)
        return self.work / "device/example-device", self.work / "agent/example-agent"

    def build_with_pkg_config(self):
        """The commands are those that the README shows."""
        commands = re.findall(r"^cc .*$", (self.examples / "README.md").read_text(), re.M)
        self.assertEqual(len(commands), 2)
        env = {**os.environ, "PKG_CONFIG_PATH": str(host / "lib/pkgconfig")}
        copy = self.work / "copy"
        shutil.copytree(self.examples, copy)
        for command in commands:
            run("sh", "-ec", command, cwd=copy, env=env)
        return copy / "example-device", copy / "example-agent"

    def as_the_readme_says(self, what):
        """Runs the block of commands that is marked so, word for word."""
        text = (self.examples / "README.md").read_text()
        block = re.search(rf"<!-- {what} -->\n```sh\n(.*?)```", text, re.S)
        return run("sh", "-ec", block.group(1), cwd=self.home,
                   env={**os.environ, "PATH": f"{host / 'bin'}:{os.environ['PATH']}"})

    def start(self, program):
        log = open(self.home / "device.log", "w")
        device_process = subprocess.Popen([program, "flash", "fuses", "line"], cwd=self.home, stdout=log)
        self.addCleanup(log.close)
        self.addCleanup(device_process.wait)
        self.addCleanup(device_process.kill)
        deadline = time.monotonic() + 60
        while not (self.home / "line").exists():
            self.assertIsNone(device_process.poll(), "the device has ended")
            self.assertLess(time.monotonic(), deadline, "the device does not listen")
            time.sleep(0.02)
        return device_process

    def attest(self, program):
        return subprocess.run([program, "line", "trust"], cwd=self.home, capture_output=True, text=True, timeout=60)

    def converse(self, programs):
        device_program, agent_program = programs
        self.home = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        shutil.copy(device_program, self.home / "example-device")
        self.as_the_readme_says("provision")
        self.start(device_program)
        # Twice: the device takes one peer after the other.
        for _ in range(2):
            said = self.attest(agent_program)
            self.assertEqual(said.returncode, 0, said.stderr)
            self.assertRegex(said.stdout, r"(?m)^endpoint: EID \d+$")
            self.assertRegex(said.stdout, r"(?m)^measurement 0x02 \(mutable firmware\): [0-9a-f]{96}$")
            self.assertRegex(said.stdout, r"(?m)^verdict: trusted, firmware 1\.0\.0$")
        said = self.as_the_readme_says("update")
        self.assertIn("update successful", said)
        self.assertIn("device: started firmware: 1.1.0\n", (self.home / "device.log").read_text())
        said = self.attest(agent_program)
        self.assertRegex(said.stdout, r"(?m)^verdict: trusted, firmware 1\.1\.0$")
        # What is not known to be good is not trusted, and a device of another root is nobody's.
        (self.home / "trust/known-good/v2.manifest").unlink()
        said = self.attest(agent_program)
        self.assertEqual(said.returncode, 1)
        self.assertNotIn("verdict: trusted", said.stdout)
        self.assertIn("known", said.stderr)
        (self.home / "trust/roots/device-root.cert.pem").write_bytes((self.home / "pki/agent-root.cert.pem").read_bytes())
        said = self.attest(agent_program)
        self.assertEqual(said.returncode, 1)
        self.assertNotIn("verdict: trusted", said.stdout)

    def test_built_with_cmake(self):
        self.converse(self.build_with_cmake())

    def test_built_with_pkg_config(self):
        self.converse(self.build_with_pkg_config())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2 if UPDATE else 1:]], verbosity=2)
