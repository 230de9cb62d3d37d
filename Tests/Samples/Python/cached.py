# SPDX-License-Identifier: Apache-2.0
"""Which blocks of the disk are cached, and where: runs that ascend and do not overlap."""

import bisect
from typing import NamedTuple

MOST = 2**32 - 1


class Run(NamedTuple):
    """`count` blocks of the disk from `block` on, stored from file block `address` on."""

    block: int
    count: int
    address: int

    @property
    def end(self):
        return self.block + self.count

    def part(self, start, end):
        return Run(start, end - start, self.address + start - self.block)


class Cached:
    """The runs of an image."""

    def __init__(self, runs=()):
        self.runs = list(runs)

    def copy(self):
        return Cached(self.runs)

    def _overlapping(self, block, end):
        """The indices of the runs that hold any block from `block` to before `end`."""
        first = bisect.bisect_left(self.runs, (block,))
        if first and self.runs[first - 1].end > block:
            first -= 1
        return first, max(first, bisect.bisect_left(self.runs, (end,)))

    def holds_any(self, block, end):
        first, last = self._overlapping(block, end)
        return first < last

    def cut(self, block, end):
        """Removes the blocks from `block` to before `end`."""
        first, last = self._overlapping(block, end)
        kept = []
        if first < last:
            left, right = self.runs[first], self.runs[last - 1]
            if left.block < block:
                kept.append(left.part(left.block, block))
            if right.end > end:
                kept.append(right.part(end, right.end))
        self.runs[first:last] = kept

    def put(self, run):
        """Adds a run in place of what is cached of its blocks, joined to one that it continues."""
        self.cut(run.block, run.end)
        index = bisect.bisect_left(self.runs, (run.block,))
        if index:
            before = self.runs[index - 1]
            joins = before.end == run.block and before.address + before.count == run.address
            if joins and before.count + run.count <= MOST:
                index -= 1
                del self.runs[index]
                run = Run(before.block, before.count + run.count, before.address)
        self.runs.insert(index, run)

    def evict(self):
        """Removes a run, and returns it."""
        return self.runs.pop()

    def pieces(self, block, end):
        """Runs and gaps from `block` to before `end`: (first block, end, address or None)."""
        first, last = self._overlapping(block, end)
        for run in self.runs[first:last]:
            start, stop = max(block, run.block), min(end, run.end)
            if block < start:
                yield block, start, None
            yield start, stop, run.address + start - run.block
            block = stop
        if block < end:
            yield block, end, None
