# SPDX-License-Identifier: Apache-2.0
"""Reads: the answer of an image that was opened for reading to a request for blocks of the disk."""

from typing import NamedTuple

from checksum import crc32
from judge import (
    child_fault,
    covers,
    data_fault,
    header_faults,
    map_faults,
    node_faults,
    probe_fault,
)
from layout import (
    BLOCK,
    DISK_END,
    HEADER_BYTES,
    INTERNAL,
    LEVELS,
    NODE_BYTES,
    Header,
    MapHeader,
    Node,
)

_REFUSED_HEADERS = {f"VCI-HDR-{number:03}" for number in range(3, 10)} | {"VCI-FILE-005"}


class Refused(Exception):
    """An open or a read that damage refuses; its argument is the rule that is broken."""

    @property
    def rule(self):
        return self.args[0]


class _Judged(NamedTuple):
    """A node, and the first rule for which it is damaged as a whole, or None."""

    node: Node
    fault: str | None


class Hit(NamedTuple):
    """`blocks` blocks, stored from block `address` of the file on."""

    blocks: int
    address: int


class Miss(NamedTuple):
    """`blocks` blocks that are not cached."""

    blocks: int


class Refusal(NamedTuple):
    """A read that was refused, and the first rule that was broken."""

    rule: str


class Reader:
    """An image, opened for reading. Opening one that is damaged raises Refused."""

    def __init__(self, source):
        self._source = source
        self._file_blocks = source.size // BLOCK
        self._nodes = {}
        self._refuse(probe_fault(source))
        self._header = Header.decode(source.read(0, HEADER_BYTES))
        self._open()
        self._root = self._node(self._header.tree_root, 1).node

    def _open(self):
        header = self._header
        for rule in header_faults(header, self._source.size):
            self._refuse(rule if rule in _REFUSED_HEADERS else None)
        block_map = MapHeader.decode(self._source.read(header.block_map * BLOCK, BLOCK))
        self._refuse(next(map_faults(block_map, header.blocks), None))
        self._refuse(self._node(header.tree_root, 1).fault)

    def read(self, block, count):
        """The answer to a request for `count` blocks of the disk, 1 at least, from `block` on."""
        if block < 0 or count < 1:
            raise ValueError("a request is for one block at least, from block 0 on")
        if block >= DISK_END:
            return Miss(count)
        try:
            extent = self._extent(block)
        except Refused as refused:
            return Refusal(refused.rule)
        if extent:
            start = block - extent.block_offset
            return Hit(min(count, extent.blocks - start), extent.address + start)
        end = block + count
        stop = self._next(self._root, [self._header.tree_root], block, end)
        return Miss(count if stop is None else min(count, stop - block))

    def crc32(self, hit):
        """The CRC-32 of the bytes that a hit delivers."""
        start = hit.address * BLOCK
        return crc32(self._source, start, start + hit.blocks * BLOCK)

    @staticmethod
    def _refuse(rule):
        if rule:
            raise Refused(rule)

    def _node(self, address, level):
        """The node at `address`, read once and judged as one at `level`."""
        key = address, level == LEVELS
        judged = self._nodes.get(key)
        if judged is None:
            node = Node(self._source.read(address * BLOCK, NODE_BYTES))
            judged = _Judged(node, next(node_faults(node, level), None))
            self._nodes[key] = judged
        return judged

    def _come_to(self, entry, path):
        """The child of an entry of the last node of `path`, the addresses from the root on."""
        if len(path) == LEVELS:
            raise Refused("VCI-NODE-012")
        self._refuse(child_fault(entry, self._header.blocks, self._file_blocks))
        if entry.address in path:
            raise Refused("VCI-NODE-004")
        child = self._node(entry.address, len(path) + 1)
        self._refuse(child.fault)
        if not covers(entry, child.node.span):
            raise Refused("VCI-INT-003")
        return child.node

    def _extent(self, block):
        """The whole extent that holds a disk block, or None."""
        node, path = self._root, [self._header.tree_root]
        while entry := _holder(node.used, block):
            if node.type != INTERNAL:
                self._refuse(data_fault(entry, self._header.blocks, self._file_blocks))
                self._refuse("VCI-EXT-007" if entry.flags else None)
                return entry
            node = self._come_to(entry, path)
            path.append(entry.address)
        return None

    def _next(self, node, path, block, end):
        """Where, from `block` on and before `end`, the first extent or damage below a node starts.

        None where there is none. `path` leads from the root to the node; nothing holds `block`.
        """
        for entry in sorted(node.used, key=lambda each: each.block_offset):
            if entry.block_offset >= end:
                return None
            if entry.end <= block:
                continue
            if node.type != INTERNAL:
                return entry.block_offset
            stop = self._next_below(entry, path, block, end)
            if stop is not None:
                return stop
        return None

    def _next_below(self, entry, path, block, end):
        """The same below an entry of the last node of `path`."""
        try:
            child = self._come_to(entry, path)
        except Refused:
            return entry.block_offset
        return self._next(child, path + [entry.address], block, end)


def _holder(used, block):
    """The used entry that holds a disk block, or None."""
    for entry in used:
        if entry.block_offset <= block < entry.end:
            return entry
    return None
