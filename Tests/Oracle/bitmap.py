# SPDX-License-Identifier: Apache-2.0
"""Counting in the bitmap, and lists of runs of blocks."""

from layout import BITS_PER_BLOCK, BLOCK
from source import data_pieces


class Bitmap:
    """The bits of a block map whose header block is block `address` of the file."""

    def __init__(self, source, address, map_blocks):
        self._source = source
        self._start = (address + 1) * BLOCK
        self.bits = (map_blocks - 1) * BITS_PER_BLOCK

    def ones(self, start, end):
        """How many of the bits from `start` to before `end` are set."""
        total = 0
        first = self._start + start // 8
        for offset, piece in data_pieces(self._source, first, self._start + -(-end // 8)):
            value = int.from_bytes(piece, "little")
            base = (offset - self._start) * 8
            if base + len(piece) * 8 > end:
                value &= (1 << (end - base)) - 1
            if base < start:
                value >>= start - base
            total += value.bit_count()
        return total

    def ones_in(self, runs):
        """How many bits are set in runs that do not overlap."""
        return sum(self.ones(start, end) for start, end in runs)

    def all_set(self, runs):
        """Whether every bit of runs that do not overlap is set."""
        return all(self.ones(start, end) == end - start for start, end in runs)


def union(runs):
    """The blocks that runs (start, end) hold, as sorted runs that neither overlap nor touch."""
    merged = []
    last = None
    for start, end in sorted(runs):
        if last is not None and start <= last:
            if end > last:
                last = end
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
            last = end
    return merged


def length(runs):
    """How many blocks runs that do not overlap hold."""
    return sum(end - start for start, end in runs)


def overlap(runs):
    """Whether any two of the runs, none of them empty, share a block."""
    last = None
    for start, end in sorted(runs):
        if last is not None and start < last:
            return True
        last = end
    return False


def meet(left, right):
    """Whether two unions share a block."""
    return length(left) + length(right) != length(union(left + right))
