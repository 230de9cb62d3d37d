# SPDX-License-Identifier: Apache-2.0
"""Images assembled by hand, from the tables of the specification, for the tests."""

import struct

UUID = bytes(range(1, 17))


def extent(offset, blocks, address, previous=0, next_=0, flags=0, reserved=0):
    return struct.pack("<QQBBQIQ", previous, next_, flags, reserved, offset, blocks, address)


def entry(offset, blocks, address):
    return struct.pack("<QIQ", offset, blocks, address)


def leaf(*extents):
    return (b"\x02" + b"".join(extents)).ljust(4096, b"\0")


def internal(*entries):
    return (b"\x01" + b"".join(entries)).ljust(4096, b"\0")


class Image:
    """An image of `blocks` blocks: nodes by address, and bits and counters that agree with them.

    `header`, `map` and `bits` hold what is to differ from a clean image; `size` cuts or lengthens.
    """

    def __init__(self, blocks=4096, fixed=False, root=None, block_map=2):
        count = 1 + -(-blocks // 4096)
        self.blocks = blocks
        self._map_block = block_map
        self.header = {
            "signature": b"VCI\0",
            "version": 1,
            "blocks": blocks,
            "dirty": 0,
            "type": 2 if fixed else 1,
            "root": block_map + count if root is None else root,
            "map": block_map,
            "count": count,
            "uuid": UUID,
            "modification": bytes(16),
            "reserved": b"",
        }
        self.map = {"magic": b"VBLK", "version": 1, "reserved": b""}
        self.nodes = {self.header["root"]: leaf()}
        self.contents = {}
        self.metadata = {0, 1, *range(block_map, block_map + count)}
        self.data = set()
        self.set_bits = set()
        self.clear_bits = set()
        self.size = None

    @property
    def root(self):
        return self.header["root"]

    def own(self, address, blocks):
        """Marks the data of an extent as owned."""
        self.data.update(range(address, address + blocks))

    def put_leaf(self, address, *runs):
        """A leaf of (disk block, count, file block), whose data are owned."""
        self.nodes[address] = leaf(*(extent(*run) for run in runs))
        for _, count, start in runs:
            self.own(start, count)

    def build(self):
        owned = set(self.metadata)
        for address in self.nodes:
            owned.update(range(address, address + 8))
        data = self.data - owned
        bits = ((owned | data) | self.set_bits) - self.clear_bits
        counters = {
            "blocks": self.blocks,
            "free": self.blocks - len({bit for bit in bits if bit < self.blocks}),
            "meta": len(owned),
            "data": len(data),
        }
        last = max(owned | data)
        image = bytearray((self.blocks if self.header["type"] == 2 else last + 1) * 512)
        self._put_header(image)
        self._put_map(image, counters | self.map, bits)
        for address, content in self.contents.items():
            image[address * 512 : address * 512 + len(content)] = content
        for address, node in self.nodes.items():
            image[address * 512 : address * 512 + 4096] = node
        if self.size is not None:
            image = image[: self.size].ljust(self.size, b"\0")
        return bytes(image)

    def _put_header(self, image):
        image[:1024] = struct.pack("<4sIQBIQQI16s16s951s", *self.header.values())

    def _put_map(self, image, fields, bits):
        start = self._map_block * 512
        names = ("magic", "version", "blocks", "free", "meta", "data", "reserved")
        image[start : start + 512] = struct.pack("<4sIQQQQ472s", *(fields[name] for name in names))
        for bit in bits:
            image[start + 512 + bit // 8] |= 1 << bit % 8
