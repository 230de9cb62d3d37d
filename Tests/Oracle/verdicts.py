# SPDX-License-Identifier: Apache-2.0
"""The verdict on an image, of version 2: the sets of allowed answers of Specs/Verdicts.md."""

import hashlib

from bitmap import length, union
from checker import BIT_RULES, CORRUPTION, DIRTY, MODIFY, SUMMARY, examine, exit_code
from layout import NODE_BLOCKS
from states import HIT, States, crc32_of

TAKEN, REFUSED, NO_ROOM = "taken", "refused", "no-room"
MOST_LISTED = 1000
_AREAS = ("FILE", "HDR", "SHD", "MAP", "NODE", "INT", "EXT", "LRU", "OCC")
_LIST_RULES = {"VCI-LRU-001", "VCI-LRU-002"}


class ImageVerdict:
    """What is expected of programs that check, probe, open and read the image of a source."""

    def __init__(self, source):
        self._source = source
        self._examined = examine(source)
        self._states = None

    @property
    def examination(self):
        """The check that all else follows from."""
        return self._examined

    @property
    def states(self):
        """The states of the disk's blocks; the image opens."""
        if self._states is None:
            seen = self._examined
            late = any(rule in seen.corruptions and stage == MODIFY for rule, stage in seen.stages)
            self._states = States(self._source, seen.header, seen.nodes, late)
        return self._states

    def parts(self):
        """All keys of the verdict that follow from the file, but findings and reads."""
        seen = self._examined
        parts = {
            "bytes": str(self._source.size),
            "exit": exit_code(seen.findings),
            "probe": self._probe(),
            "openForReading": self._open_for_reading(),
            "openForWriting": self._open_for_writing(),
            "damage": in_order(seen.corruptions),
        }
        if seen.opens:
            parts["extents"] = self._list()
        return parts

    def findings(self):
        """The objects {rule, class}, sorted."""
        classes = dict(self._examined.findings)
        return [{"rule": rule, "class": classes[rule]} for rule in in_order(classes)]

    def read(self, block, count):
        """The object of a read of at least one block of an image that opens."""
        segments = [self._segment(piece) for piece in self.states.pieces(block, block + count)]
        return {"block": str(block), "count": str(count), "segments": segments}

    def _segment(self, piece):
        segment = {
            "block": str(piece.start),
            "count": str(piece.end - piece.start),
            "may": list(piece.may),
        }
        if HIT in piece.may:
            segment["crc32"] = crc32_of(self._source, [piece])
        return segment

    def _probe(self):
        if self._examined.header is not None:
            return {"answers": ["mine"]}
        return {"answers": ["not-mine"], "rules": in_order(self._examined.corruptions)}

    def _open_for_reading(self):
        """A corruption of stage probe or open ends the check, so all that it found are of these."""
        seen = self._examined
        if not seen.opens:
            answers = [REFUSED]
        else:
            answers = [TAKEN, REFUSED] if seen.corruptions else [TAKEN]
        return {"answers": answers, "rules": in_order(seen.corruptions)}

    def _open_for_writing(self):
        seen = self._examined
        if seen.corruptions - BIT_RULES:
            return {"answers": [REFUSED], "rules": in_order(seen.corruptions)}
        rules = {rule for rule, each in seen.findings if _matters_to_a_writer(rule, each)}
        answers = [TAKEN, REFUSED] if rules else [TAKEN]
        if not has_room(seen):
            answers.append(NO_ROOM)
        return {"answers": answers, "rules": in_order(rules)}

    def _list(self):
        shape = _listed(self.states.extents)
        return shape | {"may": "any"} if self._examined.corruptions else shape


def _matters_to_a_writer(rule, each):
    """Whether a finding of an image without corruption but of bit rules is a reason to refuse."""
    if rule in _LIST_RULES:
        return False
    return each in (CORRUPTION, SUMMARY, DIRTY)


def has_room(seen):
    """Whether an examined image that opens has room to be written."""
    blocks = seen.header.blocks
    owned = union(seen.owned)
    starts = [0] + [end for _, end in owned]
    ends = [start for start, _ in owned] + [blocks]
    nodes = sum((end - start) // NODE_BLOCKS for start, end in zip(starts, ends) if start < end)
    most = blocks - length(seen.metadata)
    return nodes >= seen.levels and most > NODE_BLOCKS * seen.levels


def in_order(rules):
    """Rules in the order of Specs/VCI.md."""
    return sorted(rules, key=place_of_rule)


def place_of_rule(rule):
    """What rules are sorted by to be in the order of Specs/VCI.md."""
    return _AREAS.index(rule.split("-")[1]), rule


def _listed(extents):
    """The list of extents, or what stands for one that is long."""
    if len(extents) <= MOST_LISTED:
        return {"extents": [_extent(extent) for extent in extents]}
    digest = hashlib.sha256()
    for extent in extents:
        digest.update(f"{extent.block_offset} {extent.blocks} {extent.address}\n".encode())
    return {
        "number": str(len(extents)),
        "first": _extent(extents[0]),
        "last": _extent(extents[-1]),
        "sha256": digest.hexdigest(),
    }


def _extent(extent):
    return {
        "block": str(extent.block_offset),
        "count": str(extent.blocks),
        "address": str(extent.address),
    }
