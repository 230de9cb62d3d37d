# SPDX-License-Identifier: Apache-2.0
"""Files of images: opened, locked, written whole or refused."""

import errno
import fcntl
import os
import stat

from source import FileSource
from vci_port import Refused

#: What says that there is no room on the disk.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class OpenFile(FileSource):
    """A file that is open already; its size is the one now."""

    def __init__(self, file):
        self._file = file
        self.size = os.fstat(file).st_size


def open_file(path, writable):
    """Opens a regular file and locks it: for itself if it is to be written, else with readers."""
    try:
        file = os.open(path, (os.O_RDWR if writable else os.O_RDONLY) | os.O_NONBLOCK)
    except OSError as error:
        raise Refused(cls="io", message=str(error)) from error
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise Refused(cls="io", message="not a regular file")
        _lock(file, writable)
    except BaseException:
        os.close(file)
        raise
    return file


def _lock(file, writable):
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if writable else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Refused(cls="locked", message="another program has the file open") from error
    except OSError as error:
        if writable:
            raise Refused(cls="io", message=f"no lock: {error}") from error


def write_all(file, data, offset):
    """Writes all bytes, or raises OSError."""
    data = memoryview(data)
    while data:
        done = os.pwrite(file, data, offset)
        data, offset = data[done:], offset + done
