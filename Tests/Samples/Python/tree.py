# SPDX-License-Identifier: Apache-2.0
"""A tree of nodes for ascending runs of blocks, made anew as a whole."""

from layout import ENTRIES_PER_NODE, ENTRY, EXTENT, EXTENTS_PER_LEAF, INTERNAL, LEAF, LEVELS, NODE_BYTES

WIDEST = 2**32 - 1


def plan(runs):
    """The levels of the tree, leaves first, each a list of ranges of what is below; None: there is none.

    A child covers fewer than 2^32 blocks of the disk, so runs that lie far apart may need more
    entries than a root has.
    """
    spans = [(run.block, run.end) for run in runs]
    capacity, levels = EXTENTS_PER_LEAF, []
    while len(spans) > capacity:
        groups = _grouped(spans, capacity)
        if levels and len(groups) == len(spans) or len(levels) == LEVELS - 1:
            return None
        levels.append(groups)
        spans = [(spans[first][0], spans[end - 1][1]) for first, end in groups]
        capacity = ENTRIES_PER_NODE
    return levels + [[(0, len(spans))]]


def size(levels):
    """How many nodes the tree has."""
    return sum(map(len, levels))


def _grouped(spans, capacity):
    """Ranges of neighbours that a node can hold, and that an entry can cover."""
    groups, first = [], 0
    for index in range(1, len(spans) + 1):
        full = index == len(spans) or index - first == capacity
        if full or spans[index][1] - spans[first][0] > WIDEST:
            groups.append((first, index))
            first = index
    return groups


def nodes(levels, runs, addresses):
    """The nodes (address, bytes) at the addresses given, children first. The last one is the root."""
    addresses = iter(addresses)
    items = [(run.block, run.end, run.address) for run in runs]
    for level, groups in enumerate(levels):
        above = []
        for first, end in groups:
            held, address = items[first:end], next(addresses)
            yield address, _node(held, level == 0)
            if held:
                above.append((held[0][0], held[-1][1], address))
        items = above


def _node(items, is_leaf):
    if is_leaf:
        data = b"".join(EXTENT.pack(0, 0, 0, 0, start, end - start, address)
                        for start, end, address in items)
    else:
        data = b"".join(ENTRY.pack(start, end - start, address) for start, end, address in items)
    return (bytes([LEAF if is_leaf else INTERNAL]) + data).ljust(NODE_BYTES, b"\0")
