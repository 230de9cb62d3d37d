# SPDX-License-Identifier: Apache-2.0
"""What a header, a map's header, a node or an entry breaks by itself.

The functions yield the rules that are broken in the order in which the reference asks them; rules
that it does not ask at all come last.
"""

from layout import (
    BITS_PER_BLOCK,
    BLOCK,
    DISK_END,
    DYNAMIC,
    FIXED,
    HEADER_BLOCKS,
    HEADER_BYTES,
    INTERNAL,
    LEAF,
    LEVELS,
    MAGIC,
    MOST_BLOCKS,
    NODE_BLOCKS,
    SIGNATURE,
    VERSION,
    Header,
    in_range,
    map_blocks,
)


def probe_fault(source):
    """The first rule of stage probe that is broken, or None."""
    if source.size < HEADER_BYTES:
        return "VCI-FILE-001"
    header = Header.decode(source.read(0, HEADER_BYTES))
    if header.signature != SIGNATURE:
        return "VCI-HDR-001"
    return None if header.version == VERSION else "VCI-HDR-002"


def header_faults(header, size):
    """The rules of the header group that a header in a file of `size` bytes breaks."""
    blocks = header.blocks
    sized = HEADER_BLOCKS + map_blocks(blocks) + NODE_BLOCKS <= blocks <= MOST_BLOCKS
    if not sized:
        yield "VCI-HDR-003"
    if header.unclean_shutdown not in (0, 1):
        yield "VCI-HDR-004"
    if header.cache_type not in (DYNAMIC, FIXED):
        yield "VCI-HDR-005"
    if sized:
        yield from _place_faults(header, size // BLOCK)
    yield from _soft_header_faults(header, size, sized)


def _place_faults(header, file_blocks):
    """The rules about the places of map and root; `blocks` is legal."""
    root, first, count = header.tree_root, header.block_map, header.block_map_blocks
    map_counted = count == map_blocks(header.blocks)
    root_placed = in_range(root, NODE_BLOCKS, header.blocks)
    map_placed = map_counted and in_range(first, count, header.blocks)
    if not map_counted:
        yield "VCI-HDR-009"
    if not root_placed:
        yield "VCI-HDR-006"
    if map_counted and not map_placed:
        yield "VCI-HDR-007"
    if root_placed and map_placed and root < first + count and first < root + NODE_BLOCKS:
        yield "VCI-HDR-008"
    if map_placed and first + count > file_blocks:
        yield "VCI-FILE-005"
    if root_placed and root + NODE_BLOCKS > file_blocks:
        yield "VCI-FILE-005"


def _soft_header_faults(header, size, sized):
    """The rules of the header group for which nobody refuses."""
    if size % BLOCK:
        yield "VCI-FILE-002"
    if sized and size > header.blocks * BLOCK:
        yield "VCI-FILE-003"
    if sized and header.cache_type == FIXED and size < header.blocks * BLOCK:
        yield "VCI-FILE-004"
    if any(header.reserved):
        yield "VCI-HDR-010"
    if not any(header.image_uuid):
        yield "VCI-HDR-011"
    if sized and header.blocks % BITS_PER_BLOCK:
        yield "VCI-HDR-012"
    if header.dirty:
        yield "VCI-SHD-001"


def map_faults(block_map, blocks):
    """The rules of class corruption that a map's header breaks, of a cache of `blocks` blocks."""
    if block_map.magic != MAGIC:
        yield "VCI-MAP-001"
    elif block_map.version != VERSION:
        yield "VCI-MAP-002"
    elif block_map.blocks != blocks:
        yield "VCI-MAP-003"
    elif block_map.free + block_map.metadata + block_map.data != blocks:
        yield "VCI-MAP-004"


def node_faults(node, level):
    """The rules that a node at `level` breaks and for which it is damaged as a whole."""
    if node.type not in (INTERNAL, LEAF):
        yield "VCI-NODE-001"
        return
    if node.gap:
        yield "VCI-NODE-006"
    if node.half_zero:
        yield "VCI-NODE-007"
    if node.type == LEAF:
        yield from _order_faults(node.used, "VCI-EXT-001", "VCI-EXT-002")
        return
    if not node.used:
        yield "VCI-NODE-009"
    if level < LEVELS:
        yield from _order_faults(node.used, "VCI-INT-001", "VCI-INT-002")


def _order_faults(used, order, bound):
    last = 0
    ascending = bounded = True
    for entry in used:
        start = entry.block_offset
        if start < last:
            ascending = False
        last = start + entry.blocks
        if last > DISK_END:
            bounded = False
    if not ascending:
        yield order
    if not bounded:
        yield bound


def child_fault(entry, blocks, file_blocks):
    """The rule that the place of an entry's child breaks, or None."""
    return _address_fault(entry.address, NODE_BLOCKS, blocks, file_blocks, "VCI-NODE-002")


def data_fault(extent, blocks, file_blocks):
    """The rule that the place of an extent's data breaks, or None."""
    return _address_fault(extent.address, extent.blocks, blocks, file_blocks, "VCI-EXT-003")


def _address_fault(address, count, blocks, file_blocks, rule):
    if not in_range(address, count, blocks):
        return rule
    return "VCI-FILE-006" if address + count > file_blocks else None


def covers(entry, span):
    """Whether the used entries of a child, which lie in `span`, keep VCI-INT-003."""
    return span is None or (entry.block_offset <= span[0] and span[1] <= entry.end)
