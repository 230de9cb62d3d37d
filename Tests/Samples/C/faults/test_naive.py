# SPDX-License-Identifier: Apache-2.0
"""Tests of the naive driver: what it takes for a difference, and that it finds what is plain and passes what is right."""

import json
import os
import pathlib
import shutil
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from naive_images import Answers, Folder, Questions, difference, found_by_images, image_of, patience
from naive_workloads import Workload, found_by_workloads
from planting import Builder, chosen_of

VCI = shutil.which(os.environ.get("VCI", "vci"))


def answers(*lines, data=(), changed=False):
    return Answers([json.dumps(line).encode() + b"\n" for line in lines], list(data), changed)


class DifferenceTest(unittest.TestCase):
    OK = {"id": 2, "outcome": "ok"}

    def test_another_rule_is_none(self):
        right = answers(self.OK, {"id": 3, "outcome": "refused", "rule": "VCI-HDR-001", "message": "a"})
        mine = answers(self.OK, {"id": 3, "outcome": "refused", "class": "header", "message": "b"})
        self.assertIsNone(difference(mine, right))

    def test_another_outcome_is_one(self):
        right = answers(self.OK, {"id": 3, "outcome": "refused", "rule": "VCI-HDR-001"})
        self.assertIn("answer 1", difference(answers(self.OK, {"id": 3, "outcome": "ok"}), right))

    def test_other_runs_are_one(self):
        runs = [[{"state": "hit", "block": "7", "count": count}] for count in "12"]
        mine, right = [answers(self.OK, {"id": 3, "outcome": "ok", "runs": each}) for each in runs]
        self.assertIn("answer 1", difference(mine, right))

    def test_other_bytes_are_one(self):
        self.assertEqual(difference(answers(self.OK, data=[b"a"]), answers(self.OK, data=[b"b"])), "other bytes")

    def test_a_changed_image_is_one(self):
        self.assertEqual(difference(answers(self.OK, changed=True), answers(self.OK)), "the image is changed")

    def test_a_crash_is_one(self):
        self.assertIn("TimeoutError", difference(TimeoutError("no answer"), answers(self.OK)))

    def test_what_lasts_too_long_is_an_error(self):
        with self.assertRaises(TimeoutError), patience(0.01):
            time.sleep(10)


class DrawingTest(unittest.TestCase):
    def test_an_image_depends_on_its_seed_and_number_alone(self):
        first, again, other = image_of(1, 5), image_of(1, 5), image_of(1, 6)
        self.assertEqual((first.bytes, first.reads()), (again.bytes, again.reads()))
        self.assertNotEqual(first.bytes, other.bytes)

    def test_a_workload_depends_on_its_seed_and_number_alone(self):
        self.assertEqual(vars(Workload(1, 5)), vars(Workload(1, 5)))
        self.assertNotEqual(vars(Workload(1, 5)), vars(Workload(2, 5)))


class ProgramTest(unittest.TestCase):
    """With the sample, and with copies that have faults which nothing can miss."""

    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.work)
        builder = Builder(cls.work)
        cls.clean = builder.build(None)
        faults = chosen_of(["miss-one-too-long", "bytes-not-advanced"], cls.fail)
        cls.reader, cls.writer = [builder.build(fault) for fault in faults]

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def test_images_find_a_reader_and_pass_what_is_right(self):
        found = found_by_images(self.clean, {"right": self.clean, "reader": self.reader}, 1, range(1, 21), self.folder)
        self.assertEqual(list(found), ["reader"])

    def test_a_program_that_ends_is_found_and_the_others_are_asked_still(self):
        programs = {"ends": "/bin/true", "reader": self.reader}
        found = found_by_images(self.clean, programs, 1, range(1, 21), self.folder)
        self.assertEqual(sorted(found), ["ends", "reader"])
        self.assertEqual(found["ends"][0], 1)

    def test_the_reads_of_an_image_are_asked_in_order(self):
        files = Folder(self.folder)
        self.addCleanup(files.close)
        questions = Questions(files, [(3, 4), (9, 1)])
        self.assertEqual([each["op"] for each in questions.requests],
                         ["probe", "open", "read", "read", "close", "extents", "open", "close"])
        self.assertEqual([(each["block"], each["count"]) for each in questions.requests[2:4]], [("3", "4"), ("9", "1")])

    @unittest.skipUnless(VCI, "vci is not there")
    def test_workloads_find_a_writer_and_pass_what_is_right(self):
        programs = {"right": self.clean, "writer": self.writer}
        found = found_by_workloads(self.clean, programs, VCI, 1, range(1, 3), self.folder)
        self.assertEqual(list(found), ["writer"])
        self.assertIn("has other bytes", found["writer"][1])
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("cache")], [])


if __name__ == "__main__":
    unittest.main()
