# SPDX-License-Identifier: Apache-2.0
"""Judges mutants of the oracle: whether one behaves as the oracle does on images in memory.

What counts is the exit code and the set of (rule, class) of a check, whether a probe and an open
take the image, the parts of a verdict, and the answers of reads. A refusal may name any corruption
that the image has. An answer that is another one, and that Specs/Verdicts.md allows as well, does
not convict a mutant.
"""

import bisect
import contextlib
import importlib.abc
import importlib.util
import json
import os
import resource
import signal
import sys
import time
from typing import NamedTuple

from checksum import crc32
from source import FileSource

SUBJECTS = ("layout", "bitmap", "judge", "reader", "checker")
_ABOVE = ("states", "verdicts")  # What makes verdicts of what the subjects say.

_CPU_SECONDS = 3  # Beyond twenty times what the oracle takes.
_WALL_SECONDS = 900
_MEMORY = 1 << 30
_SPANS = 12
_NODES = 512
_DISK_END = 2**54
BLOCK = 512
PAGE = 4096
PIECE = 1 << 20
_ZEROS = bytes(PAGE)
_same = {}  # Pages by their bytes: edited images of one base share most of theirs.


class MemorySource:
    """The bytes of a file, in memory; pages of zeros are not kept."""

    def __init__(self, file):
        self.size = file.size
        self._pages = {}
        for start, end in file.data_runs(0, file.size):
            for piece in range(start // PIECE * PIECE, end, PIECE):
                data = file.read(piece, min(PIECE, self.size - piece))
                for at in range(0, len(data), PAGE):
                    page = data[at : at + PAGE].ljust(PAGE, b"\0")
                    if page != _ZEROS:
                        self._pages[(piece + at) // PAGE] = _same.setdefault(page, page)
        self._numbers = sorted(self._pages)

    def read(self, offset, length):
        """Exactly `length` bytes from `offset` on."""
        if offset < 0 or length < 0 or offset + length > self.size:
            raise OSError("not inside the file")
        number, start = divmod(offset, PAGE)
        if start + length <= PAGE:
            return self._pages.get(number, _ZEROS)[start : start + length]
        numbers = range(number, -(-(offset + length) // PAGE))
        data = b"".join(self._pages.get(each, _ZEROS) for each in numbers)
        return data[start : start + length]

    def data_runs(self, start, end):
        """The ranges between `start` and `end` that may hold bytes other than zero."""
        if start < 0:
            raise OSError("before the file")
        end = min(end, self.size)
        if start >= end:
            return
        first = bisect.bisect_left(self._numbers, start // PAGE)
        last = bisect.bisect_left(self._numbers, -(-end // PAGE))
        while first < last:
            after = first + 1
            while after < last and self._numbers[after] == self._numbers[after - 1] + 1:
                after += 1
            low, high = self._numbers[first] * PAGE, (self._numbers[after - 1] + 1) * PAGE
            yield max(start, low), min(end, high)
            first = after


class Program(NamedTuple):
    """The modules of the oracle, or of a mutant of it."""

    judge: object
    reader: object
    checker: object
    layout: object
    verdicts: object


class Image(NamedTuple):
    """An image, its reads, and how the oracle behaves on it."""

    name: str
    source: object
    reads: list
    verdict: object
    behaviour: list
    seconds: float


class _Loader(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads modules from code objects."""

    def __init__(self, codes):
        self._codes = codes

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name in self._codes else None

    def exec_module(self, module):
        exec(self._codes[module.__name__], module.__dict__)


def compiled(folder):
    """The code objects of the subjects."""
    return {
        name: compile((folder / f"{name}.py").read_text(), f"{name}.py", "exec")
        for name in SUBJECTS + _ABOVE
    }


def load(codes):
    """The program that code objects make. Modules of the same names that are loaded stay so."""
    before = {name: sys.modules.pop(name) for name in SUBJECTS + _ABOVE if name in sys.modules}
    loader = _Loader(codes)
    sys.meta_path.insert(0, loader)
    try:
        return Program(*(importlib.import_module(name) for name in Program._fields))
    finally:
        sys.meta_path.remove(loader)
        for name in SUBJECTS + _ABOVE:
            sys.modules.pop(name, None)
        sys.modules.update(before)


def behaviour(program, image):
    """What a program does with an image, step by step: check, verdict, probe, open, reads."""
    findings = program.checker.check(image.source)
    yield "check", findings.exit, tuple(sorted(map(tuple, findings.findings)))
    rules = image.verdict.examination.corruptions
    verdict = program.verdicts.ImageVerdict(image.source)
    yield "stages", tuple(sorted(map(tuple, verdict.examination.stages)))
    yield "verdict", json.dumps(verdict.parts(), sort_keys=True)
    yield "probe", _refusal(program.judge.probe_fault(image.source), rules)
    try:
        reader = program.reader.Reader(image.source)
    except program.reader.Refused as refused:
        yield "open", _refusal(refused.rule, rules)
        return
    yield "open", "taken"
    for block, count in image.reads:
        answer = _answer(program, reader, block, count, rules)
        yield "read", block, count, answer, lambda: _allowed(program, reader, image, block, count)


def _refusal(rule, rules):
    if rule is None:
        return "taken"
    return "refused" if rule in rules else f"refused for {rule}"


def _answer(program, reader, block, count, rules):
    result = reader.read(block, count)
    if isinstance(result, program.reader.Refusal):
        return (_refusal(result.rule, rules),)
    if isinstance(result, program.reader.Miss):
        return "miss", result.blocks
    return "hit", result.blocks, reader.crc32(result)


def _allowed(program, reader, image, block, count):
    """Whether a verdict allows all that a reader answers to a read, piece by piece."""
    states, rules = image.verdict.states, image.verdict.examination.corruptions
    while count:
        kind, *rest = _answer(program, reader, block, count, rules)
        if kind == "refused":
            return any("refused" in piece.may for piece in states.pieces(block, block + count))
        blocks = rest[0] if rest else 0
        if type(blocks) is not int or not 0 < blocks <= count:
            return False
        pieces = list(states.pieces(block, block + blocks))
        if not all(kind in piece.may for piece in pieces):
            return False
        if kind == "hit" and _crc32(image.source, pieces) != rest[1]:
            return False
        block, count = block + blocks, count - blocks
    return True


def _crc32(source, pieces):
    crc = 0
    for piece in pieces:
        start = piece.address * BLOCK
        crc = crc32(source, start, start + (piece.end - piece.start) * BLOCK, crc)
    return crc


class Difference(NamedTuple):
    """A step at which a program does not what the oracle does; whether a verdict allows it."""

    how: str
    allowed: bool


def difference(program, image):
    """The first difference that is not allowed, or else the first, or None. A crash raises."""
    first = None
    steps = behaviour(program, image)
    for expected in image.behaviour:
        step = next(steps, None)
        if step is not None and step[:4] == expected[:4]:
            continue
        how = f"{step and step[:4]} for {expected[:4]}"[:500]
        if not _is_allowed(step, image):
            return Difference(how, False)
        first = first or Difference(how, True)
        if step == ("open", "refused"):
            return first
    step = next(steps, None)
    return first if step is None else Difference(f"{step[:4]} for nothing"[:500], False)


def _is_allowed(step, image):
    if step == ("open", "refused"):
        return image.verdict.examination.opens and bool(image.verdict.examination.corruptions)
    return step is not None and step[0] == "read" and step[4]()


def read_image(program, name, path):
    """The image at a path, with the behaviour of the oracle."""
    with contextlib.closing(FileSource(path)) as file:
        source = MemorySource(file)
    verdict = program.verdicts.ImageVerdict(source)
    image = Image(name, source, reads_of(program, source), verdict, [], 0.0)
    start = time.process_time()
    steps = [step[:4] for step in behaviour(program, image)]
    return image._replace(behaviour=steps, seconds=time.process_time() - start)


def read_images(program, folder):
    """All images of a folder, the quickest to judge first."""
    paths = sorted(folder.rglob("*.vci"))
    images = [read_image(program, str(path.relative_to(folder)), path) for path in paths]
    return sorted(images, key=lambda image: (len(image.reads), image.source.size, image.name))


def reads_of(program, source):
    """The reads that an image is asked: what lies around the edges of its extents and nodes."""
    try:
        program.reader.Reader(source)
    except program.reader.Refused:
        return []
    extents, entries = _spans(program, source)
    every = sorted(extents | entries)
    spans = _chosen(every)
    reads = [(0, 1), (0, _DISK_END), (0, 2**63)]
    for start, end in spans:
        after = next((low for low, _ in every if low >= end), end + 1000)
        reads += [(start - 1, 1), (start - 1, 3), (start, 1), (start, end - start)]
        reads += [(start, end - start + 5), ((start + end) // 2, 2), (end - 1, 1), (end - 1, 2**32)]
        reads += [(end, 1), (end, after - end), (end, after - end + 1)]
    for start, end in sorted({min(extents), max(extents)}) if extents else ():
        reads += [(start + (1 << bit), 2) for bit in (32, 53, 54, 55, 63)]
        reads += [(end - 1 + (1 << 32), 1), (start, 2**54), (start, 2**63)]
    reads += [(_DISK_END - 2, 1), (_DISK_END - 1, 1), (_DISK_END - 1, 2), (_DISK_END, 1)]
    reads += [(_DISK_END, 2**32), (_DISK_END + 1, 7), (2**64 - 1, 1)]
    return list(dict.fromkeys((low, count) for low, count in reads if low >= 0 and count > 0))


def _spans(program, source):
    """The ranges of disk blocks of the extents, and of the entries that lead to nodes."""
    layout = program.layout
    header = layout.Header.decode(source.read(0, layout.HEADER_BYTES))
    pending, seen, extents, entries = [header.tree_root], set(), set(), set()
    while pending and len(seen) < _NODES:
        address = pending.pop(0)
        if address in seen or (address + layout.NODE_BLOCKS) * layout.BLOCK > source.size:
            continue
        seen.add(address)
        node = layout.Node(source.read(address * layout.BLOCK, layout.NODE_BYTES))
        spans = extents if node.type == layout.LEAF else entries
        spans |= {(entry.block_offset, entry.end) for entry in node.used}
        if node.type == layout.INTERNAL:
            pending += [entry.address for entry in node.used]
    return extents, entries


def _chosen(spans):
    """All spans, or where there are many: the first, the last, the longest, and some between."""
    if len(spans) <= _SPANS:
        return spans
    longest = sorted(spans, key=lambda span: span[0] - span[1])[: _SPANS // 4]
    step = (len(spans) - 1) / (_SPANS * 3 // 4 - 1)
    between = [spans[round(step * index)] for index in range(_SPANS * 3 // 4)]
    return sorted({*longest, *between})


class Outcome(NamedTuple):
    """What comes of a mutant.

    `stillborn`: it could not even be loaded. `list`: the number of the list of images that told it
    from the oracle, or None. `image`: its index there, None where the process was ended. `how`: the
    step and what was expected, the error, or what ended the process. `allowed`: no list convicts
    it, and what it does otherwise, in the step `how`, is allowed as well.
    """

    stillborn: bool
    list: int | None
    image: int | None
    how: str
    allowed: bool = False


class Jury:
    """Judges mutants in processes of their own, some at a time.

    `lists` are lists of images; a mutant that one of them tells apart is not judged by the next.
    """

    def __init__(self, codes, lists, jobs=2):
        self._codes = codes
        self._lists = lists
        self._jobs = jobs
        self._recent = [[] for _ in lists]
        self._running = {}

    def outcomes(self, mutants):
        """(mutant, outcome) of each of (mutant, module, code), in the order in which they end."""
        try:
            for mutant, module, code in mutants:
                while len(self._running) >= self._jobs:
                    yield self._wait()
                self._begin(mutant, module, code)
            while self._running:
                yield self._wait()
        finally:
            for process, (_, pipe) in self._running.items():
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
                os.close(pipe)
            self._running.clear()

    def _begin(self, mutant, module, code):
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            try:
                os.close(reading)
                self._judge(self._codes | {module: code}, writing)
            finally:
                os._exit(0)
        os.close(writing)
        self._running[process] = mutant, reading

    def _wait(self):
        process, status = os.wait()
        mutant, pipe = self._running.pop(process)
        with open(pipe, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        outcome = _outcome(lines, os.waitstatus_to_exitcode(status))
        if outcome.image is not None:
            recent = self._recent[outcome.list]
            if outcome.image in recent:
                recent.remove(outcome.image)
            recent.insert(0, outcome.image)
        return mutant, outcome

    def _judge(self, codes, pipe):
        """The work of a process: judges one mutant, and says on the pipe how far it came."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.alarm(_WALL_SECONDS)
        _limit_memory()
        _limit_time(_CPU_SECONDS)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.dup2(2, 1)

        def say(*words):
            os.write(pipe, (json.dumps(words) + "\n").encode())

        program, allowed = load(codes), ""
        for number, images in enumerate(self._lists):
            say("list", number)
            index, how = _killer(program, images, self._recent[number])
            if index is not None:
                say("killed", index, how)
                return
            allowed = allowed or how
        say("alive", allowed)


def _outcome(lines, code):
    """The outcome, from what a process said before it ended with a code or by a signal."""
    if not lines:
        return Outcome(True, None, None, "import")
    word, *rest = lines[-1]
    if word == "alive":
        return Outcome(False, None, None, rest[0], allowed=bool(rest[0]))
    if word == "killed":
        return Outcome(False, lines[-2][1], *rest)
    timed = code in (-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL)
    return Outcome(False, rest[0], None, "time" if timed else f"ended with {code}")


def _killer(program, images, recent):
    """The index of the first image that convicts a program, and how.

    (None, how) where all that it does otherwise is allowed; (None, "") where it does nothing so.
    """
    tried, allowed = set(recent), ""
    for index in [*recent, *(each for each in range(len(images)) if each not in tried)]:
        _limit_time(20 * images[index].seconds + _CPU_SECONDS)
        try:
            found = difference(program, images[index])
        except Exception as error:
            return index, type(error).__name__
        if found and not found.allowed:
            return index, found.how
        allowed = allowed or (found.how if found else "")
    return None, allowed


def _limit_time(seconds):
    """Ends this process after as much time of a processor from now on."""
    limit = int(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _limit_memory():
    """Ends requests for much more memory than this process has."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[0])
        limit = pages * resource.getpagesize() + _MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
