# SPDX-License-Identifier: Apache-2.0
"""Tests kits, and reports, of adapters that misbehave: what is made smaller still fails, by its script alone too;
what does not come again is flaky; a run that is killed leaves a log; JUnit XML is XML whatever an adapter says.

The tool is $VCI, or .build-release/release/vci.
"""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from test_misbehaving import LANE, ROOT, TOOL, command


def session(way):
    """The command of an adapter of the session form."""
    return command(way, True)


class Kits(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = Path(folder.name)
        self.lane = self.work / "lane.json"
        self.lane.write_text(json.dumps(LANE))

    def conform(self, way, test, adapter=session, kits=None, **environment):
        """Exit code and report of a run, and the folders of its kits."""
        kits = kits or self.work / "kits"
        run = subprocess.run(
            [TOOL, "conform", "--adapter", adapter(way), "--lane", self.lane, "--json", "--only", test, "--kits", kits],
            cwd=ROOT, capture_output=True, timeout=500, env={**os.environ, **environment})
        return run.returncode, json.loads(run.stdout), sorted(kits.glob("*"))

    def reproduce(self, kit, way, adapter=session):
        return subprocess.run([kit / "reproduce.sh", adapter(way)], capture_output=True, timeout=100).returncode

    def said_by(self, kit, way):
        return subprocess.run(
            [kit / "reproduce.sh", session(way)], capture_output=True, text=True, timeout=100).stdout

    def assert_shows(self, kit, way, adapter=session):
        self.assertEqual((1, 0), (self.reproduce(kit, way, adapter), self.reproduce(kit, "good", adapter)))

    def test_a_wrong_block_of_a_closed_file_is_read_by_the_program_after_few_operations(self):
        code, _, kits = self.conform("keeps-old", "workload/1-1")
        self.assertEqual((1, 1), (code, len(kits)))
        kit = kits[0]
        text = (kit / "README.txt").read_text()
        before, after = re.search(r"from (\d+) operations on .* to (\d+) operations on", text).groups()
        # A block is written, and written once more.
        self.assertGreater(int(before), 10)
        self.assertLessEqual(int(after), 3)
        self.assertEqual(
            ["open-rw IMG", "write IMG 0 1", "write IMG 0 1", "close IMG", "open-ro IMG", "read IMG 0 1 OUT"],
            self.requests_of(kit))
        first, second = (kit / "in-0.bin").read_bytes(), (kit / "in-1.bin").read_bytes()
        self.assertEqual((first, second), ((kit / "wrong.bin").read_bytes(), (kit / "right.bin").read_bytes()))
        self.assertRegex(text, r"block 0 of the disk stood at byte \d+\. right\.bin has")
        self.assertIn("block 0: other bytes\n", self.said_by(kit, "keeps-old"))
        # The sample drops a block rather than overwrite a durable one for which there is no room.
        self.assertIn("block 0: no bytes\n", self.said_by(kit, "good"))
        self.assert_shows(kit, "keeps-old")
        self.assert_is_made_again(kit, "keeps-old", "workload/1-1")

    def assert_is_made_again(self, kit, way, test):
        other = self.conform(way, test)[2][-1]
        self.assertNotEqual(kit, other)
        for path in kit.iterdir():
            self.assertEqual(path.read_bytes(), (other / path.name).read_bytes(), path.name)

    def test_a_wrong_list_is_in_the_kit(self):
        # The answer of the session form is the same for any list.
        kit = self.conform("lists-less", "ext-001-unmerged")[2][0]
        self.assertEqual("extents IMG", self.requests_of(kit)[-1])
        self.assert_shows(kit, "lists-less")

    def test_a_wrong_block_of_a_program_without_read_is_looked_for_where_it_was(self):
        kit = self.conform("keeps-old-unread", "workload/1-1")[2][0]
        self.assertEqual("close IMG", self.requests_of(kit)[-1])
        place = int(re.search(r"stood at byte (\d+)\.", (kit / "README.txt").read_text())[1])
        self.assertIn(f"skip={place // 512} ", (kit / "reproduce.sh").read_text())
        self.assertIn("block 0: other bytes\n", self.said_by(kit, "keeps-old-unread"))

    def test_a_program_that_takes_a_part_and_says_so_is_right(self):
        self.assert_that_takes_a_part_is_right(session)

    def test_a_program_of_the_simple_form_that_takes_a_part_and_says_so_is_right(self):
        folder = ROOT / "Tests" / "Samples" / "C"
        subprocess.run(["make", "-s", "-C", folder, "vci-sample"], check=True)
        sample = folder / "vci-sample"
        for way, end in ("claims-all", ""), ("takes-part", "echo written 1"), ("good", ""):
            part = f'part=$(mktemp); head -c 512 "$5" >"$part"; {sample} write "$2" "$3" 1 "$part" >&2 || exit; {end}'
            program = self.work / way
            program.write_text(
                '#!/bin/sh\n[ "$1" != session ] || exit 64\n'
                + (f'[ "$1" != write ] || {{ {part}\nexit; }}\n' if way != "good" else "") + f'exec {sample} "$@"\n')
            program.chmod(0o755)
        self.assert_that_takes_a_part_is_right(lambda way: self.work / way)

    def assert_that_takes_a_part_is_right(self, adapter):
        code, _, kits = self.conform("claims-all", "workload/1-0", adapter)
        self.assertEqual((1, 1), (code, len(kits)))
        self.assertEqual(0, self.reproduce(kits[0], "takes-part", adapter))
        self.assert_shows(kits[0], "claims-all", adapter)

    def test_a_block_that_must_be_gone_has_no_right_bytes(self):
        kit = self.conform("keeps-discarded", "workload/1-1")[2][0]
        self.assertFalse((kit / "right.bin").exists())
        self.assertIn("It must not be cached.", (kit / "README.txt").read_text())
        self.assertEqual((kit / "in-0.bin").read_bytes(), (kit / "wrong.bin").read_bytes())
        self.assert_shows(kit, "keeps-discarded")

    def requests_of(self, kit):
        """The requests of a kit in words, without the names of data."""
        words = (kit / "README.txt").read_text().split("The requests, in words:\n")[1].split("\n\n")[0]
        return [line.split(" in-")[0].strip() for line in words.splitlines()]

    def test_a_workload_on_a_dirty_image_shrinks(self):
        code, _, kits = self.conform("keeps-dirty", "workload/1-5")
        self.assertEqual((1, 1), (code, len(kits)))
        # Some change is needed: whether an image that was not changed is mended is not prescribed.
        first, _, last = self.requests_of(kits[0])
        self.assertEqual(("open-rw IMG", "close IMG"), (first, last))
        image = (kits[0] / "image.vci").read_bytes()
        self.assertEqual((1, True), (image[16], len(image) < 10_000))
        self.assert_shows(kits[0], "keeps-dirty")

    def test_an_image_that_is_rejected_is_in_the_kit(self):
        kit = self.conform("frees-live", "workload/1-0")[2][0]
        check = subprocess.run([TOOL, "check", "--json", kit / "rejected.vci"], capture_output=True)
        first = json.loads(check.stdout)["findings"][0]
        self.assertEqual((2, "corruption"), (check.returncode, first["class"]))
        self.assertIn(first["rule"], (kit / "README.txt").read_text())
        self.assertIn("the rejected image\n", self.said_by(kit, "frees-live"))
        # What the finding names, the extent, has the same bytes in both; the bit of the map is elsewhere.
        self.assertIn("another image\n", self.said_by(kit, "good"))
        self.assert_shows(kit, "frees-live")

    def test_of_a_large_image_the_place_alone_is_looked_at(self):
        kit = self.conform("writes-at-probe", "read-step-31")[2][-1]
        self.assertGreater((kit / "image.vci").stat().st_size, 1 << 40)
        self.assertIn("modified-read-only-image", kit.name)
        self.assert_shows(kit, "writes-at-probe")

    def test_of_a_program_that_makes_another_image_each_time_the_place_alone_is_looked_at(self):
        kit = self.conform("stays-dirty-at-random", "workload/1-0")[2][0]
        self.assertFalse((kit / "rejected.vci").exists())
        self.assert_shows(kit, "stays-dirty-at-random")

    def test_a_workload_that_stores_a_modification_uuid_shrinks(self):
        code, _, kits = self.conform("forgets-state", "workload/1-2")
        self.assertEqual((1, 1), (code, len(kits)))
        requests = self.requests_of(kits[0])
        self.assertEqual(["open-rw", "set-moduuid", "close"], [words.split()[0] for words in requests])
        self.assert_shows(kits[0], "forgets-state")

    def test_a_workload_on_a_file_that_cannot_grow_shrinks(self):
        code, _, kits = self.conform("full-is-an-error", "workload/1-6")
        self.assertEqual((1, 1), (code, len(kits)))
        text = (kits[0] / "README.txt").read_text()
        before, after = re.search(r"from (\d+) operations on .* to (\d+) operations on", text).groups()
        self.assertEqual("50", before)
        self.assertLessEqual(int(after), 8)
        limit = int(re.search(r"may have no more than (\d+) bytes", text)[1])
        self.assertIn(f"ulimit -f {(limit + 511) // 512}; ", (kits[0] / "reproduce.sh").read_text())
        self.assert_shows(kits[0], "full-is-an-error")

    CONTRACTS = [
        ("accepts-all", "file-folder"), ("accepts-all", "file-missing"), ("refuses-for-one-reason", "file-missing"),
        ("refuses-links", "file-link"), ("creates-over", "create-existing"), ("creates-nothing", "create-without-folder"),
        ("creates-nothing", "create-without-space"), ("creates-through-link", "create-over-link"),
        ("leaves-failed-create", "create-of-wrong-size"), ("creates-short-fixed", "create-fixed"),
        ("creates-sparse-fixed", "create-fixed"), ("takes-any-state", "mod-uuid"),
    ]
    #: The kits of both forms begin and end alike, so these are enough for the requests of the simple form.
    CONTRACTS_OF_BOTH_FORMS = [
        ("accepts-all", "file-pipe"), ("creates-over", "create-over-link"),
    ]

    def assert_contracts_have_kits(self, contracts, adapter, are_sessions):
        def made(contract):
            way, name = contract
            code, report, kits = self.conform(way, f"contract/{name}", adapter, self.work / f"{way}-{name}")
            shown = [(self.reproduce(kit, way, adapter), self.reproduce(kit, "good", adapter)) for kit in kits]
            return code, report, kits, shown

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for contract, (code, report, kits, shown) in zip(contracts, pool.map(made, contracts)):
                with self.subTest(contract=contract):
                    self.assertEqual((1, []), (code, report["flaky"]))
                    self.assertEqual([(1, 0)] * len(report["failures"]), shown)
                    self.assertEqual({are_sessions}, {(kit / "requests.jsonl").exists() for kit in kits})

    def test_contracts_have_kits(self):
        self.assert_contracts_have_kits(self.CONTRACTS + self.CONTRACTS_OF_BOTH_FORMS, session, True)

    def test_contracts_have_kits_of_the_simple_form(self):
        for way in ("good", *(way for way, _ in self.CONTRACTS_OF_BOTH_FORMS)):
            program = self.work / way
            program.write_text(f'#!/bin/sh\n[ "$1" != session ] || exit 64\nexec {session(way)} "$@"\n')
            program.chmod(0o755)
        self.assert_contracts_have_kits(self.CONTRACTS_OF_BOTH_FORMS, lambda way: self.work / way, False)

    def test_a_reason_is_recorded_as_it_was_written(self):
        def simple(way):
            return command(way, False)

        code, report, kits = self.conform("odd-reason", "ext-001-unmerged", simple, LC_ALL="C.UTF-8")
        self.assertEqual((1, [], 1), (code, report["flaky"], len(kits)))
        self.assertEqual(b"exit 10 a\\cb\n", (kits[0] / "got.txt").read_bytes())
        self.assert_shows(kits[0], "odd-reason", simple)

    def test_a_contract_that_no_script_can_tell_has_a_line(self):
        self.assert_has_no_kit(
            "locks-nothing", "contract/lock-own",
            "another process must lock the file, and a POSIX shell has no such locks")

    def test_a_contract_whose_script_does_not_show_the_failure_has_a_line(self):
        self.assert_has_no_kit(
            "refuses-links-elsewhere", "contract/file-link",
            "its script does not show the failure, and the test does")

    def assert_has_no_kit(self, way, test, reason):
        run = subprocess.run(
            [TOOL, "conform", "--adapter", session(way), "--lane", self.lane, "--only", test,
             "--kits", self.work / "kits"],
            cwd=ROOT, capture_output=True, text=True, timeout=100)
        self.assertEqual(1, run.returncode)
        self.assertEqual(
            [f"no kit: {test}: {reason}"], [line for line in run.stdout.splitlines() if line.startswith("no kit")])
        self.assertEqual([], list((self.work / "kits").glob("*")))

    def test_an_edited_image_has_the_nearest_valid_image_beside_it(self):
        code, _, kits = self.conform("serves-damage", "edited/1-8")
        self.assertEqual(1, code)
        kit = kits[0]
        text = (kit / "README.txt").read_text()
        self.assertRegex(text, r"to 1 edits of an image of \d+ bytes")
        image, valid = (kit / "image.vci").read_bytes(), (kit / "valid.vci").read_bytes()
        told = re.findall(r"^  0x([0-9a-f]+): ([0-9a-f ]+) -> ([0-9a-f ]+)$", text, re.MULTILINE)
        self.assertGreater(len(told), 0)
        patched = bytearray(valid)
        for offset, old, new in told:
            place = slice(int(offset, 16), int(offset, 16) + len(bytes.fromhex(old)))
            self.assertEqual(bytes.fromhex(old), valid[place])
            patched[place] = bytes.fromhex(new)
        self.assertEqual(image, bytes(patched))
        check = [TOOL, "check", "--json"]
        self.assertLessEqual(subprocess.run([*check, kit / "valid.vci"], stdout=subprocess.DEVNULL).returncode, 0)
        self.assertNotEqual(0, subprocess.run([*check, kit / "image.vci"], stdout=subprocess.DEVNULL).returncode)
        self.assert_shows(kit, "serves-damage")

    def test_a_vector_stands_beside_itself_without_its_edits(self):
        code, _, kits = self.conform("serves-damage", "ext-003-end")
        self.assertEqual(1, code)
        self.assertIn("image.vci differs from it", (kits[0] / "README.txt").read_text())
        self.assert_shows(kits[0], "serves-damage")

    def test_a_kit_is_of_the_kind_of_failure_that_it_names(self):
        _, report, kits = self.conform("accepts-all", "hdr-001-first")
        self.assertEqual(3, len(kits))
        for kit, failure in zip(kits, report["failures"]):
            first = (kit / "README.txt").read_text().splitlines()[0]
            self.assertIn(f"{failure['kind']} in {failure['area']}, {failure['requirement']};", first)
            self.assert_shows(kit, "accepts-all")

    def test_what_does_not_come_again_from_its_kit_is_flaky(self):
        counter = self.work / "counter"
        code, report, kits = self.conform("fails-twice", "ext-001-unmerged", COUNTER=str(counter))
        self.assertEqual((3, "incomplete", []), (code, report["verdict"], kits))
        self.assertEqual((["ext-001-unmerged"], []), (report["flaky"], report["failures"]))


class Reports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = Path(folder.name)
        self.lane = self.work / "lane.json"

    def start(self, way, *options, **sizes):
        self.lane.write_text(json.dumps({**LANE, **sizes}))
        return subprocess.Popen(
            [TOOL, "conform", "--adapter", command(way, True), "--lane", self.lane, *options], cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def test_junit_is_xml_whatever_an_adapter_says(self):
        report = self.work / "report.xml"
        run = self.start("odd-words", "--only", "ext-001-unmerged", "--report", report)
        run.communicate(timeout=100)
        suite = ElementTree.parse(report).getroot()
        cases = suite.findall("testcase")
        self.assertEqual(1, run.returncode)
        self.assertEqual((str(len(cases)), "1"), (suite.get("tests"), suite.get("failures")))
        self.assertIn("<a b=\"c\">&amp;]]>", suite.get("name"))
        self.assertIn("<a b=\"c\">&amp;]]>", cases[0].find("failure").text)

    def test_junit_of_an_incomplete_run_is_not_green(self):
        report = self.work / "report.xml"
        run = self.start("declares-nothing", "--only", "ext-001-unmerged", "--report", report)
        run.communicate(timeout=100)
        suite = ElementTree.parse(report).getroot()
        self.assertEqual((3, "1"), (run.returncode, suite.get("errors")))
        self.assertEqual(1, len(suite.findall("testcase/error")))

    def test_text_has_counts_first_and_a_line_to_run_by_hand(self):
        run = self.start("misses-all", "--only", "ext-001-unmerged")
        lines = run.communicate(timeout=100)[0].decode().splitlines()
        self.assertRegex(lines[0], r"^does not conform; failed/asked: probe 0/1, open 0/\d+, reads 1/\d+, ")
        image = next(line for line in lines if line.startswith("  image     "))
        self.assertRegex(image, r"^  image     Corpus/ext/ext-001-unmerged\.vcir; \d+ bytes, CRC-32 [0-9a-f]{8}$")
        line = next(line for line in lines if line.startswith("  by hand   "))
        again = subprocess.run(
            line.removeprefix("  by hand   ").replace("vci", TOOL, 1), shell=True, cwd=ROOT, capture_output=True)
        self.assertEqual(1, again.returncode)

    def test_a_killed_run_leaves_its_log(self):
        log = self.work / "log.jsonl"
        run = self.start("good", "--report", log, everyVector=1)
        while not log.exists() or log.read_bytes().count(b"\n") < 20:
            self.assertIsNone(run.poll())
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=100)
        whole = log.read_bytes()[:log.read_bytes().rfind(b"\n") + 1]
        events = [json.loads(line) for line in whole.splitlines()]
        self.assertEqual(["begin"] + ["result"] * (len(events) - 1), [event["event"] for event in events])
        self.assertEqual("misbehaving", events[0]["lane"])

    def test_a_log_has_what_the_report_has(self):
        log, report = self.work / "log.jsonl", self.work / "report.json"
        run = self.start("misses-all", "--only", "VCI-EXT-003", "--report", log, "--report", report)
        run.communicate(timeout=100)
        events = [json.loads(line) for line in log.read_text().splitlines()]
        report = json.loads(report.read_text())
        results = [event for event in events if event["event"] == "result"]
        self.assertEqual({"event": "end", "exit": 1, "verdict": "does not conform"}, events[-1])
        self.assertEqual(
            sorted(report["failed"]), sorted(each["test"] for each in results if each["outcome"] == "failed"))
        for area in report["areas"]:
            self.assertEqual(area["asked"], sum(each["asked"].get(area["area"], 0) for each in results))


if __name__ == "__main__":
    unittest.main()
