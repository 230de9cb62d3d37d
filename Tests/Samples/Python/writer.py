# SPDX-License-Identifier: Apache-2.0
"""A simple writer: data goes to free blocks, and each flush makes the whole tree anew.

While an image is changed, four things are durable one after another: the flag; data and nodes, all
in blocks that the durable tree does not use; the header with the new root; at close the map, and
the flag again. So a crash leaves the tree of the last flush. What finds no room is dropped, and
extents are evicted where the new tree would find none.
"""

import os

import tree
from bitmap import length, union
from cached import Cached, Run
from checker import BIT_RULES, CORRUPTION, examine
from files import FULL, OpenFile, open_file, write_all
from layout import BLOCK, DISK_END, HEADER, MAGIC, MAP_HEADER, NODE_BLOCKS, NODE_BYTES, VERSION
from source import data_pieces
from states import States
from vci_port import Refused, Written

_FLAG = 16
_PIECE = 1 << 20


class Writer:
    """An image that is open for writing."""

    def __init__(self, path):
        self._file = open_file(path, writable=True)
        try:
            self._open()
        except BaseException:
            os.close(self._file)
            raise

    def _open(self):
        source = OpenFile(self._file)
        seen = examine(source)
        broken = sorted(rule for rule, kind in seen.findings if kind == CORRUPTION)
        severe = [rule for rule in broken if rule not in BIT_RULES]
        if severe or not seen.opens:
            raise Refused((severe or broken)[0])
        self.header = seen.header
        # Map and counters are never trusted: what is free follows from the tree.
        self._durable = seen.owned
        self._limit = self.header.blocks
        self._cached = Cached(
            Run(extent.block_offset, extent.blocks, extent.address)
            for extent in States(source, seen.header, seen.nodes).extents)
        self._nodes = len(seen.nodes)
        places = [start for start, end in self._free() if end - start >= NODE_BLOCKS]
        if not places:
            raise Refused(cls="no-room", message="no free blocks for a node")
        self._reserve = places[0], places[0] + NODE_BLOCKS
        self._begun = self._changed = self._failed = False

    # Reading

    def read(self, block, count):
        """Yields bytes of hits, and numbers of blocks that are not cached."""
        for start, end, address in self._cached.pieces(block, block + count):
            if address is None:
                yield end - start
                continue
            for offset in range(0, (end - start) * BLOCK, _PIECE):
                amount = min(_PIECE, (end - start) * BLOCK - offset)
                yield OpenFile(self._file).read(address * BLOCK + offset, amount)

    # Free blocks

    def _free(self, cached=None):
        """The runs of blocks that neither the durable tree uses nor data for the next one."""
        runs = (self._cached if cached is None else cached).runs
        used = union(self._durable + [(run.address, run.address + run.count) for run in runs])
        free, last = [], 0
        for start, end in used + [(self._limit, self._limit)]:
            if last < min(start, self._limit):
                free.append((last, min(start, self._limit)))
            last = max(last, end)
        return free

    def _take(self, count):
        """Free runs for `count` blocks of data, from the lowest on; None: there are too few."""
        taken = []
        for start, end in self._free():
            for low, high in ((start, min(end, self._reserve[0])), (max(start, self._reserve[1]), end)):
                if low < high and count:
                    amount = min(count, high - low)
                    taken.append((low, low + amount))
                    count -= amount
        return None if count else taken

    def _fits(self, cached):
        """Whether there is room for the tree of what is cached, and then for a copy of any path in it.

        Who opens the image next may need that much. The nodes of now are free by then.
        """
        levels = tree.plan(cached.runs)
        if levels is None:
            return False
        places = sum((end - start) // NODE_BLOCKS for start, end in self._free(cached))
        size = tree.size(levels)
        return size <= places and len(levels) <= places - size + self._nodes

    def _fit(self):
        """Evicts until there is room for the tree. Returns what was evicted."""
        evicted = []
        while not self._fits(self._cached):
            for _ in range(1 + len(self._cached.runs) // 16):
                evicted.append(self._cached.evict())
        return [(run.block, run.count) for run in evicted]

    # Changing

    def write(self, block, data):
        """Caches blocks, or drops them."""
        count = len(data) // BLOCK
        end = min(block + count, DISK_END)
        dropped = [(max(block, DISK_END), block + count - max(block, DISK_END))]
        evicted = []
        if block < end:
            self._begin()
            if not self._store(block, end, data):
                self._cached.cut(block, end)
                evicted = self._fit()
                dropped.insert(0, (block, end - block))
            self._changed = True
        return Written(count, evicted=evicted, dropped=[run for run in dropped if run[1] > 0])

    def _store(self, block, end, data):
        """Writes data to free blocks. False, and nothing is cached of it: there is no room."""
        taken = self._take(end - block)
        if taken is None:
            return False
        cached = self._cached.copy()
        place, pieces = block, []
        for low, high in taken:
            cached.put(Run(place, high - low, low))
            pieces.append((low, data[(place - block) * BLOCK:(place + high - low - block) * BLOCK]))
            place += high - low
        if not self._fits(cached):
            return False
        try:
            for low, piece in pieces:
                write_all(self._file, piece, low * BLOCK)
        except OSError as error:
            self._judge_full(error)
            return False
        self._cached = cached
        return True

    def _judge_full(self, error):
        """From now on the cache ends where the file does, if the disk is full."""
        if error.errno not in FULL:
            raise error
        self._limit = min(self._limit, os.fstat(self._file).st_size // BLOCK)

    def discard(self, block, count):
        end = min(block + count, DISK_END)
        if block < end and self._cached.holds_any(block, end):
            self._begin()
            self._cached.cut(block, end)
            self._fit()
            self._changed = True

    def set_moduuid(self, uuid):
        """Stores the UUID, once all that was written before is durable."""
        self._begin()
        self.flush()
        self.header = self.header._replace(modification_uuid=uuid.bytes_le)
        self._write_header()

    def _begin(self):
        """Makes the flag durable before the first change, and reserves room for one node."""
        self._require_intact()
        if self._begun:
            return
        self.header = self.header._replace(unclean_shutdown=1)
        self._write_header()
        self._begun = True
        if OpenFile(self._file).size < self._reserve[1] * BLOCK:
            try:
                write_all(self._file, bytes(NODE_BYTES), self._reserve[0] * BLOCK)
            except OSError as error:
                self._judge_full(error)
                raise Refused(cls="space", message=str(error)) from error

    def _sync(self):
        """Makes durable what was written. If that fails, what the disk has is unknown."""
        try:
            os.fsync(self._file)
        except OSError as error:
            self._failed = True
            raise Refused(cls="space" if error.errno in FULL else "io", message=str(error)) from error

    def _require_intact(self):
        """Refuses all changes after a flush that failed: the image stays as it last was durable."""
        if self._failed:
            raise Refused(cls="io", message="a flush of the file failed before")

    def _write_header(self):
        write_all(self._file, HEADER.pack(*self.header)[:BLOCK], 0)
        self._sync()

    def flush(self):
        """Makes durable what was written."""
        self._require_intact()
        if not self._changed:
            return
        self._fit()
        while (root := self._write_tree()) is None:
            self._fit()
        self._sync()
        old = self.header.tree_root
        self.header = self.header._replace(tree_root=root)
        self._write_header()
        self._durable = union(self._metadata + [
            (run.address, run.address + run.count) for run in self._cached.runs])
        self._reserve = old, old + NODE_BLOCKS
        self._changed = False

    def _write_tree(self):
        """Writes all nodes; returns the address of the root, or None if the disk is full."""
        levels = tree.plan(self._cached.runs)
        places = (
            place for start, end in self._free()
            for place in range(start, end - NODE_BLOCKS + 1, NODE_BLOCKS))
        written = []
        try:
            for address, data in tree.nodes(levels, self._cached.runs, places):
                write_all(self._file, data, address * BLOCK)
                written.append((address, address + NODE_BLOCKS))
        except OSError as error:
            self._judge_full(error)
            return None
        block_map = self.header.block_map
        self._nodes = len(written)
        self._metadata = written + [
            (0, 2), (block_map, block_map + self.header.block_map_blocks)]
        return address

    # Closing

    def close(self):
        try:
            self.flush()
            if self._begun:
                self._write_map()
                self._sync()
                self.header = self.header._replace(unclean_shutdown=0)
                self._write_header()
        except OSError as error:
            if error.errno in FULL:
                raise Refused(cls="space", message=str(error)) from error
            raise
        finally:
            os.close(self._file)

    def _write_map(self):
        """Writes counters, and those pieces of the bitmap that differ."""
        header = self.header
        metadata = 2 + header.block_map_blocks + self._nodes * NODE_BLOCKS
        owned = length(self._durable)
        write_map_header(
            self._file, header.block_map, header.blocks, header.blocks - owned, metadata,
            owned - metadata)
        write_bits(self._file, header.block_map, header.block_map_blocks, self._durable)


def write_map_header(file, address, *counters):
    write_all(file, MAP_HEADER.pack(MAGIC, VERSION, *counters, b""), address * BLOCK)


def write_bits(file, block_map, map_blocks, owned):
    """Makes the bits of `owned` set and all others clear. Holes stay where they can."""
    start, end = (block_map + 1) * BLOCK, (block_map + map_blocks) * BLOCK
    source = OpenFile(file)
    touched = {(offset - start) // _PIECE for offset, _ in data_pieces(source, start, end)}
    touched |= {(offset + len(data) - 1 - start) // _PIECE
                for offset, data in data_pieces(source, start, end)}
    for low, high in owned:
        touched.update(range(low // 8 // _PIECE, (high - 1) // 8 // _PIECE + 1))
    for piece in sorted(touched):
        first = start + piece * _PIECE
        size = min(_PIECE, end - first)
        bits = _bits(owned, piece * _PIECE * 8, size)
        have = source.read(first, size) if first + size <= source.size else b""
        if bits != have:
            write_all(file, bits, first)


def _bits(owned, base, size):
    """The bitmap, `size` bytes, of the blocks from `base` on."""
    value, end = bytearray(size), base + size * 8
    for low, high in owned:
        low, high = max(low, base) - base, min(high, end) - base
        if low >= high:
            continue
        first, last = low // 8, (high - 1) // 8
        if first == last:
            value[first] |= (0xFF << low % 8) & (0xFF >> 7 - (high - 1) % 8) & 0xFF
            continue
        value[first] |= (0xFF << low % 8) & 0xFF
        value[first + 1:last] = b"\xff" * (last - first - 1)
        value[last] |= 0xFF >> 7 - (high - 1) % 8
    return bytes(value)
