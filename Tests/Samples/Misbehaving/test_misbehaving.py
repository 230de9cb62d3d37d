# SPDX-License-Identifier: Apache-2.0
"""Tests what `vci conform` says of adapters that misbehave: the tables of README.md.

The tool is $VCI, or .build-release/release/vci. The limit of an operation is 4 s, or as many
milliseconds as $VCI_MILLISECONDS says.
"""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TOOL = os.environ.get("VCI") or str(ROOT / ".build-release" / "release" / "vci")
LANE = {
    "schema": 1, "name": "misbehaving", "about": "nothing but what is asked by name", "everyVector": 0,
    "valid": 0, "edited": 0, "workloads": 0,
    "milliseconds": int(os.environ.get("VCI_MILLISECONDS", "4000"))}
ROW = re.compile(r"^\| `([a-z0-9-]+)` \| [^|]+ \| `([^`]+)` \| (\d) \| ([^|]*)\|$")


def rows():
    """Way, whether it is of the session form, test, exit code and what is to be found."""
    for part in (HERE / "README.md").read_text().split("\n## ")[1:]:
        for line in part.split("\n"):
            if not line.startswith("| `"):
                continue
            way, test, code, found = ROW.match(line).groups()
            found = {tuple(failure.strip().split(", ")) for failure in found.split(";") if failure.strip()}
            yield way, part.startswith("The session form"), test, int(code), found


def command(way, is_session):
    if way == "is-not-there":
        return str(HERE / "is-not-there")
    if is_session:
        return f"{sys.executable} -S {HERE / 'misbehaving.py'} {way}"
    return f"{HERE / 'misbehaving.sh'} {way}"


class Run:
    """A run of `vci conform`, in a folder of its own."""

    def __init__(self, adapter, *options, milliseconds=None):
        self.folder = tempfile.TemporaryDirectory()
        lane = Path(self.folder.name) / "lane.json"
        lane.write_text(json.dumps({**LANE, "milliseconds": milliseconds or LANE["milliseconds"]}))
        self.files = Path(self.folder.name) / "files"
        self.files.mkdir()
        self.process = subprocess.Popen(
            [TOOL, "conform", "--adapter", adapter, "--lane", str(lane), "--json", *options], cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(self.files)})

    def finish(self):
        """Exit code, report, and what is left of files and processes."""
        output, errors = self.process.communicate(timeout=120)
        left = [path.name for path in self.files.iterdir()] + self.processes()
        self.folder.cleanup()
        return self.process.returncode, json.loads(output or "{}"), left, errors.decode()

    def processes(self):
        """The processes that were started with the run's environment, and their commands."""
        mark = f"TMPDIR={self.files}".encode()
        found = []
        for place in Path("/proc").iterdir():
            try:
                if place.name.isdigit() and mark in (place / "environ").read_bytes().split(b"\0"):
                    found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found


class Misbehaving(unittest.TestCase):
    maxDiff = None

    def test_all_are_classified_as_intended(self):
        def run(row):
            way, is_session, test, _, _ = row
            return Run(command(way, is_session), "--only", test).finish()

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            table = list(rows())
            for row, result in zip(table, pool.map(run, table)):
                way, _, test, code, found = row
                got, report, left, errors = result
                with self.subTest(way=way, test=test):
                    failures = {
                        (failure["kind"], failure["area"], failure["requirement"])
                        for failure in report.get("failures", [])}
                    self.assertEqual((code, found), (got, failures), f"{report} {errors}")
                    self.assertEqual(code, report["exit"])
                    self.assertEqual([], left)

    def test_there_are_enough(self):
        self.assertGreaterEqual(len({row[:2] for row in rows()}), 60)

    def test_flaky_is_no_pass(self):
        _, report, _, _ = Run(command("slows-down", True), "--only", "VCI-HDR-001", milliseconds=1000).finish()
        self.assertEqual("incomplete", report["verdict"])
        self.assertGreaterEqual(len(report["flaky"]), 1)

    def test_what_was_known_and_passes_is_named(self):
        run = Run(command("knows-no-failure", True), "--only", "ext-001-unmerged")
        self.assertEqual(["ext-001-unmerged"], run.finish()[1]["passedUnexpectedly"])

    def test_an_interrupt_ends_the_run_and_leaves_nothing(self):
        # A shell ignores it for what it starts in the background, and vci what is ignored when it starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number.name):
                run = Run(command("hangs", True), "--only", "ext-001-unmerged", milliseconds=60_000)
                while not any("hangs session" in line for line in run.processes()):
                    time.sleep(0.05)
                time.sleep(1)
                start = time.monotonic()
                run.process.send_signal(number)
                code, report, left, _ = run.finish()
                self.assertLess(time.monotonic() - start, 10)
                self.assertEqual((3, "incomplete"), (code, report["verdict"]))
                self.assertIn("interrupted", [each["why"] for each in report["notRun"]])
                self.assertEqual([], left)


if __name__ == "__main__":
    unittest.main()
