# SPDX-License-Identifier: Apache-2.0
"""What is demanded of a command of which a call failed."""

import json
import os
import re
import shutil

import victims
from faults import INVISIBLE, WANT_OF_ROOM
from workloads import END, content, said

#: What a check may find in an image whose writer could not close it.
HARMLESS = {"dirty", "summary", "leak", "advice"}
#: What has a name of its own only until it has the right one, or none.
_DRAFT = re.compile(r"(.*/)?\.vci-[0-9a-f]{32}\.draft|vcifuzz-.{6}")
_SMALLER = "the cache is only as large as what fits on its disk"
_CUT = "no file can be that long; it ends behind the last hit"
FOREIGN = "other bytes"


class Wrong(Exception):
    """What is wrong after a call has failed."""


def _demand(holds, what):
    if not holds:
        raise Wrong(what)


def judge_words(run, base, workload, fault, is_json):
    """Judges exit code and messages. Returns whether the failure was reported. `base` is the same without it."""
    _demand(run.code is not None, "it hangs")
    _demand(run.code >= 0, f"signal {-run.code} ends it")
    told = run.errors + (run.output.decode(errors="replace") if is_json else "")
    is_reported = fault.reason is not None and fault.reason in told or _is_cut(run, fault)
    if run.code == base.code and not is_reported:
        _demand(_timeless(run.errors) == _timeless(base.errors), f"it succeeds, and says {run.errors!r}")
        return False
    if run.code == base.code and base.code != 1:
        _demand(_is_smaller(run, fault), f"it ends with {run.code}, and says {run.errors!r}")
        return True
    _demand(run.code == 1, f"exit code {run.code}; without the fault it is {base.code}: {run.errors!r}")
    _demand(fault.effect not in INVISIBLE or fault.kind in ("rename", "link", "unlink"),
            f"it lets {fault.effect} be noticed: {run.errors!r}")
    _judge_error(run, workload, fault, is_json)
    return True


def _timeless(errors):
    """Messages without the rates of a campaign."""
    return re.sub(r"(?m)^\d+ iterations in .*\n", "", errors)


def _is_cut(run, fault):
    """Whether a file ends behind its last hit since no file can be longer, and this was said."""
    return fault.kind == "truncate" and fault.name == "EFBIG" and _CUT in run.errors


def _is_smaller(run, fault):
    """Whether a full disk has made a cache smaller, or an image was left out, and this was said."""
    if _is_cut(run, fault):
        return True
    return fault.name in WANT_OF_ROOM and (_SMALLER in run.errors or "left out" in run.errors)


def _judge_error(run, workload, fault, is_json):
    if workload.words[1] == "check":
        return _judge_check(run, workload, fault, is_json)
    lines = [line for line in run.errors.splitlines()
             if line.startswith(f"{workload.tool}: ") and not line.startswith("vcifuzz: schema ")]
    _demand(len(lines) == 1, f"{len(lines)} errors are told: {run.errors!r}")
    _demand(fault.reason in lines[0], f"the error does not say {fault.reason!r}: {lines[0]!r}")
    # A campaign names the folder of its counters, which have no name.
    names = {name for name in run.hit if name in workload.names} or workload.names | {"standard output", "files: "}
    _demand(any(name in lines[0] for name in names), f"the error names none of {sorted(names)}: {lines[0]!r}")
    if is_json:
        _judge_object(run, fault)


def _judge_check(run, workload, fault, is_json):
    """A check says of each file what it found, and of one that failed that and why: in JSON in its object."""
    if is_json:
        objects = [json.loads(line) for line in run.output.splitlines()]
        failed = [each for each in objects if each.get("error")]
        _demand(len(objects) == len(workload.files), f"{len(objects)} objects: {run.output!r}")
        _demand(failed and all(fault.reason in each["error"]["message"] for each in failed),
                f"no object says {fault.reason!r}: {run.output!r}")
    else:
        failed = [line for line in run.errors.splitlines() if line.endswith(": could not be checked to the end")]
        _demand(failed and run.errors.count(fault.reason) == len(failed), f"the error is not told: {run.errors!r}")


def _judge_object(run, fault):
    objects = [json.loads(line) for line in run.output.splitlines()]
    errors = [each["error"] for each in objects if isinstance(each, dict) and "error" in each]
    _demand(len(errors) == 1, f"{len(errors)} objects have an error: {run.output!r}")
    _demand(fault.reason in errors[0]["message"], f"the object does not say {fault.reason!r}: {errors[0]}")


def judge_files(run, base, before, workload, fault, is_reported):
    """Judges the files: whole, as before, or not there. `before` has those that the command found."""
    for name, data in run.files.items():
        if _DRAFT.fullmatch(name):
            _demand(fault.kind == "unlink", f"a draft is left: {name}")
        elif name == workload.image:
            continue
        elif name == "images/verdicts.jsonl" and is_reported:
            _judge_list(data, base.files[name], run.files)
        else:
            allowed = [files[name] for files in ([before, base.files] if is_reported else [base.files])
                       if name in files]
            _demand(allowed, f"{name} is left, {len(data)} bytes")
            if _is_cut(run, fault) and name in base.files:
                allowed.append(base.files[name][:len(data)])
                _demand(not base.files[name][len(data):].strip(b"\0"), f"{name} is cut within hits")
            _demand(data in allowed, f"{name} is neither as before nor as it should be: {len(data)} bytes")
    due = before if is_reported else base.files
    for name in due:
        _demand(name in run.files, f"{name} is gone" if is_reported else f"{name} is missing, though it succeeds")


def _judge_list(data, whole, files):
    """The list of images has those that are there, and of others says that they are left out."""
    lines = {line["image"]: line for line in map(json.loads, whole.splitlines())}
    for line in map(json.loads, data.splitlines()):
        name = line["image"]
        if "leftOut" in line:
            _demand(f"images/{name}" not in files, f"{name} is there, and its line says that it is left out")
        else:
            _demand(line == lines[name], f"the line of {name} is another one")
            _demand(f"images/{name}" in files, f"the list has {name}, which is not there")
    listed = {json.loads(line)["image"] for line in data.splitlines()}
    there = {os.path.basename(name) for name in files if name.startswith("images/") and name.endswith(".vci")}
    _demand(there <= listed, f"{sorted(there - listed)} are not in the list")


class ImageVerdict:
    """Judges what a writer has left of its image, with the checker and the reference."""

    def __init__(self, judge, workload, versions):
        self._judge, self._workload, self._versions = judge, workload, versions

    def run(self, run, fault, is_json, path, copy):
        """`path` is the image; `copy` a place for one."""
        findings = self._judge.findings(path)
        bad = sorted(rule for rule, its in findings.items() if its not in HARMLESS)
        _demand(not bad, f"the image breaks {bad}")
        if run.code == 0:
            _demand(set(findings.values()) <= {"advice"}, f"it succeeds, and the image breaks {sorted(findings)}")
        served = served_versions(self._judge.cached(path, END))
        judge_blocks(served, self._versions, self._workload, said(run.output.decode(), is_json), run)
        self._judge_recovery(served, path, copy)

    def _judge_recovery(self, served, path, copy):
        shutil.copyfile(path, copy)
        found = served_versions(victims.recovered(self._judge, copy, END))
        _demand(found == served, "opened for writing it serves other blocks than for reading")
        bad = {rule for rule, its in self._judge.findings(copy).items() if its != "advice"}
        _demand(not bad, f"closed after a recovery it breaks {sorted(bad)}")
        again = served_versions(self._judge.cached(copy, END))
        changed = [block for block in served if again[block] != served[block]]
        _demand(all(self._workload.tight and again[block] is None for block in changed),
                "closed after a recovery it serves other blocks")


def served_versions(found):
    """The version that each block has of those that are cached; None for others."""
    versions = dict.fromkeys(range(END))
    for block, data in found.items():
        versions[block] = next(
            (version for version in (1, 2) if data == content(block, version)), FOREIGN)
    return versions


def judge_blocks(served, before, workload, states, run):
    """Judges what is served. `before` are the versions that were durable, `states` what the command said."""
    for block, version in served.items():
        old, state = before.get(block), states.get(block)
        if block in workload.changes:
            new = workload.changes[block]
            allowed = {
                "written": {new}, "discarded": {None},
                "evicted": {None} if run.code == 0 else {None, old, new},
                "dropped": {None} if run.code == 0 else {None, old, new},
                None: {None, old, new} if run.code != 0 else {old, None} if new is None else set(),
            }[state]
        elif state in ("evicted", "dropped"):
            allowed = {None} if run.code == 0 else {None, old}
        else:
            allowed = {old}
        _demand(version in allowed, f"block {block} is served as {version}, and was {old}; it is said to be {state}")
