# SPDX-License-Identifier: Apache-2.0
"""Comparison of another program's verdicts and answers with those of this reader and checker."""

import contextlib
import functools
import json
import multiprocessing
import os
import zlib
from typing import NamedTuple

from vci_oracle import Reader, Refused, Verdict, answer, check, open_source, to_json

_CHUNK = 16


class Outcome(NamedTuple):
    """What comes of one line: how many reads were compared, and the disagreements."""

    reads: int
    disagreements: list


class _Comparison:
    """The comparison of one line of the verdicts, an object as JSON has it."""

    def __init__(self, line):
        self._line = line
        self._image = _name(line)
        self._reads = 0
        self._disagreements = []

    def run(self, folder):
        path = os.path.join(folder, self._image)
        try:
            with contextlib.closing(open_source(path)) as source:
                self._compare_verdict(check(source))
                self._compare_reads(source)
        except (OSError, zlib.error):
            self._compare_verdict(Verdict(1, ()))
            self._expect("reads", self._line.get("reads") or [], [])
        return Outcome(self._reads, self._disagreements)

    def _expect(self, what, file, oracle):
        if file != oracle:
            pair = {"image": self._image, "what": what, "file": file, "oracle": oracle}
            self._disagreements.append(to_json(pair))

    def _compare_verdict(self, verdict):
        findings = [list(pair) for pair in verdict.findings]
        self._expect("findings", _findings(self._line), findings)
        self._expect("exit", int(self._line["exit"]), verdict.exit)

    def _compare_reads(self, source):
        reads = self._line.get("reads") or []
        if not reads:
            return
        try:
            reader = Reader(source)
        except Refused as refused:
            self._expect("reads", reads, f"the open is refused: {refused.rule}")
            return
        for read in reads:
            self._reads += 1
            block, count = int(read["block"]), int(read["count"])
            oracle = answer(reader, block, count)
            self._expect(f"read of {count} from {block}", _answer(read), oracle)


def _name(line):
    """The path of a line's image."""
    if "image" in line:
        return line["image"]
    return os.path.join(str(line["area"]), f"{line['id']}.vci.z")


def _findings(line):
    """The sorted set of a line's (rule, class) pairs."""
    pairs = {
        (each["rule"], each["class"]) if isinstance(each, dict) else (each[0], each[1])
        for each in line["findings"]
    }
    return [list(pair) for pair in sorted(pairs)]


def _answer(read):
    """The part of a read that is its answer, in the form in which `answer` gives it."""
    fields = {"answer": read["answer"]}
    if read["answer"] in ("hit", "miss"):
        fields["blocks"] = str(int(read["blocks"]))
    if read["answer"] == "hit":
        fields["crc32"] = read["crc32"]
    if read["answer"] == "refused":
        fields["rule"] = read["rule"]
    return fields


def compare_line(text, folder):
    """The outcome of one line of the verdicts. A line that cannot be used disagrees."""
    try:
        return _Comparison(json.loads(text)).run(folder)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        problem = {"what": "line", "file": text.strip(), "oracle": repr(error)}
        return Outcome(0, [to_json(problem)])


def compare(lines, folder, jobs):
    """The outcomes of all lines that are not blank, in order."""
    work = functools.partial(compare_line, folder=folder)
    lines = (line for line in lines if line.strip())
    if jobs == 1:
        yield from map(work, lines)
        return
    with multiprocessing.Pool(jobs) as pool:
        yield from pool.imap(work, lines, chunksize=_CHUNK)
