# SPDX-License-Identifier: Apache-2.0
"""Makes an image that caches nothing: header, map, root. What fails leaves no file behind."""

import os

from files import FULL, write_all
from layout import (
    BLOCK, DYNAMIC, FIXED, HEADER, HEADER_BLOCKS, LEAF, MOST_BLOCKS, NODE_BLOCKS, NODE_BYTES, SIGNATURE,
    VERSION, map_blocks)
from vci_port import Refused
from writer import write_bits, write_map_header


def create(path, blocks, fixed, uuid):
    """Makes an image of `blocks` blocks. Its header comes last, so what is cut short is no VCI."""
    count = map_blocks(blocks)
    used = HEADER_BLOCKS + count + NODE_BLOCKS
    if not used <= blocks <= MOST_BLOCKS:
        raise Refused("VCI-HDR-003", "argument", f"there are no images of {blocks} blocks")
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError as error:
        raise Refused(cls="argument", message="the file exists") from error
    except OSError as error:
        raise Refused(cls="io", message=str(error)) from error
    try:
        _fill(file, blocks, count, fixed, uuid)
        _sync_name(path)
    except BaseException as error:
        os.unlink(path)
        if isinstance(error, OSError) and error.errno in FULL:
            raise Refused(cls="space", message=str(error)) from error
        raise
    finally:
        os.close(file)


def _fill(file, blocks, count, fixed, uuid):
    used = HEADER_BLOCKS + count + NODE_BLOCKS
    if fixed:
        os.posix_fallocate(file, 0, blocks * BLOCK)
    else:
        os.ftruncate(file, used * BLOCK)
    root = HEADER_BLOCKS + count
    write_map_header(file, HEADER_BLOCKS, blocks, blocks - used, used, 0)
    write_bits(file, HEADER_BLOCKS, count, [(0, used)])
    write_all(file, bytes([LEAF]).ljust(NODE_BYTES, b"\0"), root * BLOCK)
    os.fsync(file)
    header = HEADER.pack(
        SIGNATURE, VERSION, blocks, 0, FIXED if fixed else DYNAMIC, root, HEADER_BLOCKS, count,
        uuid.bytes_le, bytes(16), b"")
    write_all(file, header, 0)
    os.fsync(file)


def _sync_name(path):
    """Makes the name durable, which a flush of the file does not do."""
    folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
