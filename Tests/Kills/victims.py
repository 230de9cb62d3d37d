# SPDX-License-Identifier: Apache-2.0
"""The programs that are killed: those that speak the session form of the test port, and the tool vci."""

import json
import os
import select
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tests" / "Samples" / "C")]

from port import Session  # noqa: E402

OPERATIONS = ["create", "open", "write", "discard", "flush", "close"]
UUID = "01234567-89ab-cdef-0123-456789abcdef"
DONE = {"outcome": "ok"}


class Timing:
    """How long each operation takes, so that a kill lands within it."""

    def __init__(self):
        self._last = {}

    def note(self, op, seconds):
        self._last.setdefault(op, []).append(seconds)
        del self._last[op][:-15]

    def typical(self, op):
        """The median of the last ones in seconds; a millisecond where there was none yet."""
        return statistics.median(self._last.get(op, [0.001]))


class Victim(Session):
    """A process of the session form, which can be killed within an operation."""

    #: The operations in which it can be killed, and whether each of them is durable when it is answered.
    operations, is_durable = OPERATIONS, False

    def __init__(self, command, folder, timing):
        self._timing = timing
        self.is_alive = True
        super().__init__(command, folder)

    def ask(self, op, **keys):
        begun = time.perf_counter()
        answer = super().ask(op, **keys)
        self._timing.note(op, time.perf_counter() - begun)
        return answer

    def ask_or_kill(self, part, op, **keys):
        """Asks, and kills the process once `part` of the operation's usual time is over.

        Returns the answer, or None where there is none: the process died within the operation.
        """
        self._id += 1
        self.send(json.dumps({"id": self._id, "op": op} | keys).encode() + b"\n")
        begun = time.perf_counter()
        deadline = begun + part * self._timing.typical(op)
        while time.perf_counter() < deadline:
            if select.select([self.process.stdout], [], [], 0)[0]:
                self._timing.note(op, time.perf_counter() - begun)
                return self.receive()
        return self.kill()

    def kill(self):
        """Kills the process. Returns the answer that it gave before, or None."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.is_alive = False
        rest = self.process.stdout.read()
        for pipe in (self.process.stdin, self.process.stdout, self.errors):
            pipe.close()
        return json.loads(rest) if rest.endswith(b"\n") else None


class Tool:
    """The tool vci in the shape of a session: a process for each operation, which opens the image, does its
    work and closes the image."""

    operations, is_durable = ["create", "write", "discard"], True

    def __init__(self, command, folder, timing):
        self._command, self._timing = command, timing
        self.data = os.path.join(folder, "data")
        self._image = None
        self.is_alive = True

    def open(self, image, mode="ro"):
        self._image = image
        return DONE

    def write(self, block, data):
        with open(self.data, "wb") as file:
            file.write(data)
        return self.ask("write", block=block, count=len(data) // 512, file=self.data)

    def ask(self, op, **keys):
        return self._run(None, op, keys)

    def ask_or_kill(self, part, op, **keys):
        answer = self._run(part, op, keys)
        self.is_alive = answer is not None
        return answer

    def _words(self, op, keys):
        if op == "create":
            size = int(keys["blocks"]) * 512
            return ["create", keys["image"], "--size", f"{size}", "--exact-size", "--type", keys["type"]]
        if op == "write":
            return ["write", self._image, "--block", str(keys["block"]), "--input", keys["file"]]
        return ["discard", self._image, "--block", str(keys["block"]), "--count", str(keys["count"])]

    def _run(self, part, op, keys):
        if op in ("flush", "close"):
            return DONE
        begun = time.perf_counter()
        process = subprocess.Popen(
            [*self._command, *self._words(op, keys)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        if part is not None:
            deadline = begun + part * self._timing.typical(op)
            while time.perf_counter() < deadline and process.poll() is None:
                pass
            process.kill()
        output, errors = process.communicate()
        if process.returncode == -signal.SIGKILL:
            return None
        self._timing.note(op, time.perf_counter() - begun)
        if process.returncode != 0:
            return {"outcome": "refused", "message": errors.decode(errors="replace")}
        answer = dict(DONE, written=str(keys.get("count", 0)))
        lost = [line.split() for line in output.decode().splitlines() if line.startswith(("evicted", "dropped"))]
        return answer | {"losses": [{"reason": word, "block": block, "count": count} for word, block, count in lost]}

    def kill(self):
        self.is_alive = False

    def finish(self):
        return 0


class Judge(Session):
    """The reference as reader, and the checker, in a process that lives on."""

    def probes(self, image):
        return self.ask("probe", image=image)["outcome"] == "ok"

    def findings(self, image):
        """The rules that an image breaks, each with its class."""
        answer = self.ask("check", image=image, repair="none")
        assert answer["outcome"] == "ok", answer
        return {each["rule"]: each["class"] for each in answer["findings"]}

    def cached(self, image, end):
        """The bytes of each cached block below `end`."""
        _require(self.open(image, "ro"), "it does not open for reading")
        found = read_all(self, end)
        _require(self.ask("close", handle="h"), "it does not close")
        return found


def recovered(session, image, end):
    """The bytes of each cached block below `end` of an image that is opened for writing. Then block `end` is
    written, since an image that is not changed may stay dirty, and the image is closed."""
    _require(session.open(image, "rw"), "it does not open for writing")
    found = read_all(session, end)
    _require(session.write(end, bytes(512)), "it takes no block")
    _require(session.ask("close", handle="h"), "it does not close")
    return found


def _require(answer, what):
    if answer["outcome"] != "ok":
        raise Wrong(f"{what}: {answer}")


class Wrong(Exception):
    """What is wrong with an image after a kill."""


def read_all(session, end):
    """The bytes of each cached block below `end` of the image that is open."""
    found, block = {}, 0
    while block < end:
        answer, data = session.read(block, end - block)
        if answer["outcome"] != "ok":
            raise Wrong(f"a read from block {block} on: {answer}")
        start = block
        for run in answer["runs"]:
            first, count = int(run["block"]), int(run["count"])
            if first != block or count < 1:
                raise Wrong(f"an answer with a gap: {answer}")
            if run["state"] == "hit":
                for each in range(first, first + count):
                    found[each] = data[(each - start) * 512:(each - start + 1) * 512]
            block += count
    return found
