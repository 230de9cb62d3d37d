# SPDX-License-Identifier: Apache-2.0
"""CRC-32 of a range of a file, in pieces, with the zeros of holes counted and not read."""

import functools
import zlib

from source import data_pieces

_MASK = 0xFFFFFFFF
_POLYNOMIAL = 0xEDB88320


def crc32(source, start, end, crc=0):
    """zlib.crc32 of the bytes from `start` to before `end`, behind bytes whose CRC-32 is `crc`."""
    position = start
    for offset, piece in data_pieces(source, start, end):
        crc = zlib.crc32(piece, _after_zeros(crc, offset - position))
        position = offset + len(piece)
    return _after_zeros(crc, end - position)


def _after_zeros(crc, count):
    """The CRC-32 that `crc` becomes by `count` bytes of zero."""
    state = crc ^ _MASK
    power = 0
    while count:
        if count & 1:
            state = _apply(_zeros_matrix(power), state)
        count >>= 1
        power += 1
    return state ^ _MASK


@functools.cache
def _zeros_matrix(power):
    """What 2^power bytes of zero make of each bit of a CRC's state."""
    if power:
        half = _zeros_matrix(power - 1)
        return tuple(_apply(half, column) for column in half)
    return tuple(_after_zero_byte(1 << bit) for bit in range(32))


def _after_zero_byte(state):
    for _ in range(8):
        state = state >> 1 ^ (_POLYNOMIAL if state & 1 else 0)
    return state


def _apply(matrix, vector):
    result = 0
    for column in matrix:
        if vector & 1:
            result ^= column
        vector >>= 1
    return result
