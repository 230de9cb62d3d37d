#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads traces of the recorder: prints them, makes files from them, says what they do not tell.

usage: trace.py show TRACE
       trace.py check TRACE [--name NAME [--now PATH]] [--base NAME=PATH]...
       trace.py content TRACE --name NAME --out PATH [--events N] [--base NAME=PATH]...
       trace.py events TRACE --name NAME [--base NAME=PATH]...
       trace.py mark TRACE TEXT
       trace.py calls
       trace.py from-strace LOG --folder DIR --out TRACE [--before DIR]

  show         prints the events for people
  check        says loudly what the trace cannot tell, of all files or of NAME and those it replaces
  content      writes NAME as it was after the first N events; after all otherwise
  events       prints what happened to NAME as lines of JSON: writes, flushes, lengths, names, marks
  mark         puts a mark at the end of the trace, which may be that of programs that still run
  calls        prints what the option -e of strace must have
  from-strace  makes a trace from the output of strace: README.md beside this file has its options
  --name NAME       a file, by its path from the recorded folder on
  --base NAME=PATH  what NAME was before the first event is in PATH
  --now PATH        NAME as it is; it is compared with what the trace makes of it
  --before DIR      what the folder was before the first event; it was empty otherwise

It needs Python 3.9 or later. README.md beside this file has the form of a trace.

Exit codes: 0 the trace tells all; 5 it does not (check), or NAME is not in it, or not known in
whole (content, events); 64 wrong usage; 65 the file is no trace.
"""

import argparse
import errno
import fcntl
import json
import os
import struct
import sys

from contents import Folder
from forms import COMMON, TraceError, closed, coded, require_form, text_of  # noqa: F401

INCOMPLETE, USAGE, NO_TRACE = 5, 64, 65


def _busy(path):
    """Whether the last process was killed before it had recorded what it did."""
    try:
        with open(f"{path}.state", "rb") as file:
            state = file.read(24)
    except OSError:
        return False
    return len(state) == 24 and struct.unpack("=QQQ", state)[2] != 0


class Trace:
    """The events of a trace, in order; those that were cut, and how many are lost.

    `cut` has the numbers of lines that a killed process left unfinished; `interrupted` says that one
    was killed with a call on its way, which may have no record.
    """

    def __init__(self, path):
        self.events, self.cut, self.lost = [], [], 0
        self._next = 0
        with open(path, "rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    self._take(number, line)
                except TraceError as error:
                    raise TraceError(f"line {number}: {error}") from None
        self.interrupted = _busy(path) or any(
            event.get("kind") == "interrupted" for event in self.events)

    def _take(self, number, line):
        try:
            record = json.loads(line, object_pairs_hook=closed)
        except (ValueError, RecursionError):
            record = None
        if record is None or not line.endswith(b"\n"):
            start = b'{"seq":'
            begun = line.rstrip(b"\n")
            if not begun or not (
                    begun.startswith((start, b'{"mark":')) or start.startswith(begun)):
                raise TraceError("neither a record nor the begin of one")
            self.cut.append(number)
            return
        require_form(record)
        if "mark" not in record:
            self._count(record)
        self.events.append(record)

    def _count(self, record):
        seq = record["seq"]
        if record["kind"] == "interrupted" and seq == self._next - 1:
            return  # the killed program had written its record, and not yet counted it
        if seq < self._next:
            raise TraceError(f"record {seq} behind record {self._next - 1}: two traces in one file")
        self.lost += seq - self._next
        self._next = seq + 1


def mark(path, text):
    """Puts a mark at the end of a trace, between the records of programs that run."""
    line = json.dumps({"mark": text}).encode() + b"\n"
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        fcntl.fcntl(descriptor, getattr(fcntl, "F_OFD_SETLKW", 38), lock)
        size = os.fstat(descriptor).st_size
        if size > 0 and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


# For people


def _error(record):
    return errno.errorcode.get(record["errno"], str(record["errno"]))


def sentence(event):
    """One line on an event."""
    if "mark" in event:
        return f"---- {event['mark']}"
    parts = [f"{event['pid']}/{event['tid']}", event["kind"]]
    if event["call"] != event["kind"]:
        parts.append(f"({event['call']})")
    for key, value in event.items():
        if key in COMMON or key in ("data", "errno"):
            continue
        if key == "result" and value == -1:
            parts.append(f"failed: {_error(event)}")
        elif value is True:
            parts.append(key)
        else:
            parts.append(f"{key} {value}")
    if "data" in event:
        shown = event["data"][:32]
        parts.append("bytes " + shown + ("…" if len(event["data"]) > 32 else ""))
    return " ".join(parts)


def show(trace):
    """Prints all events."""
    for number, event in enumerate(trace.events, 1):
        print(f"{number:6} {sentence(event)}")


# What a trace does not tell


def _unloaded(trace):
    starts = [event for event in trace.events if event.get("kind") == "start"]
    if not starts:
        yield ("the shim was loaded by no program: is the adapter static, setuid, or of another C"
               " library?")
    programs = {text_of(event["program"]) for event in starts if "stdio" not in event}
    for program in sorted(programs):
        yield f"calls that the C library makes itself, as fwrite does, were not seen of {program}"
    unseen = {(text_of(event["program"]), event["why"])
              for event in trace.events if event.get("kind") == "unseen"}
    for program, why in sorted(unseen):
        yield f"a program was started that the shim does not see: {program} ({why})"


def _unfollowed(events):
    for event in events:
        kind = event.get("kind")
        if kind == "mapping" and "writable" in event:
            yield "a file was mapped for writing: what was written so is not in the trace"
        elif kind == "unfollowed":
            yield f"{event['call']}: {event['why']}"
        elif kind == "send":
            yield "a descriptor was sent to another program, whose writes may be missing"
        elif kind == "allocate" and "other" in event["mode"] and event["result"] != -1:
            yield "fallocate in a mode that is not known"


def _durability(events):
    writes = [event for event in events if event.get("kind") == "write" and event["result"] > 0]
    flushes = [event for event in events if event.get("kind") == "flush"]
    real = [event for event in flushes if event["result"] != -1 and event.get("fault") != "lie" and
            event["scope"] in ("file", "all", "mapping")]
    if any(event.get("fault") == "lie" for event in flushes):
        yield "flushes lied, as was asked for: they are none"
    if any(event["scope"] == "range" for event in flushes):
        yield "sync_file_range was called, which makes nothing durable"
    if writes and not real and not all("sync" in event for event in writes):
        yield "there are writes and NO FLUSH AT ALL"


def complaints(trace, name=None, bases=None, now=None):
    """What the trace does not tell, in sentences; of one file and those that it replaced if named."""
    folder = Folder(bases or {})
    touched = [folder.apply(number, event) for number, event in enumerate(trace.events, 1)]
    events = trace.events
    if name is not None:
        mine = folder.bearers(name)
        events = [event for event, files in zip(events, touched)
                  if files is None or any(file in mine for file in files)]
    found = list(_unloaded(trace))
    if trace.lost:
        found.append(f"{trace.lost} records are missing")
    if trace.interrupted:
        found.append("a program was killed before it had recorded a call, which may be missing")
    if name is not None and not any(file in mine for files in touched for file in files or ()):
        found.append(f"{name} was never seen being opened: by a static program, direct system"
                     " calls, or another path?")
    found += _unfollowed(events)
    found += _durability(events)
    found += [text for file, text in folder.surprises if name is None or file in mine]
    if name is not None and now is not None:
        found += _differences(folder, name, now)
    return list(dict.fromkeys(found))


def _differences(folder, name, now):
    file = folder.names.get(name)
    there = os.path.exists(now)
    if there != (file is not None):
        yield f"{name} {'is there' if there else 'is gone'}, which the trace does not tell"
    elif there and file.unknown is None:
        place = file.content.difference(now)
        if place is not None:
            yield (f"{name} differs from what the trace makes of it, from byte {place} on: something"
                   " wrote it that was not seen")


# What happened to one file


def happenings(trace, name, bases):
    """What happened to the files that bore a name, as objects: see README.md."""
    folder = Folder(bases)
    touched = [folder.apply(number, event) for number, event in enumerate(trace.events, 1)]
    mine = folder.bearers(name)
    if not mine:
        raise KeyError(f"{name} is not in the trace")
    for file in mine:
        if file.unknown is not None:
            raise KeyError(f"{name} was there before, and no --base says what was in it")
    index = {id(file): number for number, file in enumerate(mine)}
    for number, file in enumerate(mine):
        if file.base:
            yield {"event": 0, "of": number, "base": True, "length": file.first_length}
    replay = Folder(bases)
    bearer = replay.names.get(name)
    if bearer is not None:
        yield {"event": 0, "name": 0}
    log = folder.log
    for number, event in enumerate(trace.events, 1):
        if "mark" in event:
            yield {"event": number, "mark": event["mark"]}
        for file, step in log.get(number, ()):
            if file is None or id(file) in index:
                of = {} if file is None else {"of": index[id(file)]}
                yield {"event": number, **of, **step}
        for changed, file in folder.renamings.get(number, ()):
            if changed == name:
                yield {"event": number, "name": None if file is None else index[id(file)]}


# The command


def _bases(arguments):
    bases = {}
    for each in arguments.base or ():
        name, separator, path = each.partition("=")
        if not separator:
            raise SystemExit(f"trace.py: --base takes NAME=PATH, not {each}")
        bases[name] = path
    return bases


def run_show(arguments):
    trace = Trace(arguments.trace)
    show(trace)
    for line in trace.cut:
        print(f"line {line} is cut: a program was killed while it was written")
    return 0


def run_check(arguments):
    trace = Trace(arguments.trace)
    found = complaints(trace, arguments.name, _bases(arguments), arguments.now)
    for text in found:
        print(f"NOT FOLLOWED: {text}" if not text.startswith("flushes lied") else text)
    for line in trace.cut:
        print(f"line {line} is cut: a program was killed while it was written")
    print(f"{len(trace.events)} events, {len(found)} complaints")
    return INCOMPLETE if found else 0


def run_content(arguments):
    trace = Trace(arguments.trace)
    count = len(trace.events) if arguments.events is None else arguments.events
    if not 0 <= count <= len(trace.events):
        print(f"trace.py: there are {len(trace.events)} events, not {count}", file=sys.stderr)
        return USAGE
    folder = Folder(_bases(arguments))
    for number, event in enumerate(trace.events[:count], 1):
        folder.apply(number, event)
    file = folder.names.get(arguments.name)
    if file is None or file.unknown is not None:
        why = "is not there" if file is None else f"is not known: {file.unknown}"
        print(f"trace.py: after {count} events {arguments.name} {why}", file=sys.stderr)
        return INCOMPLETE
    file.content.save(arguments.out)
    return 0


def run_events(arguments):
    trace = Trace(arguments.trace)
    try:
        for each in happenings(trace, arguments.name, _bases(arguments)):
            print(json.dumps(each))
    except KeyError as error:
        print(f"trace.py: {error.args[0]}", file=sys.stderr)
        return INCOMPLETE
    return 0


def run_mark(arguments):
    mark(arguments.trace, arguments.text)
    return 0


def run_calls(arguments):
    from strace import filter_words
    print(filter_words())
    return 0


def run_from_strace(arguments):
    from strace import StraceError, convert
    with open(arguments.log, encoding="ascii", errors="replace") as log:
        with open(arguments.out, "w", encoding="ascii") as out:
            try:
                convert(log, os.path.realpath(arguments.folder), arguments.before, out)
            except StraceError as error:
                raise TraceError(error) from None
    return 0


class Parser(argparse.ArgumentParser):
    """A parser whose wrong usage exits with 64."""

    def error(self, message):
        print(f"trace.py: {message}; see --help", file=sys.stderr)
        sys.exit(USAGE)


def parser():
    top = Parser(add_help=False)
    commands = top.add_subparsers(dest="command", required=True, parser_class=Parser)

    def command(name, run, *options):
        made = commands.add_parser(name, add_help=False)
        made.set_defaults(run=run)
        for option in options:
            required = option.startswith("--") and option.endswith("!")
            flag = option.rstrip("!")
            if flag.startswith("--"):
                extra = {"action": "append"} if flag == "--base" else {}
                if flag == "--events":
                    extra = {"type": int}
                made.add_argument(flag, required=required, **extra)
            else:
                made.add_argument(flag)

    command("show", run_show, "trace")
    command("check", run_check, "trace", "--name", "--now", "--base")
    command("content", run_content, "trace", "--name!", "--out!", "--events", "--base")
    command("events", run_events, "trace", "--name!", "--base")
    command("mark", run_mark, "trace", "text")
    command("calls", run_calls)
    command("from-strace", run_from_strace, "log", "--folder!", "--out!", "--before")
    return top


def main(words):
    if not words or "--help" in words or "-h" in words:
        print(__doc__.strip())
        return 0 if words else USAGE
    arguments = parser().parse_args(words)
    try:
        return arguments.run(arguments)
    except TraceError as error:
        print(f"trace.py: no trace: {error}", file=sys.stderr)
        return NO_TRACE
    except OSError as error:
        print(f"trace.py: {error}", file=sys.stderr)
        return USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
