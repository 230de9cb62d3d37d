# SPDX-License-Identifier: Apache-2.0
"""Tests of the reader and checker, with images that are assembled by hand."""

import hashlib
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

from bitmap import Bitmap, length, meet, overlap, union
from builder import Image, entry, extent, internal, leaf
from checksum import crc32
from compare import compare_line
from vci_oracle import ImageVerdict, Reader, Refused, answer, check, check_path, open_source

FOLDER = os.path.dirname(os.path.abspath(__file__))
CLASSES = {
    "advice": "FILE-002 FILE-003 FILE-004 HDR-010 HDR-011 HDR-012 MAP-006 MAP-007 NODE-008 "
    "NODE-010 EXT-008",
    "summary": "MAP-005 MAP-009 MAP-010 LRU-001 LRU-002",
    "leak": "OCC-001",
    "dirty": "SHD-001",
}
CLASS_OF = {f"VCI-{rule}": name for name, rules in CLASSES.items() for rule in rules.split()}


class Bytes:
    """A source of the bytes of an image."""

    def __init__(self, data):
        self._data = data
        self.size = len(data)

    def read(self, offset, length):
        assert 0 <= offset and offset + length <= self.size, "an access outside of the file"
        return self._data[offset : offset + length]

    def data_runs(self, start, end):
        if start < min(end, self.size):
            yield start, min(end, self.size)


def three_levels():
    """A tree of three levels: root 4, nodes 12 and 20, leaves 28, 36 and 44, data from 60 on."""
    image = Image()
    image.nodes[4] = internal(entry(0, 1000, 12), entry(2000, 1000, 20))
    image.nodes[12] = internal(entry(0, 100, 28), entry(500, 100, 36))
    image.nodes[20] = internal(entry(2000, 1000, 44))
    image.put_leaf(28, (10, 4, 60), (20, 4, 64))
    image.put_leaf(36, (510, 4, 68))
    image.put_leaf(44, (2010, 4, 72))
    for block in range(60, 76):
        image.contents[block] = bytes([block]) * 512
    return image


def one_leaf(*extents, own=()):
    image = Image()
    image.nodes[4] = leaf(*extents)
    for run in own:
        image.own(*run)
    return image


def chain(levels, last):
    """A path of internal nodes, and `last` at the level `levels`. Level n lies at 8 * n - 4."""
    image = Image()
    for level in range(1, levels):
        image.nodes[8 * level - 4] = internal(entry(0, 1000, 8 * level + 4))
    image.nodes[8 * levels - 4] = last
    return image


class Case(unittest.TestCase):
    def verdict(self, image):
        return check(Bytes(image.build() if isinstance(image, Image) else image))

    def breaks(self, image, rules, exit_code=None, summary=""):
        """Asserts the exact set of findings; the rules in `summary` are of that class."""
        names = [f"VCI-{rule}" for rule in rules.split()]
        expected = {name: CLASS_OF.get(name, "corruption") for name in names}
        expected |= {f"VCI-{rule}": "summary" for rule in summary.split()}
        verdict = self.verdict(image)
        self.assertEqual(list(verdict.findings), sorted(expected.items()))
        if exit_code is not None:
            self.assertEqual(verdict.exit, exit_code)

    def reader(self, image):
        return Reader(Bytes(image.build()))

    def answers(self, image, block, count, expected):
        result = answer(self.reader(image), block, count)
        if result["answer"] == "refused":
            self.assertEqual(expected, result["rule"])
        else:
            self.assertEqual(expected, (result["answer"], int(result["blocks"])))
        return result


class Clean(Case):
    def test_fresh_image_has_the_bytes_of_the_drawing(self):
        data = Image().build()
        self.assertEqual(data[:0x11], bytes.fromhex("56434900010000000010000000000000 00"))
        self.assertEqual(data[0x11:0x1D], bytes.fromhex("01000000 0400000000000000"))
        self.assertEqual(data[0x1D:0x29], bytes.fromhex("0200000000000000 02000000"))
        self.assertEqual(data[0x410:0x428], struct.pack("<QQQ", 4084, 12, 0))
        self.assertEqual(data[0x600:0x603], b"\xff\x0f\0")
        self.assertEqual(len(data), 12 * 512)
        self.breaks(data, "", 0)

    def test_clean(self):
        self.breaks(Image(fixed=True), "", 0)
        self.breaks(Image(blocks=40960), "", 0)
        self.breaks(Image(root=20, block_map=40), "", 0)
        self.breaks(one_leaf(extent(7, 3, 20), own=[(20, 3)]), "", 0)
        self.breaks(three_levels(), "", 0)
        self.breaks(chain(16, leaf()), "NODE-010", 0)

    def test_least_image(self):
        self.breaks(Image(blocks=12), "HDR-012", 0)

    def test_full_nodes(self):
        image = one_leaf(*(extent(2 * n, 1, 20 + n) for n in range(107)), own=[(20, 107)])
        self.breaks(image, "", 0)


class File(Case):
    def test_too_short(self):
        for size in (0, 4, 1023):
            self.breaks(Image().build()[:size], "FILE-001", 5)

    def test_partial_block(self):
        self.breaks(Image().build() + b"x", "FILE-002", 0)
        self.breaks(Image(fixed=True).build() + b"x", "FILE-002 FILE-003", 0)

    def test_too_long(self):
        self.breaks(Image().build().ljust(4097 * 512, b"\0"), "FILE-003", 0)

    def test_short_fixed(self):
        self.breaks(Image(fixed=True).build()[:-512], "FILE-004", 0)
        self.breaks(Image(fixed=True).build()[:-1], "FILE-002 FILE-004", 0)

    def test_map_and_root_outside(self):
        self.breaks(Image().build()[:-512], "FILE-005", 2)
        self.breaks(Image().build()[:-1], "FILE-002 FILE-005", 2)
        self.breaks(Image().build()[:1024], "FILE-005", 2)

    def test_node_and_data_outside(self):
        image = one_leaf(extent(7, 3, 20), own=[(20, 3)])
        self.breaks(image.build()[:-512], "FILE-006", 2)
        self.breaks(image.build()[:-1], "FILE-002 FILE-006", 2)
        image = Image()
        image.nodes[4] = internal(entry(0, 100, 20))
        image.set_bits = set(range(20, 28))
        image.map |= {"free": 4096 - 20, "meta": 20}
        self.breaks(image, "FILE-006", 2)

    def test_bit_past_the_end(self):
        image = Image()
        image.set_bits = {4000}
        image.map["meta"] = 13
        self.breaks(image, "OCC-001", 3)


class HeaderRules(Case):
    def header(self, rules, exit_code=2, **fields):
        image = Image()
        image.header |= fields
        self.breaks(image, rules, exit_code)

    def test_probe(self):
        self.header("HDR-001", 5, signature=b"\0ICV", version=7)
        self.header("HDR-002", 6, version=2, blocks=0, dirty=9)

    def test_blocks(self):
        for blocks in (0, 11, 17_592_186_036_225, 2**64 - 1):
            self.header("HDR-003", blocks=blocks)
        self.header("HDR-009 HDR-012", blocks=12, count=3)
        self.header("HDR-009", blocks=17_592_186_036_224)

    def test_flags(self):
        self.header("HDR-004", dirty=2)
        self.header("HDR-005", type=0)
        self.header("HDR-005 HDR-004 HDR-003", type=3, dirty=255, blocks=1)
        self.header("SHD-001", 4, dirty=1)

    def test_places(self):
        for root in (0, 1, 4089, 2**64 - 1, 2**64 - 8):
            self.header("HDR-006", root=root)
        self.header("FILE-005", root=4088)
        for place in (0, 1, 4095, 2**64 - 1):
            self.header("HDR-007", map=place)
        self.header("FILE-005", map=4094)
        self.header("HDR-008", root=3)
        self.header("FILE-005 HDR-008", map=11, root=4)
        self.header("HDR-009", count=3, map=0)
        self.header("HDR-009 FILE-005", count=1, root=500)

    def test_advice(self):
        self.header("HDR-010", 0, reserved=bytes(950) + b"\1")
        self.header("HDR-011", 0, uuid=bytes(16))
        self.breaks(Image(blocks=5000), "HDR-012", 0)


class MapRules(Case):
    def map(self, rules, exit_code=2, dirty=0, **fields):
        image = Image()
        image.header["dirty"] = dirty
        image.map |= fields
        self.breaks(image, rules, exit_code)

    def test_header(self):
        self.map("MAP-001", magic=b"KLBV", version=9, reserved=b"x")
        self.map("MAP-002", version=0, reserved=b"x")
        self.map("MAP-003", blocks=4097)
        self.map("MAP-003 MAP-007", blocks=4097, reserved=b"x", free=0)
        self.map("MAP-007", 0, reserved=bytes(471) + b"x")

    def test_counters(self):
        self.map("MAP-004", data=1)
        self.map("MAP-004", data=2**64 - 1, meta=13)
        self.map("MAP-004 MAP-005", free=4085)
        self.map("MAP-005 MAP-009", 3, free=4083, meta=13)
        self.map("MAP-009", 3, meta=11, data=1)
        self.map("MAP-010", 3, meta=0, data=12)

    def test_dialects(self):
        self.map("MAP-005 MAP-009 SHD-001", 3, dirty=1, free=4096, meta=0)
        self.map("MAP-010 SHD-001", 3, dirty=1, meta=0, data=12)

    def test_bits_past_the_end(self):
        image = Image(blocks=100)
        image.set_bits = {100}
        self.breaks(image, "HDR-012 MAP-006", 0)

    def test_bits_of_metadata(self):
        for block in (0, 3, 11):
            image = Image()
            image.clear_bits = {block}
            image.map |= {"free": 4084}
            self.breaks(image, "MAP-005 MAP-008", 2)
            image.header["dirty"] = 1
            self.breaks(image, "MAP-005 SHD-001", 3, summary="MAP-008")

    def test_totals_where_blocks_leak(self):
        image = Image()
        image.set_bits = {100, 101}
        for meta, data in ((12, 2), (13, 1), (14, 0)):
            image.map |= {"meta": meta, "data": data}
            self.breaks(image, "OCC-001", 3)
        image.map |= {"meta": 2, "data": 12}
        self.breaks(image, "OCC-001 MAP-010", 3)
        image.map |= {"meta": 11, "data": 3}
        self.breaks(image, "OCC-001 MAP-009", 3)
        image.header["dirty"] = 1
        self.breaks(image, "MAP-009 SHD-001", 3, summary="OCC-001")


class RootRules(Case):
    def root(self, node, rules):
        image = Image()
        image.nodes[4] = node
        self.breaks(image, rules, 2)

    def test_root(self):
        self.root(bytes(4096), "NODE-001")
        self.root(b"\x03" + b"x" * 4095, "NODE-001")
        self.root(leaf(bytes(38), extent(1, 1, 3)), "NODE-006")
        self.root(leaf(extent(1, 0, 3)), "NODE-007")
        self.root(leaf(extent(1, 1, 0), extent(0, 0, 0, flags=1)), "NODE-007")
        self.root(internal(), "NODE-009")
        self.root(internal(entry(0, 0, 12)), "NODE-007 NODE-009")
        self.root(internal(entry(5, 5, 0), entry(9, 5, 9), entry(0, 9, 9)), "NODE-007 INT-001")
        self.root(internal(entry(0, 9, 9), entry(8, 9, 9)), "INT-001")
        self.root(internal(entry(2**54 - 3, 4, 9)), "INT-002")
        self.root(internal(entry(2**64 - 1, 2, 9)), "INT-002")
        self.root(leaf(extent(5, 1, 9), extent(5, 1, 19)), "EXT-001")
        self.root(leaf(extent(2**54, 1, 9)), "EXT-002")

    def test_map_comes_before_the_root(self):
        image = Image()
        image.nodes[4] = bytes(4096)
        image.map["version"] = 2
        self.breaks(image, "MAP-002", 2)


class NodeRules(Case):
    def child(self, node, rules, exit_code=2):
        """Two leaves, at 12 and 20, of which the second is `node`."""
        image = Image()
        image.nodes[4] = internal(entry(0, 100, 12), entry(100, 100, 20))
        image.put_leaf(12, (5, 2, 30))
        image.nodes[20] = node
        image.own(40, 4)
        self.breaks(image, rules, exit_code)

    def test_child(self):
        self.child(leaf(extent(110, 4, 40)), "", 0)
        self.child(bytes(4096), "NODE-001")
        self.child(leaf(bytes(38), extent(110, 4, 40)), "NODE-006")
        self.child(leaf(extent(110, 4, 40), extent(115, 4, 0)), "NODE-007")
        self.child(leaf(extent(110, 4, 40), extent(0, 0, 0, flags=3)), "NODE-008", 0)
        self.child(leaf(extent(110, 4, 40)).ljust(4096)[:-1] + b"x", "NODE-008", 0)
        self.child(internal(), "NODE-009")
        self.child(leaf(extent(110, 2, 42), extent(105, 2, 40)), "EXT-001")
        self.child(leaf(extent(110, 2, 40), extent(199, 2, 42)), "INT-003")
        self.child(leaf(extent(99, 4, 40)), "INT-003")
        self.child(leaf(extent(2**54, 4, 40)), "EXT-002 INT-003")
        self.child(internal(entry(110, 4, 12)), "NODE-004 INT-003")

    def test_empty_leaf(self):
        image = three_levels()
        image.nodes[44] = leaf()
        image.data -= set(range(72, 76))
        self.breaks(image, "NODE-010", 0)

    def test_child_out_of_range(self):
        for address in (1, 4089, 2**64 - 4):
            image = Image()
            image.nodes[4] = internal(entry(0, 100, address))
            self.breaks(image, "NODE-002", 2)

    def test_bits(self):
        image = three_levels()
        image.clear_bits = {14}
        image.map["free"] = 4096 - 52 - 16
        self.breaks(image, "MAP-005 NODE-003", 2)
        image.header["dirty"] = 1
        self.breaks(image, "MAP-005 SHD-001", 3, summary="NODE-003")

    def test_cycles(self):
        for address in (4, 12):
            image = three_levels()
            image.nodes[12] = internal(entry(0, 100, 28), entry(500, 100, address))
            del image.nodes[36]
            self.breaks(image, "NODE-004 INT-003", 2)
        image = Image()
        image.nodes[4] = internal(entry(0, 100, 4))
        self.breaks(image, "NODE-004", 2)
        image.set_bits = {99}
        image.map["meta"] = 13
        self.breaks(image, "NODE-004", 2)

    def test_shared(self):
        image = Image()
        image.nodes[4] = internal(entry(0, 100, 12), entry(100, 100, 12))
        image.nodes[12] = leaf()
        self.breaks(image, "NODE-004 NODE-010", 2)
        image.set_bits = {99}
        image.map["meta"] = 21
        self.breaks(image, "NODE-004 NODE-010 OCC-001", 2)
        image.put_leaf(12, (5, 1, 40))
        self.breaks(image, "NODE-004 INT-003", 2)

    def test_shared_node_without_type(self):
        image = Image()
        image.nodes[4] = internal(entry(0, 100, 12), entry(100, 100, 12))
        image.nodes[12] = bytes(4096)
        self.breaks(image, "NODE-001 NODE-004", 2)

    def test_overlapping_nodes(self):
        """The last block of the one is the first of the other, whose type is a stray byte of it."""
        image = Image()
        image.nodes[4] = internal(entry(0, 100, 20), entry(100, 100, 27))
        image.nodes[20] = leaf(extent(5, 1, 40))
        image.nodes[27] = leaf()
        image.own(40, 1)
        self.breaks(image, "NODE-005 NODE-008 NODE-010", 2)

    def test_overlap_with_the_root(self):
        image = Image()
        image.nodes[4] = internal(entry(0, 100, 11))
        image.nodes[11] = leaf()
        self.breaks(image, "NODE-005 NODE-008 NODE-010", 2)

    def test_overlap_with_the_map(self):
        """The map's second block, bits of blocks 0 on, is the root's child; it has no type."""
        image = Image(block_map=20, root=4)
        image.nodes[4] = internal(entry(0, 100, 21))
        image.metadata |= set(range(22, 29))
        image.contents[22] = bytes(7 * 512)
        self.breaks(image, "NODE-001 NODE-005", 2)

    def test_depths(self):
        image = Image()
        image.nodes[4] = internal(entry(0, 100, 12), entry(100, 100, 20))
        image.nodes[12] = leaf(extent(5, 1, 40))
        image.nodes[20] = internal(entry(100, 100, 28))
        image.nodes[28] = leaf(extent(105, 1, 41))
        image.own(40, 2)
        self.breaks(image, "NODE-011", 2)

    def test_level_16(self):
        self.breaks(chain(16, internal(entry(0, 9, 3), entry(5, 9, 4))), "NODE-012", 2)
        self.breaks(chain(16, internal(entry(999, 9, 3))), "INT-003 NODE-012", 2)
        self.breaks(chain(16, internal(entry(2**54, 9, 3))), "INT-003 NODE-012", 2)
        self.breaks(chain(16, internal()), "NODE-009", 2)
        self.breaks(chain(15, internal(entry(0, 9, 1), entry(5, 9, 1))), "INT-001 NODE-002", 2)

    def test_silenced_totals(self):
        image = chain(16, internal(entry(0, 9, 3)))
        image.set_bits = {3000}
        image.map |= {"meta": 5, "data": 4096 - 5 - (4096 - 133)}
        self.breaks(image, "NODE-012", 2)

    def test_half_zero_alone(self):
        image = Image()
        image.nodes[4] = internal(entry(0, 100, 12))
        image.nodes[12] = leaf(extent(5, 0, 40))
        self.breaks(image, "NODE-007 NODE-010", 2)


class ExtentRules(Case):
    def test_places(self):
        for address, count in ((1, 1), (4095, 2), (2**64 - 1, 5), (2**55, 1)):
            self.breaks(one_leaf(extent(5, count, address)), "EXT-003", 2)
        self.breaks(one_leaf(extent(5, 2**32 - 1, 40)), "EXT-003", 2)
        self.breaks(one_leaf(extent(5, 1, 4095)), "FILE-006", 2)

    def test_bits(self):
        image = one_leaf(extent(7, 3, 20), own=[(20, 3)])
        image.clear_bits = {22}
        image.map["free"] = 4096 - 15
        self.breaks(image, "EXT-004 MAP-005", 2)
        image.header["dirty"] = 1
        self.breaks(image, "MAP-005 SHD-001", 3, summary="EXT-004")

    def test_overlaps(self):
        self.breaks(one_leaf(extent(7, 3, 2)), "EXT-005", 2)
        self.breaks(one_leaf(extent(7, 3, 9)), "EXT-005", 2)
        self.breaks(one_leaf(extent(7, 3, 20), extent(10, 3, 22), own=[(20, 5)]), "EXT-006", 2)
        self.breaks(one_leaf(extent(7, 3, 4), extent(10, 3, 4)), "EXT-005 EXT-006", 2)

    def test_flags(self):
        self.breaks(one_leaf(extent(7, 3, 20, flags=1), own=[(20, 3)]), "EXT-007", 2)
        self.breaks(one_leaf(extent(7, 3, 20, reserved=1), own=[(20, 3)]), "EXT-008", 0)
        self.breaks(one_leaf(extent(7, 3, 1, flags=1, reserved=1)), "EXT-003 EXT-007 EXT-008", 2)

    def test_dirty_leak(self):
        image = Image()
        image.set_bits = {77}
        image.map["data"] = 1
        self.breaks(image, "OCC-001", 3)
        image.header["dirty"] = 1
        self.breaks(image, "SHD-001", 3, summary="OCC-001")


class List(Case):
    def links(self, *links, rules="", exit_code=0, dirty=0):
        """Extents at 20, 21 and so on, with (previous, next)."""
        image = one_leaf(*(extent(2 * n, 1, 20 + n, *pair) for n, pair in enumerate(links)))
        image.own(20, len(links))
        image.header["dirty"] = dirty
        self.breaks(image, rules, exit_code)

    def test_lists(self):
        self.links((0, 0), (0, 0))
        self.links((0, 21), (20, 22), (21, 0))
        self.links((21, 0), (22, 20), (0, 21))

    def test_broken_lists(self):
        self.links((20, 20), rules="LRU-001", exit_code=3)
        self.links((0, 21), (20, 0), (0, 0), rules="LRU-001", exit_code=3)
        self.links((0, 21), (0, 0), rules="LRU-001", exit_code=3)
        self.links((21, 21), (20, 20), rules="LRU-001", exit_code=3)
        self.links((0, 0), (22, 22), (21, 21), rules="LRU-001", exit_code=3)
        self.links((0, 21), (20, 22), (21, 20), rules="LRU-001", exit_code=3)
        self.links((0, 21), (20, 22), (20, 0), rules="LRU-001", exit_code=3)
        self.links((0, 99), (20, 0), rules="LRU-002", exit_code=3)

    def test_not_judged(self):
        self.links((0, 99), rules="SHD-001", exit_code=4, dirty=1)
        self.breaks(one_leaf(extent(1, 1, 20, 99), extent(2, 1, 20), own=[(20, 1)]), "EXT-006", 2)
        self.breaks(one_leaf(extent(1, 1, 20, 99, flags=1), own=[(20, 1)]), "EXT-007", 2)


class Reads(Case):
    def test_hits(self):
        image = three_levels()
        result = self.answers(image, 10, 100, ("hit", 4))
        data = b"".join(bytes([block]) * 512 for block in range(60, 64))
        self.assertEqual(result["crc32"], f"{zlib.crc32(data):08x}")
        result = self.answers(image, 2011, 2, ("hit", 2))
        data = bytes([73]) * 512 + bytes([74]) * 512
        self.assertEqual(result["crc32"], f"{zlib.crc32(data):08x}")

    def test_misses(self):
        image = three_levels()
        self.answers(image, 0, 3, ("miss", 3))
        self.answers(image, 0, 100, ("miss", 10))
        self.answers(image, 14, 100, ("miss", 6))
        self.answers(image, 24, 2**54, ("miss", 486))
        self.answers(image, 514, 2**54, ("miss", 1496))
        self.answers(image, 1500, 2**54, ("miss", 510))
        self.answers(image, 2014, 2**54, ("miss", 2**54))
        self.answers(image, 2**54, 7, ("miss", 7))
        self.answers(image, 2**64, 2**64, ("miss", 2**64))
        self.answers(Image(), 0, 2**54, ("miss", 2**54))

    def test_no_blocks(self):
        with self.assertRaises(ValueError):
            self.reader(Image()).read(0, 0)

    def test_miss_stops_before_a_damaged_sibling(self):
        image = three_levels()
        image.nodes[36] = bytes(4096)
        self.answers(image, 24, 1000, ("miss", 476))
        self.answers(image, 24, 476, ("miss", 476))
        self.answers(image, 24, 475, ("miss", 475))
        self.answers(image, 500, 1, "VCI-NODE-001")
        self.answers(image, 599, 1, "VCI-NODE-001")
        self.answers(image, 600, 5000, ("miss", 1410))
        image.nodes[20] = leaf(bytes(38), extent(2010, 4, 72))
        self.answers(image, 600, 5000, ("miss", 1400))
        self.answers(image, 2999, 1, "VCI-NODE-006")

    def test_miss_passes_empty_leaves(self):
        image = three_levels()
        image.nodes[36] = leaf()
        self.answers(image, 24, 5000, ("miss", 1986))
        self.answers(image, 550, 5000, ("miss", 1460))

    def test_miss_up_to_a_damaged_extent(self):
        image = three_levels()
        image.nodes[28] = leaf(extent(10, 4, 1), extent(20, 4, 64, flags=1), extent(30, 1, 4000))
        self.answers(image, 0, 100, ("miss", 10))
        self.answers(image, 10, 1, "VCI-EXT-003")
        self.answers(image, 14, 100, ("miss", 6))
        self.answers(image, 20, 1, "VCI-EXT-007")
        self.answers(image, 30, 1, "VCI-FILE-006")

    def test_refusals_of_children(self):
        for child, rule in ((1, "NODE-002"), (4000, "FILE-006"), (4, "NODE-004"), (28, "INT-003")):
            image = three_levels()
            image.nodes[4] = internal(entry(0, 1000, 12), entry(2000, 1000, child))
            self.answers(image, 2500, 1, f"VCI-{rule}")
            self.answers(image, 600, 5000, ("miss", 1400))
            self.answers(image, 510, 1, ("hit", 1))

    def test_first_rule_is_named(self):
        image = three_levels()
        far, half, unused, low = extent(2**54, 4, 72), extent(5, 4, 0), bytes(38), extent(0, 1, 73)
        for extents, rule in (
            ((far, half, unused, low), "NODE-006"),
            ((far, half, low), "NODE-007"),
            ((far, low), "EXT-001"),
            ((far,), "EXT-002"),
            ((low,), "INT-003"),
        ):
            image.nodes[44] = leaf(*extents)
            self.answers(image, 2000, 1, f"VCI-{rule}")

    def test_level_16(self):
        image = chain(16, internal(entry(50, 9, 3), entry(20, 9, 4)))
        self.answers(image, 0, 100, ("miss", 20))
        self.answers(image, 20, 100, "VCI-NODE-012")
        self.answers(image, 40, 100, ("miss", 10))
        self.answers(image, 59, 100, ("miss", 100))

    def test_damage_of_stage_modify_is_served(self):
        image = one_leaf(extent(7, 3, 4), extent(30, 2, 6))
        self.answers(image, 7, 9, ("hit", 3))
        self.answers(image, 31, 9, ("hit", 1))

    def test_open_refuses(self):
        for fields, rule in (
            ({"signature": b"xxxx"}, "HDR-001"),
            ({"version": 3}, "HDR-002"),
            ({"blocks": 3, "dirty": 2}, "HDR-003"),
            ({"count": 9, "root": 0}, "HDR-009"),
            ({"map": 4000}, "FILE-005"),
        ):
            image = Image()
            image.header |= fields
            with self.assertRaises(Refused) as caught:
                self.reader(image)
            self.assertEqual(caught.exception.rule, f"VCI-{rule}")


def example():
    """The image of the examples in Specs/Verdicts.md."""
    image = Image()
    image.put_leaf(4, (100, 8, 16), (108, 4, 40))
    image.contents[16] = b"a" * 8 * 512
    image.contents[40] = b"b" * 4 * 512
    return image


LETTERS = {"H": "hit", "M": "miss", "R": "refused"}
A, B = "9c99dc73", "faca3f79"


class Verdicts(Case):
    """Answers are written as lists of words: T, R, N are taken, refused and no-room."""

    def of(self, image):
        return ImageVerdict(Bytes(image.build() if isinstance(image, Image) else image))

    def opens(self, image, reading, writing, damage=""):
        """Asserts what opens answer, each as letters and the rules behind them, and the damage."""
        parts = self.of(image).parts()
        words = {"T": "taken", "R": "refused", "N": "no-room"}
        for key, expected in (("openForReading", reading), ("openForWriting", writing)):
            letters, *rules = expected.split()
            answers = {"answers": [words[letter] for letter in letters], "rules": names(rules)}
            self.assertEqual(parts[key], answers)
        self.assertEqual(parts["damage"], names(damage.split()))
        return parts

    def read(self, image, block, *expected):
        """Asserts the pieces from a block on, as 'COUNT LETTERS', or with 'CRC' behind it."""
        segments = []
        position = block
        for text in expected:
            count, letters, *crc = text.split()
            may = [LETTERS[letter] for letter in letters]
            segments.append({"block": str(position), "count": count, "may": may})
            if crc:
                segments[-1]["crc32"] = crc[0]
            position += int(count)
        result = self.of(image).read(block, position - block)
        for got, want in zip(result["segments"], segments, strict=True):
            self.assertEqual("hit" in got["may"], "crc32" in got)
            self.assertEqual(got | {"crc32": None}, want | {"crc32": None})
            self.assertEqual(got.get("crc32"), want.get("crc32", got.get("crc32")))

    def extents(self, image, *expected, any_of=False):
        """Asserts the list of extents, each as (block, count, address)."""
        keys = ("block", "count", "address")
        extents = [dict(zip(keys, map(str, each), strict=True)) for each in expected]
        may = {"may": "any"} if any_of else {}
        self.assertEqual(self.of(image).parts()["extents"], {"extents": extents} | may)


class Examples(Verdicts):
    def test_valid(self):
        image = example()
        parts = self.opens(image, "T", "T")
        self.assertEqual((parts["exit"], parts["bytes"]), (0, "22528"))
        self.assertEqual(parts["probe"], {"answers": ["mine"]})
        self.read(image, 96, "4 M", f"8 H {A}", f"4 H {B}", "4 M")
        self.extents(image, (100, 8, 16), (108, 4, 40))

    def test_single_entry(self):
        image = example()
        image.nodes[4] = leaf(extent(100, 8, 16), extent(108, 4, 5000))
        image.data = set(range(16, 24))
        self.opens(image, "TR EXT-003", "R EXT-003", "EXT-003")
        self.read(image, 96, "4 MR", f"8 HMR {A}", "8 MR")
        self.extents(image, (100, 8, 16), any_of=True)

    def test_whole_node(self):
        image = Image()
        image.nodes[4] = internal(entry(0, 1000, 12), entry(1000, 1000, 20))
        image.put_leaf(12, (100, 8, 28))
        image.nodes[20] = b"\x07" + bytes(4095)
        image.contents[28] = b"a" * 8 * 512
        self.opens(image, "TR NODE-001", "R NODE-001", "NODE-001")
        self.read(image, 96, "4 M", f"8 H {A}", "892 M", "1000 MR", "96 M")
        self.extents(image, (100, 8, 28), any_of=True)

    def test_modify(self):
        image = example()
        image.clear_bits = {16}
        image.map["data"] = 11
        self.opens(image, "TR EXT-004", "TR MAP-009 EXT-004", "EXT-004")
        self.read(image, 96, "4 MR", f"8 HMR {A}", f"4 HMR {B}", "4 MR")
        self.extents(image, (100, 8, 16), (108, 4, 40), any_of=True)
        image.header["dirty"] = 1
        self.opens(image, "T", "TR SHD-001 MAP-009 EXT-004")
        self.read(image, 96, "4 M", f"8 H {A}", f"4 H {B}", "4 M")
        self.extents(image, (100, 8, 16), (108, 4, 40))


class Opens(Verdicts):
    def refused(self, image, rules, probe="mine"):
        """Asserts an open that must be refused: there is nothing to read, and no list."""
        parts = self.opens(image, f"R {rules}", f"R {rules}", rules)
        self.assertNotIn("extents", parts)
        named = {} if probe == "mine" else {"rules": names(rules.split())}
        self.assertEqual(parts["probe"], {"answers": [probe]} | named)

    def test_probe(self):
        self.refused(Image().build()[:1023], "FILE-001", "not-mine")
        image = Image()
        image.header |= {"version": 3, "dirty": 9}
        self.refused(image, "HDR-002", "not-mine")
        image.header |= {"signature": b"xxxx"}
        self.refused(image, "HDR-001", "not-mine")

    def test_stage_open(self):
        image = Image()
        image.header |= {"type": 3, "dirty": 2, "reserved": b"x"}
        self.refused(image, "HDR-004 HDR-005")
        image = example()
        unused, half_zero, flagged = bytes(38), extent(2, 2, 0), extent(5, 1, 9, flags=1)
        image.nodes[4] = leaf(extent(5, 4, 40), unused, half_zero, flagged)
        image.map["reserved"] = b"x"
        self.refused(image, "NODE-006 NODE-007 EXT-001")

    def test_summary(self):
        image = example()
        image.map |= {"free": 4071, "data": 13}
        self.opens(image, "T", "TR MAP-005 MAP-009")
        image.nodes[4] = leaf(extent(100, 8, 16, 99), extent(108, 4, 40))
        self.opens(image, "T", "TR MAP-005 MAP-009")
        image.map = {"magic": b"VBLK", "version": 1, "reserved": b"x"}
        self.opens(image, "T", "T")
        self.read(image, 96, "4 M", f"8 H {A}", f"4 H {B}", "4 M")

    def test_leak(self):
        image = example()
        image.set_bits = {99}
        image.map["data"] = 13
        self.opens(image, "T", "T")
        image.header["dirty"] = 1
        self.opens(image, "T", "TR SHD-001 OCC-001")
        self.extents(image, (100, 8, 16), (108, 4, 40))

    def test_dirty(self):
        image = example()
        image.header["dirty"] = 1
        self.opens(image, "T", "TR SHD-001")

    def test_bit_rules_among_others(self):
        image = example()
        image.clear_bits = {3, 16}
        image.map |= {"free": 4072}
        self.opens(image, "TR MAP-008 EXT-004", "TR MAP-005 MAP-008 EXT-004", "MAP-008 EXT-004")
        image.nodes[4] = leaf(extent(100, 8, 16), extent(108, 4, 3))
        rules = "MAP-008 EXT-004 EXT-005"
        self.opens(image, f"TR {rules}", f"R {rules}", rules)


class Stages(Verdicts):
    def stages(self, image, *expected):
        """Asserts (rule, stage) of all findings, each as 'RULE STAGE'."""
        pairs = {(f"VCI-{rule}", stage) for rule, stage in map(str.split, expected)}
        self.assertEqual(self.of(image).examination.stages, pairs)

    def test_each_stage(self):
        image = Image()
        image.header |= {"version": 2}
        self.stages(image, "HDR-002 probe")
        image.header |= {"version": 1, "dirty": 3, "reserved": b"x"}
        self.stages(image, "HDR-004 open", "HDR-010 check")
        image = example()
        image.nodes[4] = leaf(extent(1, 1, 5), extent(1, 1, 9, flags=1))
        self.stages(image, "EXT-001 open")
        image.nodes[4] = leaf(extent(1, 1, 5), extent(2, 1, 9, flags=1))
        self.stages(image, "EXT-005 modify", "EXT-007 touch")

    def test_below_the_root(self):
        image = three_levels()
        image.nodes[44] = leaf(extent(2010, 4, 72), extent(2010, 4, 1))
        self.stages(image, "EXT-001 touch", "EXT-003 touch")

    def test_cycles_and_shared_nodes(self):
        image = three_levels()
        image.nodes[12] = internal(entry(0, 100, 28), entry(500, 100, 28))
        self.stages(image, "NODE-004 modify", "INT-003 touch")
        image.nodes[12] = internal(entry(0, 100, 28), entry(500, 100, 12))
        self.stages(image, "NODE-004 touch", "INT-003 touch")
        image.nodes[12] = internal(entry(0, 100, 28), entry(400, 9, 28), entry(500, 100, 12))
        self.stages(image, "NODE-004 touch", "NODE-004 modify", "INT-003 touch")


class Room(Verdicts):
    def room(self, image, has_room):
        self.opens(image, "T", "T" if has_room else "TN")

    def test_small_images(self):
        for blocks, has_room in ((12, False), (20, False), (21, True)):
            self.room(Image(blocks=blocks), has_room)

    def test_runs(self):
        image = Image(blocks=30)
        image.put_leaf(4, (0, 10, 12))
        self.room(image, True)
        image.put_leaf(4, (0, 10, 12), (90, 1, 25))
        self.room(image, False)
        image.put_leaf(4, (0, 10, 12), (90, 1, 22))
        self.room(image, False)

    def test_levels(self):
        """Two levels: 2 + 2 + 8 + 8 blocks of metadata, 17 others at least, and two runs of 8."""
        for blocks, run, has_room in ((36, None, False), (37, None, True), (37, 28, True)):
            image = Image(blocks=blocks)
            image.nodes[4] = internal(entry(0, 100, 12))
            image.put_leaf(12, (5, 1, 36 if run is None else run))
            if blocks == 36:
                image.put_leaf(12, (5, 1, 35))
                image.data = {35}
            self.room(image, has_room)
        image.data = set()
        image.put_leaf(12, (5, 1, 27))
        self.room(image, False)

    def test_beside_refusals(self):
        image = Image(blocks=20)
        image.header["dirty"] = 1
        self.opens(image, "T", "TRN SHD-001")
        image.header["dirty"] = 0
        image.set_bits = {12}
        image.map["data"] = 1
        self.opens(image, "T", "TN")
        image = Image(blocks=20)
        image.nodes[4] = leaf(extent(1, 1, 5))
        self.opens(image, "TR EXT-005", "R EXT-005", "EXT-005")

    def test_leaked_blocks_are_free(self):
        image = Image(blocks=21)
        image.set_bits = set(range(12, 21))
        image.map["data"] = 9
        self.room(image, True)


class States(Verdicts):
    """Trees of three levels; the letters say what the blocks may be."""

    def test_undamaged(self):
        image = three_levels()
        self.read(image, 0, "10 M", "4 H", "6 M", "4 H", "486 M", "4 H", "1496 M", "4 H", "9 M")

    def test_extent(self):
        """An extent of a leaf: the leaf's 100 blocks are near the damage."""
        for broken in (extent(20, 4, 64, flags=1), extent(20, 4, 1), extent(20, 4, 4000)):
            image = three_levels()
            image.nodes[28] = leaf(extent(10, 4, 60), broken)
            after = ("410 M", "4 H", "1496 M", "4 H", "9 M")
            self.read(image, 0, "10 MR", "4 HMR", "86 MR", *after)
            image.nodes[28] = leaf(broken, extent(50, 4, 60))
            self.read(image, 0, "50 MR", "4 HMR", "46 MR", *after)
            self.extents(image, (50, 4, 60), (510, 4, 68), (2010, 4, 72), any_of=True)

    def test_extent_of_the_last_leaf(self):
        """What is near begins and ends with the range of the entry."""
        image = three_levels()
        image.nodes[20] = internal(entry(2001, 900, 44))
        image.nodes[44] = leaf(extent(2010, 4, 72), extent(2020, 4, 5000))
        before = ("10 M", "4 H", "6 M", "4 H", "486 M", "4 H", "1487 M")
        self.read(image, 0, *before, "9 MR", "4 HMR", "887 MR", "5 M")

    def test_entry_at_level_2(self):
        """An entry of a child of the root: all below the child is near, its brother is not."""
        for address in (1, 4000, 4, 12):
            image = three_levels()
            image.nodes[12] = internal(entry(0, 100, 28), entry(500, 100, address))
            parts = ("10 MR", "4 HMR", "6 MR", "4 HMR", "976 MR", "1010 M", "4 H", "9 M")
            self.read(image, 0, *parts)
            self.extents(image, (10, 4, 60), (20, 4, 64), (2010, 4, 72), any_of=True)

    def test_entry_of_the_root(self):
        """All of the disk is near, and ends before block 2^54."""
        for address in (1, 4000, 4):
            image = three_levels()
            image.nodes[4] = internal(entry(0, 1000, address), entry(2000, 1000, 20))
            self.read(image, 0, "2010 MR", "4 HMR", "9 MR")
            self.read(image, 2**54 - 2, "2 MR", "7 M")
            self.read(image, 2**55, "7 M")
            self.extents(image, (2010, 4, 72), any_of=True)

    def test_whole_nodes(self):
        """Damage of a whole node concerns the range of its entry and no other block."""
        half, gap = extent(520, 0, 5), bytes(38)
        for node in (
            bytes(4096),
            leaf(extent(510, 4, 68), half),
            leaf(gap, extent(510, 4, 68)),
            internal(),
            leaf(extent(510, 4, 68), extent(513, 1, 1)),
            leaf(extent(499, 4, 68)),
            leaf(extent(597, 4, 68)),
            leaf(extent(2**54 - 1, 2, 68)),
            leaf(extent(510, 4, 68), extent(499, 1, 1, flags=1)),
        ):
            image = three_levels()
            image.nodes[36] = node
            before = ("10 M", "4 H", "6 M", "4 H", "476 M")
            self.read(image, 0, *before, "100 MR", "1410 M", "4 H", "9 M")
        image.nodes[12] = internal(entry(0, 100, 28), entry(950, 100, 36))
        self.read(image, 0, "1000 MR", "1010 M", "4 H", "9 M")
        self.extents(image, (2010, 4, 72), any_of=True)

    def test_single_and_whole(self):
        """Near blocks of a leaf, a damaged brother, and a gap between the two."""
        image = three_levels()
        image.nodes[28] = leaf(extent(10, 4, 60, flags=2), extent(20, 4, 64))
        image.nodes[36] = bytes(4096)
        self.read(image, 0, "20 MR", "4 HMR", "76 MR", "400 M", "100 MR", "1410 M", "4 H", "9 M")

    def test_nothing_below_damage_is_looked_at(self):
        image = three_levels()
        image.nodes[28] = leaf(extent(10, 4, 60, flags=2))
        image.nodes[12] = internal(entry(0, 100, 28), entry(50, 100, 36))
        self.read(image, 0, "1000 MR", "1010 M", "4 H", "9 M")

    def test_modify(self):
        image = three_levels()
        image.clear_bits = {36}
        image.map |= {"meta": 51}
        doubtful = ("10 MR", "4 HMR", "6 MR", "4 HMR", "486 MR", "4 HMR", "1496 MR", "4 HMR")
        self.read(image, 0, *doubtful)
        self.read(image, 2**54 - 1, "1 MR", "1 M")
        self.read(image, 2**54, "7 M")
        image.nodes[44] = bytes(4096)
        self.read(image, 500, "10 MR", "4 HMR", "2500 MR")

    def test_shared(self):
        """A node that two entries share is no damage of stage touch, where it has no entries."""
        image = three_levels()
        image.nodes[12] = internal(entry(0, 100, 36), entry(500, 100, 36))
        image.nodes[36] = leaf()
        self.read(image, 0, "2010 MR", "4 HMR")
        self.opens(image, "TR NODE-004", "R NODE-004", "NODE-004")

    def test_shared_node_outside_one_range(self):
        image = three_levels()
        image.nodes[12] = internal(entry(0, 100, 36), entry(500, 100, 36))
        self.read(image, 0, "510 MR", "4 HMR", "1496 MR", "4 HMR")
        self.extents(image, (510, 4, 68), (2010, 4, 72), any_of=True)

    def test_level_16(self):
        """The entries at level 16 overlap and descend; nothing else is near."""
        image = chain(16, internal(entry(50, 9, 3), entry(20, 9, 4), entry(25, 9, 4)))
        self.read(image, 0, "20 M", "14 MR", "16 M", "9 MR", "941 M")
        self.extents(image, any_of=True)
        self.read(chain(16, internal(entry(995, 9, 3))), 0, "1000 MR", "5 M")

    def test_pieces(self):
        """A read that begins and ends inside of extents."""
        image = example()
        image.contents[41] = b"c" * 512 + b"d" * 512
        crc = f"{zlib.crc32(b'b' * 512 + b'c' * 512):08x}"
        self.read(image, 108, f"2 H {crc}")
        crc = f"{zlib.crc32(b'd' * 512 + b'b' * 512):08x}"
        self.read(image, 110, f"2 H {crc}", "1 M")
        self.read(image, 112, "1 M")

    def test_long_lists(self):
        """1,000 extents are listed, and of 1,001 the digest."""
        image = Image()
        runs = [(3 * n, 2, 100 + 2 * n) for n in range(1001)]
        image.nodes[4] = internal(*(entry(300 * n, 300, 12 + 8 * n) for n in range(11)))
        for n in range(11):
            image.put_leaf(12 + 8 * n, *runs[100 * n : 100 * n + 100])
        first = {"block": "0", "count": "2", "address": "100"}
        last = {"block": "3000", "count": "2", "address": "2100"}
        text = "".join(f"{3 * n} 2 {100 + 2 * n}\n" for n in range(1001))
        expected = {
            "number": "1001",
            "first": first,
            "last": last,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
        self.assertEqual(self.of(image).parts()["extents"], expected)
        image.nodes[92] = leaf()
        listed = self.of(image).parts()["extents"]
        self.assertEqual((list(listed), len(listed["extents"])), (["extents"], 1000))
        self.extents(Image())


def names(rules):
    return [f"VCI-{rule}" for rule in rules]


class Pieces(unittest.TestCase):
    def test_runs(self):
        self.assertEqual(union([(5, 7), (1, 3), (3, 4), (6, 9), (6, 7)]), [(1, 4), (5, 9)])
        self.assertEqual(length([(1, 4), (5, 9)]), 7)
        self.assertTrue(overlap([(5, 7), (1, 6)]))
        self.assertFalse(overlap([(5, 7), (1, 5)]))
        self.assertTrue(meet([(1, 5)], [(4, 6)]))
        self.assertFalse(meet([(1, 5)], [(5, 6)]))

    def test_ones(self):
        chooser = random.Random(1)
        data = chooser.randbytes(1024 * 4)
        bits = [byte >> bit & 1 for byte in data[512:] for bit in range(8)]
        bitmap = Bitmap(Bytes(data), 0, 8)
        for _ in range(200):
            start, end = sorted(chooser.choices(range(7 * 4096), k=2))
            self.assertEqual(bitmap.ones(start, end), sum(bits[start:end]))


class Sources(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def test_inflated_equals_raw(self):
        data = bytearray(1_000_000)
        data[5:9] = b"abcd"
        data[700_000:700_100] = b"x" * 100
        raw = open_source(self.write("raw", data))
        inflated = open_source(self.write("raw.vci.z", zlib.compress(bytes(data))))
        self.addCleanup(raw.close)
        for source in (raw, inflated):
            self.assertEqual(source.size, len(data))
            self.assertEqual(source.read(3, 8), bytes(data[3:11]))
            self.assertEqual(source.read(65_000, 650_000), bytes(data[65_000:715_000]))
            self.assertEqual(crc32(source, 1, 999_999), zlib.crc32(data[1:999_999]))

    def test_what_cannot_be_read(self):
        whole = zlib.compress(Image().build())
        self.assertEqual(check_path(self.write("good.vci.z", whole)).exit, 0)
        for data in (whole[:-1], whole + b"x", b"", b"VCI"):
            self.assertEqual(check_path(self.write("bad.vci.z", data)).exit, 1)
        self.assertEqual(check_path(self.folder).exit, 1)
        self.assertEqual(check_path(self.path("absent")).exit, 1)

    def test_largest_cache(self):
        """The map of the largest cache is a hole of 2 TiB; the extent is one of 2^32 - 1 blocks."""
        blocks, count = 17_592_186_036_224, 2**32 - 1
        root, data = 2 + count, 10 + count
        image = Image(blocks=12)
        image.header |= {"blocks": blocks, "count": count, "root": root}
        image.map |= {"blocks": blocks, "free": blocks - 12, "meta": 12}
        path = self.write("huge", image.build()[:1536])
        with open(path, "r+b") as file:
            file.seek(root * 512)
            file.write(leaf(extent(3, count, data)))
            try:
                file.truncate((data + count) * 512)
            except OSError:
                self.skipTest("no file of that size")
        verdict = check_path(path)
        rules = [rule for rule, _ in verdict.findings]
        self.assertEqual(rules, ["VCI-EXT-004", "VCI-MAP-005", "VCI-MAP-008", "VCI-MAP-009"])
        source = open_source(path)
        self.addCleanup(source.close)
        result = answer(Reader(source), 4, 2**54)
        self.assertEqual((result["answer"], result["blocks"]), ("hit", str(count - 1)))

    def run_oracle(self, *arguments):
        command = [sys.executable, os.path.join(FOLDER, "oracle"), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return result.returncode, result.stdout.splitlines()

    def test_command_line(self):
        path = self.write("a", three_levels().build())
        code, lines = self.run_oracle("check", path)
        self.assertEqual((code, json.loads(lines[0])["findings"]), (0, []))
        code, lines = self.run_oracle("read", path, "--block", "0", "--count", "50")
        expected = {"answer": "miss", "block": "0", "blocks": "10", "count": "50"}
        self.assertEqual((code, json.loads(lines[0])), (0, expected))
        self.assertEqual(self.run_oracle("read", path, "--block", "0", "--count", "0")[0], 64)
        self.assertEqual(self.run_oracle("nothing")[0], 64)

    def test_compare(self):
        os.mkdir(self.path("tree"))
        image = three_levels()
        self.write("tree/1.vci.z", zlib.compress(image.build()))
        image.set_bits = {99}
        image.map["data"] = 17
        self.write("raw", image.build())
        segment = {"block": "0", "count": "4", "may": ["miss"]}
        reads = [{"block": "0", "count": "4", "segments": [segment]}]
        good = {"schema": 2, "area": "tree", "id": "1", "exit": 0, "findings": [], "reads": reads}
        finding = {"rule": "VCI-OCC-001", "class": "leak"}
        leak = {"image": "raw", "exit": 3, "findings": [finding, finding]}
        agreed = ["2 images, 1 reads, 1 segments, 0 disagreements"]
        self.assertEqual(self.compare(good, leak), (0, agreed))
        leak["findings"] = [["VCI-OCC-001", "summary"]]
        segment["may"] = ["miss", "refused"]
        code, lines = self.compare(good, leak)
        self.assertEqual((code, lines[-1]), (1, "2 images, 1 reads, 1 segments, 2 disagreements"))
        self.assertEqual(self.compare()[0], 1)
        self.assertEqual(self.compare([])[0], 1)
        self.assertEqual(self.run_oracle("compare", self.path("absent"))[0], 64)

    def version_2(self):
        """The line of an image of which one extent of two is damaged, with its findings' places."""
        image = example()
        image.nodes[4] = leaf(extent(100, 8, 16), extent(108, 4, 40, flags=1))
        self.write("damaged", image.build())
        place = {"path": "tree/extent[1].flags", "offset": "2103", "length": "1"}
        finding = {"rule": "VCI-EXT-007", "class": "corruption", "stage": "touch"} | place
        doubtful, missed = ["hit", "miss", "refused"], ["miss", "refused"]
        reads = [
            {
                "block": "98",
                "count": "12",
                "segments": [
                    {"block": "98", "count": "1", "may": missed},
                    {"block": "99", "count": "1", "may": missed},
                    {"block": "100", "count": "8", "may": doubtful, "crc32": A},
                    {"block": "108", "count": "2", "may": missed},
                ],
            }
        ]
        return {
            "schema": 2,
            "image": "damaged",
            "bytes": "22528",
            "bytesOnDisk": "9216",
            "exit": 2,
            "findings": [finding],
            "edits": ["tree/extent[1].flags = 1"],
            "probe": {"answers": ["mine"]},
            "openForReading": {"answers": ["taken", "refused"], "rules": ["VCI-EXT-007"]},
            "openForWriting": {"answers": ["refused"], "rules": ["VCI-EXT-007"]},
            "reads": reads,
            "damage": ["VCI-EXT-007"],
            "extents": {
                "extents": [{"block": "100", "count": "8", "address": "16"}],
                "may": "any",
            },
        }

    def test_compare_version_2(self):
        good = self.version_2()
        self.assertEqual(
            self.compare(good), (0, ["1 images, 1 reads, 4 segments, 0 disagreements"])
        )
        plain = {key: good[key] for key in ("image", "exit")}
        plain["findings"] = [["VCI-EXT-007", "corruption"]]
        self.assertEqual(self.compare(plain)[0], 0)
        absent = good | {"image": "no", "leftOut": "no space"}
        code, lines = self.compare(absent, good)
        self.assertEqual((code, lines[0]), (0, "1 images have no file"))
        self.assertEqual(self.compare(absent)[0], 1)

    def test_compare_finds_each_difference(self):
        good = json.dumps(self.version_2())
        for old, new in (
            ('"bytes": "22528"', '"bytes": "22529"'),
            ('"bytesOnDisk": "9216"', '"bytesOnDisk": "7680"'),
            ('"bytesOnDisk": "9216"', '"bytesOnDisk": "23040"'),
            ('"exit": 2', '"exit": 3'),
            ('"class": "corruption"', '"class": "leak"'),
            ('"stage": "touch"', '"stage": "modify"'),
            ('"mine"', '"not-mine"'),
            ('["taken", "refused"]', '["refused"]'),
            ('{"answers": ["refused"]', '{"answers": ["taken"]'),
            ('"rules": ["VCI-EXT-007"]', '"rules": []'),
            ('"damage": ["VCI-EXT-007"]', '"damage": []'),
            ('"damage": ["VCI-EXT-007"],', ""),
            ('"address": "16"', '"address": "17"'),
            (', "may": "any"}', "}"),
            (', "extents": {"extents": [', ', "others": {"extents": ['),
            ('"block": "98", "count": "12"', '"block": "98", "count": "13"'),
            ('"block": "98", "count": "12"', '"block": "97", "count": "13"'),
            ('"block": "99", "count": "1"', '"block": "99", "count": "2"'),
            ('"block": "99", "count": "1"', '"block": "99", "count": 1'),
            ('"block": "98", "count": "1"', '"block": "98", "count": "0"'),
            ('"block": "108", "count": "2"', '"block": "108", "count": "0"'),
            ('"block": "108", "count": "2"', '"block": "108", "count": "1"'),
            ('"block": "99", "count": "1"', '"block": "99", "count": "01"'),
            ('"may": ["miss", "refused"]', '"may": ["miss"]'),
            ('"may": ["miss", "refused"]', '"may": ["miss", "refused"], "crc32": "00000000"'),
            ('"may": ["hit", "miss", "refused"]', '"may": ["hit"]'),
            (f'"crc32": "{A}"', f'"crc32": "{B}"'),
            (f', "crc32": "{A}"', ""),
        ):
            self.assertIn(old, good)
            outcome = compare_line(good.replace(old, new, 1), self.folder)
            self.assertTrue(outcome.disagreements, (old, new))

    def test_compare_limits(self):
        """Findings are sorted, 16 of a rule at most; 40 reads, and 2^17 blocks of hits at most."""
        line = self.version_2()
        finding = line["findings"][0]
        for offsets, agrees in (((1, 2), True), ((10, 9), False), (range(16), True)):
            line["findings"] = [finding | {"offset": str(offset)} for offset in offsets]
            self.assertEqual(not self.disagreements(line), agrees)
        line["findings"] = [finding | {"offset": str(offset)} for offset in range(17)]
        self.assertEqual(len(self.disagreements(line)), 1)
        line["findings"] = [finding]
        line["reads"] *= 40
        self.assertFalse(self.disagreements(line))
        line["reads"] *= 2
        self.assertEqual(len(self.disagreements(line)), 1)
        image = example()
        image.put_leaf(4, (0, 3500, 12))
        path = self.write("damaged", image.build())
        line = json.loads(self.run_oracle("verdict", path, "--reads", "0+3500")[1][0])
        line |= {"schema": 2, "bytesOnDisk": line["bytes"]}
        read = line["reads"][0]
        line["reads"] = [read] * 37
        self.assertFalse(self.disagreements(line))
        line["reads"] = [read] * 38
        self.assertEqual(len(self.disagreements(line)), 1)

    def disagreements(self, line):
        return compare_line(json.dumps(line), self.folder).disagreements

    def test_compare_in_any_division(self):
        """Hits of two extents are one segment, or a block each."""
        self.write("valid", example().build())
        line = {"image": "valid", "exit": 0, "findings": []}
        both = f"{zlib.crc32(b'a' * 4096 + b'b' * 2048):08x}"
        joined = {"block": "100", "count": "12", "may": ["hit"], "crc32": both}
        line["reads"] = [{"block": "100", "count": "12", "segments": [joined]}]
        self.assertEqual(self.compare(line)[0], 0)
        joined["crc32"] = f"{zlib.crc32(b'a' * 6144):08x}"
        self.assertEqual(self.compare(line)[0], 1)
        crc = f"{zlib.crc32(b'a' * 512):08x}"
        parts = [
            {"block": str(block), "count": "1", "may": ["hit"], "crc32": crc}
            for block in range(100, 108)
        ]
        line["reads"] = [{"block": "100", "count": "8", "segments": parts}]
        self.assertEqual(self.compare(line)[0], 0)
        line["reads"][0]["segments"] = parts[:7]
        self.assertEqual(self.compare(line)[0], 1)

    def test_compare_where_nothing_can_be_read(self):
        self.write("bad", b"VCI")
        finding = ["VCI-FILE-001", "corruption"]
        line = {"image": "bad", "exit": 5, "findings": [finding], "reads": []}
        self.assertEqual(self.compare(line)[0], 0)
        line["reads"] = [{"block": "0", "count": "1", "segments": []}]
        self.assertEqual(self.compare(line)[0], 1)
        line["reads"], line["extents"] = [], {"extents": []}
        self.assertEqual(self.compare(line)[0], 1)

    def test_verdict(self):
        path = self.write("valid", example().build())
        code, lines = self.run_oracle("verdict", path, "--reads", "100+1,300+2")
        verdict = json.loads(lines[0])
        self.assertEqual((code, verdict["reads"][1]["block"]), (0, "300"))
        agreed = ["1 images, 2 reads, 2 segments, 0 disagreements"]
        self.assertEqual(self.compare(verdict), (0, agreed))
        path = self.write("bad", b"VCI")
        code, lines = self.run_oracle("verdict", path, "--reads", "100+1")
        self.assertEqual((code, json.loads(lines[0])["damage"]), (5, ["VCI-FILE-001"]))
        self.assertEqual(self.run_oracle("verdict", path, "--reads", "100+0")[0], 64)
        self.assertEqual(self.run_oracle("verdict", path, "--reads", "100")[0], 64)
        self.assertEqual(self.run_oracle("verdict", self.path("absent"))[0], 1)

    def compare(self, *lines):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        return self.run_oracle("compare", self.write("verdicts.jsonl", text.encode()))


class Hostile(Case):
    def test_mutations(self):
        chooser = random.Random(7)
        images = [three_levels().build(), chain(16, leaf(extent(5, 3, 130))).build()]
        for _ in range(1000):
            data = bytearray(chooser.choice(images))
            for _ in range(chooser.randrange(1, 12)):
                node = 2048 + 4096 * chooser.randrange(0, len(data) // 4096)
                place = chooser.choice([chooser.randrange(len(data)), node + chooser.randrange(80)])
                data[place % len(data)] = chooser.choice([0, 1, 2, 12, 20, 28, 255])
            source = Bytes(bytes(data[: chooser.choice([len(data), chooser.randrange(len(data))])]))
            verdict = check(source)
            self.assertIn(verdict.exit, (0, 2, 3, 4, 5, 6))
            self.read_all(source)

    def read_all(self, source):
        try:
            reader = Reader(source)
        except Refused:
            return
        for block in (0, 10, 22, 500, 999, 2005, 2**53):
            answer(reader, block, 2**54)


if __name__ == "__main__":
    unittest.main()
