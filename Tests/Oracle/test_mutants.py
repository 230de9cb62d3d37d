# SPDX-License-Identifier: Apache-2.0
"""Tests of what the mutation analysis calls equal, immaterial, killed and left over."""

import os
import pathlib
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER / "mutants"))

from builder import Image, entry, internal  # noqa: E402
from equality import code_keys, place_at, stable_key, statements  # noqa: E402
from judging import (  # noqa: E402
    MemorySource,
    Jury,
    compiled,
    difference,
    load,
    read_images,
    reads_of,
)

FUNCTION = '''@cache
def sum_of(left: int, right) -> int:
    """Adds."""
    if left < 0:
        raise ValueError("not negative")
    return left + right + 1
'''


class Bytes:
    """A file of bytes, with two ranges of data that meet."""

    def __init__(self, data):
        self._data = data
        self.size = len(data)

    def read(self, offset, length):
        return self._data[offset : offset + length]

    def data_runs(self, start, end):
        middle = start + (end - start) // 2
        yield start, middle
        yield middle, end


class Equality(unittest.TestCase):
    def fate(self, old, new):
        """How a function with a text in it exchanged compares with the function."""
        self.assertIn(old, FUNCTION)
        before, after = code_keys(FUNCTION), code_keys(FUNCTION.replace(old, new))
        if after is None:
            return "no Python"
        if before[0] == after[0]:
            return "equal"
        return "immaterial" if before[1] == after[1] else "other"

    def test_lines_and_comments_are_no_difference(self):
        self.assertEqual(self.fate("    if", "\n    # A comment.\n    if"), "equal")
        self.assertEqual(self.fate("left + right", "(left + right)"), "equal")

    def test_constants_differ_by_value_and_type(self):
        self.assertEqual(self.fate("+ 1", "+ 2"), "other")
        self.assertEqual(self.fate("+ 1", "+ 1.0"), "other")
        self.assertEqual(self.fate("+ 1", "+ True"), "other")

    def test_code_differs(self):
        self.assertEqual(self.fate("+ right", "- right"), "other")
        self.assertEqual(self.fate("left < 0", "left <= 0"), "other")
        self.assertEqual(self.fate("left +", "right +"), "other")
        self.assertEqual(self.fate("@cache\n", ""), "other")

    def test_what_is_no_python(self):
        self.assertEqual(self.fate("return left", "return left left"), "no Python")
        self.assertEqual(self.fate("return left", "break; left"), "no Python")

    def test_what_never_matters(self):
        self.assertEqual(self.fate("Adds.", ""), "immaterial")
        self.assertEqual(self.fate('"""Adds."""', "pass"), "immaterial")
        self.assertEqual(self.fate("left: int", "left: str"), "immaterial")
        self.assertEqual(self.fate("-> int", "-> str"), "immaterial")
        self.assertEqual(self.fate("not negative", ""), "immaterial")
        for name, fate in (("check_path", True), ("check", False)):
            before, after = (f"def {name}():\n    return {value}\n" for value in (1, 2))
            self.assertEqual(code_keys(before)[1] == code_keys(after)[1], fate)

    def test_order_identity_and_the_end_of_a_loop_never_matter(self):
        def same(old, new):
            return code_keys(old)[1] == code_keys(new)[1]

        self.assertTrue(same("a = {b, 1}", "a = {1, b}"))
        self.assertFalse(same("a = (b, 1)", "a = (1, b)"))
        self.assertTrue(same("a = b in (c, d)", "a = b in (d, c)"))
        self.assertFalse(same("a = b in (c, d)", "a = b in (c, c)"))
        for text in ("a = min({}, {})", "a = frozenset(({}, {}))", "a = dict.fromkeys(({}, {}), b)"):
            self.assertTrue(same(text.format(1, "c"), text.format("c", 1)))
            self.assertFalse(same(text.format(1, "c"), text.format("c", 2)))
        self.assertFalse(same("a = b(1, c)", "a = b(c, 1)"))
        self.assertTrue(same("a = b == LEAF", "a = b is LEAF"))
        self.assertFalse(same("a = b == LEAF", "a = b is not LEAF"))
        self.assertFalse(same("a = b == c", "a = b is c"))
        self.assertFalse(same("a = b == None", "a = b is None"))
        loop = "for a in b:\n    if a:\n        c()\n"
        self.assertTrue(same(loop, loop + "        continue\n"))
        self.assertTrue(same(loop, loop + "    continue\n"))
        self.assertFalse(same(loop, loop + "        break\n"))
        self.assertFalse(same(loop + "    d()\n", loop + "        continue\n    d()\n"))

    def test_an_error_matters_though_its_text_does_not(self):
        self.assertEqual(self.fate('raise ValueError("not negative")', "pass"), "other")
        self.assertEqual(self.fate("raise ValueError", "raise KeyError"), "other")

    def test_fields_matter_though_their_types_do_not(self):
        before = code_keys("class A:\n    b: int\n    c: int\n")
        self.assertEqual(before[1], code_keys("class A:\n    b: str\n    c: int\n")[1])
        self.assertNotEqual(before[1], code_keys("class A:\n    b: int\n    d: int\n")[1])
        self.assertNotEqual(before[1], code_keys("class A:\n    c: int\n    b: int\n")[1])


class Places(unittest.TestCase):
    TEXT = "x = 1\n\n\nclass A:\n    y = 2\n\n    @property\n    def b(self):\n        return 3\n"

    def test_places(self):
        self.assertEqual(place_at(self.TEXT, 0), "(module)")
        self.assertEqual(place_at(self.TEXT, 4), "A")
        self.assertEqual(place_at(self.TEXT, 6), "A.b")
        self.assertEqual(place_at(self.TEXT, 8), "A.b")

    def test_statements(self):
        self.assertEqual(list(statements(self.TEXT)), [(0, 1), (3, 9)])
        self.assertEqual(list(statements("@a\n@b\ndef c():\n    pass\n")), [(0, 4)])

    def test_keys_say_what_is_changed_and_where(self):
        text = "def f(a):\n    a()\n    b()\n    a()\n\n\ndef g(a):\n    a()\n"
        key = stable_key("m", text, [1, ["    a()\n"], ["    c()\n"]])
        self.assertRegex(key, "^[0-9a-f]{12}$")
        longer = "import d\n\n\n" + text
        self.assertEqual(key, stable_key("m", longer, [4, ["    a()\n"], ["    c()\n"]]))
        others = [
            stable_key("n", text, [1, ["    a()\n"], ["    c()\n"]]),
            stable_key("m", text, [1, ["    a()\n"], ["    d()\n"]]),
            stable_key("m", text, [2, ["    b()\n"], ["    c()\n"]]),
            stable_key("m", text, [3, ["    a()\n"], ["    c()\n"]]),
            stable_key("m", text, [7, ["    a()\n"], ["    c()\n"]]),
            stable_key("m", text, [2, [], ["    c()\n"]]),
            stable_key("m", text, [3, [], ["    c()\n"]]),
        ]
        self.assertEqual(len({key, *others}), 8)


class Memory(unittest.TestCase):
    def test_reads_and_runs(self):
        data = bytes(4096) + b"a" * 5000 + bytes(9000) + b"b" * 10
        source = MemorySource(Bytes(data))
        self.assertEqual(source.size, 18106)
        self.assertEqual(source.read(4000, 6000), data[4000:10000])
        self.assertEqual(source.read(18100, 6), b"bbbbbb")
        self.assertEqual(list(source.data_runs(0, 20000)), [(4096, 12288), (16384, 18106)])
        self.assertEqual(list(source.data_runs(5000, 5001)), [(5000, 5001)])
        self.assertEqual(list(source.data_runs(12288, 16384)), [])
        for start, length in ((18100, 7), (-1, 1)):
            with self.assertRaises(OSError):
                source.read(start, length)
        with self.assertRaises(OSError):
            list(source.data_runs(-1, 1))


class Judging(unittest.TestCase):
    """One image: a root over a leaf with two extents, at disk blocks 10 to 13 and 20 to 23."""

    @classmethod
    def setUpClass(cls):
        cls.codes = compiled(FOLDER)
        cls.program = load(cls.codes)
        image = Image()
        image.nodes[4] = internal(entry(0, 1000, 12))
        image.put_leaf(12, (10, 4, 60), (20, 4, 64))
        image.contents = {block: bytes(range(256)) * 2 for block in range(60, 68)}
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "a.vci").write_bytes(image.build())
            cls.images = read_images(cls.program, pathlib.Path(folder))

    def outcome(self, module, old, new):
        text = (FOLDER / f"{module}.py").read_text()
        self.assertEqual(text.count(old), 1)
        code = compile(text.replace(old, new), module, "exec")
        ((mutant, outcome),) = Jury(self.codes, [[], self.images]).outcomes([("m", module, code)])
        self.assertEqual(mutant, "m")
        return outcome

    def test_the_image_is_asked_around_its_edges(self):
        reads = reads_of(self.program, self.images[0].source)
        for read in ((9, 1), (10, 4), (13, 1), (14, 6), (14, 7), (23, 2**32), (24, 1)):
            self.assertIn(read, reads)
        for read in ((10 + 2**32, 2), (2**54, 1), (2**54 - 1, 2), (20 + 2**63, 2)):
            self.assertIn(read, reads)

    def test_the_oracle_is_told_from_nothing(self):
        self.assertIsNone(difference(self.program, self.images[0]))
        self.assertEqual(self.images[0].behaviour[0], ("check", 0, ()))

    def test_left_over(self):
        outcome = self.outcome("reader", "min(count, extent.blocks - start)",
                               "min(extent.blocks - start, count)")
        self.assertEqual(outcome, (False, None, None, "", False))

    def test_right_in_another_way(self):
        outcome = self.outcome("reader", "min(count, extent.blocks - start)",
                               "min(count, extent.blocks - start, 1)")
        self.assertTrue(outcome.allowed)
        self.assertEqual(outcome.list, None)
        outcome = self.outcome("reader", "min(count, extent.blocks - start)",
                               "max(1, min(count - 1, extent.blocks - start))")
        self.assertTrue(outcome.allowed)
        outcome = self.outcome("reader", "min(count, extent.blocks - start)", "count")
        self.assertEqual(outcome[:3], (False, 1, 0))

    def test_killed_by_a_read(self):
        outcome = self.outcome("reader", "start = hit.address * BLOCK",
                               "start = hit.address * BLOCK + 1")
        self.assertEqual(outcome[:3], (False, 1, 0))
        outcome = self.outcome("reader", "block < entry.end", "block <= entry.end")
        self.assertEqual(outcome[:3], (False, 1, 0))

    def test_killed_by_a_check(self):
        outcome = self.outcome("checker", "return 4 if", "return 5 if")
        self.assertEqual(outcome.list, None)
        outcome = self.outcome("checker", "else 0\n\n\ndef check(", "else 1\n\n\ndef check(")
        self.assertIn("check", outcome.how)

    def test_killed_by_a_crash(self):
        outcome = self.outcome("layout", "slots = -(", "slots = (1 // 0)-(")
        self.assertEqual(outcome, (False, 1, 0, "ZeroDivisionError", False))

    def test_killed_as_it_hangs(self):
        outcome = self.outcome("checker", "reached = 1\n", "reached = 1\n    while True: pass\n")
        self.assertEqual(outcome.list, None)
        outcome = self.outcome("layout", "self.used = []\n",
                               "self.used = []\n        while True: pass\n")
        self.assertEqual(outcome, (False, 1, None, "time", False))

    def test_stillborn(self):
        self.assertTrue(self.outcome("layout", "VERSION = 1", "VERSION = 1 // 0").stillborn)

    def test_all_are_judged(self):
        jury = Jury(self.codes, [self.images])
        mutants = [(number, "layout", self.codes["layout"]) for number in range(5)]
        self.assertEqual(sorted(mutant for mutant, _ in jury.outcomes(mutants)), [0, 1, 2, 3, 4])
        self.assertRaises(ChildProcessError, os.wait)


if __name__ == "__main__":
    unittest.main()
