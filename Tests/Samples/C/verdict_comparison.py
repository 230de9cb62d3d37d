# SPDX-License-Identifier: Apache-2.0
"""Compares a program's answers with a verdict, as Specs/Verdicts.md says."""

import zlib

from port import BLOCK

ON_ANOTHER_PATH = {"VCI-NODE-012", "VCI-INT-003"}


class VerdictComparison:
    """What a program answers about one image. `wrong` lists what is not allowed."""

    def __init__(self, session, image, line):
        self._session = session
        self._image = image
        self._line = line
        self.wrong = []
        self.answers = 0

    def run(self, writing):
        self._compare_probe()
        taken = self._compare_open("ro", self._line["openForReading"])
        if taken:
            for read in self._line["reads"]:
                self._compare_read(read)
            self._session.ask("close", handle="h")
            self._compare_extents()
        if writing and self._compare_open("rw", self._line["openForWriting"]):
            self._session.ask("close", handle="h")
        return self

    def _fail(self, what, came):
        self.wrong.append(f"{self._line['image']}: {what}: {came}")

    def _compare_probe(self):
        self.answers += 1
        answer = self._session.ask("probe", image=self._image)
        mine = self._line["probe"]["answers"] == ["mine"]
        if answer["outcome"] != ("ok" if mine else "refused"):
            self._fail("probe", answer)
        elif not mine and answer.get("rule") not in [None, *self._line["probe"]["rules"]]:
            self._fail("probe names a rule", answer)

    def _compare_open(self, mode, allowed):
        self.answers += 1
        answer = self._session.open(self._image, mode)
        if answer["outcome"] == "ok":
            state = "taken"
        elif answer["outcome"] == "refused" and answer.get("class") == "no-room":
            state = "no-room"
        else:
            state = answer["outcome"]
        if state not in allowed["answers"]:
            self._fail(f"open {mode}", answer)
        elif state == "refused" and answer.get("rule") not in [None, *allowed["rules"]]:
            self._fail(f"open {mode} names a rule", answer)
        return state == "taken"

    def _compare_read(self, read):
        """States of blocks come as runs (state, block, count); a refusal covers what is left of the
        request, and the read goes on one block behind."""
        block, end = int(read["block"]), int(read["block"]) + int(read["count"])
        pieces = []
        while block < end:
            self.answers += 1
            answer, data = self._session.read(block, end - block)
            if answer["outcome"] == "ok":
                block = self._take_runs(answer, data, block, end, pieces)
                if block is None:
                    return
                continue
            rules = set(self._line["damage"])
            if "VCI-NODE-004" in rules:
                rules |= ON_ANOTHER_PATH
            if answer["outcome"] != "refused" or answer.get("rule") not in rules | {None}:
                self._fail(f"read at {block}", answer)
                return
            left = [each for each in read["segments"] if _end(each) > block]
            if not any("refused" in segment["may"] for segment in left):
                self._fail(f"read at {block}: nothing may be refused", answer)
                return
            # It goes on behind the segment in which it was refused.
            block = min(_end(segment) for segment in left)
        self._compare_segments(read["segments"], pieces)

    def _take_runs(self, answer, data, block, end, pieces):
        start = block
        for run in answer["runs"]:
            count = int(run["count"])
            if int(run["block"]) != block or count < 1 or count > end - block:
                self._fail(f"read at {start}: runs", answer)
                return None
            place = (block - start) * BLOCK
            pieces.append((run["state"], block, count, data, place))
            block += count
        return block

    def _compare_segments(self, segments, pieces):
        for segment in segments:
            low, high = int(segment["block"]), int(segment["block"]) + int(segment["count"])
            crc, hits = 0, 0
            for state, block, count, data, place in pieces:
                first, last = max(low, block), min(high, block + count)
                if first >= last:
                    continue
                if state not in segment["may"]:
                    self._fail(f"block {first}", f"{state} instead of {segment['may']}")
                if state == "hit":
                    at = place + (first - block) * BLOCK
                    crc = zlib.crc32(data[at : at + (last - first) * BLOCK], crc)
                    hits += last - first
            if hits == high - low and f"{crc:08x}" != segment.get("crc32"):
                self._fail(f"bytes of {low}", f"{crc:08x}")

    def _compare_extents(self):
        expected = self._line.get("extents")
        if expected is None:
            return  # The corpus's manifest does not list them.
        self.answers += 1
        answer, came = self._session.extents(self._image)
        any_may = expected.get("may") == "any"
        if answer["outcome"] != "ok":
            if not any_may:
                self._fail("extents", answer)
        elif "extents" in expected:
            # Whether neighbours are joined is free, so blocks are compared.
            listed = [(int(each["block"]), int(each["count"])) for each in expected["extents"]]
            if _joined(came) != _joined(listed) and not any_may:
                self._fail("extents", came[:5])


def _end(segment):
    return int(segment["block"]) + int(segment["count"])


def _joined(pairs):
    joined = []
    for block, count in pairs:
        if joined and sum(joined[-1]) == block:
            joined[-1] = (joined[-1][0], joined[-1][1] + count)
        else:
            joined.append((block, count))
    return joined
