# SPDX-License-Identifier: Apache-2.0
"""Tests of how a run is followed: logs of events typed by hand, and programs that write them in place of `vci`."""

import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from events import EventLog, Judgement
from following import follow
from planting import FAULTS, listed
from table import line_of, sums_of

BEGIN = ('{"adapter":"./a","event":"begin","lane":"full","name":"a","schema":1,"seed":"1","tests":4,"version":"1.0"}')
END = '{"event":"end","exit":1,"verdict":"does not conform"}'
REST = '"asked":{},"event":"result","image":"","notApplicable":[],"requirements":{}'
PASSED_VECTOR = '{%s,"failures":[],"outcome":"passed","test":"ext-003-end"}' % REST
PASSED_CONTRACT = '{%s,"failures":[],"outcome":"passed","test":"contract/create-existing"}' % REST
PASSED_WORKLOAD = '{%s,"failures":[],"outcome":"passed","test":"workload/1-3"}' % REST
NOT_RUN = '{%s,"failures":[],"outcome":"not-run","test":"valid/1-9","why":"no answer came in time"}' % REST
NOT_APPLICABLE = '{%s,"failures":[],"outcome":"not-applicable","test":"valid/1-8"}' % REST
READ = ('{"area":"reads","expected":"a miss","got":"a hit","kind":"served-damage","request":"read i 1 1 o",'
        '"requirement":"VCI-RD-004"}')
OPEN = ('{"area":"open","expected":"done","got":"refused","kind":"rejected-valid","request":"open-ro i",'
        '"requirement":"VCI-RD-002"}')
FAILED_READ = '{%s,"failures":[%s],"outcome":"failed","test":"edited/1-77"}' % (REST, READ)
FAILED_OPEN = '{%s,"failures":[%s],"outcome":"failed","test":"valid/1-5"}' % (REST, OPEN)
FAILED_BOTH = '{%s,"failures":[%s,%s],"outcome":"failed","test":"edited/1-78"}' % (REST, OPEN, READ)
FLAKY_READ = '{%s,"failures":[%s],"outcome":"flaky","test":"edited/1-76"}' % (REST, READ)


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)


class EventLogTest(Folder):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "events.jsonl"
        self.log = EventLog(self.path)

    def test_a_log_that_is_not_there_has_no_events(self):
        self.assertEqual(self.log.new(), [])

    def test_a_last_line_without_its_end_waits_for_it(self):
        self.path.write_text(BEGIN + "\n" + END[:20])
        self.assertEqual([event["event"] for event in self.log.new()], ["begin"])
        self.assertEqual(self.log.new(), [])
        with self.path.open("a") as file:
            file.write(END[20:] + "\n")
        self.assertEqual([event["event"] for event in self.log.new()], ["end"])


class JudgementTest(Folder):
    def judge(self, *lines, requirements=("VCI-RD-004",)):
        path = self.folder / "events.jsonl"
        path.write_text("".join(line + "\n" for line in lines))
        judgement = Judgement(requirements)
        for event in EventLog(path).new():
            judgement.add(event)
        return judgement

    def test_tests_are_counted_by_what_they_are_of_up_to_the_failure(self):
        judgement = self.judge(BEGIN, PASSED_VECTOR, PASSED_CONTRACT, PASSED_WORKLOAD, FAILED_READ, PASSED_VECTOR)
        self.assertEqual(
            judgement.fitting.judged, {"images": 2, "workloads": 1, "crashes": 0, "states": 0, "contracts": 1})
        self.assertEqual(
            [judgement.fitting.test, judgement.fitting.kind, judgement.fitting.requirement],
            ["edited/1-77", "served-damage", "VCI-RD-004"])
        self.assertEqual(judgement.judged["images"], 3)

    def test_what_was_not_asked_does_not_count(self):
        judgement = self.judge(BEGIN, NOT_RUN, NOT_APPLICABLE, FAILED_READ)
        self.assertEqual(
            judgement.fitting.judged, {"images": 1, "workloads": 0, "crashes": 0, "states": 0, "contracts": 0})
        self.assertEqual(judgement.not_run, 1)

    def test_a_flaky_test_is_judged_and_finds_nothing(self):
        judgement = self.judge(BEGIN, FLAKY_READ, END)
        self.assertIsNone(judgement.fitting)
        self.assertIsNone(judgement.other)
        self.assertEqual((judgement.flaky, judgement.judged["images"], judgement.ended), (1, 1, True))

    def test_failures_by_another_requirement_are_counted_and_a_later_one_may_fit(self):
        judgement = self.judge(BEGIN, FAILED_OPEN, FAILED_OPEN, FAILED_READ, FAILED_OPEN)
        self.assertEqual((judgement.others, judgement.other.requirement, judgement.other.test),
                         (2, "VCI-RD-002", "valid/1-5"))
        self.assertEqual((judgement.fitting.test, judgement.fitting.judged["images"]), ("edited/1-77", 3))

    def test_a_test_may_fail_by_several_requirements(self):
        judgement = self.judge(BEGIN, FAILED_BOTH)
        self.assertEqual((judgement.fitting.requirement, judgement.others), ("VCI-RD-004", 0))

    def test_a_log_of_which_the_end_is_missing_has_not_ended(self):
        judgement = self.judge(BEGIN, PASSED_VECTOR)
        self.assertEqual((judgement.began, judgement.ended, judgement.fitting), (True, False, None))


SCRIPT = """#!/bin/sh
echo $$ > "%s/pid"
for log; do :; done
cat "%s/lines" > "$log"
%s
"""


class FollowTest(Folder):
    """With a shell script in place of `vci`, which writes the log that its last argument names."""

    def follow(self, script, *lines, patience=60):
        (self.folder / "lines").write_text("".join(line + "\n" for line in lines))
        vci = self.folder / "vci"
        vci.write_text(SCRIPT % (self.folder, self.folder, script))
        vci.chmod(0o755)
        return follow(vci, "./a", "full", 1, None, ["VCI-RD-004"], patience, self.folder)

    def test_a_run_that_found_the_fault_is_ended(self):
        begun = time.monotonic()
        result = self.follow("exec sleep 50", BEGIN, PASSED_VECTOR, FAILED_READ)
        self.assertEqual((result["outcome"], result["images"], result["test"]), ("found", 2, "edited/1-77"))
        self.assertLess(time.monotonic() - begun, 40)
        with self.assertRaises(ProcessLookupError):
            os.kill(int((self.folder / "pid").read_text()), signal.SIGCONT)

    def test_a_run_goes_on_after_a_failure_by_another_requirement(self):
        rest = "sleep 0.5; echo '%s' >> \"$log\"; exec sleep 50" % FAILED_READ
        result = self.follow(rest, BEGIN, FAILED_OPEN)
        self.assertEqual((result["outcome"], result["images"], result["others"], result["first_other"]),
                         ("found", 2, 1, ["VCI-RD-002", "valid/1-5"]))

    def test_a_run_goes_on_no_longer_than_patience_lasts(self):
        result = self.follow("exec sleep 50", BEGIN, FAILED_OPEN, PASSED_VECTOR, patience=0.2)
        self.assertEqual((result["outcome"], result["requirement"], result["images"]),
                         ("found, by another requirement", "VCI-RD-002", 1))
        self.assertIsNone(result["exit"])

    def test_a_whole_run_without_a_failure_finds_nothing(self):
        result = self.follow("exit 3", BEGIN, PASSED_VECTOR, NOT_RUN, END)
        self.assertEqual((result["outcome"], result["images"], result["exit"], result["not_run"]),
                         ("not found", 1, 3, 1))

    def test_a_program_that_fails_its_preflight_did_not_start(self):
        result = self.follow("echo 'open.jsonl, line 3: no answer' >&2; exit 5")
        self.assertEqual((result["outcome"], result["images"], result["why"]),
                         ("did not start", 0, "open.jsonl, line 3: no answer"))

    def test_a_run_without_any_event_has_no_end(self):
        result = self.follow('rm "$log"; exit 64')
        self.assertEqual((result["outcome"], result["exit"]), ("no end", 64))

    def test_a_run_that_is_killed_has_no_end(self):
        result = self.follow("kill -9 $$", BEGIN, PASSED_VECTOR)
        self.assertEqual((result["outcome"], result["images"], result["exit"]), ("no end", 1, -9))


def result(fault, outcome, images=0, workloads=0, **more):
    return {"fault": fault, "seed": 1, "outcome": outcome, "exit": None, "images": images, "workloads": workloads,
            "contracts": 0, "test": None, "kind": None, "requirement": None, "others": 0, "first_other": None,
            "flaky": 0, "not_run": 0, "why": None, "seconds": 2.5, **more}


class TableTest(unittest.TestCase):
    def test_a_program_that_did_not_start_has_a_line(self):
        line = line_of(result("001-a", "did not start", exit=5, why="usage\nopen.jsonl, line 3: no answer"))
        self.assertEqual(line, "001-a | 1 | did not start | 0 | 0 | 0 | 0 | 0 | - | - | - | 2.5 | "
                               "exit 5, usage / open.jsonl, line 3: no answer")

    def test_failures_by_other_requirements_are_told(self):
        line = line_of(result("001-a", "found", 9, test="edited/1-77", kind="served-damage", requirement="VCI-RD-004",
                              others=2, first_other=["VCI-RD-002", "valid/1-5"]))
        self.assertEqual(line, "001-a | 1 | found | 9 | 0 | 0 | 0 | 0 | VCI-RD-004 | served-damage | edited/1-77 | 2.5 | "
                               "2 tests failed by other requirements, the first by VCI-RD-002 in valid/1-5")

    def test_sums_of_writers_count_the_workloads_of_those_that_these_find(self):
        results = [result("051-a", "found", 900, 1, test="workload/1-3"),
                   result("052-b", "found", 10, 4, test="workload/1-4", seconds=7),
                   result("055-e", "found", 8, 90, test="contract/create-existing"),
                   result("056-f", "found", 7, 80, test="map-009-more"),
                   result("053-c", "not found", 20000, 300), result("054-d", "found, by another requirement", 1, 1)]
        self.assertEqual(sums_of("writer", 8, 2, results), [
            "writers: 8 faults, 2 left out; 6 runs, 5 found, 4 by a requirement that fits",
            "  found, by another requirement: 054",
            "  not found: 053",
            "  found by images: 056",
            "  found by workloads: 2, median 2.5, most 4 (052-b)",
            "  found by contracts: 055",
            "  slowest: 7 s (052-b)"])

    def test_sums_of_nothing(self):
        self.assertEqual(sums_of("reader", 1, 0, []), [
            "readers: 1 faults, 0 left out; 0 runs, 0 found, 0 by a requirement that fits"])


class FaultsTest(unittest.TestCase):
    def test_those_that_need_a_crash_are_those_with_a_reason(self):
        reasons = (FAULTS / "README.md").read_text().split("## Faults that need a crash\n")[1].split("\n## ")[0]
        reasons += (FAULTS / "ORDER.md").read_text()
        self.assertEqual([f"{fault.number:03}" for fault in listed() if fault.needs_crash],
                         [line[2:5] for line in reasons.splitlines() if line[:2] == "| " and line[2:5].isdigit()])


if __name__ == "__main__":
    unittest.main()
