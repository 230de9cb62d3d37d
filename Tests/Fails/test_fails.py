# SPDX-License-Identifier: Apache-2.0
"""What is demanded of a command of which a call failed, case by case."""

import os
import struct
import sys
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Kills"))

from faults import EFFECTS, KINDS, Fault, counted, faults_of, struck  # noqa: E402
from running import Run  # noqa: E402
from tally import Tally, text  # noqa: E402
from verdict import Wrong, judge_blocks, judge_files, judge_words  # noqa: E402
from workloads import Workload, said  # noqa: E402

WRITE = Workload("write", "vci", "write", "cache", files=["cache", "data"], image="cache", changes={1: 2, 2: 2})
READ = Workload("read", "vci", "read", "cache", "--output", "out", files=["cache"], outputs=["out"])
EIO = Fault("write", 3, "EIO")
EINTR = Fault("write", 3, "EINTR")
ENOSPC = Fault("write", 3, "ENOSPC")


def run(code, errors="", output=b"", hit=("cache",), files=None):
    return Run(code, output, errors, list(hit), {}, files or {})


class FaultTest(unittest.TestCase):
    def test_as_the_recorder_takes_it(self):
        self.assertEqual(Fault("write", 3, "EIO").asked, "write:3:EIO")
        self.assertEqual(Fault("flush", 2, "EIO-").asked, "flush:2-:EIO")
        self.assertEqual(Fault("write", 1, "EDQUOT").reason, "Disk quota exceeded")
        self.assertIsNone(Fault("read", 1, "short").reason)

    def test_counts(self):
        state = struct.pack("=13Q", 9, 8, 7, *range(10))
        self.assertEqual(counted(state), dict(zip(KINDS, range(10))))

    def test_each_call_in_each_effect(self):
        counts = dict.fromkeys(KINDS, 0) | {"unlink": 2, "link": 1}
        self.assertEqual(faults_of(counts), [
            *(Fault("link", 1, effect) for effect in EFFECTS["link"]),
            *(Fault("unlink", number, effect) for effect in EFFECTS["unlink"] for number in (1, 2))])

    def test_files_that_were_hit(self):
        trace = "\n".join([
            '{"kind":"open","name":"a","file":"1:2","result":3}',
            '{"kind":"write","file":"1:2","result":-1,"errno":5,"fault":"EIO"}',
            '{"kind":"write","file":"1:3","result":4}',
            '{"kind":"open","name":"b","result":-1,"fault":"EIO"}',
            '{"kind":"rename","from":"c","to":"d","result":-1,"fault":"EIO"}'])
        self.assertEqual(struck(trace), ["a", "b", "c"])


class WordsTest(unittest.TestCase):
    base = run(0)

    def judge(self, one, fault=EIO, workload=WRITE, is_json=False):
        return judge_words(one, self.base, workload, fault, is_json)

    def test_reported(self):
        self.assertTrue(self.judge(run(1, "vci: cache: cannot write at byte 0: Input/output error (error 5)\n")))

    def test_passed(self):
        self.assertFalse(self.judge(run(0)))
        self.assertFalse(self.judge(run(0), EINTR))

    def test_a_hang_a_signal_and_another_code_are_wrong(self):
        for code in (None, -6, 2, 64):
            with self.assertRaises(Wrong):
                self.judge(run(code, "vci: cache: Input/output error\n"))

    def test_an_error_names_reason_and_file_once(self):
        for errors in ["", "vci: cache: no\n", "vci: Input/output error\n", "Input/output error\n",
                       "vci: cache: Input/output error\nvci: cache: Input/output error\n"]:
            with self.assertRaises(Wrong):
                self.judge(run(1, errors))

    def test_an_interrupted_call_is_not_noticed(self):
        with self.assertRaisesRegex(Wrong, "lets EINTR be noticed"):
            self.judge(run(1, "vci: cache: Interrupted system call\n"), EINTR)

    def test_only_want_of_room_may_be_told_of_a_success(self):
        note = "cache: the cache is only as large as what fits on its disk: No space left on device\n"
        self.assertTrue(self.judge(run(0, note), ENOSPC))
        for errors, fault in [("cache: Input/output error\n", EIO), ("No space left on device\n", ENOSPC)]:
            with self.assertRaises(Wrong):
                self.judge(run(0, errors), fault)

    def test_json_has_one_error(self):
        errors = "vci: cache: Input/output error\n"
        right = b'{"block":"1"}\n{"error":{"kind":"storage","message":"cache: Input/output error"},"exit":1}\n'
        self.assertTrue(self.judge(run(1, errors, right), is_json=True))
        for output in [b"", b'{"block":"1"}\n', right * 2, right.replace(b"Input/output", b"other")]:
            with self.assertRaises(Wrong):
                self.judge(run(1, errors, output), is_json=True)


class FilesTest(unittest.TestCase):
    before = {"cache": b"c"}
    base = run(0, files={"cache": b"c", "out": b"whole"})

    def judge(self, files, is_reported, fault=EIO):
        judge_files(run(1, files=files), self.base, self.before, READ, fault, is_reported)

    def test_whole_or_not_there(self):
        self.judge({"cache": b"c"}, True)
        self.judge({"cache": b"c", "out": b"whole"}, True)
        self.judge({"cache": b"c", "out": b"whole"}, False)

    def test_half_made_or_missing_or_strange_is_wrong(self):
        for files, is_reported in [
                ({"cache": b"c", "out": b"half"}, True), ({"cache": b"x"}, True), ({}, True),
                ({"cache": b"c"}, False), ({"cache": b"c", "other": b""}, True)]:
            with self.assertRaises(Wrong):
                self.judge(files, is_reported)

    def test_a_file_that_cannot_be_so_long_may_end_behind_its_last_hit(self):
        base = run(0, files={"cache": b"c", "out": b"whole\0\0"})
        note, fault = "out: no file can be that long; it ends behind the last hit\n", Fault("truncate", 1, "EFBIG")
        for out, other in [(b"whole", fault), (b"who", None), (b"whole", EIO)]:
            one = run(0, note, files={"cache": b"c", "out": out})
            if other == fault:
                self.assertTrue(judge_words(one, base, READ, fault, False))
                judge_files(one, base, self.before, READ, fault, True)
            else:
                with self.assertRaises(Wrong):
                    judge_files(one, base, self.before, READ, other or fault, True)

    def test_a_draft_may_be_left_if_it_could_not_be_unlinked(self):
        files = {"cache": b"c", ".vci-" + 32 * "0" + ".draft": b"half"}
        self.judge(files, True, Fault("unlink", 1, "EIO"))
        with self.assertRaisesRegex(Wrong, "a draft is left"):
            self.judge(files, True)


class BlocksTest(unittest.TestCase):
    """Blocks 1 and 2 are written with version 2; 2 and 3 had version 1."""

    def judge(self, served, output=b"", code=1):
        judge_blocks(dict(zip(range(1, 5), served)), {2: 1, 3: 1}, WRITE, said(output.decode(), False), run(code))

    def test_old_or_new_or_gone_after_a_failure(self):
        for served in [(2, 2, 1, None), (None, 1, 1, None), (None, None, 1, None), (2, 1, 1, None)]:
            self.judge(served)

    def test_what_was_said_to_be_written_is_there(self):
        self.judge((2, 2, 1, None), b"written 1 2\n")
        for served in [(None, 2, 1, None), (2, 1, 1, None)]:
            with self.assertRaises(Wrong):
                self.judge(served, b"written 1 2\n")

    def test_the_last_line_on_a_block_holds(self):
        self.judge((None, None, 1, None), b"written 1 2\ndropped 1 2\n", code=0)
        with self.assertRaises(Wrong):
            self.judge((2, None, 1, None), b"written 1 2\ndropped 1 2\n", code=0)

    def test_a_success_says_what_became_of_each_block(self):
        with self.assertRaises(Wrong):
            self.judge((2, 2, 1, None), code=0)

    def test_blocks_beside_it_have_what_was_durable(self):
        self.judge((2, 2, None, None), b"written 1 2\nevicted 3 1\n")
        for served in [(2, 2, None, None), (2, 2, 2, None), (2, 2, 1, 2), (2, 2, "other bytes", None)]:
            with self.assertRaises(Wrong):
                self.judge(served, b"written 1 2\n")

    def test_lines_in_json(self):
        self.assertEqual(
            said('{"block":"7","count":"2","state":"written"}\n{"error":{}}\n', True), {7: "written", 8: "written"})


class TableTest(unittest.TestCase):
    def test_sums(self):
        tally = Tally()
        tally.count("write", EIO, True)
        tally.count("write", EIO, False)
        tally.count("read", Fault("read", 1, "short"), False)
        lines = text(tally).splitlines()
        self.assertIn("2: 1 + 1", next(line for line in lines if line.startswith("write ")))
        self.assertEqual(lines[-1], "3 calls failed, 1 failures reported, 2 passed without harm; what was lost: nothing")
        tally.wrong.append("x")
        self.assertTrue(text(tally).endswith("1 are wrong"))


if __name__ == "__main__":
    unittest.main()
