# SPDX-License-Identifier: Apache-2.0
"""Tests of `vci conform --lane crash` with programs that are no sessions which load the recorder: static ones, which strace
records, and those of the simple form. $VCI is the tool, or vci in PATH. Needs cc, patch and strace."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from port_tools import ROOT

SAMPLE, PORT = ROOT / "Tests" / "Samples" / "C", ROOT / "Port" / "c"
VCI = os.environ.get("VCI", "vci")


class CrashLaneTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.lane = cls.folder / "few.json"
        cls.lane.write_text(json.dumps({
            "schema": 1, "name": "few", "about": "some crashes", "everyVector": 0, "valid": 0, "edited": 0,
            "workloads": 0, "crashes": 6}))

    def build(self, *flags, fault=None):
        """Returns the sample in C, with a fault of its folder."""
        made = Path(tempfile.mkdtemp(dir=self.folder))
        for path in [*SAMPLE.glob("*.[ch]"), *PORT.glob("vci_port.[ch]")]:
            shutil.copy(path, made)
        if fault:
            patch, = (SAMPLE / "faults").glob(f"{fault}-*.patch")
            subprocess.run(["patch", "-s", "-p1", "-i", patch], cwd=made, check=True)
        subprocess.run(["cc", "-std=c11", *flags, *made.glob("*.c"), "-o", made / "sample"], check=True)
        return made / "sample"

    def conform(self, command):
        """Returns the report of a run."""
        run = subprocess.run([VCI, "conform", "--adapter", command, "--lane", self.lane, "--corpus", ROOT / "Corpus",
                              "--json"], capture_output=True, text=True)
        self.assertIn(run.returncode, (0, 1, 3), run.stderr)
        return json.loads(run.stdout), run.stdout

    def assert_clean(self, command):
        report, text = self.conform(command)
        self.assertEqual((report["verdict"], report["tests"]["passed"]), ("conforms", 6), text)
        self.assertGreater(report["crashStates"], 300)

    def assert_found(self, command, requirement):
        report, text = self.conform(command)
        self.assertIn(requirement, [failure["requirement"] for failure in report["failures"]], text)

    def test_a_static_program(self):
        self.assert_clean(str(self.build("-static")))

    def test_a_fault_of_a_static_program(self):
        self.assert_found(str(self.build("-static", fault=116)), "VCI-WR-003")

    def test_a_static_program_without_strace(self):
        program = self.build("-static")
        folder = self.folder / "without"
        folder.mkdir()
        for tool in ("sh", "cc", "python3", "env", "as", "ld"):
            (folder / tool).symlink_to(shutil.which(tool))
        report, text = self.conform_with_path(program, folder)
        self.assertEqual(report["verdict"], "incomplete", text)
        self.assertIn("apt-get install strace", text)

    def conform_with_path(self, program, folder):
        before = os.environ["PATH"]
        os.environ["PATH"] = str(folder)
        try:
            return self.conform(str(program))
        finally:
            os.environ["PATH"] = before

    def simple(self, program):
        """Returns a command that knows the simple form alone."""
        script = program.with_name("simple")
        script.write_text(f'#!/bin/sh\n[ "$1" != session ] || exit 64\nexec "{program}" "$@"\n')
        script.chmod(0o755)
        return str(script)

    def test_a_program_of_the_simple_form(self):
        self.assert_clean(self.simple(self.build()))

    def test_faults_of_programs_of_the_simple_form(self):
        for fault, requirement in ((116, "VCI-WR-003"), (157, "VCI-WR-001")):
            with self.subTest(fault=fault):
                self.assert_found(self.simple(self.build(fault=fault)), requirement)


if __name__ == "__main__":
    unittest.main()
