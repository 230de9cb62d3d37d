# SPDX-License-Identifier: Apache-2.0
"""The structures of a VCI file: header, block map header and nodes, as they lie in the file."""

import struct
from typing import NamedTuple

BLOCK = 512
HEADER_BLOCKS = 2
HEADER_BYTES = HEADER_BLOCKS * BLOCK
NODE_BLOCKS = 8
NODE_BYTES = NODE_BLOCKS * BLOCK
BITS_PER_BLOCK = 8 * BLOCK
MOST_BLOCKS = (2**32 - 2) * BITS_PER_BLOCK
DISK_END = 2**54
LEVELS = 16

SIGNATURE = b"VCI\0"
MAGIC = b"VBLK"
VERSION = 1
DYNAMIC, FIXED = 1, 2
INTERNAL, LEAF = 1, 2

HEADER = struct.Struct("<4sIQBIQQI16s16s951s")
MAP_HEADER = struct.Struct("<4sIQQQQ472s")
EXTENT = struct.Struct("<QQBBQIQ")
ENTRY = struct.Struct("<QIQ")
EXTENTS_PER_LEAF = 107
ENTRIES_PER_NODE = 204


def map_blocks(blocks):
    """The blocks of the map, its header block included, of a cache of `blocks` blocks."""
    return 1 + -(-blocks // BITS_PER_BLOCK)


def in_range(address, count, blocks):
    """Whether `count` blocks from `address` on lie from block 2 on and before the cache's end."""
    return address >= HEADER_BLOCKS and address + count <= blocks


class Header(NamedTuple):
    """The header at block 0."""

    signature: bytes
    version: int
    blocks: int
    unclean_shutdown: int
    cache_type: int
    tree_root: int
    block_map: int
    block_map_blocks: int
    image_uuid: bytes
    modification_uuid: bytes
    reserved: bytes

    @classmethod
    def decode(cls, data):
        return cls._make(HEADER.unpack(data))

    @property
    def dirty(self):
        return self.unclean_shutdown == 1


class MapHeader(NamedTuple):
    """The first block of the block map."""

    magic: bytes
    version: int
    blocks: int
    free: int
    metadata: int
    data: int
    reserved: bytes

    @classmethod
    def decode(cls, data):
        return cls._make(MAP_HEADER.unpack(data))


class Extent(NamedTuple):
    """An entry of a leaf."""

    previous: int
    next: int
    flags: int
    reserved: int
    block_offset: int
    blocks: int
    address: int

    @property
    def end(self):
        return self.block_offset + self.blocks


class Entry(NamedTuple):
    """An entry of an internal node; its address is that of the child."""

    block_offset: int
    blocks: int
    address: int

    @property
    def end(self):
        return self.block_offset + self.blocks


_SHAPES = {
    INTERNAL: (ENTRY, ENTRIES_PER_NODE, Entry._make),
    LEAF: (EXTENT, EXTENTS_PER_LEAF, Extent._make),
}


class Node:
    """A node, decoded: its used entries in slot order, and what its other slots are like.

    `gap`: a used entry stands behind an unused one. `half_zero`: some entry is. `stray`: bytes of
    unused entries or of the padding are not zero. `span`: the least range of disk blocks around
    the used entries, or None if there are none. A node of an unknown type has no entries.
    """

    __slots__ = ("type", "used", "gap", "half_zero", "stray", "span")

    def __init__(self, data):
        self.type = data[0]
        self.used = []
        self.gap = self.half_zero = self.stray = False
        shape = _SHAPES.get(self.type)
        if shape:
            self._decode(data, *shape)
        self.span = self._span()

    def _decode(self, data, shape, capacity, make):
        length = len(data.rstrip(b"\0")) - 1
        slots = -(-length // shape.size)
        if length > capacity * shape.size:
            slots = capacity
            self.stray = True
        unused = False
        for record in shape.iter_unpack(data[1 : 1 + slots * shape.size]):
            count, address = record[-2:]
            if count and address:
                self.gap = self.gap or unused
                self.used.append(make(record))
            elif count or address:
                self.half_zero = True
            else:
                unused = True
                self.stray = self.stray or any(record)

    def _span(self):
        if not self.used:
            return None
        low = min(entry.block_offset for entry in self.used)
        return low, max(entry.end for entry in self.used)
