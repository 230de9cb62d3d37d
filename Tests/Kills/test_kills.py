# SPDX-License-Identifier: Apache-2.0
"""What a killed writer may leave, case by case, and what is told from it."""

import unittest

from history import History, content, version_of
from life import FOREIGN, Tally, may_be_clear
from table import text


class FlagTest(unittest.TestCase):
    def test_it_is_clear_before_the_first_change_and_once_a_close_has_done_all(self):
        self.assertTrue(may_be_clear("write", False, closes_each=False))
        self.assertTrue(may_be_clear("close", True, closes_each=False))
        self.assertFalse(may_be_clear("write", True, closes_each=False))
        self.assertFalse(may_be_clear("flush", True, closes_each=False))

    def test_an_operation_that_closes_the_image_may_be_killed_behind_that(self):
        self.assertTrue(may_be_clear("discard", True, closes_each=True))


class HistoryTest(unittest.TestCase):
    """Blocks 0 to 3: 0 and 1 were flushed with version 1; then 1 and 2 were written, then 0 and 3 discarded."""

    def setUp(self):
        self.history = self.make(tight=False)

    def make(self, tight):
        history = History(tight)
        history.begin({0: 1, 1: 1})
        history.flush()
        history.begin({1: 2, 2: 2})
        history.begin({0: None, 3: None})
        return history

    def served(self, *versions):
        return dict(enumerate(versions))

    def assert_right(self, *versions, history=None):
        self.assertIsNone((history or self.history).wrong(self.served(*versions)))

    def assert_wrong(self, *versions, history=None):
        self.assertIsNotNone((history or self.history).wrong(self.served(*versions)))

    def test_the_last_flush_is_right(self):
        self.assert_right(1, 1, None, None)

    def test_after_each_operation_is_right(self):
        self.assert_right(1, 2, 2, None)
        self.assert_right(None, 2, 2, None)

    def test_within_an_operation_each_of_its_blocks_is_old_or_new_or_gone(self):
        for versions in [(1, 1, 2, None), (1, 2, None, None), (1, None, None, None), (1, None, 2, None)]:
            self.assert_right(*versions)

    def test_the_second_operation_without_the_first_is_wrong(self):
        self.assert_wrong(None, 1, None, None)
        self.assert_wrong(None, 2, None, None)

    def test_a_block_that_was_flushed_is_not_lost(self):
        self.assert_wrong(None, 1, 2, None)
        self.history.flush()
        self.assert_wrong(None, None, 2, None)

    def test_older_than_the_last_flush_is_wrong(self):
        self.history.flush()
        self.assert_right(None, 2, 2, None)
        self.assert_wrong(None, 1, 2, None)
        self.assert_wrong(1, 2, 2, None)

    def test_what_nobody_wrote_is_wrong(self):
        self.assert_wrong(1, 2, 2, FOREIGN)
        self.assert_wrong(1, FOREIGN, 2, None)
        self.assert_wrong(1, 2, 2, 1)

    def test_in_a_tight_cache_blocks_may_be_missing_and_never_old(self):
        history = self.make(tight=True)
        self.assert_right(None, 1, None, None, history=history)
        self.assert_right(None, None, None, None, history=history)
        history.flush()
        self.assert_right(None, None, 2, None, history=history)
        self.assert_wrong(None, 1, 2, None, history=history)

    def test_blocks_that_were_not_taken_stay_as_before(self):
        self.history.begin({1: 3, 2: 3})
        self.history.shorten(2)
        self.history.flush()
        self.assert_right(None, 3, 2, None)
        self.assert_wrong(None, 3, 3, None)

    def test_a_restart_is_what_was_found(self):
        self.history.restart(self.served(1, 2, None, None))
        self.assert_right(1, 2, None, None)
        self.assert_wrong(1, 1, None, None)

    def test_what_is_wrong_is_said(self):
        self.assertEqual(
            self.history.wrong(self.served(None, 1, None, None)),
            "no moment since the last flush has these blocks; nearest is operation 1 of 2: block 0 is not "
            "cached, not version 1")
        self.history.flush()
        self.assertEqual(
            self.history.wrong(self.served(1, 2, 2, None)),
            "block 0 is version 1, and was not cached at the last flush")


class ContentTest(unittest.TestCase):
    def test_a_version_is_told_from_all_bytes(self):
        data = content(5, 7)
        self.assertEqual((len(data), version_of(5, data)), (512, 7))
        self.assertIsNone(version_of(6, data))
        self.assertIsNone(version_of(5, data[:-1] + b"\1"))


class TableTest(unittest.TestCase):
    def test_the_table(self):
        tally = Tally()
        tally.killed.update(create=1, write=12)
        tally.states.update(dirty=12, clean=1)
        tally.classes.update(summary=3)
        self.assertEqual(text({"one": tally}), "\n".join([
            "killed in  create  open  write  discard  flush  close  all  after it",
            "one             1     0     12        0      0      0   13         0",
            "",
            "found  no file  no image  clean  dirty  of dirty: summary  leak  blocks read  evicted  wrong",
            "one          0         0      1     12                  3     0            0        0      0",
            "",
            "13 kills within an operation; lost: nothing"]))


if __name__ == "__main__":
    unittest.main()
