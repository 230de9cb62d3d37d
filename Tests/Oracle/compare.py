# SPDX-License-Identifier: Apache-2.0
"""Comparison of another program's verdicts with those of this reader and checker.

A line of version 2 is compared as Specs/Verdicts.md says. Of any other line the keys that it has
are compared, so it may consist of image, exit and findings; so are those of a line of the corpus's
manifest, which has area and id instead of an image, reads of its own choice, and no list of extents.
"""

import collections
import contextlib
import functools
import json
import multiprocessing
import os
import re
import zlib
from typing import NamedTuple

from checker import UNREADABLE
from source import occupied
from states import HIT, crc32_of
from verdicts import ImageVerdict, place_of_rule
from vci_oracle import open_source, to_json

_CHUNK = 16
_VERSION = 2
_DIGITS = re.compile(r"0|[1-9][0-9]{0,19}")
_MOST_PLACES = 16
_MOST_READS = 40
_MOST_HITS = 2**17


class Outcome(NamedTuple):
    """What comes of one line: how much was compared or left out, and the disagreements."""

    images: int = 0
    reads: int = 0
    segments: int = 0
    left_out: int = 0
    disagreements: tuple = ()


class _Comparison:
    """The comparison of one line of the verdicts, an object as JSON has it."""

    def __init__(self, line):
        self._line = line
        self._image = _name(line)
        self._whole = line.get("schema") == _VERSION and "image" in line
        self._reads = self._segments = 0
        self._disagreements = []

    def run(self, folder):
        if self._line.get("leftOut"):
            return Outcome(left_out=1)
        path = os.path.join(folder, self._image)
        try:
            with contextlib.closing(open_source(path)) as source:
                self._compare_image(source)
        except (OSError, zlib.error):
            self._expect("findings", self._line["findings"], [])
            self._expect("exit", int(self._line["exit"]), UNREADABLE)
            self._expect("reads", self._line.get("reads") or [], [])
        return Outcome(1, self._reads, self._segments, 0, tuple(self._disagreements))

    def _expect(self, what, file, oracle):
        if file != oracle:
            pair = {"image": self._image, "what": what, "file": file, "oracle": oracle}
            self._disagreements.append(to_json(pair))

    def _compare_image(self, source):
        verdict = ImageVerdict(source)
        self._compare_findings(verdict.examination)
        parts = verdict.parts()
        for key in parts.keys() | {"extents"}:
            if self._whole or key in self._line:
                self._expect(key, self._line.get(key), parts.get(key))
        if self._whole:
            self._compare_bytes_on_disk(source)
        reads = self._line["reads"] if self._whole else self._line.get("reads") or []
        if not verdict.examination.opens:
            self._expect("reads", reads, [])
        else:
            self._compare_reads(source, verdict.states, reads)

    def _compare_bytes_on_disk(self, source):
        """Which zeros are holes is not known: they are all or none of the blocks of zeros."""
        told, least = _number(self._line["bytesOnDisk"]), occupied(source)
        if not least <= told <= source.size:
            self._expect("bytesOnDisk", told, [least, source.size])

    def _compare_findings(self, seen):
        findings = self._line["findings"]
        self._expect("findings", _pairs(findings, "class"), _sorted(seen.findings))
        if self._line.get("schema") != _VERSION:
            return
        stages = _sorted(seen.stages)
        strange = [pair for pair in _pairs(findings, "stage") if pair not in stages]
        self._expect("stages", strange, [])
        order = [(place_of_rule(each["rule"]), int(each["offset"])) for each in findings]
        self._expect("order of findings", order, sorted(order))
        places = collections.Counter(each["rule"] for each in findings)
        self._expect("most places", max(places.values(), default=0) <= _MOST_PLACES, True)

    def _compare_reads(self, source, states, reads):
        hits = 0
        for read in reads:
            self._reads += 1
            comparison = _Read(source, states, read)
            for what, file, oracle in comparison.disagreements():
                self._expect(f"{comparison.name}: {what}", file, oracle)
            self._segments += len(read["segments"])
            hits += comparison.hits
        if self._whole:
            self._expect("at most 40 reads", len(reads) <= _MOST_READS, True)
            self._expect("at most 2^17 blocks of hits", hits <= _MOST_HITS, True)


class _Read:
    """The comparison of the segments of one read."""

    def __init__(self, source, states, read):
        self._source = source
        self._states = states
        self._segments = read["segments"]
        self._block, self._count = _number(read["block"]), _number(read["count"])
        self.name = f"read of {self._count} from {self._block}"
        self.hits = 0

    def disagreements(self):
        """What file and oracle say where they differ, as (what, file, oracle)."""
        position = self._block
        for segment in self._segments:
            block, count = _number(segment["block"]), _number(segment["count"])
            if block != position or count < 1:
                yield "segments without gaps", f"{count} from {block}", f"some from {position}"
                return
            position = block + count
            yield from self._compare(segment, block, position)
        end = self._block + self._count
        if position != end or self._count < 1:
            yield "end of the segments", str(position), f"{end}, of one block at least"

    def _compare(self, segment, start, end):
        """The same for one segment: block by block, and the CRC-32 of all of it."""
        pieces = list(self._states.pieces(start, end))
        may = segment["may"]
        for piece in pieces:
            if list(piece.may) != may:
                yield f"{piece.end - piece.start} from {piece.start}", may, list(piece.may)
        if HIT not in may:
            if "crc32" in segment:
                yield f"crc32 of {end - start} from {start}", segment["crc32"], None
            return
        self.hits += end - start
        if all(HIT in piece.may for piece in pieces):
            crc = crc32_of(self._source, pieces)
            if segment.get("crc32") != crc:
                yield f"crc32 of {end - start} from {start}", segment.get("crc32"), crc


def _name(line):
    """The path of a line's image."""
    if "image" in line:
        return line["image"]
    return os.path.join(str(line["area"]), f"{line['id']}.vci.z")


def _number(value):
    """A number from 0 on; ValueError if it is not a string of digits without leading zeros."""
    if not (isinstance(value, str) and _DIGITS.fullmatch(value)):
        raise ValueError(f"not a string of decimal digits: {value!r}")
    return int(value)


def _pairs(findings, key):
    """The sorted set of (rule, value of a key) of findings, each an object or such a pair."""
    return _sorted(
        (each["rule"], each[key]) if isinstance(each, dict) else (each[0], each[1])
        for each in findings
    )


def _sorted(pairs):
    """A sorted set of pairs, as JSON has it."""
    return [list(pair) for pair in sorted(set(pairs))]


def compare_line(text, folder):
    """The outcome of one line of the verdicts. A line that cannot be used disagrees."""
    try:
        return _Comparison(json.loads(text)).run(folder)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        problem = {"what": "line", "file": text.strip(), "oracle": repr(error)}
        return Outcome(1, disagreements=(to_json(problem),))


def compare(lines, folder, jobs):
    """The outcomes of all lines that are not blank, in order."""
    work = functools.partial(compare_line, folder=folder)
    lines = (line for line in lines if line.strip())
    if jobs == 1:
        yield from map(work, lines)
        return
    with multiprocessing.Pool(jobs) as pool:
        yield from pool.imap(work, lines, chunksize=_CHUNK)
