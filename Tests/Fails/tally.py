# SPDX-License-Identifier: Apache-2.0
"""The report of `Scripts/fail-tools`."""

import collections

from faults import EFFECTS, KINDS


class Tally:
    """What failed, whether it was reported, and what was wrong."""

    def __init__(self):
        self.reported, self.passed = collections.Counter(), collections.Counter()
        self.by_workload = collections.defaultdict(collections.Counter)
        self.wrong = []

    def count(self, workload, fault, is_reported):
        """Counts a fault that hit a call."""
        (self.reported if is_reported else self.passed)[fault.kind, fault.effect] += 1
        self.by_workload[workload]["reported" if is_reported else "passed"] += 1

    @property
    def failed(self):
        """How many runs there were in which a call failed."""
        return sum(self.reported.values()) + sum(self.passed.values()) + len(self.wrong)


def _cell(tally, kind, effect):
    reported, passed = tally.reported[kind, effect], tally.passed[kind, effect]
    return f"{reported + passed}: {reported} + {passed}" if reported + passed else "-"


def _aligned(rows):
    rows = [list(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        yield "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()


def text(tally):
    """The tables, and a line that sums them up."""
    effects = sorted({effect for kind in KINDS for effect in EFFECTS[kind]},
                     key=["EIO", "EIO-", "ENOSPC", "ENOSPC-", "EDQUOT", "EFBIG", "EINTR", "short", "lie"].index)
    kinds = [["call", *effects]] + [
        [kind, *(_cell(tally, kind, effect) if effect in EFFECTS[kind] else "" for effect in effects)]
        for kind in KINDS]
    commands = [["command", "calls failed", "reported", "passed without harm"]] + [
        [name, sum(counts.values()), counts["reported"], counts["passed"]]
        for name, counts in tally.by_workload.items()]
    lost = "what was lost: nothing" if not tally.wrong else f"{len(tally.wrong)} are wrong"
    return "\n".join([
        "calls failed: reported + passed without harm", *_aligned(kinds), "", *_aligned(commands), "",
        f"{tally.failed} calls failed, {sum(tally.reported.values())} failures reported, "
        f"{sum(tally.passed.values())} passed without harm; {lost}"])
