# SPDX-License-Identifier: Apache-2.0
"""What the blocks of the disk may be, as far as the tree below the root says: Specs/Verdicts.md."""

import bisect
from typing import NamedTuple

from bitmap import union
from checksum import crc32
from judge import child_fault, covers, data_fault, node_faults
from layout import BLOCK, DISK_END, LEAF, LEVELS, NODE_BYTES, Node

HIT, MISS, REFUSED = "hit", "miss", "refused"


class Piece(NamedTuple):
    """Disk blocks from `start` to before `end`, each of which may be what `may` lists.

    `address` is the file block that stores the first of them, or None if none of them may be a hit.
    """

    start: int
    end: int
    may: tuple
    address: int | None


class States:
    """The states of the blocks of an image that opens.

    `extents` are the used and undamaged ones that are reached without going through damage, in
    ascending order. `damaged` are the blocks that may not be a hit although an extent or a node
    holds them, and `near` are those of nodes with a damaged single entry: sorted runs (start, end).
    `late` says that the image has a corruption of a stage later than touch.
    """

    def __init__(self, source, header, nodes=None, late=False):
        self._late = late
        walk = _Walk(source, header, dict(nodes or {}))
        walk.visit_root()
        self.extents = walk.extents
        self.damaged = union(walk.damaged)
        self.near = union(walk.near)
        self._starts = [extent.block_offset for extent in self.extents]

    def pieces(self, start, end):
        """The pieces from `start` to before `end`, each as long as it can be."""
        last = None
        for piece in self._cut(start, end):
            if last is not None and _continues(last, piece):
                last = last._replace(end=piece.end)
                continue
            if last is not None:
                yield last
            last = piece
        yield last

    def _cut(self, start, end):
        edges = {start, end, DISK_END}
        for runs in (self.damaged, self.near, self._ranges(start, end)):
            for run in runs:
                edges.update(run)
        edges = sorted(edge for edge in edges if start <= edge <= end)
        for low, high in zip(edges, edges[1:]):
            yield self._piece(low, high)

    def _ranges(self, start, end):
        """The ranges of all extents that hold blocks between `start` and `end`."""
        first = max(0, bisect.bisect_right(self._starts, start) - 1)
        last = bisect.bisect_left(self._starts, end)
        return ((extent.block_offset, extent.end) for extent in self.extents[first:last])

    def _piece(self, start, end):
        """A piece of blocks that are all alike."""
        if start >= DISK_END:
            return Piece(start, end, (MISS,), None)
        if _in_runs(self.damaged, start):
            return Piece(start, end, (MISS, REFUSED), None)
        extent = self._extent(start)
        doubtful = self._late or _in_runs(self.near, start)
        if extent is None:
            return Piece(start, end, (MISS, REFUSED) if doubtful else (MISS,), None)
        address = extent.address + start - extent.block_offset
        return Piece(start, end, (HIT, MISS, REFUSED) if doubtful else (HIT,), address)

    def _extent(self, block):
        """The extent that holds a block, or None."""
        index = bisect.bisect_right(self._starts, block) - 1
        if index < 0 or self.extents[index].end <= block:
            return None
        return self.extents[index]


class _Walk:
    """The walk over all that a reader comes to; level and cycles are those of the path to a node.

    Below undamaged entries ranges are disjoint, so no node with entries is come to twice.
    """

    def __init__(self, source, header, nodes):
        self._source = source
        self._header = header
        self._file_blocks = source.size // BLOCK
        self._nodes = nodes
        self._path = []
        self.extents = []
        self.damaged = []
        self.near = []

    def visit_root(self):
        self._visit(self._header.tree_root, 0, DISK_END)

    def _node(self, address):
        """The node at `address`, read once."""
        node = self._nodes.get(address)
        if node is None:
            node = Node(self._source.read(address * BLOCK, NODE_BYTES))
            self._nodes[address] = node
        return node

    def _visit(self, address, start, end):
        """Walks a node without whole-node damage, to which a range of the disk leads."""
        node = self._node(address)
        self._path.append(address)
        visit = self._visit_extent if node.type == LEAF else self._visit_entry
        if not all([visit(entry) for entry in node.used]):
            self.near.append((start, end))
        self._path.pop()

    def _damage(self, entry):
        self.damaged.append((entry.block_offset, entry.end))

    def _visit_extent(self, extent):
        """Whether an extent is undamaged."""
        if extent.flags or data_fault(extent, self._header.blocks, self._file_blocks):
            self._damage(extent)
            return False
        self.extents.append(extent)
        return True

    def _visit_entry(self, entry):
        """Whether an entry is undamaged as a single entry; its child may be damaged as a whole."""
        level = len(self._path)
        if level == LEVELS:
            self._damage(entry)
            return True
        misplaced = child_fault(entry, self._header.blocks, self._file_blocks)
        if misplaced or entry.address in self._path:
            self._damage(entry)
            return False
        child = self._node(entry.address)
        if any(node_faults(child, level + 1)) or not covers(entry, child.span):
            self._damage(entry)
        else:
            self._visit(entry.address, entry.block_offset, entry.end)
        return True


def crc32_of(source, pieces):
    """The CRC-32 of the bytes of pieces all of which may be hits, put together."""
    crc = 0
    for piece in pieces:
        start = piece.address * BLOCK
        crc = crc32(source, start, start + (piece.end - piece.start) * BLOCK, crc)
    return f"{crc:08x}"


def _continues(last, piece):
    """Whether `piece`, which begins where `last` ends, is more of the same."""
    if last.may != piece.may:
        return False
    return last.address is None or last.address + last.end - last.start == piece.address


def _in_runs(runs, block):
    """Whether one of sorted runs that do not overlap holds a block."""
    index = bisect.bisect_right(runs, (block, float("inf"))) - 1
    return index >= 0 and block < runs[index][1]
