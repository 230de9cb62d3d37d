# SPDX-License-Identifier: Apache-2.0
"""What a crash may leave of an image: "Disk model" in Specs/VCI.md, from a record of its writes."""

import json
import pathlib

from port import BLOCK

RECORDER = pathlib.Path(__file__).resolve().parents[3] / "Port" / "recorder" / "recorder.so"


class Record:
    """The writes of a program to one image, by the recorder of `Port/recorder`."""

    def __init__(self, path):
        self._path = path
        self._taken = 0
        self.events = []  # (offset, bytes), or None for what makes all before durable

    def command(self, program, image):
        """What runs a program so that its writes to the image are recorded."""
        return [
            "env", f"LD_PRELOAD={RECORDER}", f"VCI_RECORDER_TRACE={self._path}",
            f"VCI_RECORDER_PATH={image}", program]

    def length(self):
        """How many events there are by now."""
        with open(self._path, "rb") as file:
            file.seek(self._taken)
            data = file.read()
        self._taken += len(data)
        for line in data.splitlines():
            self._take(json.loads(line))
        return len(self.events)

    def _take(self, record):
        if record["kind"] == "write" and record["result"] > 0:
            data = bytes.fromhex(record.get("data") or record["fill"] * record["result"])
            self.events.append((record["offset"], data))
        elif record["kind"] == "flush" and record["scope"] == "file" and record["result"] == 0:
            self.events.append(None)
        elif record["kind"] in ("unfollowed", "mapping", "truncate"):
            raise ValueError(f"the disk below knows nothing of this: {record}")


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
