"""Tests of the foreign reader: images made from the layout by hand, answers typed by hand."""

import os
import struct
import subprocess
import tempfile
import unittest
import zlib

import foreign
from layout import BLOCK, header, internal, leaf, map_header

A, B, C, D = (bytes([value]) * BLOCK for value in b"ABCD")
LIMIT = 1 << 54


def crc(*blocks):
    return f"{zlib.crc32(b''.join(blocks)):08x}"


class ForeignReaderTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        program = foreign.build(
            cls.folder.name, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
        cls.reader = foreign.Reader(program)
        cls.path = os.path.join(cls.folder.name, "image.vci")

    @classmethod
    def tearDownClass(cls):
        cls.reader.close()
        cls.folder.cleanup()

    def image(self, parts, size=None):
        """Writes an image of {block: bytes}, later parts over earlier ones."""
        with open(self.path, "wb") as file:
            for block, data in parts.items():
                file.seek(block * BLOCK)
                file.write(data)
            if size is not None:
                file.truncate(size)

    def bytes(self):
        with open(self.path, "rb") as file:
            return file.read()

    def plain(self, root, more=None, blocks=4096, size=None, **fields):
        """An image with the map at block 2, the root at block 4 and data from block 12 on."""
        parts = {0: header(blocks, 4, 2, **fields), 2: map_header(blocks, blocks - 12, 12, 0),
                 4: root, 12: A + B + C + D}
        parts.update(more or {})
        self.image(parts, size)

    def opens(self, expected, fault=0):
        self.reader.ask(f"fault {fault}")
        self.assertEqual(self.reader.ask(f"open {self.path}"), expected)

    def reads(self, request, expected, fault=0):
        self.opens("mine taken", fault)
        self.assertEqual(self.reader.ask(f"read {request}"), expected)

    # Probe and open

    def test_probe(self):
        self.plain(leaf([]))
        self.opens("mine taken")
        whole = self.bytes()
        self.image({0: whole[:1023]})
        self.opens("not-mine VCI-FILE-001")
        self.opens("mine refused VCI-FILE-005", fault=1)
        self.image({0: b"VCI\1" + whole[4:]})
        self.opens("not-mine VCI-HDR-001")
        self.image({0: whole[:5] + b"\1" + whole[6:]})
        self.opens("not-mine VCI-HDR-002")
        os.remove(self.path)
        self.opens("unreadable")

    def test_header_refusals(self):
        for rule, fields in {
                "VCI-HDR-004": {"unclean": 2}, "VCI-HDR-005": {"cache_type": 0x101},
                "VCI-HDR-009": {"map_size": 3}}.items():
            with self.subTest(rule):
                self.plain(leaf([]), **fields)
                self.opens(f"mine refused {rule}")
        for rule, (blocks, root, block_map) in {
                "VCI-HDR-003": (11, 4, 2), "VCI-HDR-006": (4096, 4089, 2),
                "VCI-HDR-007": (4096, 4, 1), "VCI-HDR-008": (4096, 4, 5)}.items():
            with self.subTest(rule):
                self.plain(leaf([]), {0: header(blocks, root, block_map)})
                self.opens(f"mine refused {rule}")
        self.plain(leaf([]), {0: header(17_592_186_036_225, 4, 2)})
        self.opens("mine refused VCI-HDR-003")
        self.plain(leaf([]), {0: header(4096, (1 << 64) - 4, 2)})
        self.opens("mine refused VCI-HDR-006")

    def test_legal_headers(self):
        for fields in ({"unclean": 1}, {"cache_type": 2}, {"image_uuid": bytes(16)}):
            self.plain(leaf([]), **fields)
            self.opens("mine taken")
        self.opens("mine refused VCI-HDR-011", fault=12)
        self.plain(leaf([]), blocks=12, size=12 * BLOCK)
        self.opens("mine taken")
        self.opens("mine refused VCI-HDR-006", fault=3)
        self.plain(leaf([]), size=5000 * BLOCK + 7)
        self.opens("mine taken")
        self.opens("mine refused VCI-FILE-003", fault=9)

    def test_largest_cache(self):
        blocks, end = 17_592_186_036_224, 2 + (1 << 32) - 1
        self.image({0: header(blocks, end, 2), 2: map_header(blocks, blocks, 0, 0),
                    end: leaf([(7, 1, end + 8)]), end + 8: A})
        self.reads("7 1", f"h 1 {crc(A)}")
        self.opens("mine refused VCI-HDR-003", fault=2)

    def test_map_refusals(self):
        good = map_header(4096, 4084, 12, 0)
        for rule, bad in {
                "VCI-MAP-001": b"VBLL" + good[4:], "VCI-MAP-002": good[:4] + b"\2" + good[5:],
                "VCI-MAP-003": map_header(4097, 4085, 12, 0),
                "VCI-MAP-004": map_header(4096, 4084, 11, 0)}.items():
            self.plain(leaf([]), {2: bad})
            self.opens(f"mine refused {rule}")
        self.plain(leaf([]), {2: map_header(4096, 4097, (1 << 64) - 1, 0)})
        self.opens("mine refused VCI-MAP-004")
        self.opens("mine taken", fault=10)

    def test_map_and_root_overlap_from_below(self):
        # The map's counters fall on slots 94 and 95 of the root, and leave them unused.
        self.image({0: header(4096, 4, 11), 4: leaf([]), 11: map_header(4096, 0, 0, 4096)},
                   16 * BLOCK)
        self.opens("mine refused VCI-HDR-008")
        self.opens("mine taken", fault=5)

    def test_map_at_block_1(self):
        self.image({0: header(4096, 4, 1), 1: map_header(4096, 4084, 12, 0), 4: leaf([])})
        self.opens("mine refused VCI-HDR-007")
        self.opens("mine taken", fault=4)

    def test_short_files(self):
        self.plain(leaf([]), size=12 * BLOCK - 1)
        self.opens("mine refused VCI-FILE-005")
        self.opens("mine taken", fault=8)
        self.image({0: header(4096, 4, 13), 13: map_header(4096, 4084, 12, 0), 4: leaf([])})
        self.opens("mine refused VCI-FILE-005")
        self.opens("mine taken", fault=6)

    # The root

    def test_root_refusals(self):
        far = LIMIT - 1
        for rule, root in {
                "VCI-NODE-001": b"\3".ljust(4096, b"\0"),
                "VCI-NODE-006": leaf([(0, 0, 0), (1, 1, 12)]),
                "VCI-NODE-007": leaf([(1, 1, 0)]), "VCI-NODE-009": internal([]),
                "VCI-INT-001": internal([(5, 1, 20), (5, 1, 28)]),
                "VCI-INT-002": internal([(far, 2, 20)]),
                "VCI-EXT-001": leaf([(5, 2, 12), (6, 1, 14)]),
                "VCI-EXT-002": leaf([((1 << 64) - 1, 2, 12)])}.items():
            with self.subTest(rule):
                self.plain(root)
                self.opens(f"mine refused {rule}")
        self.plain(leaf([(5, 1, 12), (9, 1, 13), (7, 1, 14)]))
        self.opens("mine refused VCI-EXT-001")
        self.opens("mine taken", fault=23)
        self.plain(leaf([(5, 1, 12), (0, 0, 0), (7, 1, 14)]))
        self.opens("mine refused VCI-NODE-006")
        self.opens("mine taken", fault=13)

    # Reads

    def test_leaf(self):
        self.plain(leaf([(10, 2, 12), (12, 1, 15), (20, 1, 14)]))
        self.reads("0 30", f"m 10 h 3 {crc(A, B, D)} m 7 h 1 {crc(C)} m 9")
        self.reads("9 1", "m 1")
        self.reads("11 1", f"h 1 {crc(B)}")
        self.reads("10 4 11 12", f"h 1 {crc(A)} h 1 {crc(B)} h 1 {crc(D)} m 1")
        self.reads("13 7", "m 7")
        self.assertEqual(self.reader.ask("extents"), "3 10:2:12 12:1:15 20:1:14 damaged 0")
        self.plain(leaf([(10, 1, 12), (15, 1, 13)]))
        self.reads("10 5", f"h 1 {crc(A)} m 4")
        self.reads("10 5", f"h 5 {crc(A, B, C, D, bytes(BLOCK))}", fault=27)

    def test_ends_of_disks(self):
        self.plain(leaf([(LIMIT - 2, 2, 12)]))
        self.reads(f"{LIMIT - 3} 10", f"m 1 h 2 {crc(A, B)} m 7")
        self.reads(f"{LIMIT} 10", "m 10")
        self.reads(f"{(1 << 64) - 10} 9", "m 9")
        self.opens("mine refused VCI-EXT-002", fault=24)
        self.plain(leaf([(5, 1, 12)]))
        self.reads(f"5 {LIMIT}", f"h 1 {crc(A)} m {LIMIT - 1}")
        self.reads(f"{5 + (1 << 55)} 1", "m 1")
        self.reads(f"{5 + (1 << 55)} 1", f"h 1 {crc(A)}", fault=30)
        self.reads(f"{6 + (1 << 32)} {1 << 32}", f"m {1 << 32}")
        self.reads(f"{6 + (1 << 32)} {1 << 32}", "stuck", fault=26)

    def test_damaged_extents(self):
        for rule, extent in {
                "VCI-EXT-003": (6, 2, 1), "VCI-FILE-006": (6, 2, 15),
                "VCI-EXT-007": (6, 2, 12, 2)}.items():
            self.plain(leaf([(5, 1, 13), extent, (9, 1, 14)]))
            self.reads("4 5", f"m 1 h 1 {crc(B)} r 2 {rule} m 1")
            self.reads("7 1", f"r 1 {rule}")
            self.reads("8 5", f"m 1 h 1 {crc(C)} m 3")
            self.assertEqual(self.reader.ask("extents"), "2 5:1:13 9:1:14 damaged 1")
        self.reads("6 1", f"h 1 {crc(A)}", fault=25)
        self.plain(leaf([(5, 4, 12)]), size=15 * BLOCK + 511)
        self.reads("5 1", "r 1 VCI-FILE-006")
        self.reads("5 1", f"h 1 {crc(A)}", fault=8)
        self.plain(leaf([(5, 2, 4095)]), {4095: C + D})
        self.reads("5 1", "r 1 VCI-EXT-003")
        self.reads("5 2", f"h 2 {crc(C, D)}", fault=7)
        self.plain(leaf([(5, 1, 12 + (1 << 63))]))
        self.reads("5 1", "r 1 VCI-EXT-003")
        self.reads("5 1", f"h 1 {crc(A)}", fault=28)

    def test_large_extent(self):
        self.plain(leaf([(5, 70_000, 4104)]), {2: map_header(90_000, 90_000, 0, 0),
                   0: header(90_000, 30, 2), 30: leaf([(5, 70_000, 4104)]), 4104: A,
                   4104 + 65_536: B, 4104 + 69_999: C})
        self.reads("65541 1", f"h 1 {crc(B)}")
        self.reads("65541 1", f"h 1 {crc(A)}", fault=29)
        zeros = bytes(BLOCK)
        self.reads("5 70000", "h 70000 " + crc(A, zeros * 65_535, B, zeros * 4462, C))

    def test_data_beyond_4_gib(self):
        place = (1 << 23) + 12
        blocks = 9_000_000
        root = 2 + 1 + 2198
        self.image({0: header(blocks, root, 2), 2: map_header(blocks, blocks, 0, 0),
                    root: leaf([(5, 1, place)]), place: D})
        self.reads("5 1", f"h 1 {crc(D)}")
        self.reads("5 1", f"h 1 {crc(bytes(BLOCK))}", fault=18)

    def test_last_slots(self):
        self.plain(leaf([(2 * slot, 1, 12 + slot % 4) for slot in range(107)]))
        self.reads("212 1", f"h 1 {crc(C)}")
        self.reads("212 1", "m 1", fault=19)
        entries = [(slot, 1, 12) for slot in range(203)] + [(203, 1, 20)]
        self.plain(internal(entries), {12: leaf([]), 20: leaf([(203, 1, 28)]), 28: D})
        self.reads("0 300", f"m 203 h 1 {crc(D)} m 96")
        self.reads("0 300", "m 300", fault=20)
        self.reads("0 300", "m 300", fault=15)

    def test_two_levels(self):
        below = {20: leaf([(12, 1, 12)]), 28: leaf([(25, 1, 13), (29, 1, 14)])}
        self.plain(internal([(10, 10, 20), (20, 10, 28)]), below)
        self.reads("0 40", f"m 12 h 1 {crc(A)} m 12 h 1 {crc(B)} m 3 h 1 {crc(C)} m 10")
        for rule, (entry, more) in {
                "VCI-NODE-002": ((20, 10, 4089), {4089: leaf([])}),
                "VCI-FILE-006": ((20, 10, 36), {}),
                "VCI-NODE-004": ((20, 10, 4), {}),
                "VCI-NODE-001": ((20, 10, 36), {36: bytes(4096)}),
                "VCI-NODE-009": ((20, 10, 36), {36: internal([])}),
                "VCI-INT-003": ((20, 9, 28), {})}.items():
            with self.subTest(rule):
                width = entry[1]
                self.plain(internal([(10, 10, 20), entry]), {**below, **more})
                self.reads("13 6", "m 6")
                self.reads("13 20", f"m 7 r {width} {rule} m {13 - width}")
                self.reads("30 5", "m 5")
        self.plain(internal([(10, 10, 20), (20, 10, 28)]),
                   {**below, 28: leaf([(25, 1, 13), (26, 0, 14)])})
        self.reads("20 1", "r 1 VCI-NODE-007")
        self.reads("20 6", f"m 5 h 1 {crc(B)}", fault=14)

    def test_child_places(self):
        root = internal([(10, 10, 2)])
        self.image({0: header(4096, 20, 12), 12: map_header(4096, 4096, 0, 0), 20: root,
                    2: leaf([(12, 1, 30)]), 30: D})
        self.reads("12 1", f"h 1 {crc(D)}")
        self.reads("12 1", "r 1 VCI-NODE-002", fault=16)
        self.plain(internal([(10, 10, 20)]), {20: leaf([(12, 1, 13)])}, size=27 * BLOCK)
        self.reads("12 1", "r 1 VCI-FILE-006")
        self.reads("12 1", f"h 1 {crc(B)}", fault=17)

    def test_internal_child_outside_its_range(self):
        parts = {20: internal([(10, 10, 28), (20, 10, 36)]), 28: leaf([(10, 1, 12)]), 36: leaf([])}
        self.plain(internal([(10, 15, 20)]), parts)
        self.reads("10 1", "r 1 VCI-INT-003")
        self.reads("10 1", f"h 1 {crc(A)}", fault=22)

    def chain(self, levels, deepest):
        """A tree with one node on each level, all for blocks 10 to 29."""
        nodes = {12 + 8 * level: internal([(10, 20, 20 + 8 * level)])
                 for level in range(1, levels - 1)}
        nodes[12 + 8 * (levels - 1)] = deepest
        self.plain(internal([(10, 20, 20)]), nodes)

    def test_levels(self):
        self.chain(16, leaf([(12, 1, 13)]))
        self.reads("0 30", f"m 12 h 1 {crc(B)} m 17")
        self.chain(17, leaf([(12, 1, 13)]))
        self.reads("0 30", "m 10 r 20 VCI-NODE-012")
        self.reads("0 30", f"m 12 h 1 {crc(B)} m 17", fault=21)
        self.chain(16, internal([(25, 1, 500), (15, 2, 508), (16, 1, 516)]))
        self.reads("10 10", "m 5 r 2 VCI-NODE-012 m 3")
        self.reads("17 9", "m 8 r 1 VCI-NODE-012")
        self.reads("26 9", "m 9")

    # Hostile bytes, and the digests

    def test_hostile_bytes(self):
        # Each byte of a small image is set to 0xff and to 1; nothing may crash or read outside.
        self.plain(internal([(10, 10, 20)]), {20: leaf([(12, 2, 12), (15, 1, 14)])})
        whole = self.bytes()
        places = [*range(80), *range(1024, 1070), *range(2048, 2100), *range(10240, 10330)]
        for place in places:
            for value in (1, 255):
                self.image({0: whole[:place] + bytes([value]) + whole[place + 1:]})
                for fault in (0, 28):
                    self.reader.ask(f"fault {fault}")
                    if self.reader.ask(f"open {self.path}") == "mine taken":
                        self.reader.ask("extents")
                        answer = self.reader.ask("read 0 100").split(" ")
                        self.assertNotIn("stuck", answer)

    def test_digests_part_faults(self):
        self.plain(leaf([(10, 1, 12), (15, 1, 13)]), unclean=1)
        digests = self.reader.digests(self.path, [0, 11, 12, 27], [(0, 30)])
        self.assertNotEqual(digests[0][0], digests[11][0])
        self.assertEqual(digests[0], digests[12])
        self.assertNotEqual(digests[0][0], digests[27][0])
        digests = self.reader.digests(self.path, [0, 27], [(0, 10)])
        self.assertEqual(digests[0], digests[27])

    def test_command_line(self):
        self.plain(leaf([(5, 1, 12)]))

        def run(*words, fault=""):
            result = subprocess.run([self.reader.program, *words], capture_output=True, text=True,
                                    env={**os.environ, "FOREIGN_FAULT": fault})
            return result.returncode, result.stdout
        self.assertEqual(run("probe", self.path), (0, "mine\n"))
        self.assertEqual(run("read", self.path, "4", "2"), (0, f"m 1 h 1 {crc(A)} \n"))
        self.assertEqual(run("extents", self.path), (0, "1 5:1:12 damaged 0\n"))
        self.assertEqual(run("read", self.path, "4", "0")[0], 2)
        self.assertEqual(run("read", self.path, str((1 << 64) - 1), "1")[0], 2)
        with open(self.path, "r+b") as file:
            file.seek(16)
            file.write(struct.pack("<B", 1))
        self.assertEqual(run("open", self.path), (0, "mine taken\n"))
        self.assertEqual(run("open", self.path, fault="11"), (1, "mine refused VCI-HDR-004\n"))


if __name__ == "__main__":
    unittest.main()
