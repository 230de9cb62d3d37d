# SPDX-License-Identifier: Apache-2.0
"""Tests of the writer of the sample in Python: a model says what is cached, the oracle what is clean."""

import errno
import os
import random
import resource
import shutil
import tempfile
import unittest
import uuid
from pathlib import Path

from port_tools import ROOT

import creation
import tree
from cached import Cached, Run
from checker import check
from source import FileSource, InflatedSource
from vci_port import Refused
from verdicts import ImageVerdict
from writer import Writer, _bits

END = 1 << 54


def findings(path):
    """What a check finds, but for advice."""
    source = FileSource(path)
    try:
        return [each for each in check(source).findings if each[1] != "advice"]
    finally:
        source.close()


class WriterTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "image")
        self.model = {}
        self.hits = 0

    def create(self, blocks, fixed=False):
        creation.create(self.path, blocks, fixed, uuid.UUID(int=5))

    def read(self, image, block, count):
        """Reads, and holds hits against the model: the newest bytes, or a miss."""
        position = block
        for piece in image.read(block, count):
            if isinstance(piece, int):
                position += piece
                continue
            for start in range(0, len(piece), 512):
                self.assertEqual(piece[start:start + 512], self.model.get(position), position)
                position += 1
                self.hits += 1
        self.assertEqual(position, block + count)

    def write(self, image, block, count, rng):
        data = b"".join(rng.randbytes(4) * 128 for _ in range(count))
        written = image.write(block, data)
        self.assertEqual(written.count, count)
        for index in range(count):
            self.model[block + index] = data[index * 512:(index + 1) * 512]
        return written

    def work(self, rng, places, steps):
        """Some operations on the image, and its close."""
        image = Writer(self.path)
        for _ in range(steps):
            operation, block, count = rng.random(), rng.choice(places) + rng.randrange(60), rng.randrange(1, 30)
            if operation < 0.5:
                self.write(image, block, count, rng)
            elif operation < 0.65:
                image.discard(block, count)
                for each in range(block, block + count):
                    self.model.pop(each, None)
            elif operation < 0.72:
                image.flush()
                self.judge_crash(image, places)
            elif operation < 0.77:
                image.set_moduuid(uuid.UUID(int=rng.getrandbits(128)))
            else:
                self.read(image, block, count)
        image.close()
        self.assertEqual(findings(self.path), [])
        source = FileSource(self.path)
        self.assertEqual(
            ImageVerdict(source).parts()["openForWriting"]["answers"], ["taken"], "no room is left")
        source.close()

    def judge_crash(self, image, places):
        """A copy after a flush, as a crash leaves it, is valid and has what was flushed."""
        if not image._begun:
            return
        copy = self.path + ".copy"
        shutil.copy(self.path, copy)
        self.assertNotIn("corruption", {kind for _, kind in findings(copy)})
        other = Writer(copy)
        for place in places[:5]:
            self.assertEqual(
                list(other._cached.pieces(place, place + 90)), list(image._cached.pieces(place, place + 90)))
            self.read(other, place, 90)
        other.close()

    def test_VCI_WR_001_images_of_all_sizes_hold_the_newest_bytes_or_a_miss(self):
        rng = random.Random(1)
        for blocks in (21, 22, 30, 64, 300, 4096, 9000):
            for widest in (3000, END):
                with self.subTest(blocks=blocks, widest=widest):
                    self.create(blocks, fixed=blocks % 2 == 0)
                    self.assertEqual(findings(self.path), [])
                    places = [rng.randrange(widest) for _ in range(12)]
                    self.model = {}
                    for _ in range(2):
                        self.work(rng, places, 25)
                    os.unlink(self.path)
        self.assertGreater(self.hits, 1000)

    def test_VCI_RD_003_images_of_the_corpus_are_taken_or_refused_as_they_may(self):
        rng = random.Random(2)
        taken = refused = 0
        for path in sorted((ROOT / "Corpus").glob("*/*.vci.z"))[::5]:
            source = InflatedSource(path)
            if source.size > 1 << 20:
                continue
            raw = source.read(0, source.size)
            Path(self.path).write_bytes(raw)
            verdict = ImageVerdict(source)
            allowed = verdict.parts()["openForWriting"]
            with self.subTest(path.name):
                try:
                    Writer(self.path).close()
                except Refused as refusal:
                    self.assertIn("refused" if refusal.rule else refusal.cls, allowed["answers"])
                    self.assertFalse(refusal.rule and "taken" in allowed["answers"], "not rebuilt")
                    self.assertTrue(refusal.rule is None or refusal.rule in allowed["rules"], refusal)
                    self.assertEqual(Path(self.path).read_bytes(), raw)
                    refused += 1
                    continue
                self.assertIn("taken", allowed["answers"])
                self.assertEqual(Path(self.path).read_bytes(), raw)
                self.model = {
                    extent.block_offset + each: raw[(extent.address + each) * 512:][:512]
                    for extent in verdict.states.extents for each in range(min(extent.blocks, 500))}
                places = [extent.block_offset for extent in verdict.states.extents][:4] + [0, 1 << 20]
                if "no-room" not in allowed["answers"]:
                    self.work(rng, places, 12)
                taken += 1
        self.assertGreater(taken, 25)
        self.assertGreater(refused, 15)

    def test_a_run_is_evicted_where_a_cut_leaves_more_than_the_tree_has_room_for(self):
        self.create(12 + 107 * 3 + 16)
        image, rng = Writer(self.path), random.Random(6)
        for number in range(107):
            written = self.write(image, number * 10, 3, rng)
            self.assertEqual((written.evicted, written.dropped), ([], []), number)
        image.flush()
        image.discard(1, 1)
        del self.model[1]
        self.assertLess(len(image._cached.runs), 108)
        self.assertGreater(len(image._cached.runs), 90)
        image.close()
        self.assertEqual(findings(self.path), [])
        image = Writer(self.path)
        self.read(image, 0, 1100)
        self.assertGreater(self.hits, 280)
        image.close()

    def test_a_full_cache_has_room_for_the_next_writer(self):
        rng = random.Random(9)
        for blocks in range(150, 190, 4):
            with self.subTest(blocks=blocks):
                self.create(blocks)
                self.model = {}
                image = Writer(self.path)
                for number in range(180):
                    self.write(image, number * 2, 1, rng)
                image.close()
                self.work(rng, [0, 100, 300], 5)
                os.unlink(self.path)

    def test_runs_that_lie_too_far_apart_for_a_tree_are_dropped(self):
        self.create(40_000)
        image, rng, lost = Writer(self.path), random.Random(3), []
        for number in range(210):
            written = self.write(image, number << 33, 1, rng)
            lost += written.evicted + written.dropped
        self.assertTrue(lost)
        image.close()
        self.assertEqual(findings(self.path), [])
        image = Writer(self.path)
        for number in range(210):
            self.read(image, number << 33, 2)
        image.close()
        self.assertGreater(self.hits, 150)

    def test_blocks_from_two_to_the_54th_on_are_dropped(self):
        self.create(100)
        image = Writer(self.path)
        written = self.write(image, END - 2, 5, random.Random(4))
        self.assertEqual(written.dropped, [(END, 3)])
        self.assertEqual(sum(len(piece) for piece in image.read(END - 2, 2)), 1024)
        self.assertEqual(list(image.read(END, 9)), [9])
        image.discard(END - 1, (1 << 64) - END)
        image.close()
        self.assertEqual(findings(self.path), [])

    def test_VCI_WR_005_a_full_disk_is_a_full_cache(self):
        self.create(4096)
        image, rng = Writer(self.path), random.Random(5)
        self.write(image, 0, 20, rng)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(self.path) + 4096, limits[1]))
        try:
            dropped = [self.write(image, block, 10, rng).dropped for block in range(5, 100, 9)]
            image.flush()
            self.read(image, 0, 200)
            image.close()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        self.assertTrue(any(dropped))
        self.assertEqual(findings(self.path), [])

    def test_VCI_WR_005_a_file_that_can_not_grow_any_more_is_changed_and_flushed_in_itself(self):
        self.create(4096)
        image, rng = Writer(self.path), random.Random(7)
        self.write(image, 0, 60, rng)
        image.flush()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(self.path), limits[1]))
        try:
            for number in range(60):
                image.discard(number, 1)
                self.model.pop(number, None)
                self.write(image, number * 7 % 200 * 2, 1, rng)
                if number % 3 == 0:
                    image.flush()
                    self.judge_crash(image, [0, 90, 180, 270])
            self.read(image, 0, 500)
            image.close()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        self.assertEqual(findings(self.path), [])
        self.assertGreater(self.hits, 500)

    def test_VCI_WR_005_a_tree_that_the_file_has_no_room_for_is_cut(self):
        self.create(4096)
        image, rng = Writer(self.path), random.Random(8)
        for number in range(100):
            self.write(image, 5000 + number * 10, 3, rng)
        image.flush()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(self.path), limits[1]))
        try:
            for number in range(100):
                image.discard(5001 + number * 10, 1)
                del self.model[5001 + number * 10]
                if number in (5, 30, 60, 99):
                    self.write(image, number * 10, 8, rng)
                    image.flush()
            image.close()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        self.assertEqual(findings(self.path), [])
        image = Writer(self.path)
        self.read(image, 0, 6000)
        image.close()
        self.assertGreater(self.hits, 90)

    def test_VCI_WR_006_create_overwrites_nothing_and_leaves_nothing(self):
        Path(self.path).write_bytes(b"mine")
        link = os.path.join(self.folder, "link")
        os.symlink("nowhere", link)
        for path, blocks in [(self.path, 64), (link, 64), (self.folder + "/small", 11), (self.folder + "/x/y", 64)]:
            with self.assertRaises(Refused):
                creation.create(path, blocks, False, uuid.UUID(int=5))
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
        try:
            with self.assertRaises(Refused) as caught:
                creation.create(self.folder + "/new", 64, True, uuid.UUID(int=5))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        self.assertEqual(caught.exception.cls, "space")
        self.assertEqual(sorted(os.listdir(self.folder)), ["image", "link"])
        self.assertEqual(Path(self.path).read_bytes(), b"mine")

    def test_an_error_of_the_disk_is_no_lack_of_room(self):
        self.create(64)
        image = Writer(self.path)
        with self.assertRaises(OSError):
            image._judge_full(OSError(errno.EIO, "broken"))
        image.close()


class PartTests(unittest.TestCase):
    def test_cached(self):
        cached = Cached()
        cached.put(Run(10, 5, 100))
        cached.put(Run(15, 5, 105))
        self.assertEqual(cached.runs, [(10, 10, 100)])
        cached.put(Run(12, 2, 50))
        self.assertEqual(cached.runs, [(10, 2, 100), (12, 2, 50), (14, 6, 104)])
        cached.cut(11, 15)
        self.assertEqual(cached.runs, [(10, 1, 100), (15, 5, 105)])
        self.assertEqual(
            list(cached.pieces(9, 17)), [(9, 10, None), (10, 11, 100), (11, 15, None), (15, 17, 105)])
        self.assertEqual(
            [cached.holds_any(*run) for run in [(0, 10), (0, 11), (11, 15), (14, 16), (20, 30)]],
            [False, True, False, True, False])

    def test_bits(self):
        self.assertEqual(_bits([(0, 3), (8, 9), (15, 33)], 0, 5), bytes([7, 0x81, 255, 255, 1]))
        self.assertEqual(_bits([(0, 3), (8, 9), (15, 33)], 8, 2), bytes([0x81, 255]))

    def test_plans_of_trees(self):
        near = [Run(each * 2, 1, each) for each in range(107 * 204 + 1)]
        self.assertEqual([len(level) for level in tree.plan([])], [1])
        self.assertEqual([len(level) for level in tree.plan(near[:107])], [1])
        self.assertEqual([len(level) for level in tree.plan(near[:108])], [2, 1])
        self.assertEqual([len(level) for level in tree.plan(near)], [205, 2, 1])
        far = [Run(each << 33, 1, each) for each in range(205)]
        self.assertEqual([len(level) for level in tree.plan(far[:204])], [204, 1])
        self.assertIsNone(tree.plan(far))


if __name__ == "__main__":
    unittest.main()
