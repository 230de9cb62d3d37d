# SPDX-License-Identifier: Apache-2.0
"""Follows a run of `vci conform` until it says what was asked."""

import subprocess
import time

from conforming import command_of
from events import EventLog, Judgement

FOUND, BY_ANOTHER, NOT_FOUND = "found", "found, by another requirement", "not found"
NOT_STARTED, NO_END = "did not start", "no end"
EXIT_NOT_STARTED = 5


def stop(run):
    """Ends a run, if it still goes on."""
    if run.poll() is None:
        run.terminate()
        try:
            run.wait(timeout=60)
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()


def watch(run, log, judgement, patience):
    """Reads events until a fitting failure, the end, or so many seconds after a failure that does not fit."""
    deadline = None
    while True:
        is_over = run.poll() is not None  # asked first: what was written before is read then
        for event in log.new():
            judgement.add(event)
        if is_over or judgement.fitting:
            return
        if judgement.other and deadline is None:
            deadline = time.monotonic() + patience
        if deadline is not None and time.monotonic() >= deadline:
            return
        time.sleep(0.05)


def outcome_of(judgement, code):
    if judgement.fitting:
        return FOUND
    if judgement.other:
        return BY_ANOTHER
    if judgement.ended:
        return NOT_FOUND
    return NOT_STARTED if code == EXIT_NOT_STARTED and not judgement.began else NO_END


def follow(vci, program, lane, seed, corpus, requirements, patience, folder):
    """Runs a lane on a program, as long as needed. Returns what it says of a fault with these requirements.

    The numbers of images, workloads, crashes, their states and contracts are those judged by the failure, or else in the whole run.
    """
    begun = time.monotonic()
    events, errors = folder / "events.jsonl", folder / "errors"
    events.unlink(missing_ok=True)
    command = [*command_of(vci, program, lane, seed, corpus), "--report", str(events)]
    judgement = Judgement(requirements)
    with errors.open("wb") as out:
        run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=out)
        try:
            watch(run, EventLog(events), judgement, patience)
            code = run.poll()  # None if the run was not over
        finally:
            stop(run)
    finding = judgement.fitting or judgement.other
    outcome = outcome_of(judgement, code)
    said = errors.read_text(errors="replace").strip()[-300:]
    return {
        "outcome": outcome, "exit": code, **(finding.judged if finding else judgement.judged),
        "test": finding and finding.test, "kind": finding and finding.kind,
        "requirement": finding and finding.requirement, "others": judgement.others,
        "first_other": judgement.other and [judgement.other.requirement, judgement.other.test],
        "flaky": judgement.flaky, "not_run": judgement.not_run,
        "why": said if outcome in (NOT_STARTED, NO_END) else None,
        "seconds": round(time.monotonic() - begun, 1)}
