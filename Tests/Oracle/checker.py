# SPDX-License-Identifier: Apache-2.0
"""A full check: all rules of the file, in the groups and with the silences of the specification."""

import zlib
from typing import NamedTuple

from bitmap import Bitmap, length, meet, overlap, union
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
    HEADER_BLOCKS,
    HEADER_BYTES,
    INTERNAL,
    LEAF,
    LEVELS,
    NODE_BLOCKS,
    NODE_BYTES,
    Header,
    MapHeader,
    Node,
)
from source import open_source

CORRUPTION, SUMMARY, LEAK, DIRTY, ADVICE = "corruption", "summary", "leak", "dirty", "advice"

UNREADABLE = 1
PROBE, OPEN, TOUCH, MODIFY, CHECK = "probe", "open", "touch", "modify", "check"

_CLASSES = {
    **dict.fromkeys(("VCI-FILE-002", "VCI-FILE-003", "VCI-FILE-004"), ADVICE),
    **dict.fromkeys(("VCI-HDR-010", "VCI-HDR-011", "VCI-HDR-012"), ADVICE),
    **dict.fromkeys(("VCI-MAP-006", "VCI-MAP-007"), ADVICE),
    **dict.fromkeys(("VCI-NODE-008", "VCI-NODE-010", "VCI-EXT-008"), ADVICE),
    **dict.fromkeys(("VCI-MAP-005", "VCI-MAP-009", "VCI-MAP-010"), SUMMARY),
    **dict.fromkeys(("VCI-LRU-001", "VCI-LRU-002"), SUMMARY),
    "VCI-OCC-001": LEAK,
    "VCI-SHD-001": DIRTY,
}
BIT_RULES = frozenset(("VCI-MAP-008", "VCI-NODE-003", "VCI-EXT-004"))
_SUMMARY_WHERE_DIRTY = BIT_RULES | {"VCI-OCC-001"}


WHOLE_NODE_RULES = frozenset(
    f"VCI-{rule}"
    for rule in "NODE-001 NODE-006 NODE-007 NODE-009 INT-001 INT-002 EXT-001 EXT-002".split()
)
_STAGES = {
    **dict.fromkeys(("VCI-FILE-001", "VCI-HDR-001", "VCI-HDR-002"), PROBE),
    **dict.fromkeys((f"VCI-HDR-{number:03}" for number in range(3, 10)), OPEN),
    **dict.fromkeys((f"VCI-MAP-{number:03}" for number in range(1, 5)), OPEN),
    "VCI-FILE-005": OPEN,
    **dict.fromkeys(("VCI-FILE-006", "VCI-NODE-002", "VCI-NODE-012"), TOUCH),
    **dict.fromkeys(("VCI-INT-003", "VCI-EXT-003", "VCI-EXT-007"), TOUCH),
    **dict.fromkeys(BIT_RULES, MODIFY),
    **dict.fromkeys(("VCI-NODE-005", "VCI-NODE-011", "VCI-EXT-005", "VCI-EXT-006"), MODIFY),
}


class Verdict(NamedTuple):
    """The exit code of a check, and its sorted (rule, class) pairs."""

    exit: int
    findings: tuple


class Examination(NamedTuple):
    """A whole check: (rule, class) and (rule, stage) pairs, and what is known if the image opens.

    `header` is None if the image breaks a rule of stage probe; `levels`, `metadata`, `owned` (runs
    of blocks) and `nodes` (by address) are None if it breaks a rule of stage probe or open.
    """

    findings: frozenset
    stages: frozenset
    header: Header | None
    levels: int | None
    metadata: list | None
    owned: list | None
    nodes: dict | None

    @property
    def opens(self):
        """Whether no corruption of stage probe or open is found."""
        return self.nodes is not None

    @property
    def corruptions(self):
        """The rules of class corruption that are broken."""
        return {rule for rule, each in self.findings if each == CORRUPTION}


def exit_code(findings):
    """The exit code that follows from (rule, class) pairs."""
    rules = {rule for rule, _ in findings}
    classes = {each for _, each in findings}
    if rules & {"VCI-FILE-001", "VCI-HDR-001"}:
        return 5
    if "VCI-HDR-002" in rules:
        return 6
    if CORRUPTION in classes:
        return 2
    if classes & {SUMMARY, LEAK}:
        return 3
    return 4 if DIRTY in classes else 0


def check(source):
    """The verdict on an image."""
    findings = tuple(sorted(examine(source).findings))
    return Verdict(exit_code(findings), findings)


def examine(source):
    """The examination of an image."""
    return _Check(source).run()


def check_path(path):
    """The verdict on the image at `path`; one that could not be read has no findings."""
    try:
        source = open_source(path)
        try:
            return check(source)
        finally:
            source.close()
    except (OSError, zlib.error):
        return Verdict(UNREADABLE, ())


class _Check:
    """One check of one image."""

    def __init__(self, source):
        self._source = source
        self._header = self._map = self._bitmap = self._root = None
        self._ones = 0
        self._broken = set()
        self._walk = self._metadata = self._owned = None

    def run(self):
        """The examination of the image."""
        fault = probe_fault(self._source)
        if fault:
            self._broken.add(fault)
        else:
            for group in (self._check_header, self._check_map, self._check_root):
                group()
                if any(self._class(rule) == CORRUPTION for rule in self._broken):
                    break
            else:
                self._check_tree()
        walk = self._walk
        return Examination(
            findings=frozenset((rule, self._class(rule)) for rule in self._broken),
            stages=frozenset(self._stages()),
            header=self._header,
            levels=walk and walk.levels,
            metadata=self._metadata,
            owned=self._owned,
            nodes=walk and walk.nodes,
        )

    def _class(self, rule):
        if rule in _SUMMARY_WHERE_DIRTY and self._header.dirty:
            return SUMMARY
        return _CLASSES.get(rule, CORRUPTION)

    def _stages(self):
        """The (rule, stage) pairs of what is broken."""
        walk = self._walk
        for rule in self._broken:
            if rule in _STAGES:
                yield rule, _STAGES[rule]
            elif rule == "VCI-NODE-004":
                if walk.cycle:
                    yield rule, TOUCH
                if walk.shared:
                    yield rule, MODIFY
            elif rule in WHOLE_NODE_RULES:
                yield rule, TOUCH if walk else OPEN
            else:
                yield rule, CHECK

    def _check_header(self):
        self._header = Header.decode(self._source.read(0, HEADER_BYTES))
        self._broken.update(header_faults(self._header, self._source.size))

    def _check_map(self):
        header = self._header
        self._map = MapHeader.decode(self._source.read(header.block_map * BLOCK, BLOCK))
        faults = set(map_faults(self._map, header.blocks))
        self._broken |= faults
        if faults & {"VCI-MAP-001", "VCI-MAP-002"}:
            return
        if any(self._map.reserved):
            self._broken.add("VCI-MAP-007")
        if "VCI-MAP-003" not in faults:
            self._check_bits()

    def _check_bits(self):
        header = self._header
        self._bitmap = Bitmap(self._source, header.block_map, header.block_map_blocks)
        self._ones = self._bitmap.ones(0, header.blocks)
        if self._map.free != header.blocks - self._ones:
            self._broken.add("VCI-MAP-005")
        if self._bitmap.ones(header.blocks, self._bitmap.bits):
            self._broken.add("VCI-MAP-006")

    def _check_root(self):
        self._root = Node(self._source.read(self._header.tree_root * BLOCK, NODE_BYTES))
        self._broken.update(node_faults(self._root, 1))

    def _check_tree(self):
        walk = self._walk = _Walk(self._source, self._header)
        walk.visit_root(self._root)
        self._broken |= walk.broken
        self._metadata = self._check_metadata(walk.addresses)
        self._owned = self._check_data(walk.placed, self._metadata)
        if walk.touched:
            return
        self._check_totals(self._metadata, self._owned)
        if not self._header.dirty:
            self._broken.update(_list_faults(walk.extents))

    def _check_metadata(self, addresses):
        """Judges what the metadata claim, and returns the union of it."""
        header = self._header
        root = (header.tree_root, header.tree_root + NODE_BLOCKS)
        block_map = (header.block_map, header.block_map + header.block_map_blocks)
        nodes = [(address, address + NODE_BLOCKS) for address in addresses]
        first = [(0, HEADER_BLOCKS), block_map, root]
        if not self._bitmap.all_set(first):
            self._broken.add("VCI-MAP-008")
        if not self._bitmap.all_set(union(nodes)):
            self._broken.add("VCI-NODE-003")
        if overlap(nodes + [block_map, root]):
            self._broken.add("VCI-NODE-005")
        return union(first + nodes)

    def _check_data(self, extents, metadata):
        """Judges what the extents claim, and returns the union of all that is owned."""
        runs = [(extent.address, extent.address + extent.blocks) for extent in extents]
        data = union(runs)
        if not self._bitmap.all_set(data):
            self._broken.add("VCI-EXT-004")
        if meet(data, metadata):
            self._broken.add("VCI-EXT-005")
        if overlap(runs):
            self._broken.add("VCI-EXT-006")
        return union(data + metadata)

    def _check_totals(self, metadata, owned):
        leaks = self._bitmap.ones_in(owned) != self._ones
        if leaks:
            self._broken.add("VCI-OCC-001")
        least = length(metadata)
        counted = (least, length(owned) - least)

        def kept(*counters):
            if leaks:
                return all(counter >= count for counter, count in zip(counters, counted))
            return counters == counted

        if not kept(self._map.metadata, self._map.data):
            exchanged = kept(self._map.data, self._map.metadata)
            self._broken.add("VCI-MAP-010" if exchanged else "VCI-MAP-009")


class _Walk:
    """The walk over the tree: each node before its children, children from left to right."""

    def __init__(self, source, header):
        self._source = source
        self._header = header
        self._file_blocks = source.size // BLOCK
        self._path = []
        self._leaf_level = None
        self.nodes = {}
        self.levels = 0
        self.broken = set()
        self.touched = self.cycle = self.shared = False
        self.addresses = []
        self.extents = []
        self.placed = []

    def visit_root(self, root):
        """Walks the tree below a root without corruption of stage open."""
        self.nodes[self._header.tree_root] = root
        self._visit(root, self._header.tree_root)

    def _damage(self, rule):
        """A corruption of stage touch."""
        self.broken.add(rule)
        self.touched = True

    def _visit(self, node, address):
        if node.stray:
            self.broken.add("VCI-NODE-008")
        self._path.append(address)
        self.levels = max(self.levels, len(self._path))
        if node.type == LEAF:
            self._visit_leaf(node)
        elif node.type == INTERNAL:
            self._visit_internal(node)
        self._path.pop()

    def _visit_internal(self, node):
        if len(self._path) < LEVELS:
            for entry in node.used:
                self._follow(entry)
        elif node.used:
            self._damage("VCI-NODE-012")

    def _follow(self, entry):
        fault = child_fault(entry, self._header.blocks, self._file_blocks)
        if fault:
            self._damage(fault)
            return
        if entry.address not in self.nodes:
            self._read(entry.address)
        elif entry.address in self._path:
            self._damage("VCI-NODE-004")
            self.cycle = True
        else:
            self.broken.add("VCI-NODE-004")
            self.shared = True
        if not covers(entry, self.nodes[entry.address].span):
            self._damage("VCI-INT-003")

    def _read(self, address):
        node = Node(self._source.read(address * BLOCK, NODE_BYTES))
        self.nodes[address] = node
        self.addresses.append(address)
        for rule in node_faults(node, len(self._path) + 1):
            self._damage(rule)
        if node.type == LEAF and not node.used:
            self.broken.add("VCI-NODE-010")
        self._visit(node, address)

    def _visit_leaf(self, node):
        level = len(self._path)
        if self._leaf_level is None:
            self._leaf_level = level
        elif self._leaf_level != level:
            self.broken.add("VCI-NODE-011")
        self.extents += node.used
        for extent in node.used:
            self._judge(extent)

    def _judge(self, extent):
        if extent.flags:
            self._damage("VCI-EXT-007")
        if extent.reserved:
            self.broken.add("VCI-EXT-008")
        fault = data_fault(extent, self._header.blocks, self._file_blocks)
        if fault:
            self._damage(fault)
        else:
            self.placed.append(extent)


def _list_faults(extents):
    """The rules about the LRU list that the extents of a clean tree break."""
    by_address = {extent.address: extent for extent in extents}
    if len(by_address) < len(extents):
        return
    links = {link for extent in extents for link in (extent.previous, extent.next)} - {0}
    if not links <= by_address.keys():
        yield "VCI-LRU-002"
    elif links and not _is_one_list(by_address):
        yield "VCI-LRU-001"


def _is_one_list(by_address):
    """Whether the links, each of them 0 or an extent's address, form one list over all extents."""
    heads = [extent for extent in by_address.values() if not extent.previous]
    if len(heads) != 1:
        return False
    extent = heads[0]
    reached = 1
    while extent.next and reached < len(by_address):
        after = by_address[extent.next]
        if after.previous != extent.address:
            return False
        extent = after
        reached += 1
    return not extent.next and reached == len(by_address)
