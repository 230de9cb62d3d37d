# SPDX-License-Identifier: Apache-2.0
"""What `measure` prints: a line for each fault, and the sums."""

import statistics

from events import kind_of
from following import BY_ANOTHER, FOUND, NO_END, NOT_FOUND, NOT_STARTED

HEAD = "fault | seed | outcome | images | workloads | crashes | states | contracts | requirement | kind | test | seconds | remarks"
# Readers' faults show in images, writers' in workloads.
COUNTED = {"reader": "images", "writer": "workloads"}


def remarks(result):
    said = []
    if result["others"]:
        requirement, test = result["first_other"]
        said.append(f"{result['others']} tests failed by other requirements, the first by {requirement} in {test}")
    if result["flaky"]:
        said.append(f"{result['flaky']} flaky")
    if result["not_run"]:
        said.append(f"{result['not_run']} not run")
    if result["exit"] and result["outcome"] in (NOT_FOUND, NOT_STARTED, NO_END):
        said.append(f"exit {result['exit']}")
    if result["why"]:
        said.append(" / ".join(result["why"].splitlines()[-2:]))
    return ", ".join(said) or "-"


def line_of(result):
    """Returns the line of a fault that was measured."""
    counts = [result.get(key, 0) for key in ("images", "workloads", "crashes", "states", "contracts")]
    cells = [result["fault"], result["seed"], result["outcome"], *counts]
    cells += [result[key] for key in ("requirement", "kind", "test", "seconds")]
    return " | ".join(["-" if cell is None else str(cell) for cell in cells] + [remarks(result)])


def names(results):
    return " ".join(sorted({result["fault"][:3] for result in results}))


def sums_of(whose, faults, left_out, results):
    """Returns the sums of the faults of readers or writers, of which some were left out, as they need a crash or as they need none.

    How many images or workloads were needed is said of those that these found: where a contract stands in the order of a
    run has nothing to do with them.
    """
    of_each = {outcome: [result for result in results if result["outcome"] == outcome]
               for outcome in (FOUND, BY_ANOTHER, NOT_FOUND, NOT_STARTED, NO_END)}
    lines = [f"{whose}s: {faults} faults, {left_out} left out; {len(results)} runs, "
             f"{len(of_each[FOUND]) + len(of_each[BY_ANOTHER])} found, {len(of_each[FOUND])} by a requirement that fits"]
    for outcome in (BY_ANOTHER, NOT_FOUND, NOT_STARTED, NO_END):
        if of_each[outcome]:
            lines.append(f"  {outcome}: {names(of_each[outcome])}")
    counted = COUNTED[whose]
    for kind in ("images", "workloads", "crashes", "contracts"):
        by_it = [result for result in of_each[FOUND] if kind_of(result["test"]) == kind]
        if by_it and kind != counted:
            lines.append(f"  found by {kind}: {names(by_it)}")
        elif by_it:
            last = max(by_it, key=lambda result: result[kind])
            lines.append(f"  found by {kind}: {len(by_it)}, median {statistics.median(each[kind] for each in by_it):g}, "
                         f"most {last[kind]} ({last['fault']})")
    if results:
        slowest = max(results, key=lambda result: result["seconds"])
        lines.append(f"  slowest: {slowest['seconds']:g} s ({slowest['fault']})")
    return lines
