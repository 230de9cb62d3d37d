"""The structures of VCI images as bytes, from the tables of Specs/VCI.md."""

import struct

BLOCK = 512
NODE_BLOCKS = 8


def map_blocks(blocks):
    """The size of the block map of a cache, in blocks."""
    return 1 + (blocks + 4095) // 4096


def header(blocks, root, block_map, unclean=0, cache_type=1, map_size=None,
           image_uuid=b"\x11" * 16):
    """A header. `map_size` is the map's size in blocks, if not the right one."""
    map_size = map_blocks(blocks) if map_size is None else map_size
    fields = struct.pack("<4sIQBIQQI", b"VCI\0", 1, blocks, unclean, cache_type, root, block_map,
                         map_size & 0xffffffff)
    return (fields + image_uuid + b"\x22" * 16).ljust(1024, b"\0")


def map_header(blocks, free, metadata, data):
    """The first block of a block map."""
    return struct.pack("<4sIQQQQ", b"VBLK", 1, blocks, free, metadata, data).ljust(BLOCK, b"\0")


def leaf(extents):
    """A leaf. Each extent is (block, count, address) or (block, count, address, flags)."""
    slots = b"".join(
        struct.pack("<QQBBQIQ", 0, 0, extent[3] if len(extent) > 3 else 0, 0, *extent[:3])
        for extent in extents)
    return (b"\x02" + slots).ljust(4096, b"\0")


def internal(entries):
    """An internal node. Each entry is (block, count, address)."""
    return (b"\x01" + b"".join(struct.pack("<QIQ", *entry) for entry in entries)).ljust(4096, b"\0")
