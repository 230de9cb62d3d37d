# SPDX-License-Identifier: Apache-2.0
"""Tests of the sample in C, through both forms of the test port.

`make test` builds what they need. Images are checked by the oracle in Tests/Oracle, which was
written apart from the sample. With VCI_CORPUS=DIR, the images of a folder that
`vcifuzz corpus export` or `vcifuzz generate` made take the place of the repository's corpus; with
VCI_SAMPLE=PROGRAM, and words behind it, another build is tested, such as under valgrind.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import random
import shlex
import shutil
import signal
import struct
import sys
import tempfile
import unittest
import zlib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Oracle"))
sys.path.insert(0, str(HERE))

from builder import Image, entry, extent, internal, leaf  # noqa: E402
from checker import check_path  # noqa: E402
from crash import Disk, Record  # noqa: E402
from model import DISK_END, Drive, content  # noqa: E402
from port import BLOCK, Session, Simple  # noqa: E402
from verdict_comparison import VerdictComparison  # noqa: E402

SAMPLE = shlex.split(os.environ.get("VCI_SAMPLE", str(HERE / "vci-sample")))
SAMPLE[0] = os.path.abspath(shutil.which(SAMPLE[0]) or SAMPLE[0])
RECORDED = str(HERE / "vci-sample")
CORPUS = os.environ.get("VCI_CORPUS")
LARGEST = 1 << 26
UUID = "01234567-89ab-cdef-0123-456789abcdef"
OTHER = "00000000-0000-0000-0000-000000000001"
NIL = "00000000-0000-0000-0000-000000000000"


class SampleTest(unittest.TestCase):
    """A test with a folder of its own, in memory if there is such a file system."""

    def setUp(self):
        parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix="vci-sample-", dir=parent)
        self.addCleanup(shutil.rmtree, self.folder)
        self.image = os.path.join(self.folder, "image")
        self._sessions = []

    def session(self, command=None, **options):
        session = Session(command or SAMPLE, self.folder, **options)
        self.addCleanup(self._stop, session)
        return session

    def _stop(self, session):
        if session.process.poll() is None:
            self.assertEqual(session.finish(), 0, "exit code of a session")
        with contextlib.suppress(OSError):
            session.process.stdin.close()
        session.process.stdout.close()
        session.errors.close()

    def assert_ok(self, answer):
        self.assertEqual(answer["outcome"], "ok", answer)
        return answer

    def assert_refused(self, answer, *names):
        self.assertEqual(answer["outcome"], "refused", answer)
        self.assertIn(names[0], (answer.get("rule"), answer.get("class")), answer)

    def assert_clean(self, image):
        bad = [each for each in check_path(image).findings if each[1] != "advice"]
        self.assertEqual(bad, [], image)


class ProtocolTest(SampleTest):
    def test_hello_says_what_the_program_can_do(self):
        caps = self.session().hello["caps"]
        self.assertEqual(caps["name"], "vci-sample")
        self.assertEqual(caps["durability"], "flush")
        self.assertEqual(len(caps["features"]), 6)
        self.assertNotIn("check", caps["ops"])
        self.assertEqual(len(caps["ops"]), 12)

    def test_wrong_requests_are_refused_and_the_session_goes_on(self):
        session = self.session()
        ok = {"image": "/x", "handle": "h", "mode": "ro"}
        wrong = [
            ("ping", {"key": 1}),
            ("probe", {}),
            ("probe", {"image": "relative"}),
            ("probe", {"image": "/with space"}),
            ("probe", {"image": "/" + "x" * 999}),
            ("probe", {"image": 7}),
            ("probe", {"image": None}),
            ("probe", {"image": "/zero\0byte"}),
            ("open", ok | {"mode": "rx"}),
            ("open", ok | {"handle": "h h"}),
            ("open", ok | {"handle": ""}),
            ("open", ok | {"handle": "x" * 17}),
            ("open", ok | {"modUuid": UUID.upper()}),
            ("open", ok | {"modUuid": UUID[:-1]}),
            ("open", ok | {"key": {"a": [1, {}]}}),
            ("read", {"handle": "h", "block": "01", "count": "1", "file": "/x"}),
            ("read", {"handle": "h", "block": "-1", "count": "1", "file": "/x"}),
            ("read", {"handle": "h", "block": 1, "count": "1", "file": "/x"}),
            ("read", {"handle": "h", "block": str(2**64), "count": "1", "file": "/x"}),
            ("discard", {"handle": "h", "block": "0", "count": "0"}),
            ("discard", {"handle": "h", "block": str(2**64 - 1), "count": "2"}),
            ("discard", {"handle": "h", "block": "0", "count": "1"}),
            ("flush", {"handle": "h"}),
            ("close", {"handle": "h"}),
            ("create", {"image": "/x", "blocks": "44", "type": "round", "uuid": UUID}),
            ("hello", {"protocol": [1], "features": []}),
        ]
        for op, keys in wrong:
            with self.subTest(op=op, keys=keys):
                self.assert_refused(session.ask(op, **keys), "argument")
        self.assertEqual(session.ask("fly", key=1)["outcome"], "not-implemented")
        answer = session.ask("check", image="/x", repair="none")
        self.assertEqual(answer["outcome"], "not-implemented")
        self.assert_ok(session.ask("ping"))

    def test_lines_that_cannot_be_answered_end_the_session(self):
        lines = [
            b"\n",
            b"[]\n",
            b"{}\n",
            b"nonsense\n",
            b'{"id": "1", "op": "ping"}\n',
            b'{"id": 1.5, "op": "ping"}\n',
            b'{"id": -1, "op": "ping"}\n',
            b'{"id": 9007199254740992, "op": "ping"}\n',
            b'{"id": 1, "id": 1, "op": "ping"}\n',
            b'{"id": 1, "op": "ping"} x\n',
            b'{"id": 1, "op": "ping",}\n',
            b'{"id": 01, "op": "ping"}\n',
            b'{"id": 1, "op": "p\\ud800ing"}\n',
            b'{"id": 1, "op": "p\\xing"}\n',
            b'{"id": 1, "op": "\xff"}\n',
            b'{"id": 1, "op": "\xc0\x80"}\n',
            b'{"id": 1, "op": "\xed\xa0\x80"}\n',
            b'{"id": 1, "op": "a\tb"}\n',
            b'{"id": 1, "op": ' + b"[" * 5000 + b"\n",
            b'{"id": 1, "op": "' + b"x" * (1 << 20) + b'"}\n',
            b'{"id": 1, "op": "ping"}',
        ]
        for line in lines:
            with self.subTest(line=line[:60]):
                session = Session(SAMPLE, self.folder)
                with contextlib.suppress(BrokenPipeError):
                    session.send(line)
                    session.process.stdin.close()
                self.assertEqual(session.process.stdout.read(), b"")
                self.assertEqual(session.process.wait(), 1)
                self.assertIn("vci_port:", session.standard_error())
                with contextlib.suppress(BrokenPipeError):
                    session.process.stdin.close()
                session.process.stdout.close()
                session.errors.close()

    def test_json_of_any_form_is_read(self):
        session = self.session()
        for line in [
            b' {"op":"ping","id":7}  \r\n',
            b'{"\\u0069d":7,"op":"\\u0070\\u0069ng"}\n',
            b'{"id":7,"op":"ping"' + b" " * ((1 << 20) - 21) + b"}\n",
        ]:
            session.send(line)
            self.assertEqual(session.receive(), {"id": 7, "outcome": "ok"})
        session.send(b'{"id": 8, "op": "\\ud83d\\ude00"}\n{"id": 9, "op": "ping"}\n')
        self.assertEqual(session.receive(), {"id": 8, "outcome": "not-implemented"})
        self.assertEqual(session.receive(), {"id": 9, "outcome": "ok"})

    def test_hello_comes_first(self):
        session = self.session(hello=False)
        self.assert_refused(session.ask("ping"), "argument")
        answer = session.ask("hello", protocol=[2, 3], features=[])
        self.assertEqual((answer["outcome"], answer["feature"]), ("unsupported", "protocol"))
        self.assert_refused(session.ask("hello", protocol=[], features=[]), "argument")
        self.assert_ok(session.ask("hello", protocol=[1, 2], features=["a-new-one"]))
        self.assert_ok(session.ask("ping"))

    def test_handles_have_names(self):
        session = self.session()
        self.assert_ok(session.create(self.image, 64))
        for name in "abcdefgh":
            self.assert_ok(session.open(self.image, handle=name))
        self.assert_refused(session.open(self.image, handle="i"), "argument")
        self.assert_refused(session.open(self.image, handle="a"), "argument")
        self.assert_ok(session.ask("close", handle="c"))
        self.assert_refused(session.ask("info", handle="c"), "argument")
        self.assert_ok(session.open(self.image, handle="i"))

    def test_the_end_of_input_closes_what_is_open(self):
        for end in ("bye", "end"):
            session = self.session()
            image = f"{self.image}-{end}"
            self.assert_ok(session.create(image, 64))
            self.assert_ok(session.open(image, "rw"))
            self.assert_ok(session.write(5, content(5, 1)))
            if end == "bye":
                self.assert_ok(session.ask("bye"))
            self.assertEqual(session.finish(), 0)
            self.assert_clean(image)

    def test_answers_go_to_another_descriptor(self):
        command = ["sh", "-c", 'VCI_PORT_FD=3 exec "$@" 3>&1 1>&2', "sh", *SAMPLE]
        self.assert_ok(self.session(command).ask("ping"))

    def test_data_files_have_the_size_of_the_request(self):
        session = self.session()
        self.assert_ok(session.create(self.image, 64))
        self.assert_ok(session.open(self.image, "rw"))
        self.assert_ok(session.write(0, content(0, 1)))
        for count in ("2", str(2**63), str(2**64)):
            answer = session.ask("write", handle="h", block="0", count=count, file=session.data)
            self.assertEqual(answer["outcome"], "error", answer)
        missing = os.path.join(self.folder, "missing")
        answer = session.ask("read", handle="h", block="0", count="1", file=missing)
        self.assertEqual(answer["outcome"], "error", answer)
        self.assert_ok(session.read(0, 2**64)[0])
        self.assert_ok(session.ask("discard", handle="h", block="0", count=str(2**64)))
        runs = [{"state": "miss", "block": "0", "count": "8"}]
        self.assertEqual(session.read(0, 8)[0]["runs"], runs)

    def test_a_hit_behind_a_long_miss_is_answered_by_the_next_read(self):
        session = self.session()
        self.assert_ok(session.create(self.image, 64))
        self.assert_ok(session.open(self.image, "rw"))
        self.assert_ok(session.write(DISK_END - 1, content(1, 1)))
        answer, data = session.read(0, DISK_END)
        self.assertEqual(
            answer["runs"], [{"state": "miss", "block": "0", "count": str(DISK_END - 1)}]
        )
        self.assertEqual(data, b"")
        answer, data = session.read(DISK_END - 1, 5)
        self.assertEqual([run["count"] for run in answer["runs"]], ["1", "4"])
        self.assertEqual(data, content(1, 1))


class SimpleFormTest(SampleTest):
    def setUp(self):
        super().setUp()
        self.simple = Simple(SAMPLE, self.folder)

    def run_ok(self, *arguments):
        code, output, errors = self.simple.run(*arguments)
        self.assertEqual(code, 0, errors)
        return output

    def test_an_image_from_create_to_discard(self):
        data = os.path.join(self.folder, "data")
        out = os.path.join(self.folder, "out")
        pathlib.Path(data).write_bytes(content(7, 1) + content(8, 1))
        self.assertEqual(self.run_ok("create", self.image, 4096, "dynamic", UUID), "")
        self.run_ok("probe", self.image)
        self.assertEqual(self.run_ok("write", self.image, 7, 2, data), "written 2\n")
        self.assertEqual(self.run_ok("extents", self.image), "7 2\n")
        self.assertEqual(
            self.run_ok("read", self.image, 6, 5, out), "miss 6 1\nhit 7 2\nmiss 9 2\n"
        )
        self.assertEqual(
            pathlib.Path(out).read_bytes(), bytes(BLOCK) + content(7, 1) + content(8, 1)
        )
        self.run_ok("flush", self.image)
        self.run_ok("set-moduuid", self.image, OTHER)
        self.assertEqual(
            self.run_ok("info", self.image),
            f"version=1\ntype=dynamic\nblocks=4096\ndirty=no\nuuid={UUID}\nmoduuid={OTHER}\n",
        )
        self.run_ok("open-ro", self.image, OTHER)
        self.run_ok("open-rw", self.image, OTHER)
        code, _, errors = self.simple.run("open-ro", self.image, NIL)
        self.assertEqual((code, errors.split(":")[0]), (10, "not-up-to-date"))
        self.run_ok("discard", self.image, 0, 8)
        self.assertEqual(self.run_ok("extents", self.image), "8 1\n")
        self.assert_clean(self.image)

    def test_caps(self):
        lines = self.run_ok("caps").splitlines()
        for line in ("name=vci-sample", "durability=flush", "open-rw", "wide-disks"):
            self.assertIn(line, lines)

    def test_refusals_begin_with_a_rule_or_a_class(self):
        pathlib.Path(self.image).write_bytes(bytes(1024))
        code, output, errors = self.simple.run("probe", self.image)
        self.assertEqual((code, output), (10, ""))
        self.assertTrue(errors.startswith("VCI-HDR-001"), errors)
        code, _, errors = self.simple.run("open-ro", self.folder)
        self.assertEqual((code, errors.split(":")[0]), (10, "io"))

    def test_wrong_usage(self):
        for arguments in [
            (),
            ("fly", self.image),
            ("probe",),
            ("probe", self.image, "more"),
            ("read", self.image, "1", "1"),
            ("read", self.image, "0x1", "1", "out"),
            ("create", self.image, "64", "dynamic"),
            ("create", self.image, "64", "dynamic", "uuid"),
        ]:
            self.assertEqual(self.simple.run(*arguments)[0], 64, arguments)
        self.assertEqual(self.simple.run("check", self.image)[0], 5)
        self.assertEqual(self.simple.run("check", self.image, "--repair", "all")[0], 5)


def corpus_lines(folder):
    """The verdict and the path of each image of the corpus that is not too large, as raw file."""
    if CORPUS:
        with open(os.path.join(CORPUS, "verdicts.jsonl"), encoding="utf-8") as lines:
            for line in map(json.loads, lines):
                if "leftOut" not in line:
                    yield line, os.path.join(CORPUS, line["image"])
        return
    with open(ROOT / "Corpus" / "manifest.jsonl", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            packed = ROOT / "Corpus" / line["area"] / (line["id"] + ".vci.z")
            if not packed.exists() or int(line["bytes"]) > LARGEST:
                continue
            path = os.path.join(folder, line["id"])
            with open(path, "wb") as file:
                file.write(zlib.decompress(packed.read_bytes()))
            yield line | {"image": line["id"]}, path
            os.remove(path)


class CorpusTest(SampleTest):
    def test_answers_are_those_that_the_verdicts_allow(self):
        session = self.session()
        images = answers = written = 0
        for line, path in corpus_lines(self.folder):
            size = os.path.getsize(path)
            before = pathlib.Path(path).read_bytes() if size <= LARGEST else None
            comparison = VerdictComparison(session, path, line).run(writing=True)
            self.assertEqual(comparison.wrong, [])
            images, answers = images + 1, answers + comparison.answers
            if before is None:
                continue
            # No image was changed, so each is what it was.
            self.assertTrue(pathlib.Path(path).read_bytes() == before, f"{path} was changed")
            if "taken" in line["openForWriting"]["answers"]:
                written += self._change(session, path)
        self.assertGreater(images, 300)
        print(f"{images} images, {answers} answers, {written} images changed", file=sys.stderr)

    def _blocks(self, session, path):
        """What an image caches: bytes by block. Of an extent no more than 1,000 blocks are read,
        and of extents no more than 1,000; what is left is listed, as runs."""
        blocks, others = {}, []
        answer, listed = session.extents(path)
        self.assert_ok(answer)
        self.assert_ok(session.open(path))
        for number, (first, count) in enumerate(listed):
            at, end = first, first + min(count, 1000 if number < 1000 else 0)
            others.append((end, first + count))
            while at < end:
                answer, data = session.read(at, end - at)
                for run in self.assert_ok(answer)["runs"]:
                    self.assertEqual(run["state"], "hit")
                for index in range(len(data) // BLOCK):
                    blocks[at + index] = data[index * BLOCK : (index + 1) * BLOCK]
                at += len(data) // BLOCK
        session.ask("close", handle="h")
        return blocks, others

    def _change(self, session, source):
        """Changes a copy of an image that another program wrote: what it cached is the same or a
        miss, but for what was changed, and the image is clean (VCI-WR-001). Returns whether the
        image was opened."""
        path = os.path.join(self.folder, "copy")
        shutil.copyfile(source, path)
        before, others = self._blocks(session, path)
        answer = session.open(path, "rw")
        if answer["outcome"] != "ok":
            return False
        chance = random.Random(source)
        places = sorted(before) or [0]
        for version in range(1, 6):
            block = min(max(0, chance.choice(places) + chance.randint(-3, 3)), DISK_END - 9)
            count = chance.randint(1, 9)
            data = b"".join(content(block + index, version) for index in range(count))
            taken = int(self.assert_ok(session.write(block, data))["written"])
            for index in range(count):
                before[block + index] = None
                if index < taken:
                    before[block + index] = content(block + index, version)
            block = min(max(0, chance.choice(places) + chance.randint(-3, 3)), DISK_END - 9)
            self.assert_ok(session.ask("discard", handle="h", block=str(block), count=str(count)))
            for index in range(count):
                before[block + index] = None
        self.assert_ok(session.ask("close", handle="h"))
        self.assert_clean(path)
        for block, data in self._blocks(session, path)[0].items():
            if block not in before and any(first <= block < end for first, end in others):
                continue
            self.assertTrue(before.get(block) == data, f"{source}: block {block}")
        return True


class RoundTripTest(SampleTest):
    """Random operations beside a model; the oracle checks the image whenever it is closed."""

    def drive(self, blocks, places, steps, seeds=(1, 2), rounds=3):
        for seed in seeds:
            with self.subTest(blocks=blocks, seed=seed):
                session = self.session()
                image = f"{self.image}-{blocks}-{seed}"
                drive = Drive(session, image, seed, places)
                self.assert_ok(session.create(image, blocks))
                for _ in range(rounds):
                    drive.open()
                    for _ in range(steps):
                        drive.step()
                    drive.close()
                    self.assert_clean(image)
                    drive.open("ro")
                    drive.read_all()
                    drive.close()
                self.assertGreater(drive.hits, 0)
        return drive

    def test_the_smallest_caches(self):
        for blocks in (21, 22, 29, 30, 40):
            drive = self.drive(blocks, lambda r: r.randrange(500), 60)
            self.assertEqual(drive.dropped, 0)

    def test_a_full_cache(self):
        drive = self.drive(300, lambda r: r.randrange(3000), 300)
        self.assertEqual(drive.dropped, 0)
        self.assertGreater(len(drive.model.sure), 150)

    def test_a_roomy_cache(self):
        drive = self.drive(4096, lambda r: r.randrange(2000), 300)
        self.assertEqual(drive.lost, 0)

    def test_many_extents(self):
        self.drive(30000, lambda r: r.randrange(20000) * 97, 1000, seeds=(1,), rounds=2)

    def test_many_extents_in_a_full_cache(self):
        drive = self.drive(2000, lambda r: r.randrange(20000) * 97, 500, seeds=(1,), rounds=2)
        self.assertEqual(drive.dropped, 0)
        self.assertGreater(len(drive.model.sure), 1000)

    def test_caches_that_are_full_when_the_root_is(self):
        """The split of the root leaves places for the copy of a longer path, or does not come."""
        session = self.session()
        for blocks in range(126, 190, 3):
            image = f"{self.image}-{blocks}"
            self.assert_ok(session.create(image, blocks))
            self.assert_ok(session.open(image, "rw"))
            for number in range(180):
                self.assert_ok(session.write(number * 37 % 180 * 2, content(number, 1)))
                if number % 7 == 0:
                    self.assert_ok(session.ask("flush", handle="h"))
            self.assert_ok(session.ask("close", handle="h"))
            self.assert_clean(image)
            self.assertEqual(session.open(image, "rw")["outcome"], "ok", "it has room")
            self.assert_ok(session.ask("close", handle="h"))

    def test_a_disk_of_many_windows(self):
        """More windows of 2^32 blocks than the root has entries: some writes are dropped."""
        windows = lambda r: r.randrange(260) * (2**32 - 5) + r.randrange(40) * 100  # noqa: E731
        drive = self.drive(20000, windows, 500, seeds=(1,))
        self.assertGreater(drive.lost, 0)

    def test_the_end_of_all_disks(self):
        self.drive(4096, lambda r: DISK_END - 100 + r.randrange(200), 100)


def foreign_image(path, chance):
    """An image of three levels as another writer may leave it: entries are wider than what they
    lead to, some leaves are empty, and extents have LRU links. Returns the blocks that it caches,
    and those at which the entry of a leaf begins."""
    image = Image(blocks=8192)
    edges = []
    cached, extents, leaves, next_block = {}, [], [], 20

    def place(blocks):
        nonlocal next_block
        next_block += blocks + chance.randrange(4)
        return next_block - blocks

    def cuts(low, high, count):
        places = sorted(chance.sample(range(low, high), 2 * count))
        return list(zip(places[::2], places[1::2]))

    inner_entries = []
    for low, high in cuts(0, 4000, 4):
        entries = []
        for first, end in cuts(low, high, min(3, (high - low) // 2)):
            runs = []
            for start, stop in cuts(first, end, min(chance.randrange(4), (end - first) // 2)):
                count = min(stop - start, 12)
                runs.append((start, count, place(count)))
            leaves.append((place(8), runs))
            extents += runs
            entries.append(entry(first, end - first, leaves[-1][0]))
            edges.append(first)
        if entries:
            address = place(8)
            image.nodes[address] = internal(*entries)
            inner_entries.append(entry(low, high - low, address))
    image.nodes[image.root] = internal(*inner_entries)
    order = [address for _, _, address in extents]
    chance.shuffle(order)
    links = {
        address: (order[index - 1] if index else 0, (order + [0])[index + 1])
        for index, address in enumerate(order)
    }
    for address, runs in leaves:
        image.nodes[address] = leaf(*(extent(*run, *links[run[2]]) for run in runs))
    for start, count, address in extents:
        image.own(address, count)
        image.contents[address] = b"".join(content(start + at, 0) for at in range(count))
        cached.update({start + at: 0 for at in range(count)})
    pathlib.Path(path).write_bytes(image.build())
    return cached, edges


class ForeignImageTest(SampleTest):
    def test_what_another_writer_left_is_changed(self):
        session = self.session()
        for seed in range(40):
            image = f"{self.image}-{seed}"
            cached, edges = foreign_image(image, random.Random(seed))

            def near_edges(chance, edges=edges):
                return max(0, chance.choice(edges) - chance.randrange(20))

            places = near_edges if seed % 2 else lambda chance: chance.randrange(4100)
            drive = Drive(session, image, seed, places, most=24)
            drive.model.newest = cached
            drive.model.sure = set(drive.model.newest)
            self.assert_clean(image)
            for _ in range(3):
                drive.open()
                for _ in range(drive.random.randrange(12)):
                    drive.step()
                drive.close()
                self.assert_clean(image)
                drive.open("ro")
                drive.read_all()
                drive.close()


def tree_levels(image):
    """The levels of a tree, and the number of nodes on each."""
    with open(image, "rb") as file:
        data = file.read()
    level, levels = [struct.unpack_from("<Q", data, 21)[0]], []
    while level:
        levels.append(len(level))
        below = []
        for address in level:
            node = data[address * BLOCK : address * BLOCK + 4096]
            if node[0] == 1:
                entries = (struct.unpack_from("<QIQ", node, 1 + 20 * slot) for slot in range(204))
                below += [child for _, count, child in entries if count]
        level = below
    return levels


class TreeTest(SampleTest):
    def test_what_is_free_again_is_one_run(self):
        session = self.session()
        self.assert_ok(session.create(self.image, 400))
        self.assert_ok(session.open(self.image, "rw"))
        order = list(range(150))
        random.Random(1).shuffle(order)
        for block in order:
            self.assert_ok(session.write(block * 2, content(block, 1)))
        random.Random(2).shuffle(order)
        for block in order:
            self.assert_ok(session.ask("discard", handle="h", block=str(block * 2), count="1"))
        self.assert_ok(session.ask("flush", handle="h"))
        self.assert_ok(session.write(1000, b"".join(content(1000 + at, 2) for at in range(300))))
        self.assert_ok(session.ask("close", handle="h"))
        self.assert_clean(self.image)
        self.assertLessEqual(len(session.extents(self.image)[1]), 3)

    def test_inner_nodes_split_and_go_again(self):
        session = self.session()
        drive = Drive(session, self.image, 1, None)
        order = list(range(12500))
        order.reverse()
        self.assert_ok(session.create(self.image, 120000))
        drive.open()
        for index in order:
            data = drive.model.begin_write(index * 3, 1)
            self.assertEqual(self.assert_ok(session.write(index * 3, data))["written"], "1")
            drive.model.end_write(index * 3, 1, 1, [])
        drive.close()
        self.assert_clean(self.image)
        levels = tree_levels(self.image)
        self.assertEqual(len(levels), 3, levels)
        self.assertGreater(levels[1], 1)
        drive.open("rw")
        drive.read_all()
        for block in range(0, 37500, 3000):
            self.assert_ok(
                session.ask("discard", handle="h", block=str(block), count="2990")
            )
            drive.model.discard(block, 2990)
        drive.close()
        self.assert_clean(self.image)
        self.assertEqual(len(tree_levels(self.image)), 1)
        drive.open("ro")
        drive.read_all()
        drive.close()


class CrashTest(SampleTest):
    """What a crash leaves, at any moment, of an image that is being changed."""

    def setUp(self):
        super().setUp()
        self.record = Record(os.path.join(self.folder, "record"))
        self.flushes = []  # (events, newest, sure)
        self.touched = []  # (events before, blocks)

    def drive(self, blocks, places, steps, seed):
        session = self.session(self.record.command(RECORDED, self.image))
        drive = Drive(session, self.image, seed, places, most=24)
        self.assert_ok(session.create(self.image, blocks))
        self._note(drive)
        for _ in range(3):
            drive.open()
            for _ in range(steps):
                self._step(drive)
            drive.close()
            self._note(drive)
        return drive

    def _note(self, drive):
        """Everything that was written up to now survives."""
        events = self.record.length()
        self.flushes.append((events, dict(drive.model.newest), set(drive.model.sure)))

    def _step(self, drive):
        events = self.record.length()
        model = drive.model
        newest, sure = dict(model.newest), set(model.sure)
        operation = drive.random.choice([drive.write] * 6 + [drive.discard, drive.flush])
        operation()
        changed = {block for block, _ in newest.items() ^ model.newest.items()}
        self.touched.append((events, changed | (sure ^ model.sure)))
        if operation == drive.flush:
            self._note(drive)

    def check_crash(self, session, drive, count, chance):
        """A crash after `count` events: the image opens for writing, and serves nothing that is
        older than the last flush."""
        path = os.path.join(self.folder, "crashed")
        with open(path, "wb") as file:
            file.write(Disk(self.record.events, count, {0, 2}).crash(chance))
        found = check_path(path).findings
        bad = [each for each in found if each[1] == "corruption"]
        self.assertEqual(bad, [], f"after {count} events")
        _, newest, sure = max((f for f in self.flushes if f[0] <= count), key=lambda f: f[0])
        since = max(f[0] for f in self.flushes if f[0] <= count)
        touched = set()
        for events, blocks in self.touched:
            if since <= events <= count:
                touched |= blocks
        self.assert_ok(session.open(path, "rw"))
        for block in sorted(newest.keys() | touched):
            answer, data = session.read(block, 1)
            state = self.assert_ok(answer)["runs"][0]["state"]
            where = f"block {block} after {count} events"
            if state == "hit":
                version = struct.unpack_from("<Q", data, 8)[0]
                self.assertEqual(data, content(block, version), where)
                if block in touched:
                    self.assertGreaterEqual(version, newest.get(block, 0), where)
                else:
                    self.assertEqual(version, newest.get(block), where)
            elif block not in touched:
                self.assertNotIn(block, sure, where)
        self.assert_ok(session.write(3, content(3, 1)))
        self.assert_ok(session.ask("close", handle="h"))
        self.assert_clean(path)

    def crash(self, blocks, places, steps, seed, crashes):
        drive = self.drive(blocks, places, steps, seed)
        self._replay(drive, self.flushes[0][0], self.record.length(), crashes, random.Random(seed))

    def _replay(self, drive, first, last, crashes, chance):
        session = self.session()
        for count in sorted(chance.randint(first, last) for _ in range(crashes)):
            self.check_crash(session, drive, count, chance)

    def test_a_roomy_cache(self):
        self.crash(1500, lambda r: r.randrange(400), 40, 1, 60)

    def test_a_full_cache(self):
        self.crash(120, lambda r: r.randrange(400), 40, 2, 60)

    def test_a_tree_of_two_levels(self):
        self.crash(3000, lambda r: r.randrange(5000) * 50, 100, 3, 40)

    def test_the_smallest_cache(self):
        self.crash(21, lambda r: r.randrange(30), 20, 4, 40)

    def test_an_extent_that_is_durable_in_part(self):
        """Blocks that a durable tree maps are joined with new ones, removed with them, and not used
        before the next flush."""
        session = self.session(self.record.command(RECORDED, self.image))
        drive = Drive(session, self.image, 6, None)
        self.assert_ok(session.create(self.image, 100))
        self._note(drive)
        drive.open()

        def write(block, count):
            data = drive.model.begin_write(block, count)
            self.touched.append((self.record.length(), set(range(block, block + count))))
            answer = self.assert_ok(session.write(block, data))
            self.assertEqual(answer["written"], str(count))
            drive.model.end_write(block, count, count, [])

        # Blocks of the file are taken from the lowest on; in the end that behind 10's is next.
        for runs in ([(30, 1), (10, 1)], [(70, 8)], [(80, 8)]):
            for run in runs:
                write(*run)
            drive.flush()
            self._note(drive)
        write(11, 1)
        self.touched.append((self.record.length(), {10, 11}))
        self.assert_ok(session.ask("discard", handle="h", block="10", count="2"))
        write(50, 2)
        last = self.record.length()
        self._replay(drive, self.flushes[-1][0], last, 40, random.Random(6))
        drive.close()

    def test_the_flag_is_set_first_and_cleared_last(self):
        self.drive(300, lambda r: r.randrange(100), 10, 5)
        flags = []
        for event in self.record.events[self.flushes[0][0] :]:
            if event is None:
                flags.append("S")
            elif event[0] == 0:
                flags.append(event[1][16])
            else:
                flags.append("W")
        text = "".join(map(str, flags))
        self.assertTrue(text.startswith("1S"), text)
        self.assertTrue(text.endswith("S0S"), text)
        self.assertRegex(text, r"\A(1SW+S([W1]+S)*0S)+\Z")


class RecoveryTest(SampleTest):
    def test_a_killed_writer_leaves_a_dirty_image_with_what_was_flushed(self):
        session = self.session()
        self.assert_ok(session.create(self.image, 500))
        self.assert_ok(session.open(self.image, "rw"))
        self.assert_ok(session.write(10, content(10, 1)))
        self.assert_ok(session.ask("flush", handle="h"))
        self.assert_ok(session.write(10, content(10, 2)))
        session.process.send_signal(signal.SIGKILL)
        session.process.wait()
        session = self.session()
        self.assert_ok(session.open(self.image))
        self.assertIs(session.ask("info", handle="h")["dirty"], True)
        self.assertEqual(session.read(10, 1)[1], content(10, 1))
        self.assert_ok(session.ask("close", handle="h"))
        self.assert_ok(session.open(self.image, "rw"))
        self.assertEqual(session.read(10, 1)[1], content(10, 1))
        self.assert_ok(session.write(11, content(11, 3)))
        self.assert_ok(session.ask("close", handle="h"))
        self.assert_clean(self.image)

    def test_what_is_not_changed_stays_as_it_is(self):
        session = self.session()
        self.assert_ok(session.create(self.image, 500))
        before = pathlib.Path(self.image).read_bytes()
        self.assert_ok(session.open(self.image, "rw"))
        session.read(0, 100)
        self.assert_ok(session.ask("discard", handle="h", block="0", count="100"))
        self.assert_ok(session.ask("flush", handle="h"))
        self.assert_ok(session.write(DISK_END, content(1, 1)))
        self.assert_ok(session.ask("close", handle="h"))
        self.assertEqual(pathlib.Path(self.image).read_bytes(), before)


class FileTest(SampleTest):
    def test_an_image_without_room_is_refused_for_writing(self):
        session = self.session()
        for blocks in range(12, 23):
            pathlib.Path(self.image).write_bytes(Image(blocks=blocks).build())
            self.assert_ok(session.open(self.image))
            self.assert_ok(session.ask("close", handle="h"))
            if blocks < 21:
                self.assert_refused(session.open(self.image, "rw"), "no-room")
            else:
                self.assert_ok(session.open(self.image, "rw"))
                self.assert_ok(session.ask("close", handle="h"))

    def test_create_never_overwrites_and_leaves_nothing_behind(self):
        session = self.session()
        pathlib.Path(self.image).write_bytes(b"mine")
        self.assert_refused(session.create(self.image, 64), "io")
        self.assertEqual(pathlib.Path(self.image).read_bytes(), b"mine")
        link, target = os.path.join(self.folder, "link"), os.path.join(self.folder, "target")
        os.symlink(target, link)
        self.assert_refused(session.create(link, 64), "io")
        self.assertFalse(os.path.exists(target))
        self.assertTrue(os.path.islink(link))
        for blocks, kind in ((20, "dynamic"), (0, "dynamic"), (2**45, "dynamic"), (2**43, "fixed")):
            self.assertEqual(session.create(target, blocks, kind)["outcome"], "refused")
            self.assertFalse(os.path.lexists(target), blocks)

    def test_created_images_are_clean(self):
        session = self.session()
        for blocks in (21, 22, 4096, 4097, 4104, 8191, 100000, 20_000_000):
            for kind in ("dynamic", "fixed"):
                if kind == "fixed" and blocks > 100000:
                    continue
                self.assert_ok(session.create(self.image, blocks, kind))
                self.assert_clean(self.image)
                status = os.stat(self.image)
                if kind == "fixed":
                    self.assertEqual(status.st_size, blocks * BLOCK)
                    self.assertGreaterEqual(status.st_blocks, blocks)
                self.assert_ok(session.open(self.image, modUuid=NIL))
                info = session.ask("info", handle="h")
                self.assertEqual(
                    (info["blocks"], info["type"], info["uuid"], info["modUuid"], info["dirty"]),
                    (str(blocks), kind, UUID, NIL, False),
                )
                self.assert_ok(session.ask("close", handle="h"))
                os.remove(self.image)

    def test_what_is_no_file_is_not_read(self):
        session = self.session()
        pipe = os.path.join(self.folder, "pipe")
        os.mkfifo(pipe)
        for path in (pipe, self.folder, "/dev/null", "/dev/tty", os.path.join(self.folder, "none")):
            self.assert_refused(session.ask("probe", image=path), "io")
            self.assert_refused(session.open(path), "io")
            self.assert_refused(session.open(path, "rw"), "io")

    def test_links_lead_to_images(self):
        session = self.session()
        self.assert_ok(session.create(self.image, 64))
        link = os.path.join(self.folder, "link")
        os.symlink(self.image, link)
        self.assert_ok(session.ask("probe", image=link))
        self.assert_ok(session.open(link, "rw"))

    def test_locks(self):
        session = self.session()
        self.assert_ok(session.create(self.image, 64))
        self.assert_ok(session.open(self.image, "ro", "a"))
        self.assert_ok(session.open(self.image, "ro", "b"))
        self.assert_refused(session.open(self.image, "rw", "c"), "locked")
        session.ask("close", handle="a")
        session.ask("close", handle="b")
        self.assert_ok(session.open(self.image, "rw", "c"))
        self.assert_refused(session.open(self.image, "ro", "a"), "locked")
        self.assert_refused(session.open(self.image, "rw", "a"), "locked")
        self.assert_ok(session.ask("probe", image=self.image))
        session.ask("close", handle="c")
        with open(self.image, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            self.assert_ok(session.open(self.image, "ro", "a"))
            session.ask("close", handle="a")
            self.assert_refused(session.open(self.image, "rw", "a"), "locked")
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assert_refused(session.open(self.image, "ro", "a"), "locked")
        self.assert_ok(session.open(self.image, "rw", "a"))

    def test_the_modification_uuid(self):
        session = self.session()
        self.assert_ok(session.create(self.image, 64))
        self.assert_refused(session.open(self.image, modUuid=OTHER), "not-up-to-date")
        self.assert_refused(session.open(self.image, "rw", modUuid=OTHER), "not-up-to-date")
        self.assert_ok(session.open(self.image, "rw", modUuid=NIL))
        self.assert_ok(session.ask("set-moduuid", handle="h", uuid=OTHER))
        self.assertEqual(session.ask("info", handle="h")["modUuid"], OTHER)
        session.ask("close", handle="h")
        self.assert_clean(self.image)
        self.assert_ok(session.open(self.image, modUuid=OTHER))
        self.assert_refused(session.ask("set-moduuid", handle="h", uuid=NIL), "argument")
        self.assert_refused(session.write(0, content(0, 1)), "argument")
        self.assert_refused(session.ask("discard", handle="h", block="0", count="1"), "argument")

    def test_a_full_disk_is_a_full_cache(self):
        for limit in (30, 60, 100):
            with self.subTest(limit=limit):
                image = f"{self.image}-{limit}"
                self.assert_ok(self.session().create(image, 4096))
                command = ["sh", "-c", f'ulimit -f {limit}; exec "$@"', "sh", *SAMPLE]
                drive = Drive(self.session(command), image, limit, lambda r: r.randrange(400), 8)
                drive.open()
                for _ in range(150):
                    drive.step()
                drive.close()
                self.assertGreater(drive.lost, 0)
                self.assertLessEqual(os.path.getsize(image), limit * BLOCK)
                self.assert_clean(image)


if __name__ == "__main__":
    unittest.main()
