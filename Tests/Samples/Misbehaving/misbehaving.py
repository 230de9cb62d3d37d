# SPDX-License-Identifier: Apache-2.0
"""An adapter that misbehaves in the way that its first argument names; README.md has the ways.

In all else it is the sample in Python. What is wrong with its answers as lines is a function of
`LINES`; what is wrong with the program is a class of `PROGRAMS`.
"""

import fcntl
import functools
import importlib.machinery
import importlib.util
import json
import os
import signal
import sys
import time
import zlib
from pathlib import Path

# Bytecode is stored only where there is a place for it.
if sys.pycache_prefix is None:
    sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
WAY = sys.argv[1]
sys.argv[1:] = sys.argv[2:]

_path = str(HERE.parent / "Python" / "vci-python-sample")
_loader = importlib.machinery.SourceFileLoader("sample", _path)
_sample = importlib.util.module_from_spec(importlib.util.spec_from_loader("sample", _loader))
_loader.exec_module(_sample)
Sample = _sample.Sample

import vci_port  # noqa: E402
from layout import HEADER_BYTES, INTERNAL, NODE_BYTES, Header, Node  # noqa: E402
from vci_port import BLOCK, Refused  # noqa: E402

MIB = 1 << 20
#: The size of the vector `ext-001-unmerged`, in bytes.
EXT_001_UNMERGED = 9216
kept = []


def say(text):
    os.write(1, text.encode())


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def sleeper(leaves_group=False, keeps_output=False):
    """A process that does nothing for an hour."""
    if os.fork():
        return
    if leaves_group:
        os.setsid()
        if os.fork():
            os._exit(0)
    if not keeps_output:
        for number in (0, 1, 2):
            os.dup2(os.open("/dev/null", os.O_RDWR), number)
    os.execvp("sleep", ["sleep", "3600"])


# Lines


def late(request, text):
    if request["op"] == "read":
        time.sleep(3600)
    return text


def slower(request, text):
    time.sleep(0.001 * 1.5 ** len(kept))
    kept.append(1)
    return text


def drip(request, text):
    if request["op"] != "read":
        return text
    while True:
        say(" ")
        time.sleep(0.05)


def huge(request, text):
    if request["op"] != "read":
        return text
    while True:
        os.write(1, b"x" * MIB)


def flood(request, text):
    os.write(2, b"what a day\n" * 50_000)
    return text


def flood_without_end(request, text):
    while request["op"] == "read":
        os.write(2, b"what a day\n" * 50_000)
    return text


def close_output(request, text):
    if request["op"] != "read":
        return text
    os.close(1)
    time.sleep(3600)


def end_in(request, text):
    if request["op"] == "read":
        say(text[:20])
        os._exit(0)
    return text


def without_answer(request, text):
    if request["op"] == "read":
        os._exit(0)
    return text


def at_bye(request, text):
    if request["op"] == "bye":
        say(text)
        time.sleep(3600)
    return text


def unsupported(request, text):
    """Excuses itself from all with a feature that it does not declare."""
    if request["op"] in ("hello", "bye"):
        return text
    return json.dumps({"id": request["id"], "outcome": "unsupported", "feature": "locks"}) + "\n"


def changed(op, change):
    """A change of the answers that are done to requests of one operation."""
    def line(request, text):
        answer = json.loads(text)
        if request["op"] != op or answer["outcome"] != "ok":
            return text
        return json.dumps(change(request, answer)) + "\n"
    return line


def capabilities(**values):
    return changed("hello", lambda request, answer: {**answer, "caps": {**answer["caps"], **values}})


def numbers(request, answer):
    return {**answer, "runs": [{**run, "count": int(run["count"])} for run in answer["runs"]]}


ODD = "\0\x1b[8m<a b=\"c\">&amp;]]>\x7f\x85\ufffe\uffff\u2028\r\n\t'"


def odd_words(request, text):
    """Has a name and errors that are no words."""
    if request["op"] == "read":
        return json.dumps({"id": request["id"], "outcome": "error", "message": ODD}) + "\n"
    return capabilities(name=ODD)(request, text)


def noise_later(request, text):
    """Prints at images of other sizes than those of the recorded sessions."""
    path = Path(request.get("image", ""))
    is_other = request["op"] == "probe" and path.is_file() and path.stat().st_size == EXT_001_UNMERGED
    return f"probing\n{text}" if is_other else text


LINES = {
    "answers-late": late,
    "slows-down": slower,
    "drips": drip,
    "line-without-end": huge,
    "floods-errors": flood,
    "floods-errors-without-end": flood_without_end,
    "closes-output": close_output,
    "half-a-line": end_in,
    "exits-0-without-answer": without_answer,
    "hangs-at-bye": at_bye,
    "excuses-itself": unsupported,
    "noise": lambda request, text: f"reading\n{text}" if request["op"] == "read" else text,
    "noise-later": noise_later,
    "odd-words": odd_words,
    "double-key": lambda request, text: text.replace('"outcome":', '"outcome": "ok", "outcome":')
    if request["op"] == "read" else text,
    "answers-twice": lambda request, text: text + text if request["op"] == "close" else text,
    "echoes": lambda request, text: json.dumps(request) + "\n",
    "answers-another": changed("read", lambda request, answer: {**answer, "id": answer["id"] - 1}),
    "unknown-key": changed("read", lambda request, answer: {**answer, "ms": 1}),
    "numbers": changed("read", numbers),
    "speaks-after-bye": lambda request, text: text + "bye\n" if request["op"] == "bye" else text,
    "removes-answer": changed("extents", lambda request, answer: os.unlink(request["file"]) or answer),
    "lies-about-features": changed("open", lambda request, answer: {
        "id": answer["id"], "outcome": "unsupported", "feature": "multi-level-tree"}),
    "lies-about-operations": changed(
        "check", lambda request, answer: {"id": answer["id"], "outcome": "not-implemented"}),
    "declares-nothing": capabilities(ops=[], features=[]),
    "moving-version": capabilities(version="main"),
    "changes-its-mind": capabilities(version=str(os.getpid())),
    "knows-a-failure": lambda request, text: without_answer(request, capabilities(
        known=[{"name": "ext-001-unmerged", "issue": "https://example.org/1"}])(request, text)),
    "knows-no-failure": capabilities(
        known=[{"name": "ext-001-unmerged", "issue": "https://example.org/1"}]),
}


# Programs


def merged(pieces):
    """The pieces of a read as (number of blocks, bytes or None)."""
    for piece in pieces:
        hit = not isinstance(piece, int)
        yield (len(piece) // BLOCK, bytes(piece)) if hit else (piece, None)


class AcceptsAll(Sample):
    def probe(self, path):
        return True

    def open(self, path, writable, mod_uuid):
        try:
            return super().open(path, writable, mod_uuid)
        except Refused:
            return _Nothing()


class _Nothing:
    def read(self, block, count):
        yield count

    def close(self):
        pass


class RefusesAll(Sample):
    def probe(self, path):
        raise Refused(cls="other")


class RefusesForOne(Sample):
    """Refuses what is wrong, always for the same reason."""

    def probe(self, path):
        try:
            return super().probe(path)
        except Refused:
            raise Refused("VCI-FILE-001") from None


class JudgesNames(Sample):
    def probe(self, path):
        if not path.endswith(".vci"):
            raise Refused(cls="not-vci")
        return super().probe(path)


class JudgesByTable(Sample):
    """Knows the images of the corpus, and no others."""

    @functools.cached_property
    def table(self):
        images = (ROOT / "Corpus").rglob("*.vci.z")
        return {zlib.crc32(zlib.decompress(path.read_bytes())) for path in images}

    def probe(self, path):
        if zlib.crc32(Path(path).read_bytes()) not in self.table:
            raise Refused(cls="not-vci")
        return super().probe(path)


class RefusesLinks(Sample):
    def probe(self, path):
        if os.path.islink(path):
            raise Refused(cls="io")
        return super().probe(path)


class RefusesLinksElsewhere(RefusesLinks):
    """Follows a link from the script of a kit, which calls it `image`, and no other."""

    def probe(self, path):
        return Sample.probe(self, path) if Path(path).name == "image" else super().probe(path)


class MissesAll(Sample):
    def read(self, image, block, count):
        yield count


class ServesZeros(Sample):
    def read(self, image, block, count):
        for length, data in merged(super().read(image, block, count)):
            yield bytes(len(data)) if data else length


class ServesMisses(Sample):
    def read(self, image, block, count):
        for length, data in merged(super().read(image, block, count)):
            yield data or bytes(min(length, 8) * BLOCK)


class ServesDamage(Sample):
    def read(self, image, block, count):
        try:
            yield from super().read(image, block, count)
        except Refused:
            yield bytes(BLOCK)


class OneBlockAtATime(Sample):
    """A legal reader, with which a read of 2^54 blocks never ends."""

    def read(self, image, block, count):
        length, data = next(merged(super().read(image, block, count)))
        yield data[:BLOCK] if data else 1


class Eats(Sample):
    def read(self, image, block, count):
        block_of_memory = bytearray(1100 * MIB)
        block_of_memory[::4096] = b"x" * len(block_of_memory[::4096])
        kept.append(block_of_memory)
        return super().read(image, block, count)


class EatsSlowly(Sample):
    def probe(self, path):
        kept.append(b"x" * (150 * MIB))
        return super().probe(path)


class WantsMuch(Sample):
    def read(self, image, block, count):
        kept.append(bytearray(5 << 30))
        return super().read(image, block, count)


class Forks(Sample):
    def read(self, image, block, count):
        for _ in range(20):
            sleeper()
        time.sleep(0.3)
        return super().read(image, block, count)


class LeavesDaemons(Sample):
    def probe(self, path):
        sleeper(leaves_group=True)
        return super().probe(path)


class LeavesDaemonWithOutput(Sample):
    """The daemon keeps the adapter's output open."""

    def probe(self, path):
        if not kept:
            kept.append(1)
            sleeper(leaves_group=True, keeps_output=True)
        return super().probe(path)


class Crashes(Sample):
    def read(self, image, block, count):
        crash()


class Throws(Sample):
    def read(self, image, block, count):
        return [][0]


class Hangs(Sample):
    def read(self, image, block, count):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            pass


class WritesAtProbe(Sample):
    def probe(self, path):
        with open(path, "r+b") as file:
            file.seek(16)
            file.write(b"\1")
        return super().probe(path)


class WritesAtOpen(Sample):
    """Adds a byte to an image that is to be read."""

    def open(self, path, writable, mod_uuid):
        if not writable:
            with open(path, "ab") as file:
                file.write(b"\0")
        return super().open(path, writable, mod_uuid)


class Removes(Sample):
    def check(self, path, repair):
        findings = super().check(path, repair)
        os.unlink(path)
        return findings


class ListsLess(Sample):
    def extents(self, path):
        yield from list(super().extents(path))[1:]


class ChecksNothing(Sample):
    def check(self, path, repair):
        return []


class CreatesNothing(Sample):
    def create(self, path, blocks, fixed, uuid):
        pass


class CreatesOver(Sample):
    def create(self, path, blocks, fixed, uuid):
        Path(path).unlink(missing_ok=True)
        super().create(path, blocks, fixed, uuid)


class CreatesThroughLink(Sample):
    def create(self, path, blocks, fixed, uuid):
        super().create(os.path.realpath(path), blocks, fixed, uuid)


class LeavesFailedCreate(Sample):
    def create(self, path, blocks, fixed, uuid):
        try:
            super().create(path, blocks, fixed, uuid)
        except Refused:
            Path(path).touch()
            raise


class CreatesShort(Sample):
    """Makes a fixed image a block shorter than it is."""

    def create(self, path, blocks, fixed, uuid):
        super().create(path, blocks, fixed, uuid)
        if fixed:
            os.truncate(path, (blocks - 1) * BLOCK)


class CreatesSparse(Sample):
    """Allocates no blocks for a fixed image."""

    def create(self, path, blocks, fixed, uuid):
        allocate, os.posix_fallocate = os.posix_fallocate, lambda file, start, length: os.ftruncate(file, length)
        try:
            super().create(path, blocks, fixed, uuid)
        finally:
            os.posix_fallocate = allocate


class KeepsOld(Sample):
    """Does not replace what is cached."""

    def write(self, image, block, data):
        if isinstance(next(iter(image.read(block, 1))), int):
            return super().write(image, block, data)
        return None


class KeepsOldUnread(KeepsOld):
    """Has no read either."""

    read = vci_port.Program.read


class TakesPart(Sample):
    """Takes one block of each write, which is right."""

    def write(self, image, block, data):
        super().write(image, block, data[:BLOCK])
        return 1


class ClaimsAll(TakesPart):
    def write(self, image, block, data):
        super().write(image, block, data)


class KeepsDiscarded(Sample):
    def discard(self, image, block, count):
        pass


class StaysDirty(Sample):
    def close(self, image):
        super().close(image)
        if isinstance(image, _sample.Writer):
            with open(image.path, "r+b") as file:
                file.seek(16)
                file.write(b"\1")

    def open(self, path, writable, mod_uuid):
        image = super().open(path, writable, mod_uuid)
        image.path = path
        return image


class StaysDirtyAtRandom(StaysDirty):
    """Leaves other bytes in the cache's last block, which is free, each time."""

    def close(self, image):
        super().close(image)
        if isinstance(image, _sample.Writer):
            with open(image.path, "r+b") as file:
                header = Header.decode(file.read(HEADER_BYTES))
                file.seek((header.blocks - 1) * BLOCK)
                file.write(os.urandom(BLOCK))


class KeepsDirty(StaysDirty):
    """Leaves the flag of an image that was dirty."""

    def open(self, path, writable, mod_uuid):
        flag = Path(path).read_bytes()[16:17]
        image = super().open(path, writable, mod_uuid)
        image.was_dirty = flag == b"\1"
        return image

    def close(self, image):
        (super() if image.was_dirty else super(StaysDirty, self)).close(image)


class FreesLive(StaysDirty):
    """Clears the map's bit of the first extent's first block."""

    def close(self, image):
        super(StaysDirty, self).close(image)
        if not isinstance(image, _sample.Writer):
            return
        with open(image.path, "r+b") as file:
            header = Header.decode(file.read(HEADER_BYTES))
            node = self.node(file, header.tree_root)
            while node.type == INTERNAL:
                node = self.node(file, node.used[0].address)
            if node.used:
                block = node.used[0].address
                place = (header.block_map + 1) * BLOCK + block // 8
                file.seek(place)
                byte = file.read(1)[0]
                file.seek(place)
                file.write(bytes([byte & ~(1 << block % 8)]))

    @staticmethod
    def node(file, address):
        file.seek(address * BLOCK)
        return Node(file.read(NODE_BYTES))


class ForgetsState(Sample):
    def set_moduuid(self, image, uuid):
        pass


class FullIsAnError(Sample):
    """Refuses a write for which the file cannot grow."""

    def write(self, image, block, data):
        written = super().write(image, block, data)
        if any(start == block for start, _ in written.dropped):
            raise Refused(cls="space")
        return written


class LocksNothing(Sample):
    def open(self, path, writable, mod_uuid):
        locking, fcntl.flock = fcntl.flock, lambda *words: None
        try:
            return super().open(path, writable, mod_uuid)
        finally:
            fcntl.flock = locking


class TakesAnyState(Sample):
    def open(self, path, writable, mod_uuid):
        return super().open(path, writable, None)


class FailsTwice(Sample):
    """Refuses the vector `ext-001-unmerged` twice, and never again; `$COUNTER` is a file."""

    def probe(self, path):
        counter = os.environ["COUNTER"]
        if Path(path).is_file() and Path(path).stat().st_size == EXT_001_UNMERGED:
            with open(counter, "ab+") as file:
                file.write(b".")
                if file.tell() <= 2:
                    raise Refused(cls="not-vci")
        return super().probe(path)


class WaitsForPipes(Sample):
    def probe(self, path):
        open(path, "rb").close()
        return super().probe(path)


PROGRAMS = {
    "accepts-all": AcceptsAll,
    "refuses-all": RefusesAll,
    "refuses-for-one-reason": RefusesForOne,
    "judges-names": JudgesNames,
    "judges-by-table": JudgesByTable,
    "refuses-links": RefusesLinks,
    "refuses-links-elsewhere": RefusesLinksElsewhere,
    "misses-all": MissesAll,
    "serves-zeros": ServesZeros,
    "serves-misses": ServesMisses,
    "serves-damage": ServesDamage,
    "one-block-at-a-time": OneBlockAtATime,
    "eats-memory": Eats,
    "eats-memory-slowly": EatsSlowly,
    "wants-much-memory": WantsMuch,
    "forks": Forks,
    "leaves-daemons": LeavesDaemons,
    "leaves-daemon-with-output": LeavesDaemonWithOutput,
    "crashes": Crashes,
    "throws": Throws,
    "hangs": Hangs,
    "writes-at-probe": WritesAtProbe,
    "writes-at-open": WritesAtOpen,
    "removes-image": Removes,
    "lists-less": ListsLess,
    "checks-nothing": ChecksNothing,
    "creates-nothing": CreatesNothing,
    "creates-over": CreatesOver,
    "creates-through-link": CreatesThroughLink,
    "leaves-failed-create": LeavesFailedCreate,
    "creates-short-fixed": CreatesShort,
    "creates-sparse-fixed": CreatesSparse,
    "keeps-old": KeepsOld,
    "keeps-old-unread": KeepsOldUnread,
    "takes-part": TakesPart,
    "claims-all": ClaimsAll,
    "keeps-discarded": KeepsDiscarded,
    "stays-dirty": StaysDirty,
    "stays-dirty-at-random": StaysDirtyAtRandom,
    "keeps-dirty": KeepsDirty,
    "frees-live": FreesLive,
    "forgets-state": ForgetsState,
    "full-is-an-error": FullIsAnError,
    "locks-nothing": LocksNothing,
    "takes-any-state": TakesAnyState,
    "fails-twice": FailsTwice,
    "waits-for-pipes": WaitsForPipes,
}


class Wire:
    """The output of a session, on which answers are changed."""

    def __init__(self, change):
        self.change = change
        self.request = None

    def write(self, line):
        text = self.change(self.request, line.decode())
        while text:
            text = text[os.write(1, text.encode()):]

    def flush(self):
        pass


class Session(vci_port._Session):
    def _answer(self, request):
        self._answers.request = request
        super()._answer(request)


if WAY == "speaks-first":
    say("hello\n")
if WAY in LINES:
    operations = vci_port._Operations(Sample())
    sys.exit(Session(operations, Wire(LINES[WAY])).run())
vci_port.main(Sample() if WAY in ("good", "speaks-first") else PROGRAMS[WAY]())
