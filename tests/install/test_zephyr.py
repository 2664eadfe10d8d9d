# SPDX-License-Identifier: Apache-2.0
"""What can be said of the Zephyr module where there is no Zephyr: its files are well-formed, its options are those of the
library, and it builds and links as CMake and Kconfig take it. That it works in Zephyr's tree is not shown here."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import kconfiglib
import yaml

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
MODULE = TOP / "zephyr"
CONFIG_H = (TOP / "include/rotor/config.h").read_text()
# Zephyr's Mbed TLS has another interface to RSA than the backend speaks; and devices have no more algorithms than they need.
OTHER_DEFAULT = {"ROTOR_RSA_BITS_MAX": "0", "ROTOR_CRYPTO_P521": "0", "ROTOR_CRYPTO_EDDSA": "0", "ROTOR_CRYPTO_FFDHE": "0",
                 "ROTOR_CRYPTO_SHA3": "0", "ROTOR_CRYPTO_CHACHA": "0"}


def load(**values):
    """The options as Kconfig resolves them, below a menu that has Zephyr's own option for Mbed TLS."""
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder) / "Kconfig"
        top.write_text('config MBEDTLS\n\tbool "Mbed TLS"\n\nsource "$(MODULE)/Kconfig"\n')
        os.environ["MODULE"] = str(MODULE)
        kconfig = kconfiglib.Kconfig(str(top), warn_to_stderr=False)
    for name, value in values.items():
        if not kconfig.syms[name].set_value(value):
            raise AssertionError(f"{name} cannot be {value}")
    if kconfig.warnings:
        raise AssertionError(kconfig.warnings)
    return kconfig


class Description(unittest.TestCase):
    def test_module_yml(self):
        module = yaml.safe_load((MODULE / "module.yml").read_text())
        self.assertEqual(module["name"], "rotor")
        self.assertTrue((TOP / module["build"]["cmake"] / "CMakeLists.txt").is_file())
        self.assertTrue((TOP / module["build"]["kconfig"]).is_file())
        self.assertEqual(set(module), {"name", "build"})
        self.assertEqual(set(module["build"]), {"cmake", "kconfig"})

    def test_limits_are_those_of_the_library(self):
        library = dict(re.findall(r"^#ifndef (ROTOR_\w+)\n#define \1 (\d+)$", CONFIG_H, re.M))
        self.assertGreater(len(library), 30)
        limits = [symbol for symbol in load().unique_defined_syms if symbol.orig_type == kconfiglib.INT]
        self.assertGreater(len(limits), 10)
        for symbol in limits:
            default = symbol.orig_defaults[0][0].str_value
            self.assertEqual(default, OTHER_DEFAULT.get(symbol.name, library.get(symbol.name)), symbol.name)

    def test_a_device_has_all_parts(self):
        kconfig = load(ROTOR="y", ROTOR_DEVICE="y")
        for part in ("MCTP", "SPDM", "PLDM", "BOOT"):
            self.assertEqual(kconfig.syms[f"ROTOR_{part}"].str_value, "y")
        self.assertEqual(kconfig.syms["ROTOR_CRYPTO_MBEDTLS"].str_value, "n", "there is no Mbed TLS")

    def test_off_is_off(self):
        for symbol in load(MBEDTLS="y").unique_defined_syms:
            if symbol.name != "MBEDTLS":
                self.assertIn(symbol.str_value, ("n", ""), symbol.name)


class Build(unittest.TestCase):
    def build(self, definitions, **values):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="rotor-zephyr-"))
        self.addCleanup(shutil.rmtree, folder)
        lines = [f"set(CONFIG_{symbol.name} {symbol.str_value})\n" for symbol in load(**values).unique_defined_syms
                 if symbol.str_value not in ("n", "")]
        (folder / "options.cmake").write_text("".join(lines))
        for command in (["cmake", "-G", "Ninja", "-S", HERE / "zephyr", "-B", folder / "build", f"-DMODULE={MODULE}",
                         f"-DOPTIONS={folder / 'options.cmake'}",
                         f"-DCMAKE_C_FLAGS=-O1 -Wall -Wextra -Werror -ffunction-sections {definitions}"],
                        ["cmake", "--build", folder / "build"]):
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return subprocess.run([folder / "build/application"], capture_output=True, text=True, timeout=60)

    def test_device(self):
        done = self.build("-DWITH_DEVICE", MBEDTLS="y", ROTOR="y", ROTOR_DEVICE="y", ROTOR_DEVICE_TRANSFER_MAX="1024")
        self.assertEqual((done.returncode, done.stdout), (0, "transfer 1024\nrsa 0\n"))

    def test_one_part(self):
        done = self.build("", MBEDTLS="y", ROTOR="y", ROTOR_SPDM="y")
        self.assertEqual((done.returncode, done.stdout), (0, "rsa 0\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
