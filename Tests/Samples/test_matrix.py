# SPDX-License-Identifier: Apache-2.0
"""Six programs at once: the four samples, and two copies of that in C with a planted fault each.

What `vci conform` says of them together: that the samples conform and agree, that each fault is found in its cell, that
what the writer with a fault writes is told from what others read wrongly, that where two programs differ the rule is
named, and that a matrix of an earlier run tells what got worse.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

from port_tools import HERE, ROOT, swift_sample, tool

sys.path.insert(0, str(HERE / "C" / "faults"))

from planting import Builder, adapter_of, chosen_of  # noqa: E402

#: A reader that joins extents whose data is apart, and a writer whose bitmap counts bits from the top.
READER, WRITER = "hit-joins-neighbours", "bits-from-the-top"
LANE = {
    "schema": 1, "name": "matrix", "about": "some of each kind", "everyVector": 60, "valid": 1, "edited": 8,
    "workloads": 1, "exchanges": 2}
C, PYTHON, SWIFT, SHELL, WRONG_READER, WRONG_WRITER = range(6)


def conform(folder, programs, *options):
    """A run: exit code, standard output, standard error."""
    words = [word for program in programs for word in ("--adapter", program)]
    result = subprocess.run(
        [tool(), "conform", *words, "--lane", "./lane.json", "--corpus", ROOT / "Corpus", *options], cwd=folder,
        capture_output=True, text=True, timeout=300, env={**os.environ, "VCI": tool()})
    return result.returncode, result.stdout, result.stderr


@unittest.skipUnless(tool() and swift_sample(), "neither vci nor the sample in Swift is built")
class MatrixTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.folder = Path(place.name)
        (cls.folder / "lane.json").write_text(json.dumps(LANE))
        builder = Builder(cls.folder)
        plain = adapter_of(builder.build(None))
        faulty = [adapter_of(builder.build(fault)) for name in (READER, WRITER) for fault in chosen_of([name], sys.exit)]
        cls.programs = [
            plain, f"{sys.executable} -S {HERE / 'Python' / 'vci-python-sample'}", swift_sample(),
            str(HERE / "Shell" / "vci-shell-sample"), *faulty]
        cls.code, cls.text, _ = conform(
            cls.folder, cls.programs, "--jobs", "2", "--report", "matrix.json", "--report", "matrix.xml", "--kits",
            "kits")
        cls.matrix = json.loads((cls.folder / "matrix.json").read_text())

    def row(self, requirement):
        return next(row["cells"] for row in self.matrix["requirements"] if row["requirement"] == requirement)

    def test_the_samples_conform_and_the_others_do_not(self):
        self.assertEqual(self.code, 1)
        self.assertEqual(
            [each["verdict"] for each in self.matrix["implementations"]],
            ["conforms"] * 4 + ["does not conform"] * 2)
        self.assertTrue(self.text.startswith("does not conform: "))
        self.assertIn("4 of 6 programs conform", self.text)

    def test_each_fault_is_in_its_cell(self):
        reads = self.row("VCI-RD-006")
        self.assertEqual(reads[WRONG_READER]["verdict"], "wrong")
        self.assertEqual([reads[each]["verdict"] for each in (C, PYTHON, SWIFT, SHELL)], ["right"] * 4)
        self.assertEqual(self.row("VCI-WR-001")[WRONG_WRITER]["verdict"], "wrong")
        example = self.matrix["examples"][reads[WRONG_READER]["example"]]
        self.assertEqual(example["implementation"], WRONG_READER)
        self.assertIn("--only " + example["test"], example["command"])

    def test_most_tests_are_passed_by_all(self):
        first = self.matrix["agreement"][0]
        self.assertEqual((first["applicable"], first["passing"]), (6, 6))
        self.assertGreater(first["tests"], sum(each["tests"] for each in self.matrix["agreement"]) // 3)

    def exchange(self, writer, reader, turns=False):
        return next(
            each for each in self.matrix["exchanges"]
            if (each["writer"], each.get("reader"), each["isInTurns"]) == (writer, reader, turns))

    def test_images_are_read_by_all(self):
        for writer in (C, PYTHON, SWIFT):
            for reader in (None, C, PYTHON, SWIFT, SHELL):
                self.assertEqual(self.exchange(writer, reader)["failed"], 0, (writer, reader))
                self.assertGreater(self.exchange(writer, reader)["workloads"], 0, (writer, reader))
        self.assertEqual(self.exchange(SHELL, C)["workloads"], 0)
        self.assertIn("does not declare", self.exchange(SHELL, C)["why"])

    def test_who_wrote_wrongly_is_told_from_who_reads_wrongly(self):
        self.assertGreater(self.exchange(WRONG_WRITER, None)["failed"], 0)
        for reader in (C, PYTHON, SWIFT, SHELL):
            self.assertEqual(self.exchange(WRONG_WRITER, reader)["failed"], 0)
        self.assertGreater(sum(self.exchange(writer, WRONG_READER)["failed"] for writer in (C, PYTHON, SWIFT)), 0)

    def test_turns_of_the_samples_are_right_and_those_of_the_wrong_writer_are_its_failure(self):
        for one in (C, PYTHON, SWIFT):
            for other in (C, PYTHON, SWIFT):
                if one != other:
                    self.assertEqual(self.exchange(one, other, True)["failed"], 0)
        wrong = [self.exchange(WRONG_WRITER, other, True) for other in (C, PYTHON, SWIFT)]
        self.assertGreater(sum(each["failed"] for each in wrong), 0)
        for each in wrong:
            if each["failed"]:
                self.assertEqual(self.matrix["examples"][each["example"]]["implementation"], WRONG_WRITER)

    def test_the_fewest_steps_and_the_image_that_they_leave_are_shown(self):
        wrong = self.matrix["examples"][self.row("VCI-WR-001")[WRONG_WRITER]["example"]]
        exchange = self.matrix["examples"][self.exchange(WRONG_WRITER, None)["example"]]
        for example in (wrong, exchange):
            self.assertLess(len(example["sequence"]["steps"]), example["sequence"]["before"])
            self.assertEqual(example["ribbons"]["file"][0]["role"], "header")
            self.assertIn("root", [run["of"] if "of" in run else run["role"] for run in example["ribbons"]["file"]])

    def test_differences_name_the_rule_or_the_choice(self):
        differences = self.matrix["differences"]
        self.assertEqual([each for each in differences if each["cause"] == "hole"], [])
        wrong = [
            (each["kind"], each["rule"], sorted(
                program for answer in each["answers"] if not answer["isAllowed"]
                for program in answer["implementations"]))
            for each in differences if each["cause"] == "rule"]
        self.assertTrue(wrong)
        self.assertIn(("bytes", "VCI-RD-006", [WRONG_READER]), wrong)
        # Nobody else is convicted of anything that is read.
        self.assertEqual({program for _, _, programs in wrong for program in programs} - {WRONG_READER, WRONG_WRITER}, set())

    def test_a_kit_asks_both_sides(self):
        difference = next(each for each in self.matrix["differences"] if each["kind"] == "bytes")
        kit = self.folder / "kits" / difference["kit"]
        self.assertTrue((kit / "image.vci").exists())
        said = subprocess.run([kit / "ask.sh"], capture_output=True, text=True, timeout=60).stdout
        self.assertEqual(said.count("== "), 2)
        one, other = said.split("== ")[1:]
        self.assertNotEqual(one.split("\n", 1)[1], other.split("\n", 1)[1])

    def test_kits_of_programs_are_in_their_folders(self):
        names = {path.name.split("-")[0] for path in (self.folder / "kits").iterdir()}
        self.assertLessEqual({str(WRONG_READER + 1), str(WRONG_WRITER + 1), "differences"}, names)

    def test_junit_has_a_suite_for_each_program(self):
        suites = xml.etree.ElementTree.parse(self.folder / "matrix.xml").getroot().findall("testsuite")
        self.assertEqual(len(suites), 7)
        self.assertEqual([int(suite.get("failures")) > 0 for suite in suites], [False] * 4 + [True] * 3)

    def test_the_matrix_is_the_same_at_any_number_of_jobs(self):
        some = [self.programs[each] for each in (C, SWIFT, WRONG_READER)]
        texts = []
        for jobs in ("1", "3"):
            conform(self.folder, some, "--jobs", jobs, "--report", f"{jobs}-matrix.json")
            texts.append((self.folder / f"{jobs}-matrix.json").read_text())
        self.assertEqual(*texts)

    def test_a_baseline_tells_what_regressed_and_what_got_better(self):
        some = [self.programs[C], self.programs[SWIFT]]
        code, _, _ = conform(self.folder, some, "--report", "good-matrix.json")
        self.assertEqual(code, 0)
        code, text, _ = conform(self.folder, some, "--baseline", "good-matrix.json")
        self.assertEqual(code, 0)
        self.assertIn("since the baseline: 0 regressed, 0 better, 0 new", text)
        # A copy of the sample has its name: it is the same program, which got worse.
        worse = [self.programs[WRONG_READER], self.programs[SWIFT]]
        code, text, _ = conform(
            self.folder, worse, "--baseline", "good-matrix.json", "--report", "bad-matrix.json")
        self.assertEqual(code, 1)
        self.assertRegex(text, "REGRESSED  .*VCI-RD-006 was right, and is wrong")
        code, text, _ = conform(self.folder, some, "--baseline", "bad-matrix.json")
        self.assertEqual(code, 0)
        self.assertRegex(text, "better     .*VCI-RD-006 was wrong, and is right")
        code, text, _ = conform(self.folder, some[:1], "--baseline", "good-matrix.json")
        self.assertEqual(code, 1)
        self.assertRegex(text, "REGRESSED  .* is gone")

    def test_a_baseline_is_a_matrix_of_the_same_lane(self):
        some = [self.programs[C], self.programs[SWIFT]]
        for text, words in [("{", "it is no JSON"), ('{"schema":1}', "is missing")]:
            (self.folder / "none.json").write_text(text)
            code, _, errors = conform(self.folder, some, "--baseline", "none.json")
            self.assertEqual(code, 64)
            self.assertIn(words, errors)
        code, _, errors = conform(self.folder, some, "--baseline", "matrix.json", "--seed", "2")
        self.assertEqual(code, 64)
        self.assertIn("it is of the seed 1, not 2", errors)

    def test_one_that_does_not_start_ends_the_run(self):
        code, text, errors = conform(self.folder, [self.programs[C], "false"], "--report", "no-matrix.json")
        self.assertEqual((code, text), (5, ""))
        self.assertIn("false", errors)
        self.assertEqual(json.loads((self.folder / "no-matrix.json").read_text())["exit"], 5)


if __name__ == "__main__":
    unittest.main()
