# SPDX-License-Identifier: Apache-2.0
"""The report of `Scripts/kill-writers`: kills by operation, what was found, what was lost."""

from victims import OPERATIONS

_STATES = ["no file", "no image", "clean", "dirty"]


def _rows(tallies):
    yield ["killed in", *OPERATIONS, "all", "after it"]
    for name, tally in tallies.items():
        counts = [tally.killed[op] for op in OPERATIONS]
        yield [name, *counts, sum(counts), tally.late]


def _found(tallies):
    yield ["found", *_STATES, "of dirty: summary", "leak", "blocks read", "evicted", "wrong"]
    for name, tally in tallies.items():
        yield [name, *(tally.states[state] for state in _STATES), tally.classes["summary"],
               tally.classes["leak"], tally.blocks, tally.evicted, len(tally.wrong)]


def _aligned(rows):
    rows = [list(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        yield "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()


def text(tallies):
    """The two tables, and a line that sums them up."""
    killed = sum(sum(tally.killed.values()) for tally in tallies.values())
    wrong = sum(len(tally.wrong) for tally in tallies.values())
    lost = "lost: nothing" if not wrong else f"{wrong} images are wrong"
    return "\n".join([
        *_aligned(_rows(tallies)), "", *_aligned(_found(tallies)), "",
        f"{killed} kills within an operation; {lost}"])
