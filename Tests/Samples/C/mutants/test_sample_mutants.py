# SPDX-License-Identifier: Apache-2.0
"""Tests of what mutants of the sample are, which are dropped, and what counts as found."""

import pathlib
import shutil
import sys
import tempfile
import unittest
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import sample_mutants
from sample_mutants import SAMPLE, Foundry, Mutant, judged

TEXT = "a\nb\na\n"


class MutantTest(unittest.TestCase):
    def test_lines_are_replaced(self):
        self.assertEqual(Mutant("x.c", [1, ["b\n"], ["c\n", "d\n"]], TEXT).text, "a\nc\nd\na\n")
        self.assertEqual(Mutant("x.c", [1, [], ["c\n"]], TEXT).text, "a\nc\nb\na\n")

    def test_the_key_outlives_lines_before_it(self):
        edit = [["b\n"], ["c\n"]]
        self.assertEqual(Mutant("x.c", [1, *edit], TEXT).key, Mutant("x.c", [2, *edit], "z\n" + TEXT).key)

    def test_the_same_change_of_equal_lines_has_two_keys(self):
        keys = {Mutant("x.c", [line, ["a\n"], ["c\n"]], TEXT).key for line in (0, 2)}
        keys.add(Mutant("y.c", [0, ["a\n"], ["c\n"]], TEXT).key)
        self.assertEqual(len(keys), 3)


class FoundryTest(unittest.TestCase):
    def mutant(self, old, new):
        text = (SAMPLE / "tree.c").read_text()
        line = text.splitlines().index(old)
        return Mutant("tree.c", [line, [old + "\n"], [new + "\n"]], text)

    def test_only_programs_of_their_own_are_built(self):
        work = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, work)
        foundry = Foundry(work)
        line = "  return slot_start(it, 0);"
        built = [foundry.build(self.mutant(line, new)) for new in (
            "  return slot_start(it, 1);", "  return slot_start(it, 0 + 1);", "  return slot_start(it, 0 + 0);",
            "  return slot_start(it);")]
        self.assertEqual([program is not None for program in built], [True, False, False, False])
        self.assertEqual(foundry.dropped, {"do not compile": 1, "have equal code": 2})
        self.assertTrue(built[0].exists())
        self.assertEqual([path.name for path in work.glob("*/????????????")], [built[0].parent.name])


class JudgingTest(unittest.TestCase):
    LANES = [("smoke", "s.json"), ("default", "d.json")]

    def outcome(self, **codes):
        def conform(vci, program, lane, seed, corpus):
            return codes[lane[0]], {"failures": [
                {"requirement": "VCI-RD-001", "area": "probe", "kind": "crash", "test": "t"}]}

        with unittest.mock.patch.object(sample_mutants, "conform", conform):
            return judged("vci", "program", 1, self.LANES)

    def test_the_first_lane_that_fails_finds_it(self):
        self.assertEqual(self.outcome(s=1), ("smoke", "VCI-RD-001 probe crash t"))
        self.assertEqual(self.outcome(s=0, d=1)[0], "default")

    def test_what_does_not_start_is_found(self):
        self.assertEqual(self.outcome(s=5), ("smoke", "does not start"))

    def test_an_incomplete_run_finds_nothing(self):
        self.assertEqual(self.outcome(s=0, d=3), (None, "default: exit 3"))


if __name__ == "__main__":
    unittest.main()
