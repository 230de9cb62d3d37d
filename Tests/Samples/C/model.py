# SPDX-License-Identifier: Apache-2.0
"""A disk cache as it must behave, beside a program: random operations, and what comes of them."""

import random
import struct

from port import BLOCK

DISK_END = 2**54


def content(block, version):
    """The bytes of a block. No two versions, and no two blocks, have the same."""
    return struct.pack("<QQ", block, version) * (BLOCK // 16)


class Model:
    """What was written last of each block, and which blocks must be cached.

    A block that was written may be a miss if the program said that it was lost. Whoever does not
    trust what it says ignores `sure`.
    """

    def __init__(self):
        self.newest = {}
        self.sure = set()
        self.version = 0

    def begin_write(self, block, count):
        """The bytes to write."""
        self.version += 1
        return b"".join(content(block + index, self.version) for index in range(count))

    def end_write(self, block, count, taken, losses):
        for each in range(block, block + count):
            # Of blocks that were not taken, the older bytes may be gone already.
            self.sure.discard(each)
            if each < block + taken:
                self.newest[each] = self.version
                self.sure.add(each)
        for first, length in losses:
            lost = range(first, first + length)
            if length > len(self.sure):
                self.sure = {each for each in self.sure if each not in lost}
            else:
                self.sure.difference_update(lost)

    def discard(self, block, count):
        for each in [each for each in self.newest if block <= each < block + count]:
            del self.newest[each]
        self.sure = {each for each in self.sure if not block <= each < block + count}

    def wrong(self, start, runs, data):
        """What is wrong with the answer of a read; None if nothing is."""
        for run in runs:
            block, count = int(run["block"]), int(run["count"])
            if run["state"] == "miss":
                if count > len(self.sure):
                    lost = [each for each in self.sure if block <= each < block + count]
                else:
                    lost = [each for each in range(block, block + count) if each in self.sure]
                if lost:
                    return f"{lost[0]} is a miss"
                continue
            for each in range(block, block + count):
                if each not in self.newest:
                    return f"{each} is a hit, and was never written"
                at = (each - start) * BLOCK
                if data[at : at + BLOCK] != content(each, self.newest[each]):
                    return f"{each} has other bytes: {data[at:at + 16].hex()}"
        return None


class Drive:
    """Random operations on one image, through a session."""

    def __init__(self, session, image, seed, places, most=64):
        self.session = session
        self.image = image
        self.model = Model()
        self.random = random.Random(seed)
        self._places = places
        self._most = most
        self.lost = 0
        self.dropped = 0
        self.partial = 0
        self.hits = 0

    def expect(self, answer):
        assert answer["outcome"] == "ok", answer
        return answer

    def open(self, mode="rw"):
        self.expect(self.session.open(self.image, mode))

    def close(self):
        self.expect(self.session.ask("close", handle="h"))

    def write(self):
        block = self._places(self.random)
        left = self.random.choice([1, 1, 2, 3, 8, self.random.randint(1, self._most)])
        while left > 0:
            data = self.model.begin_write(block, left)
            answer = self.expect(self.session.write(block, data))
            taken = int(answer["written"])
            assert 1 <= taken <= left, answer
            losses = [(int(e["block"]), int(e["count"])) for e in answer.get("losses", [])]
            self.dropped += sum(e["reason"] == "dropped" for e in answer.get("losses", []))
            self.lost += sum(count for _, count in losses)
            self.partial += taken < left
            self.model.end_write(block, left, taken, losses)
            block, left = block + taken, left - taken

    def read(self, block=None, count=None):
        block = self._places(self.random) if block is None else block
        left = count or self.random.choice([1, 4, self._most, 4 * self._most])
        while left > 0:
            answer, data = self.session.read(block, left)
            runs = self.expect(answer)["runs"]
            assert int(runs[0]["block"]) == block, answer
            wrong = self.model.wrong(block, runs, data)
            assert wrong is None, wrong
            self.hits += sum(int(run["count"]) for run in runs if run["state"] == "hit")
            done = sum(int(run["count"]) for run in runs)
            block, left = block + done, left - done

    def discard(self):
        block = self._places(self.random)
        count = self.random.choice([1, 5, self._most, 3 * self._most])
        self.expect(self.session.ask("discard", handle="h", block=str(block), count=str(count)))
        self.model.discard(block, count)

    def flush(self):
        self.expect(self.session.ask("flush", handle="h"))

    def step(self):
        operations = [self.write] * 10 + [self.read] * 5 + [self.discard] * 2 + [self.flush]
        self.random.choice(operations)()

    def read_all(self):
        """Reads all that was ever written, in runs."""
        blocks = sorted(self.model.newest)
        start = 0
        for index in range(1, len(blocks) + 1):
            if index == len(blocks) or blocks[index] - blocks[index - 1] > 32:
                self.read(blocks[start], blocks[index - 1] - blocks[start] + 1)
                start = index
