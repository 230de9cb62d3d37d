# SPDX-License-Identifier: Apache-2.0
"""What a crash may leave of an image: "Disk model" in Specs/VCI.md, from a record of its writes."""

import os

from port import BLOCK


class Record:
    """The writes of a program built with `recorder/recorder.c`."""

    def __init__(self, path):
        self._path = path
        self._taken = 0
        self.events = []  # (offset, bytes), or None for what makes all before durable

    def length(self):
        """How many events there are by now."""
        if not os.path.exists(self._path):
            return 0
        with open(self._path, "rb") as file:
            file.seek(self._taken)
            data = file.read()
        self._taken += len(data)
        at = 0
        while at < len(data):
            if data[at : at + 1] == b"S":
                self.events.append(None)
                at += 1
                continue
            offset = int.from_bytes(data[at + 1 : at + 9], "little")
            length = int.from_bytes(data[at + 9 : at + 17], "little")
            self.events.append((offset, data[at + 17 : at + 17 + length]))
            at += 17 + length
        return len(self.events)


class Disk:
    """The file as a crash after `count` events may leave it."""

    def __init__(self, events, count, never_torn):
        self._never_torn = never_torn
        durable = max((index for index in range(count) if events[index] is None), default=0)
        self._image = bytearray()
        for event in events[:durable]:
            if event is not None:
                self._put(*event)
        self._pending = [event for event in events[durable:count] if event is not None]

    def _put(self, offset, data):
        if len(self._image) < offset + len(data):
            self._image.extend(bytes(offset + len(data) - len(self._image)))
        self._image[offset : offset + len(data)] = data

    def crash(self, random):
        """Of each block that was not durable: its new bytes, its old ones, or, as none of them
        belongs to a durable tree, any. The image of the writer here has no LRU links, so those
        blocks that must not be torn are the only ones that it overwrites in place."""
        for offset, data in self._pending:
            for at in range(0, len(data), BLOCK):
                fate = random.random()
                block = (offset + at) // BLOCK
                if fate < 0.5:
                    self._put(offset + at, data[at : at + BLOCK])
                elif fate < 0.7 and block not in self._never_torn:
                    self._put(offset + at, random.randbytes(BLOCK))
        return bytes(self._image)
