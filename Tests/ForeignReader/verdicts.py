"""Compares answers of the foreign reader with verdicts, as Specs/Verdicts.md says."""

import hashlib
import zlib

from foreign import Ended
from layout import BLOCK


class Segment:
    """A part of a read whose blocks may all be the same."""

    def __init__(self, part):
        self.block, self.count = int(part["block"]), int(part["count"])
        self.end = self.block + self.count
        self.may = part["may"]
        self.crc = part.get("crc32")


class Verdict:
    """A line of verdicts.jsonl, its numbers read."""

    def __init__(self, line):
        self.line = line
        self.reads = [
            (int(read["block"]), int(read["count"]), [Segment(part) for part in read["segments"]])
            for read in line["reads"]]

    def requests(self):
        """Block and count of each read."""
        return [(block, count) for block, count, _ in self.reads]


def convicted(reader, fault, path, verdict, rules=False, extents=False):
    """Returns why a verdict convicts the reader with a fault, or None.

    With `rules`, a rule that is named must be one that the verdict lists; with `extents`, the list
    of extents is compared too.
    """
    line = verdict.line
    reader.ask(f"fault {fault}")
    try:
        words = reader.ask(f"open {path}").split(" ")
        probe, opened = line["probe"], line["openForReading"]
        if words[0] not in probe["answers"]:
            return f"probe: {words[0]}"
        if words[0] == "not-mine" and rules and words[1] not in probe["rules"]:
            return f"probe: {words[1]}"
        answer = words[1] if words[0] == "mine" else "refused"
        if answer not in opened["answers"]:
            return f"open: {answer} {words[-1] if answer == 'refused' else ''}".rstrip()
        if answer == "refused":
            if rules and words[-1] not in opened["rules"]:
                return f"open: {words[-1]}"
            return None
        for block, count, segments in verdict.reads:
            cuts = " ".join(str(segment.end) for segment in segments)
            row = reader.ask(f"read {block} {count} {cuts}")
            why = wrong_read(row.split(" "), block, count, segments, path, verdict, rules)
            if why:
                return f"read {block}+{count}: {why}"
        if extents and "extents" in line:
            return wrong_extents(reader.ask("extents").split(" "), line["extents"])
    except Ended as error:
        return f"ended: {error}"
    return None


def wrong_read(words, block, count, segments, path, verdict, rules):
    """Returns what is wrong with the pieces of an answer, or None."""
    end = block + count
    parts = iter(segments)
    segment = next(parts)
    index = 0
    while index < len(words):
        kind = words[index]
        if kind not in ("h", "m", "r"):
            return f"{kind} at {block}"
        size = int(words[index + 1])
        while segment.end <= block:
            segment = next(parts, None)
            if segment is None:
                return f"more than {end - block} blocks"
        if kind == "r":
            if not any(one.end > block and "refused" in one.may for one in segments):
                return f"refused at {block}"
            if rules and words[index + 2] not in verdict.line["damage"]:
                return f"{words[index + 2]} at {block}"
        elif block + size > segment.end:
            return f"more than {end - block} blocks"
        elif kind == "m":
            if "miss" not in segment.may:
                return f"miss of {size} at {block}"
        else:
            if "hit" not in segment.may:
                return f"hit of {size} at {block}"
            right = (segment.crc if size == segment.count
                     else part_crc(path, verdict, block, size))
            if right is not None and words[index + 2] != right:
                return f"wrong bytes at {block}"
        index += 2 if kind == "m" else 3
        block += size
    return None if block == end else f"no answer from {block} on"


def part_crc(path, verdict, block, size):
    """The checksum of a part of an extent, if the verdict lists the extent; else None."""
    for extent in verdict.line.get("extents", {}).get("extents", []):
        first, count = int(extent["block"]), int(extent["count"])
        if first <= block and block + size <= first + count:
            with open(path, "rb") as file:
                file.seek((int(extent["address"]) + block - first) * BLOCK)
                return f"{zlib.crc32(file.read(size * BLOCK)):08x}"
    return None


def wrong_extents(words, expected):
    """Returns what is wrong with a list of extents, or None."""
    listed = words[1:words.index("damaged")]
    anything = expected.get("may") == "any"
    if "extents" in expected:
        right = [f"{one['block']}:{one['count']}:{one['address']}" for one in expected["extents"]]
        if listed == right:
            return None
        places = {one: place for place, one in enumerate(right)}
        order = [places.get(one, -1) for one in listed]
        ascends = -1 not in order and all(one < next_ for one, next_ in zip(order, order[1:]))
        return None if anything and ascends else f"extents: {len(listed)} of {len(right)}"
    number = int(expected["number"])
    if anything:
        return None if len(listed) <= number else f"extents: {len(listed)} of {number}"
    text = "".join(f"{one.replace(':', ' ')}\n" for one in listed)
    agrees = hashlib.sha256(text.encode()).hexdigest() == expected["sha256"]
    return None if agrees else f"extents: {len(listed)} of {number}, or others"
