"""A naive generator: a valid image, one to three faults of fields, the counters often refitted.

What somebody writes in an afternoon to try a reader: images of one or two levels, laid out from
the front, whose fields are then set to odd values. It knows the layout and none of the rules.
"""

import random
import struct

from layout import BLOCK, NODE_BLOCKS, header, internal, leaf, map_blocks, map_header

HEADER_FIELDS = {
    "signature": (0, 4), "version": (4, 4), "blocks": (8, 8), "unclean": (16, 1), "type": (17, 4),
    "root": (21, 8), "map": (29, 8), "mapBlocks": (37, 4), "imageUUID": (41, 16),
    "modificationUUID": (57, 16), "reserved": (73, 951)}
MAP_FIELDS = {
    "magic": (0, 4), "version": (4, 4), "blocks": (8, 8), "free": (16, 8), "metadata": (24, 8),
    "data": (32, 8), "reserved": (40, 472)}
EXTENT_FIELDS = ((0, 8), (8, 8), (16, 1), (17, 1), (18, 8), (26, 4), (30, 8))
ENTRY_FIELDS = ((0, 8), (8, 4), (12, 8))


class Image:
    """A valid image: its parts, its fields and its extents."""

    def __init__(self, dice):
        self.dice = dice
        self.blocks = (4096 * dice.randint(1, 4) if dice.random() < 0.5
                       else dice.randint(1500, 20_000))
        self.root = 2 + map_blocks(self.blocks)
        self.next = self.root + NODE_BLOCKS
        self.extents = []
        self.nodes = {}
        self.disk = dice.choice([0, dice.randint(0, 100), dice.randint(0, 1 << 20)])
        if dice.random() < 0.5:
            self.nodes[self.root] = leaf(self.run(dice.randint(0, 20)))
        else:
            self.nodes[self.root] = internal(self.children(dice.randint(1, 6)))
        metadata = self.root + NODE_BLOCKS * len(self.nodes)
        data = sum(count for _, count, _ in self.extents)
        fixed = dice.random() < 0.3
        self.bytes = bytearray(BLOCK * self.next)
        self.size = BLOCK * (self.blocks if fixed else self.next)
        self.put(0, header(self.blocks, self.root, 2, cache_type=2 if fixed else 1,
                           image_uuid=dice.randbytes(16)))
        self.put(2 * BLOCK, map_header(self.blocks, self.blocks - metadata - data, metadata, data))
        self.set_bits(range(self.root), 1)
        for address, node in self.nodes.items():
            self.put(address * BLOCK, node)
            self.set_bits(range(address, address + NODE_BLOCKS), 1)
        for _, count, address in self.extents:
            self.set_bits(range(address, address + count), 1)
            for block in range(address, address + count):
                self.put(block * BLOCK, struct.pack("<Q", block * 0x9e3779b97f4a7c15 % 2**64) * 64)
        self.metadata, self.data = metadata, data

    def put(self, offset, data):
        self.bytes[offset:offset + len(data)] = data

    def set_bits(self, numbers, value):
        for number in numbers:
            self.bytes[3 * BLOCK + number // 8] |= value << number % 8

    def allocate(self, count):
        """The address of new blocks, sometimes with a gap before them."""
        self.next += self.dice.choice([0, 0, 0, 1, 5])
        self.next += count
        return self.next - count

    def run(self, number):
        """Ascending extents from the current disk block on, in any order in the file."""
        extents = []
        for _ in range(number):
            self.disk += self.dice.choice([0, 1, self.dice.randint(0, 50)])
            count = self.dice.randint(1, 8)
            extents.append((self.disk, count))
            self.disk += count
        order = list(range(number))
        if self.dice.random() < 0.5:
            self.dice.shuffle(order)
        places = {index: self.allocate(extents[index][1]) for index in order}
        made = [(*extent, places[index]) for index, extent in enumerate(extents)]
        self.extents += made
        return made

    def children(self, number):
        """The entries of a root that leads to leaves."""
        entries = []
        for _ in range(number):
            address = self.allocate(NODE_BLOCKS)
            first = self.disk
            self.nodes[address] = leaf(self.run(self.dice.randint(1, 20)))
            self.disk += self.dice.choice([0, 0, self.dice.randint(0, 20)])
            entries.append((first, self.disk - first, address))
        return entries

    def fields(self):
        """Offset and size of each field: of used slots, and of a slot more in each node."""
        yield from HEADER_FIELDS.values()
        for offset, size in MAP_FIELDS.values():
            yield 2 * BLOCK + offset, size
        yield 3 * BLOCK + self.dice.randrange(self.next // 8), 1
        for address, node in self.nodes.items():
            start = address * BLOCK
            yield start, 1
            stride, parts = (20, ENTRY_FIELDS) if node[0] == 1 else (38, EXTENT_FIELDS)
            used = 0
            while any(node[1 + stride * used:1 + stride * (used + 1)]):
                used += 1
            for slot in range(used + 1):
                for offset, size in parts:
                    yield start + 1 + stride * slot + offset, size

    def change(self, field, fields):
        """Sets a field to an odd value."""
        offset, size = field
        dice = self.dice
        if size > 16:
            offset += dice.randrange(size)
            size = 1
        bits = 8 * size
        old = int.from_bytes(self.bytes[offset:offset + size], "little")
        other = dice.choice([one for one in fields if one[1] == field[1]])
        value = dice.choice([
            lambda: 0, lambda: 1, lambda: -1, lambda: old + 1, lambda: old - 1, lambda: old + 8,
            lambda: old * 2, lambda: old ^ 1 << dice.randrange(bits),
            lambda: old ^ 1 << dice.randrange(bits), lambda: 1 << dice.randrange(bits),
            lambda: dice.getrandbits(bits), lambda: dice.getrandbits(min(bits, 12)),
            lambda: int.from_bytes(self.bytes[other[0]:other[0] + size], "little"),
        ])() % (1 << bits)
        self.put(offset, value.to_bytes(size, "little"))

    def refit(self):
        """Makes the counters agree with the number of blocks in the header again."""
        blocks = struct.unpack_from("<Q", self.bytes, 8)[0]
        free = (blocks - self.metadata - self.data) % 2**64
        self.put(2 * BLOCK + 8, struct.pack("<QQQQ", blocks, free, self.metadata, self.data))

    def spoil(self):
        """Makes one to three faults of fields."""
        fields = list(self.fields())
        for _ in range(self.dice.randint(1, 3)):
            self.change(self.dice.choice(fields), fields)
        if self.dice.random() < 0.5:
            self.refit()

    def reads(self):
        """Some random places, edges of some extents as planned and as they are now, and all."""
        dice = self.dice
        reads = [(0, self.disk + 20)]
        reads += [(dice.randint(0, self.disk + 20), dice.randint(1, 64)) for _ in range(8)]
        edges = [(block, count) for block, count, _ in self.extents]
        for address, node in self.nodes.items():
            if node[0] == 2 and address * BLOCK + 4096 <= len(self.bytes):
                for slot in range(20):
                    at = address * BLOCK + 1 + 38 * slot
                    edges.append(struct.unpack_from("<QI", self.bytes, at + 18))
        edges = [edge for edge in edges if edge[1]]
        for block, count in dice.sample(edges, min(len(edges), 12)):
            reads.append((max(block - 1, 0), 2))
            reads.append((min(block + count - 1, 2**64 - 3), 2))
        return [(block, min(count, 2**64 - 1 - block)) for block, count in reads
                if block < 2**64 - 1]

    def write(self, path):
        """Writes the image's file."""
        with open(path, "wb") as file:
            file.write(self.bytes)
            file.truncate(self.size)


def images(seed, number):
    """Yields spoiled images, one after the other from one seed."""
    dice = random.Random(seed)
    for _ in range(number):
        image = Image(dice)
        image.spoil()
        yield image


def first_found(reader, path, faults, seed, number, note=lambda text: None):
    """For each fault the number of the first image that shows it; the images are written to path.

    The reader without faults says what is right: any other behaviour of probe, open or a read
    shows the fault, another rule that is named does not.
    """
    found = {}
    for index, image in enumerate(images(seed, number), 1):
        alive = [fault for fault in faults if fault not in found]
        if not alive:
            break
        image.write(path)
        digests = reader.digests(path, [0, *alive], image.reads())
        for fault in alive:
            if digests[fault][0] != digests[0][0]:
                found[fault] = index
                note(f"fault {fault} found by image {index}")
    return found
