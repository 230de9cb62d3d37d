# SPDX-License-Identifier: Apache-2.0
"""The form of a trace: kinds, keys and values, and nothing else."""

import os
import re

VERSION = 1


class TraceError(Exception):
    """A file is no trace, or has what this program does not know."""


WORDS = {
    "sync": {"sync", "dsync"},
    "fault": {"EIO", "ENOSPC", "EDQUOT", "EFBIG", "EINTR", "short", "lie"},
    "scope": {"file", "folder", "range", "mapping", "all"},
}
LISTS = {
    "flags": set("rdonly wronly rdwr creat excl trunc append direct tmpfile path sync dsync".split()),
    "mode": set("plain keep-size punch-hole collapse zero-range insert unshare other".split()),
}
PATTERNS = {
    "path": re.compile(r"(?:[!#$&-\[\]-~]|%[0-9a-f]{2})+"),
    "file": re.compile(r"[0-9a-f]+:[0-9a-f]+"),
    "hex": re.compile(r"(?:[0-9a-f]{2})+"),
    "byte": re.compile(r"[0-9a-f]{2}"),
    "word": re.compile(r"[ -~]+"),
}
RESULT = {"result": "integer"}
FAILED = {"errno": "errno", "fault": "fault"}
COMMON = {"seq": "number", "pid": "number", "tid": "number", "kind": "word", "call": "word"}
DATA = {
    "file": "file", "fd": "number", "offset": "integer", "length": "integer", "result": "integer"}
BYTES = {"data": "hex", "fill": "byte"}

#: The keys that a record of each kind must have, and those that it may have.
FORMS = {
    "start": ({"version": "number", "parent": "number", "program": "path"}, {"stdio": "true"}),
    "open": ({"name": "path", **RESULT}, {
        "file": "file", "flags": "flags", "created": "true", "before": "number",
        "size": "number", **FAILED}),
    "found": ({
        "file": "file", "name": "path", "fd": "number", "flags": "flags", "size": "number"}, {}),
    "close": ({"file": "file", "fd": "number", **RESULT}, FAILED),
    "duplicate": ({"file": "file", "from": "number", "fd": "number"}, {}),
    "read": ({"file": "file", "fd": "number", "length": "number", **RESULT}, FAILED),
    "write": (DATA, {
        **BYTES, "append": "true", "direct": "true", "sync": "sync", **FAILED}),
    "arrive": ({"file": "file", "name": "path", "size": "number"}, {}),
    "content": (DATA, BYTES),
    "truncate": ({"file": "file", "length": "integer", **RESULT}, {"before": "number", **FAILED}),
    "allocate": ({
        "file": "file", "fd": "number", "mode": "mode", "offset": "integer", "length": "integer",
        "size": "number", **RESULT}, FAILED),
    "flush": ({"scope": "scope", **RESULT}, {"file": "file", "name": "path", **FAILED}),
    "mapping": ({"file": "file"}, {
        "name": "path", "writable": "true", "offset": "number", "length": "number"}),
    "rename": ({"from": "path", "to": "path", **RESULT}, {
        "file": "file", "folder": "true", "replaced": "file", "exchange": "true", **FAILED}),
    "link": ({"from": "path", "to": "path", **RESULT}, {
        "file": "file", "folder": "true", **FAILED}),
    "unlink": ({"name": "path", **RESULT}, {"file": "file", "folder": "true", **FAILED}),
    "make": ({"name": "path", **RESULT}, {"errno": "errno"}),
    "send": ({"file": "file", "fd": "number"}, {}),
    "unseen": ({"program": "path", "why": "word"}, {}),
    "unfollowed": ({"why": "word"}, {"file": "file", "name": "path"}),
    "interrupted": ({}, {}),
}


def _fits(kind, value):
    """Whether a value is of a kind of values."""
    if kind == "true":
        return value is True
    if kind in ("number", "integer", "errno"):
        least = {"number": 0, "errno": 1, "integer": -(1 << 63)}[kind]
        return isinstance(value, int) and not isinstance(value, bool) and least <= value < 1 << 63
    if not isinstance(value, str):
        return False
    if kind in WORDS:
        return value in WORDS[kind]
    if kind in LISTS:
        return set(value.split(",")) <= LISTS[kind]
    return PATTERNS[kind].fullmatch(value) is not None


def closed(pairs):
    record = dict(pairs)
    if len(record) != len(pairs):
        raise TraceError("a key stands twice")
    return record


def _require_result(record):
    """Raises TraceError unless result, error and bytes agree."""
    if (record["result"] == -1) != ("errno" in record) or record["result"] < -1:
        raise TraceError("result and errno do not agree")
    if record["kind"] not in ("write", "content"):
        return
    data, fill = record.get("data"), record.get("fill")
    if (record["result"] > 0) != ((data is None) != (fill is None)):
        raise TraceError("result and bytes do not agree")
    if data is not None and len(data) != 2 * record["result"]:
        raise TraceError(f"{len(data) // 2} bytes where {record['result']} were written")
    if record["result"] > 0 and record["offset"] < 0:
        raise TraceError("bytes were written at a negative offset")


def require_form(record):
    """Raises TraceError unless a line is a mark or a record of a known form."""
    if not isinstance(record, dict):
        raise TraceError("no object")
    if set(record) == {"mark"} and isinstance(record["mark"], str):
        return
    kind = record.get("kind")
    if not isinstance(kind, str) or kind not in FORMS:
        raise TraceError(f"a record of the unknown kind {kind!r}")
    needed = {**COMMON, **FORMS[kind][0]}
    for key in needed:
        if key not in record:
            raise TraceError(f"a record of the kind {kind} without {key}")
    allowed = {**needed, **FORMS[kind][1]}
    for key, value in record.items():
        if key not in allowed:
            raise TraceError(f"a record of the kind {kind} with the unknown key {key!r}")
        if not _fits(allowed[key], value):
            raise TraceError(f"{key} of a record of the kind {kind} is {str(value)[:60]!r}")
    if "result" in record:
        _require_result(record)
    if kind == "start" and record["version"] != VERSION:
        raise TraceError(f"version {record['version']}, not {VERSION}")


def text_of(path):
    """A path of a trace, with %XX as bytes, as the system's functions want it."""
    raw = re.sub(rb"%([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), path.encode())
    return os.fsdecode(raw)


def coded(path):
    """A path as a trace has it."""
    return "".join(
        chr(byte) if 0x20 < byte < 0x7f and byte not in b'"\\%' else f"%{byte:02x}"
        for byte in os.fsencode(path))
