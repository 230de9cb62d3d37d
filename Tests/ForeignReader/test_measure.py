"""Tests of how answers are compared with verdicts: the examples of Specs/Verdicts.md, and more."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zlib

import verdicts
from layout import BLOCK, header, leaf, map_header

HERE = pathlib.Path(__file__).resolve().parent
A, B = b"a" * (8 * BLOCK), b"b" * (4 * BLOCK)
EXTENTS = [{"block": "100", "count": "8", "address": "16"},
           {"block": "108", "count": "4", "address": "40"}]


def segment(block, count, may, crc=None):
    part = {"block": str(block), "count": str(count), "may": may.split(" ")}
    return {**part, "crc32": crc} if crc else part


def verdict(image, segments, damage=(), extents=EXTENTS):
    """A verdict with one read, and what comparing looks at."""
    first, last = segments[0], segments[-1]
    count = int(last["block"]) + int(last["count"]) - int(first["block"])
    return {
        "schema": 2, "image": image, "probe": {"answers": ["mine"]},
        "openForReading": {"answers": ["taken", "refused"] if damage else ["taken"],
                           "rules": list(damage)},
        "damage": list(damage), "extents": {"extents": extents},
        "reads": [{"block": first["block"], "count": str(count), "segments": segments}]}


VALID = [segment(96, 4, "miss"), segment(100, 8, "hit", "9c99dc73"),
         segment(108, 4, "hit", "faca3f79"), segment(112, 4, "miss")]
DAMAGED = [segment(96, 4, "miss refused"), segment(100, 8, "hit miss refused", "9c99dc73"),
           segment(108, 8, "miss refused")]
NODE = [segment(96, 4, "miss"), segment(100, 8, "hit", "9c99dc73"), segment(108, 892, "miss"),
        segment(1000, 1000, "miss refused"), segment(2000, 96, "miss")]


class ComparingTests(unittest.TestCase):
    def test_checksums_of_the_examples(self):
        self.assertEqual(f"{zlib.crc32(A):08x} {zlib.crc32(B):08x}", "9c99dc73 faca3f79")

    def compare(self, segments, row, damage=("VCI-EXT-003",), rules=False):
        made = verdicts.Verdict(verdict("none", segments, damage, extents=[]))
        block, count, parts = made.reads[0]
        return verdicts.wrong_read(row.split(" "), block, count, parts, None, made, rules)

    def test_valid_image(self):
        for row in ("m 4 h 8 9c99dc73 h 4 faca3f79 m 4", "m 1 m 3 h 8 9c99dc73 h 4 faca3f79 m 4"):
            self.assertIsNone(self.compare(VALID, row))
        for row in ("m 4 m 8 m 4 m 4", "r 20 VCI-EXT-003", "m 4 h 8 9c99dc73 h 4 00000000 m 4",
                    "m 4 h 8 9c99dc73 h 4 faca3f79", "m 4 h 8 9c99dc73 h 4 faca3f79 m 5",
                    "m 4 h 8 9c99dc73 h 4 faca3f79 h 4 00000000", "stuck", "m 4 stuck",
                    "m 4 h 8 9c99dc73 h 4 faca3f79 m 4 m 1", "unreadable", ""):
            with self.subTest(row):
                self.assertIsNotNone(self.compare(VALID, row))

    def test_damaged_entry(self):
        for row in ("m 4 h 8 9c99dc73 r 8 VCI-EXT-003", "r 20 VCI-EXT-003", "m 4 m 8 m 8",
                    "m 4 h 8 9c99dc73 r 4 VCI-EXT-003 m 4"):
            self.assertIsNone(self.compare(DAMAGED, row))
        for row in ("m 4 h 8 9c99dc73 h 4 faca3f79 m 4", "m 4 h 8 00000000 m 8"):
            self.assertIsNotNone(self.compare(DAMAGED, row))
        row = "m 4 h 8 9c99dc73 r 8 VCI-EXT-007"
        self.assertIsNone(self.compare(DAMAGED, row))
        self.assertEqual(self.compare(DAMAGED, row, rules=True), "VCI-EXT-007 at 108")

    def test_damaged_node(self):
        start = "m 4 h 8 9c99dc73 m 892 "
        for row in (start + "r 1000 VCI-NODE-001 m 96", start + "m 1000 m 96",
                    "r 1 VCI-NODE-001 " + "m 3 h 8 9c99dc73 m 892 m 1000 m 96"):
            self.assertIsNone(self.compare(NODE, row))
        # Behind the damage nothing may be refused.
        self.assertEqual(
            self.compare(NODE, start + "m 1000 r 96 VCI-NODE-001"), "refused at 2000")

    def test_lists_of_extents(self):
        def wrong(words, expected):
            return verdicts.wrong_extents(words.split(" "), expected)
        exact, some = {"extents": EXTENTS}, {"extents": EXTENTS, "may": "any"}
        self.assertIsNone(wrong("2 100:8:16 108:4:40 damaged 0", exact))
        self.assertIsNotNone(wrong("1 108:4:40 damaged 1", exact))
        self.assertIsNone(wrong("1 108:4:40 damaged 1", some))
        self.assertIsNotNone(wrong("2 108:4:40 100:8:16 damaged 0", some))
        self.assertIsNotNone(wrong("1 108:4:41 damaged 0", some))
        many = {"number": "2", "sha256": "0" * 64}
        self.assertIsNotNone(wrong("2 100:8:16 108:4:40 damaged 0", many))
        # Of the lines "100 8 16" and "108 4 40".
        many["sha256"] = "b6a4116ec08f61a0d4c99c11975728ff40055dfe2c537ddf746953ec153d71f0"
        self.assertIsNone(wrong("2 100:8:16 108:4:40 damaged 0", many))
        self.assertIsNone(wrong("1 100:8:16 damaged 1", {**many, "may": "any"}))
        self.assertIsNotNone(wrong("3 1:1:2 2:1:3 3:1:4 damaged 1", {**many, "may": "any"}))


class MeasureTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def image(self, name, extents, **fields):
        with open(os.path.join(self.folder.name, name), "wb") as file:
            for block, data in {0: header(4096, 4, 2, **fields), 2: map_header(4096, 4084, 12, 0),
                                4: leaf(extents), 16: A, 24: B, 40: B}.items():
                file.seek(block * BLOCK)
                file.write(data)

    def measure(self, lines, *options):
        with open(os.path.join(self.folder.name, "verdicts.jsonl"), "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
        result = subprocess.run([sys.executable, HERE / "measure", *options, self.folder.name],
                                capture_output=True, text=True)
        self.assertEqual(result.stderr, "")
        rows = [row.split("\t") for row in result.stdout.splitlines()]
        found = {int(row[0]): row[1] for row in rows if len(row) == 2 and row[0].isdigit()}
        self.assertEqual(len(found), 30)
        return result.returncode, {fault: index for fault, index in found.items() if index != "-"}

    def test_first_images(self):
        self.image("valid", [(100, 8, 16), (108, 4, 40)])
        self.image("dirty", [(100, 8, 16), (108, 4, 40)], unclean=1)
        self.image("gap", [(100, 8, 16), (110, 4, 24)])
        self.image("flags", [(100, 8, 16), (108, 4, 40, 2)])
        gap = [segment(100, 8, "hit", "9c99dc73"), segment(108, 2, "miss"),
               segment(110, 4, "hit", "faca3f79")]
        lines = [verdict("valid", VALID), {"schema": 2, "leftOut": "too large", "image": "none"},
                 verdict("dirty", VALID), verdict("gap", gap, extents=[]),
                 verdict("flags", DAMAGED, ["VCI-EXT-007"])]
        self.assertEqual(self.measure(lines), (0, {11: "3", 27: "4", 25: "5"}))
        self.assertEqual(self.measure(lines, "--all"), (1, {11: "3", 27: "4", 25: "5"}))

    def test_wrong_verdicts_convict_the_right_reader(self):
        self.image("valid", [(100, 8, 16), (108, 4, 40)])
        wrong = [*VALID[:3], segment(112, 4, "hit", "faca3f79")]
        code, found = self.measure([verdict("valid", wrong)])
        self.assertEqual(code, 1)
        self.image("valid", [(100, 8, 16)], cache_type=3)
        self.assertEqual(self.measure([verdict("valid", VALID)])[0], 1)

    def test_rules_and_extents(self):
        self.image("flags", [(100, 8, 16), (108, 4, 40, 2)])
        line = verdict("flags", DAMAGED, ["VCI-EXT-003"])
        self.assertEqual(self.measure([line])[0], 0)
        self.assertEqual(self.measure([line], "--rules")[0], 1)
        self.image("valid", [(100, 8, 16), (108, 4, 40)])
        line = verdict("valid", VALID, extents=EXTENTS[:1])
        self.assertEqual(self.measure([line])[0], 0)
        self.assertEqual(self.measure([line], "--extents")[0], 1)


if __name__ == "__main__":
    unittest.main()
