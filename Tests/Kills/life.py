# SPDX-License-Identifier: Apache-2.0
"""The life of an image: created, and then again and again opened, worked on, its writer killed, and found right."""

import collections
import os
import random
import shutil

from history import content, version_of
from victims import UUID, Wrong, read_all, recovered

#: How often an operation is tried until a kill lands within it.
_ATTEMPTS = 40
#: The most blocks that are written between two flushes, so that a roomy cache never has to evict.
_MOST_UNFLUSHED = 1200
#: What is allowed after a kill.
_HARMLESS = {"dirty", "summary", "leak", "advice"}
FOREIGN = "other bytes"

#: A kind of image: its blocks, the end of the disk's blocks that are used, the longest write, whether blocks
#: stand apart, whether it may be too small for all of them.
Shape = collections.namedtuple("Shape", "name blocks end longest apart tight")
SHAPES = [
    Shape("roomy", 4096, 1200, 64, 1, False),
    Shape("scattered", 4096, 2800, 1, 7, False),
    Shape("full", 200, 600, 24, 1, True),
    Shape("smallest", 40, 60, 8, 1, True),
]


class Tally:
    """What was killed, what was found, what was lost."""

    def __init__(self):
        self.killed = collections.Counter()  # by operation
        self.late = 0  # kills after the answer
        self.states = collections.Counter()
        self.classes = collections.Counter()
        self.blocks = 0  # blocks compared
        self.evicted = 0  # flushed blocks that a cache without room for all had no longer
        self.wrong = []


def may_be_clear(op, is_changed, closes_each):
    """Whether the flag may be clear after a kill within `op`: nothing was changed, or a close has done all but answer.

    `is_changed` says whether the image was dirty, or was changed since it was opened; `closes_each`, whether each operation
    opens the image for itself and closes it."""
    return not is_changed or op == "close" or closes_each


class Life:
    """One image, from its creation to a clean end."""

    def __init__(self, program, judge, folder, seed, tally):
        self._start, self._judge, self._seed, self._tally = program, judge, seed, tally
        self._image, self._copy = os.path.join(folder, "image"), os.path.join(folder, "copy")
        self._chance = random.Random(seed)
        self.shape = self._chance.choice(SHAPES)
        self._history = None
        self._unflushed = 0
        self._is_changed = False
        self._session = None
        self.place = ""

    def run(self, history, cycles):
        """Kills the writer once in create, and once in each of so many cycles. Raises Wrong."""
        self._history = history
        self._create()
        for cycle in range(cycles):
            self._chance = random.Random(f"{self._seed}/{cycle}")
            self._cycle(cycle)
        self._finish()

    def abandon(self):
        """Ends what was wrong: the process and the files."""
        if self._session is not None and self._session.is_alive:
            self._session.kill()
        for path in (self._image, self._copy):
            if os.path.exists(path):
                os.unlink(path)

    # Create

    def _create(self):
        self.place = f"{self.shape.name}, create"
        kind = self._chance.choice(["dynamic", "dynamic", "fixed"])
        keys = {"image": self._image, "blocks": str(self.shape.blocks), "type": kind, "uuid": UUID}
        for _ in range(_ATTEMPTS):
            self._remove()
            self._session = self._session or self._start()
            answer = self._session.ask_or_kill(self._chance.uniform(0, 1.2), "create", **keys)
            if answer is not None:
                self._require(answer, "create")
            if not self._session.is_alive:
                self._judge_created("create" if answer is None else None)
                self._session = self._start()
                break
        if os.path.exists(self._image):
            before = _bytes(self._image)
            if self._session.ask("create", **keys)["outcome"] == "ok":
                raise Wrong("a second create succeeds, though the file is there")
            if _bytes(self._image) != before:
                raise Wrong("a second create changes the file that is there")
            self._remove()
        self._require(self._session.ask("create", **keys), "create")
        self._judge_clean(self._image)
        self._session.finish()

    def _judge_created(self, op):
        """What a killed create leaves is no image, or a whole one that is clean and empty."""
        self._count(op)
        if not os.path.exists(self._image):
            self._tally.states["no file"] += 1
        elif not self._judge.probes(self._image):
            self._tally.states["no image"] += 1
        else:
            self._judge_clean(self._image)
            if self._judge.cached(self._image, self.shape.end):
                raise Wrong("a new image has cached blocks")
            self._tally.states["clean"] += 1

    def _remove(self):
        if os.path.exists(self._image):
            os.unlink(self._image)

    # Work

    def _cycle(self, cycle):
        self._session = self._start()
        operations = [op for op in self._session.operations if op != "create"]
        weights = [{"write": 4, "flush": 3, "close": 3}.get(op, 2) for op in operations]
        op = self._chance.choices(operations, weights)[0]
        self.place = f"{self.shape.name}, cycle {cycle + 1}, {op}"
        if op == "open":
            killed = self._kill_opening()
        else:
            self._open()
            self._prepare(cycle)
            killed = self._kill_working(op)
        if killed != "alive":
            self._judge_killed(killed)
        elif self._session.is_alive:
            self._close()
            self._session.finish()

    def _kill_opening(self):
        self._is_changed = self._judge_dirty()
        for _ in range(_ATTEMPTS):
            answer = self._session.ask_or_kill(
                self._chance.uniform(0, 1.2), "open", image=self._image, handle="h", mode="rw")
            if answer is None:
                return "open"
            self._require(answer, "open")
            if self._session.is_alive:
                self._session.kill()
            self._session = self._start()
        self._open()
        return "alive"

    def _judge_dirty(self):
        return "VCI-SHD-001" in self._judge.findings(self._image)

    def _prepare(self, cycle):
        """Operations that are not killed."""
        if cycle == 0 and self.shape.apart > 1 and not self._session.is_durable:
            for block in range(0, self.shape.end, self.shape.apart):
                self._work("write", None, block, 1)
        for _ in range(self._chance.randrange(12)):
            self._work(self._chance.choice(["write"] * 6 + ["discard"] * 2 + ["flush"]), None)

    def _kill_working(self, op):
        """Kills within an operation; returns it, None if it was answered before the kill, or "alive"."""
        for _ in range(_ATTEMPTS):
            answer = self._work(op, self._chance.uniform(0, 1.2))
            if answer is None:
                return op
            if not self._session.is_alive:
                return None
            if op == "close":
                self._open()
            for _ in range(self._chance.randrange(1, 4)):
                self._work(self._chance.choice(["write", "write", "discard"]), None)
        return "alive"

    def _work(self, op, part, block=None, count=None):
        """Asks for an operation, killing within it if there is a `part`. Returns the answer, or None."""
        if self._unflushed > _MOST_UNFLUSHED and op == "write" and not self._session.is_durable:
            self._work("flush", None)
        if op in ("flush", "close"):
            return self._settle(op, part)
        if block is None:
            block = self._chance.randrange(self.shape.end // self.shape.apart) * self.shape.apart
            count = self._chance.randint(1, self.shape.longest if op == "write" else 40)
        count = min(count, self.shape.end - block)
        return self._write(block, count, part) if op == "write" else self._discard(block, count, part)

    def _ask(self, part, op, **keys):
        if part is None:
            return self._session.ask(op, **keys)
        return self._session.ask_or_kill(part, op, **keys)

    def _settle(self, op, part):
        keys = {} if self._session.is_durable else {"handle": "h"}
        answer = self._ask(part, op, **keys)
        if answer is not None:
            self._require(answer, op)
            self._flushed()
            self._is_changed = self._is_changed and op != "close"
        return answer

    def _flushed(self):
        self._history.flush()
        self._unflushed = 0

    def _write(self, block, count, part):
        version = self._history.next_version()
        with open(self._session.data, "wb") as file:
            file.write(b"".join(content(each, version) for each in range(block, block + count)))
        self._history.begin({each: version for each in range(block, block + count)})
        self._unflushed += count
        keys = {} if self._session.is_durable else {"handle": "h"}
        answer = self._ask(
            part, "write", block=str(block), count=str(count), file=self._session.data, **keys)
        if answer is not None:
            self._require(answer, "write")
            self._history.shorten(block + int(answer["written"]))
            self._answered(answer)
        return answer

    def _discard(self, block, count, part):
        self._history.begin(dict.fromkeys(range(block, block + count)))
        keys = {} if self._session.is_durable else {"handle": "h"}
        answer = self._ask(part, "discard", block=str(block), count=str(count), **keys)
        if answer is not None:
            self._require(answer, "discard")
            self._answered(answer)
        return answer

    def _answered(self, answer):
        self._history.tight |= bool(answer.get("losses"))
        if self._session.is_durable:
            self._flushed()
            self._is_changed = False
        else:
            # A write that was dropped may have changed nothing.
            self._is_changed |= "written" in answer and not answer.get("losses")

    def _open(self):
        self._is_changed = self._judge_dirty()
        self._require(self._session.open(self._image, "rw"), "open")

    def _close(self):
        self._work("close", None)

    # After the kill

    def _judge_killed(self, op):
        """The image, the writer dead: as of one moment since the last flush, and mended by the next open."""
        self._count(op)
        findings = self._judge.findings(self._image)
        bad = sorted(rule for rule, its_class in findings.items() if its_class not in _HARMLESS)
        if bad:
            raise Wrong(f"it breaks {', '.join(bad)}")
        self._tally.classes.update(set(findings.values()) - {"advice"})
        is_dirty = "VCI-SHD-001" in findings
        self._tally.states["dirty" if is_dirty else "clean"] += 1
        if not is_dirty:
            self._judge_flag(op, findings)
        served = self._served(self._judge.cached(self._image, self.shape.end))
        wrong = self._history.wrong(served)
        if wrong:
            raise Wrong(wrong)
        self._tally.blocks += len(served)
        self._tally.evicted += sum(served[block] is None for block in self._history.untouched())
        self._judge_recovery(served)
        self._history.restart(served)
        self._unflushed = 0

    def _judge_flag(self, op, findings):
        """The flag is clear: nothing was changed since the open, or the close has done all but answer."""
        if set(findings.values()) - {"advice"}:
            raise Wrong(f"the flag is clear, and it breaks {', '.join(sorted(findings))}")
        if not may_be_clear(op, self._is_changed, self._session.is_durable):
            raise Wrong("the flag is clear, though there were changes and no close (VCI-WR-002)")
        if op == "close":
            self._history.flush()

    def _judge_recovery(self, served):
        """A copy opens for writing, serves the same, takes a block, and is clean after the close."""
        shutil.copyfile(self._image, self._copy)
        session = self._start()
        found = recovered(self._judge if session.is_durable else session, self._copy, self.shape.end)
        if self._served(found) != served:
            raise Wrong("opened for writing it serves other blocks than for reading")
        self._judge_clean(self._copy)
        again = self._served(self._judge.cached(self._copy, self.shape.end))
        changed = [block for block in served if again[block] != served[block]]
        if any(again[block] is not None or not self._history.tight for block in changed):
            raise Wrong("closed after the recovery it serves other blocks than before")
        session.finish()
        os.unlink(self._copy)

    def _served(self, found):
        versions = dict.fromkeys(range(self.shape.end))
        for block, data in found.items():
            versions[block] = version_of(block, data) or FOREIGN
        return versions

    def _judge_clean(self, image):
        bad = {rule for rule, its_class in self._judge.findings(image).items() if its_class != "advice"}
        if bad:
            raise Wrong(f"it is to be clean, and breaks {', '.join(sorted(bad))}")

    def _finish(self):
        self.place = f"{self.shape.name}, the end"
        self._session = self._start()
        self._open()
        if not self._session.is_durable:
            served = self._served(read_all(self._session, self.shape.end))
            wrong = self._history.wrong(served)
            if wrong:
                raise Wrong(wrong)
        self._work("write", None)
        self._close()
        self._session.finish()
        self._judge_clean(self._image)
        wrong = self._history.wrong(self._served(self._judge.cached(self._image, self.shape.end)))
        if wrong:
            raise Wrong(wrong)
        self._remove()

    def _count(self, op):
        if op is None:
            self._tally.late += 1
        else:
            self._tally.killed[op] += 1

    def _require(self, answer, op):
        if answer["outcome"] != "ok":
            raise Wrong(f"{op}: {answer}")


def _bytes(path):
    with open(path, "rb") as file:
        return file.read()
