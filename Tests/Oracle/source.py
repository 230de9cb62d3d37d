# SPDX-License-Identifier: Apache-2.0
"""Where an image's bytes come from: a raw file or one that is inflated. Holes are skipped."""

import bisect
import errno
import os
import stat
import zlib

from layout import BLOCK

PAGE = 64 * 1024
PIECE = 1024 * 1024
_ZEROS = bytes(PAGE)
_PLAIN = 16 * 1024
_SUFFIX = ".vci.z"


class FileSource:
    """A raw file, sparse or not."""

    def __init__(self, path):
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            status = os.fstat(self._file)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "not a regular file", str(path))
        except BaseException:
            self.close()
            raise
        self.size = status.st_size

    def close(self):
        os.close(self._file)

    def read(self, offset, length):
        """Exactly `length` bytes from `offset` on."""
        data = os.pread(self._file, length, offset)
        while len(data) < length:
            more = os.pread(self._file, length - len(data), offset + len(data))
            if not more:
                raise OSError(errno.EIO, "the file ends too early")
            data += more
        return data

    def data_runs(self, start, end):
        """The ranges between `start` and `end` that may hold bytes other than zero."""
        end = min(end, self.size)
        while end - start > _PLAIN and hasattr(os, "SEEK_DATA"):
            try:
                data = os.lseek(self._file, start, os.SEEK_DATA)
                hole = os.lseek(self._file, data, os.SEEK_HOLE)
            except OSError as error:
                if error.errno == errno.ENXIO:
                    return
                break
            if data >= end:
                return
            yield data, min(hole, end)
            start = hole
        if start < end:
            yield start, end


class InflatedSource:
    """A file of one zlib stream, inflated into memory; pages of zeros are not kept."""

    def __init__(self, path):
        self.size = 0
        self._pages = {}
        pending = bytearray()
        for data in _inflate(path):
            pending += data
            while len(pending) >= PAGE:
                self._keep(bytes(pending[:PAGE]))
                del pending[:PAGE]
        self._keep(bytes(pending))
        self._numbers = list(self._pages)

    def _keep(self, page):
        if page != _ZEROS[: len(page)]:
            self._pages[self.size // PAGE] = page
        self.size += len(page)

    def close(self):
        self._pages = {}

    def read(self, offset, length):
        """Exactly `length` bytes from `offset` on."""
        if offset + length > self.size:
            raise OSError(errno.EIO, "the file ends too early")
        number, start = divmod(offset, PAGE)
        if start + length <= PAGE:
            return self._pages.get(number, _ZEROS)[start : start + length]
        numbers = range(number, (offset + length - 1) // PAGE + 1)
        data = b"".join(self._pages.get(each, _ZEROS) for each in numbers)
        return data[start : start + length]

    def data_runs(self, start, end):
        """The ranges between `start` and `end` that may hold bytes other than zero."""
        end = min(end, self.size)
        if start >= end:
            return
        first = bisect.bisect_left(self._numbers, start // PAGE)
        last = bisect.bisect_left(self._numbers, -(-end // PAGE))
        for index in range(first, last):
            page = self._numbers[index] * PAGE
            yield max(start, page), min(end, page + PAGE)


def _inflate(path):
    """The bytes of a file of one zlib stream, a page at a time. What is no such file raises."""
    stream = zlib.decompressobj()
    with open(path, "rb") as file:
        while tail := file.read(PAGE):
            while True:
                data = stream.decompress(tail, PAGE)
                tail = stream.unconsumed_tail
                yield data
                if not tail and len(data) < PAGE:
                    break
            if stream.unused_data:
                break
    if not stream.eof or stream.unused_data:
        raise OSError(errno.EIO, "not one whole zlib stream", str(path))


def open_source(path):
    """The source of the image at `path`. OSError and zlib.error: it could not be read."""
    return (InflatedSource if str(path).endswith(_SUFFIX) else FileSource)(path)


def data_pieces(source, start, end):
    """(offset, bytes) of all data between `start` and `end`, in pieces of a fixed size at most."""
    for low, high in source.data_runs(start, end):
        for offset in range(low, high, PIECE):
            yield offset, source.read(offset, min(PIECE, high - offset))


def occupied(source):
    """The bytes of all blocks but those of zeros; the last one may be a part of a block."""
    total = 0
    for _, piece in data_pieces(source, 0, source.size):
        for start in range(0, len(piece), BLOCK):
            block = piece[start : start + BLOCK]
            if block != _ZEROS[: len(block)]:
                total += len(block)
    return total
