#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Replays recorded sessions against an adapter of the VCI test port, and says what was wrong.

usage: preflight.py --adapter 'CMD' [--timeout SECONDS] [--only SESSION] [--verbose]

  --adapter CMD      the adapter, a command of a POSIX shell, of the simple form or the session form.
                     It runs in a new folder, so programs need absolute paths or must be in PATH
  --timeout SECONDS  how long an answer may take; 10 otherwise
  --only SESSION     replays one session, as `read`, of those beside this file
  --verbose          prints each session and how much of it was asked

It needs Python 3.9 or later, and the folders `sessions` and `schemas` beside it; copy the whole
folder. Only what the adapter declares is asked. It is a smoke test: who passes it speaks the
protocol, which says little about images.

Exit codes: 0 all answers may be as they are; 5 the adapter did not start, or some answer is wrong;
64 wrong usage.
"""

import argparse
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
FAILED, USAGE = 5, 64
BLOCK = 512
LINE = 1 << 20
OUTPUT = 16 << 20
#: No file that an adapter writes has more blocks of 512 bytes, standard error neither.
MOST_BLOCKS = 1 << 16
#: So many times the rest of a read or write is asked for; then the answers are enough.
MOST_PARTS = 64
#: So many seconds after its start an adapter that speaks before it is asked has done so.
EARLY = 0.5
#: After so many sessions that ran out of time, no more are begun.
MOST_HANGS = 2
OPERATIONS = (
    "probe open-ro open-rw info read extents create write discard flush close set-moduuid check"
    " repair-leaks repair-all").split()
FEATURES = "multi-level-tree wide-disks fixed dirty-recovery mod-uuid locks".split()
#: Operations that need no capability.
FREE = {"hello", "ping", "bye", "close"}


class Problem(Exception):
    """What was expected, and what came instead."""

    def __init__(self, expected, came, hung=False):
        super().__init__(expected, came)
        self.expected, self.came, self.hung = expected, came, hung


class Flaw(Exception):
    """A mistake in a recorded session or a schema: of this folder, not of the adapter."""


# Schemas


class Schema:
    """A closed schema, of the words of JSON Schema that those beside this file use."""

    _TYPES = {
        "object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    _SILENT = {"$schema", "$id", "$defs", "title", "description"}

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self._root = json.load(file)

    @property
    def forms(self):
        """The forms of the whole, of which a value has exactly one."""
        return self._root["oneOf"]

    def faults(self, value, schema, place=""):
        """What is wrong with a value, as texts."""
        for word, rule in schema.items():
            if word in self._SILENT:
                continue
            judge = getattr(self, "_judge_" + word.replace("$", ""), None)
            if judge is None:
                raise Flaw(f"the schema has {word}, which is not known here")
            found = list(judge(value, rule, schema, place))
            yield from found
            if word == "type" and found:
                return

    @staticmethod
    def _named(place):
        return place.lstrip(".") or "the answer"

    def _judge_type(self, value, rule, schema, place):
        right = isinstance(value, self._TYPES[rule])
        if rule == "integer" and isinstance(value, bool):
            right = False
        if not right:
            yield f"{self._named(place)} is {_kind(value)}, not {_article(rule)}"

    def _judge_const(self, value, rule, schema, place):
        if value != rule or isinstance(value, bool) != isinstance(rule, bool):
            yield f"{self._named(place)} is {_short(value)}, not {_short(rule)}"

    def _judge_enum(self, value, rule, schema, place):
        if value not in rule:
            yield f"{self._named(place)} is {_short(value)}, none of {', '.join(map(str, rule))}"

    def _judge_not(self, value, rule, schema, place):
        if not list(self.faults(value, rule, place)):
            yield f"{self._named(place)} may not be {_short(value)}"

    def _judge_anyOf(self, value, rule, schema, place):
        if all(list(self.faults(value, part, place)) for part in rule):
            keys = [key for part in rule for key in part.get("required", [])]
            yield f"{self._named(place)} has none of the keys {', '.join(keys)}"

    def _judge_oneOf(self, value, rule, schema, place):
        if sum(not list(self.faults(value, part, place)) for part in rule) != 1:
            yield f"{self._named(place)} has none of its forms"

    def _judge_required(self, value, rule, schema, place):
        for key in rule:
            if key not in value:
                yield f"{self._named(place)} has no key {key!r}"

    def _judge_properties(self, value, rule, schema, place):
        for key, part in rule.items():
            if key in value:
                yield from self.faults(value[key], part, f"{place}.{key}")

    def _judge_additionalProperties(self, value, rule, schema, place):
        for key in value:
            if key in schema.get("properties", ()):
                continue
            if rule is False:
                yield f"{self._named(place)} has the key {key!r}, which is not known"
            else:
                yield from self.faults(value[key], rule, f"{place}.{key}")

    def _judge_propertyNames(self, value, rule, schema, place):
        for key in value:
            yield from self.faults(key, rule, f"{place}.{key}")

    def _judge_items(self, value, rule, schema, place):
        for index, item in enumerate(value):
            yield from self.faults(item, rule, f"{place}[{index}]")

    def _judge_minItems(self, value, rule, schema, place):
        if len(value) < rule:
            yield f"{self._named(place)} has {len(value)} members, fewer than {rule}"

    def _judge_maxItems(self, value, rule, schema, place):
        if len(value) > rule:
            yield f"{self._named(place)} has {len(value)} members, more than {rule}"

    def _judge_uniqueItems(self, value, rule, schema, place):
        seen = [json.dumps(item, sort_keys=True) for item in value]
        if len(set(seen)) < len(seen):
            yield f"{self._named(place)} names something twice"

    def _judge_minLength(self, value, rule, schema, place):
        if isinstance(value, str) and len(value) < rule:
            yield f"{self._named(place)} is shorter than {rule} characters"

    def _judge_maxLength(self, value, rule, schema, place):
        if isinstance(value, str) and len(value) > rule:
            yield f"{self._named(place)} is longer than {rule} characters"

    def _judge_minimum(self, value, rule, schema, place):
        if value < rule:
            yield f"{self._named(place)} is {value}, less than {rule}"

    def _judge_maximum(self, value, rule, schema, place):
        if value > rule:
            yield f"{self._named(place)} is {value}, more than {rule}"

    def _judge_pattern(self, value, rule, schema, place):
        if isinstance(value, str) and not re.fullmatch(rule.strip("^$"), value):
            yield f"{self._named(place)} is {_short(value)}, not of the form {rule}"

    def _judge_ref(self, value, rule, schema, place):
        yield from self.faults(value, self._root["$defs"][rule.rsplit("/", 1)[1]], place)


def _kind(value):
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}
    return names.get(type(value), "null" if value is None else f"the number {value}")


def _article(name):
    return ("an " if name[0] in "aeiou" else "a ") + name


def _short(value):
    """A value as it came, cut."""
    text = _printable(value if isinstance(value, str) else json.dumps(value))
    if len(text) > 300:
        text = text[:280] + f" ... ({len(text)} characters)"
    return f"'{text}'" if isinstance(value, str) else text


def _printable(text):
    text = text.encode("utf-8", "backslashreplace").decode()
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)


ANSWER = Schema(HERE / "schemas" / "port-answer.json")
REQUEST = Schema(HERE / "schemas" / "port-request.json")
SESSION = Schema(HERE / "schemas" / "session.json")
#: The key that only the answer of this operation has, if it is done.
TELLING = {
    "hello": "caps", "info": "uuid", "read": "runs", "write": "written", "check": "findings"}


def answer_form(op, outcome):
    """The form that an answer to an operation with an outcome must have, or None."""
    for form in ANSWER.forms:
        keys = form["properties"]
        if keys["outcome"]["const"] != outcome:
            continue
        if outcome != "ok":
            return form
        telling = set(TELLING.values()) & set(keys)
        if telling == ({TELLING[op]} if op in TELLING else set()):
            return form
    return None


def request_form(op):
    """The form of a request, or None if there is no such operation."""
    for form in REQUEST.forms:
        if form["properties"]["op"]["const"] == op:
            return form
    return None


def _object(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands twice")
    return found


def _constant(name):
    raise ValueError(f"{name} is no JSON")


def parse_json(data):
    """The value of bytes that are JSON. ValueError: they are not."""
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


# Processes


class Process:
    """A process of the adapter: a group of its own, in a new folder."""

    def __init__(self, command, arguments, folder, port_fd=False):
        self._stderr = tempfile.TemporaryFile(dir=folder)
        work = tempfile.mkdtemp(dir=folder)
        reading, writing = os.pipe() if port_fd else (None, None)
        script, passed = f'ulimit -f {MOST_BLOCKS}\n{command} "$@"', ()
        if port_fd:
            script = f'export VCI_PORT_FD={writing}\n{script}'
            passed = (writing,)
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", script, "adapter", *arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._stderr, cwd=work, start_new_session=True,
            pass_fds=passed)
        self._input = self._process.stdin
        self._outputs = {self._process.stdout.fileno(): bytearray()}
        self._ended = set()
        self._port = reading
        if port_fd:
            os.close(writing)
            self._outputs[reading] = bytearray()
        self._channel = None if port_fd else self._process.stdout.fileno()

    @property
    def used_standard_output(self):
        """Whether the answers came on standard output although another descriptor was named."""
        return self._port is not None and self._channel != self._port

    def send(self, data):
        try:
            self._input.write(data)
            self._input.flush()
        except (BrokenPipeError, ConnectionResetError):
            pass  # What has become of it is seen when its answer is read.

    def _fill(self, deadline):
        """Takes what comes next. False: nothing came until then, or nothing will."""
        waiting = [number for number in self._outputs if number not in self._ended]
        if not waiting:
            return False
        ready, _, _ = select.select(waiting, [], [], max(0, deadline - time.monotonic()))
        for number in ready:
            data = os.read(number, 1 << 16)
            if data:
                self._outputs[number] += data
                if len(self._outputs[number]) > OUTPUT:
                    raise Problem("at most 16 MiB on standard output", "more")
            else:
                self._ended.add(number)
        return bool(ready)

    def _choose(self):
        """Settles which descriptor has the answers, where two might: the named one, if it speaks."""
        if self._channel is None and self._outputs[self._port]:
            self._channel = self._port
        return self._channel

    def wait_for_output(self, timeout):
        self._fill(time.monotonic() + timeout)

    def unasked(self):
        """What came since the last answer, without a wait."""
        deadline = time.monotonic() + EARLY
        while self._fill(time.monotonic()) and time.monotonic() < deadline:
            pass
        channel = self._choose()
        return bytes(self._outputs[channel]) if channel is not None else b""

    def line(self, timeout):
        """The next line. None: there is none, as the process has ended."""
        deadline = time.monotonic() + timeout
        while True:
            channel = self._choose()
            if channel is None and any(b"\n" in data for data in self._outputs.values()):
                # Nothing on the named descriptor yet; what is on the other may be chatter.
                self._fill(time.monotonic() + 0.3)
                channel = self._choose()
                if channel is None:
                    channel = self._channel = self._process.stdout.fileno()
            pending = self._outputs[channel] if channel is not None else b""
            end = pending.find(b"\n") + 1
            if end > LINE or not end and len(pending) >= LINE:
                raise Problem("a line of at most 1 MiB", "a longer one")
            if end:
                line = bytes(pending[:end])
                del pending[:end]
                return line
            ended = channel in self._ended if channel is not None else (
                len(self._ended) == len(self._outputs))
            if ended:
                if pending:
                    raise Problem("a line", f"a part of one, {_short(_text(pending))}, and the end")
                return None
            if not self._fill(deadline) and time.monotonic() >= deadline:
                raise Problem("an answer", f"none within {timeout:g} s", hung=True)

    def end_input(self):
        try:
            self._input.close()
        except (BrokenPipeError, ConnectionResetError):
            pass

    def wait(self, timeout):
        """The exit code, negative for a signal."""
        deadline = time.monotonic() + timeout
        while (code := self._ending()) is None:
            if time.monotonic() >= deadline:
                raise Problem("the process ends", f"it runs on for {timeout:g} s", hung=True)
            if not self._fill(min(deadline, time.monotonic() + 0.02)):
                time.sleep(0.002)
        return code

    def _ending(self):
        """The exit code, or None while it runs. The process is left as it is: see `kill`."""
        if not hasattr(os, "waitid"):
            return self._process.poll()
        if self._process.returncode is not None:
            return self._process.returncode
        found = os.waitid(
            os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status

    def output(self, timeout):
        """All of standard output, and the exit code."""
        self.end_input()
        number = self._process.stdout.fileno()
        deadline = time.monotonic() + timeout
        while number not in self._ended:
            if not self._fill(deadline):
                raise Problem("an answer", f"none within {timeout:g} s", hung=True)
        return bytes(self._outputs[number]), self.wait(timeout)

    def errors(self):
        """What it wrote to standard error."""
        size = os.fstat(self._stderr.fileno()).st_size
        return os.pread(self._stderr.fileno(), 1 << 16, max(0, size - (1 << 16)))

    def first_error(self):
        """The first line of standard error."""
        return _text(os.pread(self._stderr.fileno(), 1 << 16, 0)).split("\n")[0]

    def kill(self):
        """Ends whatever is left of the group. Its number can't be another's before it is reaped."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.end_input()
        self._process.wait()
        self._process.stdout.close()
        self._stderr.close()
        if self._port is not None:
            os.close(self._port)


def _text(data):
    return bytes(data).decode("utf-8", "backslashreplace")


def ending(code):
    """How a process ended, in words."""
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    if code > 128 and code - 128 in set(signal.Signals):
        return f"exit {code} (a shell's word for {signal.Signals(code - 128).name})"
    if code in (126, 127):
        return (f"exit {code}, as of a command that is not found or can't be run; it runs in a new"
                " folder, so a program needs an absolute path or must be in PATH")
    return f"exit {code}"


# The two forms


class SessionForm:
    """An adapter of the session form."""

    name = "session form"

    def __init__(self, command, folder, timeout):
        self._command, self._folder, self._timeout = command, folder, timeout
        self._process = None
        self._id = 0
        self._base = 0
        self.note = None

    def begin(self, port_fd=False):
        self._base += 1000
        self._id = self._base
        self._process = Process(self._command, ["session"], self._folder, port_fd)

    def listen(self):
        """Waits for what comes before anything was asked."""
        self._process.wait_for_output(EARLY)

    def errors(self):
        return self._process.errors() if self._process else b""

    def can_ask(self, request):
        return True

    def ask(self, request):
        """The answer to a request, of the form that it must have."""
        self._expect_silence()
        self._id += 1
        self.sent = {"id": self._id, **request}
        self._process.send(json.dumps(self.sent).encode() + b"\n")
        line = self._process.line(self._timeout)
        if line is None:
            code = self._process.wait(self._timeout)
            raise Ended(code)
        return self._judge(line, request["op"])

    def _expect_silence(self):
        if more := self._process.unasked():
            answered = self._id > self._base
            try:
                again = answered and parse_json(more.split(b"\n")[0]).get("id") == self._id
            except (ValueError, AttributeError):
                again = False
            if again:
                raise Problem(f"one answer to request {self._id}", f"another: {_short(_text(more))}")
            when = f"after the answer to request {self._id}" if answered else "before any request"
            raise Problem(f"nothing {when}", _short(_text(more)))

    def _judge(self, line, op):
        shown = _short(_text(line.rstrip(b"\n")))
        try:
            answer = parse_json(line)
        except ValueError as error:
            raise Problem("a line of JSON", f"{shown}: {error}") from None
        if not isinstance(answer, dict):
            raise Problem("an object of JSON", shown)
        found = answer.get("id")
        if isinstance(found, bool) or not isinstance(found, int) or found != self._id:
            what = f"the id {_short(found)}" if "id" in answer else "no id"
            if isinstance(found, int) and self._base < found < self._id:
                what += ", that of a request which is answered already"
            raise Problem(f"the id {self._id} of the request", f"{what}: {shown}")
        outcome = answer.get("outcome")
        form = answer_form(op, outcome) if isinstance(outcome, str) else None
        if form is None:
            raise Problem("an outcome: ok, refused, unsupported, not-implemented or error", shown)
        if faults := list(ANSWER.faults(answer, form)):
            raise Problem("an answer as in schemas/port-answer.json", f"{faults[0]}: {shown}")
        return answer

    def end(self, said_bye):
        """Waits for the end after bye, or brings about that of the input."""
        self._process.end_input()
        code = self._process.wait(self._timeout)
        self._expect_silence()
        why = "bye" if said_bye else "the end of standard input"
        if code:
            raise Problem(f"exit 0 after {why}", ending(code))
        if self._process.used_standard_output:
            self.note = (
                "VCI_PORT_FD was set and the answers came on standard output; right if the command"
                " sets it anew, else it is not looked at")

    def kill(self):
        if self._process:
            self._process.kill()
            self._process = None


class Ended(Problem):
    """The adapter ended instead of answering."""

    def __init__(self, code):
        super().__init__("an answer", f"none; the adapter ended with {ending(code)}")
        self.code = code


class SimpleForm:
    """An adapter of the simple form. Answers are those that the session form would have."""

    name = "simple form"

    def __init__(self, command, folder, timeout):
        self._command, self._folder, self._timeout = command, folder, timeout
        self._images = {}
        self._process = None
        self.note = None

    def begin(self, port_fd=False):
        self._images = {}

    def errors(self):
        return self._process.errors() if self._process else b""

    def can_ask(self, request):
        """Whether there are arguments for a request. Some are of the session form alone."""
        if request["op"] == "close":
            self._images.pop(request["handle"], None)
        if request["op"] in ("ping", "bye", "close") or request.get("repair") == "plan":
            return False
        return request["op"] == "open" or request.get("handle") in (None, *self._images)

    def ask(self, request):
        op = request["op"]
        if op == "open":
            image = request["image"], *([request["modUuid"]] if "modUuid" in request else [])
            words = [f"open-{request['mode']}", *image]
            self._images[request["handle"]] = request["image"]
        else:
            words = self._words(op, request)
        self.sent = words
        self.kill()
        self._process = Process(self._command, words, self._folder)
        output, code = self._process.output(self._timeout)
        answer = self._outcome(code)
        if answer["outcome"] == "ok":
            answer.update(self._read_output(op, request, output))
        form = answer_form(op, answer["outcome"])
        if faults := list(ANSWER.faults({"id": 0, **answer}, form)):
            raise Problem(f"output as Specs/Port.md has it for {words[0]}", faults[0])
        return answer

    def _words(self, op, request):
        image = request.get("image") or self._images.get(request.get("handle"))
        if op == "hello":
            return ["caps"]
        words = [op, image]
        words += [request[key] for key in ("block", "count", "blocks", "type", "uuid")
                  if key in request]
        if op in ("read", "write"):
            words.append(request["file"])
        if request.get("repair", "none") != "none":
            words += ["--repair", request["repair"]]
        return words

    def _outcome(self, code):
        first = self._process.first_error()
        word = re.match(r"VCI-[A-Z]+-[0-9]{3}|[a-z][a-z-]*", first)
        if code == 0:
            return {"outcome": "ok"}
        if code == 10:
            if not word:
                raise Problem(
                    "with exit 10 a rule or a class at the beginning of standard error",
                    f"{_short(first)}")
            key = "rule" if word.group().startswith("VCI") else "class"
            return {"outcome": "refused", key: word.group()}
        if code == 4:
            if not word:
                raise Problem(
                    "with exit 4 a feature at the beginning of standard error", _short(first))
            return {"outcome": "unsupported", "feature": word.group()}
        if code == 5:
            return {"outcome": "not-implemented"}
        raise Problem(
            "exit 0 (done), 10 (refused), 4 (unsupported) or 5 (not implemented)",
            ending(code) + (": wrong usage" if code == 64 else ", which is no outcome"))

    def _read_output(self, op, request, output):
        """The keys of the answer that standard output has."""
        if op == "check":
            try:
                found = parse_json(output)
                findings = {(each["rule"], each["class"]) for each in found["findings"]}
            except (ValueError, TypeError, KeyError) as error:
                raise Problem(
                    "an object of JSON with a list `findings`", f"{_short(_text(output))}: {error}"
                ) from None
            return {"findings": [
                {"rule": rule, "class": kind} for rule, kind in sorted(findings)]}
        if output and not output.endswith(b"\n"):
            raise Problem("lines", f"a last line without its end: {_short(_text(output))}")
        lines = _text(output).split("\n")[:-1]
        if op == "hello":
            return {"protocol": 1, "caps": read_caps(lines)}
        if op == "info":
            return _read_info(lines)
        if op == "read":
            return {"runs": [_read_run(line, "state", ("hit", "miss")) for line in lines]}
        if op == "extents":
            with open(request["file"], "wb") as file:
                file.write(output)
            return {}
        if op == "write":
            return _read_written(lines, request["count"])
        if lines:
            raise Problem("nothing on standard output", _short(lines[0]))
        return {}

    def end(self, said_bye):
        pass

    def kill(self):
        if self._process:
            self._process.kill()
            self._process = None


def read_caps(lines):
    """The capabilities of `caps` as the session form has them."""
    caps = {"ops": [], "features": []}
    keys = {"name": "name", "version": "version", "language": "language", "homepage": "homepage",
            "durability": "durability", "max-blocks": "maxBlocks"}
    seen = set()
    for line in lines:
        key, equals, value = line.partition("=")
        if key != "known" and key in seen:
            raise Problem("each capability once", _short(line))
        seen.add(key)
        if key in keys and equals:
            caps[keys[key]] = value
        elif key == "known" and " " in value:
            name, _, issue = value.partition(" ")
            caps.setdefault("known", []).append({"name": name, "issue": issue})
        elif key in OPERATIONS + FEATURES and value in ("", "yes", "no") and bool(equals) == bool(value):
            if value != "no":
                caps["ops" if key in OPERATIONS else "features"].append(key)
        else:
            raise Problem("lines of caps as Specs/Port.md has them", _short(line))
    return caps


def _read_info(lines):
    names = {"version": "version", "type": "type", "blocks": "blocks", "dirty": "dirty",
             "uuid": "uuid", "moduuid": "modUuid"}
    answer = {}
    for line in lines:
        key, _, value = line.partition("=")
        if key not in names or names[key] in answer:
            raise Problem(f"one line for each of {', '.join(names)}", _short(line))
        if key == "dirty":
            if value not in ("yes", "no"):
                raise Problem("dirty=yes or dirty=no", _short(line))
            value = value == "yes"
        answer[names[key]] = value
    return answer


def _read_run(line, key, words):
    match = re.fullmatch(rf"({'|'.join(words)}) (0|[1-9]\d*) (0|[1-9]\d*)", line, re.ASCII)
    if not match:
        raise Problem(f"lines `{'|'.join(words)} BLOCK COUNT`", _short(line))
    return {key: match.group(1), "block": match.group(2), "count": match.group(3)}


def _read_written(lines, count):
    answer = {"written": count}
    if lines and (match := re.fullmatch(r"written (0|[1-9]\d*)", lines[0], re.ASCII)):
        answer["written"] = match.group(1)
        lines = lines[1:]
    losses = [_read_run(line, "reason", ("evicted", "dropped")) for line in lines]
    return {**answer, **({"losses": losses} if losses else {})}


# Replaying


class Recording:
    """A recorded session, read and judged."""

    def __init__(self, path):
        self.name = path.name
        lines = path.read_bytes().split(b"\n")
        if lines.pop() != b"" or len(lines) < 2:
            raise Flaw(f"{path}: not two lines or more, each with its end")
        self.head = self._line(lines[0], SESSION.forms[0], 1)
        self.exchanges = [
            self._line(line, SESSION.forms[1], number)
            for number, line in enumerate(lines[1:], 2)]
        self.contents = {}
        for name, form in self.head["files"].items():
            self.contents[name] = self._content(form)
        self._judge_requests()

    def _line(self, line, form, number):
        try:
            value = parse_json(line)
        except ValueError as error:
            raise Flaw(f"{self.name}, line {number}: {error}") from None
        if faults := list(SESSION.faults(value, form)):
            raise Flaw(f"{self.name}, line {number}: {faults[0]}")
        return value

    def _content(self, form):
        """The bytes of a file, or None if it is something else."""
        if "is" in form:
            return b"" if form["is"] == "empty" else None
        data = bytearray(self.contents[form["of"][1:]] if "of" in form else b"")
        if "bytes" in form:
            data = data[:form["bytes"]].ljust(form["bytes"], b"\0")
        for run in form.get("runs", ()):
            piece = bytes.fromhex(run["hex"]) * run.get("times", 1)
            if run["offset"] + len(piece) > len(data):
                raise Flaw(f"{self.name}: a run ends behind its file")
            data[run["offset"]:run["offset"] + len(piece)] = piece
        return bytes(data)

    def _judge_requests(self):
        for number, exchange in enumerate(self.exchanges, 2):
            request = exchange["request"]
            form = request_form(request["op"])
            sample = {"id": 0, **{key: self._sample(value) for key, value in request.items()}}
            faults = list(REQUEST.faults(sample, form)) if form else ["no such operation"]
            if faults:
                raise Flaw(f"{self.name}, line {number}: {faults[0]}")
        if self.exchanges[0]["request"]["op"] != "hello":
            raise Flaw(f"{self.name}: the first request is not hello")

    def _sample(self, value):
        if isinstance(value, str) and value.startswith("$"):
            if value[1:] not in self.head["files"]:
                raise Flaw(f"{self.name}: there is no file {value}")
            return "/" + value[1:]
        return value

    def make_files(self, folder):
        """Makes the files under names without meaning; returns their paths by name."""
        paths = {}
        for index, (name, form) in enumerate(self.head["files"].items()):
            path = os.path.join(folder, f"f{index}")
            paths[name] = path
            if form.get("is") == "folder":
                os.mkdir(path)
            elif self.contents[name] is not None:
                with open(path, "wb") as file:
                    file.write(self.contents[name])
        return paths


class Replay:
    """A replay of one recording against an adapter."""

    def __init__(self, recording, adapter, caps, folder):
        self._recording, self._adapter, self._folder = recording, adapter, folder
        self._caps = caps
        self._has = set(caps["ops"]) | set(caps["features"]) if caps else set()
        self._paths = recording.make_files(folder)
        self._closed = set()
        self._changed = set()
        self._opened = {}
        self.asked = self.skipped = 0
        self.line = 1
        self.exchange = None

    @property
    def applies(self):
        head = self._recording.head
        return set(head["needs"]) <= self._has and (
            "form" not in head or self._adapter.name == SessionForm.name)

    def run(self):
        """Raises a Problem at the first answer that is wrong."""
        said_bye = False
        self._adapter.begin("portFd" in self._recording.head)
        for self.line, self.exchange in enumerate(self._recording.exchanges, 2):
            if self._applies(self.exchange) and self._adapter.can_ask(self._request()):
                self.asked += 1
                self._replay(self.exchange["request"], self.exchange["expect"])
                said_bye = said_bye or self.exchange["request"]["op"] == "bye"
            else:
                self._skip(self.exchange["request"])
        self.exchange = None
        self._adapter.end(said_bye)
        self._judge_files()

    def _applies(self, exchange):
        request = exchange["request"]
        if "block" in request and "maxBlocks" in (self._caps or {}):
            if int(request["block"]) + int(request["count"]) > int(self._caps["maxBlocks"]):
                return False
        return (set(exchange.get("needs", ())) | capabilities_of(request) <= self._has
                and (request["op"] == "open" or request.get("handle") not in self._closed))

    def _skip(self, request):
        self.skipped += 1
        if request["op"] == "open":
            self._closed.add(request["handle"])

    def _request(self, **other):
        values = {**self.exchange["request"], **other}
        return {key: self._paths[value[1:]] if isinstance(value, str) and value.startswith("$")
                else value for key, value in values.items()}

    def _replay(self, request, expect):
        op = request["op"]
        self._note_change(op, request, expect)
        if op == "read":
            return self._read(request, expect)
        if op == "write":
            return self._write(request, expect)
        if op == "extents":
            self._empty(request["file"])
        answer = self._adapter.ask(self._request())
        self._judge_outcome(answer, expect)
        if op == "open":
            done = answer["outcome"] == "ok"
            (self._closed.discard if done else self._closed.add)(request["handle"])
        if answer["outcome"] == "ok":
            self._judge_answer(op, request, expect, answer)

    def _note_change(self, op, request, expect):
        """Notes which file a request may change."""
        if op == "open":
            self._opened[request["handle"]] = request["image"][1:]
            if request["mode"] == "rw" and expect["outcomes"] != ["ok"]:
                self._changed.add(request["image"][1:])  # It may be mended.
        elif op == "create" or request.get("repair", "none") != "none":
            self._changed.add(request["image"][1:])
        elif op in ("write", "discard", "set-moduuid"):
            self._changed.add(self._opened.get(request["handle"]))

    def _judge_outcome(self, answer, expect):
        outcome = answer["outcome"]
        if outcome == "unsupported" and answer["feature"] in self._has:
            raise Problem(
                expected_outcome(expect),
                f"unsupported, {answer['feature']}, which the adapter declares")
        if outcome == "not-implemented" and outcome not in expect["outcomes"]:
            raise Problem(expected_outcome(expect), "not implemented, which the adapter declares")
        if outcome not in expect["outcomes"]:
            raise Problem(expected_outcome(expect), told(answer))
        if outcome == "refused":
            for key, allowed in (("rule", "rules"), ("class", "classes")):
                if key in answer and allowed in expect and answer[key] not in expect[allowed]:
                    raise Problem(expected_outcome(expect), told(answer))

    def _judge_answer(self, op, request, expect, answer):
        if op == "hello":
            self._judge_caps(answer["caps"])
        if op == "info":
            for key, value in expect.get("info", {}).items():
                if answer[key] != value:
                    raise Problem(f"{key} {_short(value)}", f"{key} {_short(answer[key])}")
        if op == "extents" and "extents" in expect:
            self._judge_extents(expect["extents"], self._paths[request["file"][1:]])
        if op == "check" and "findings" in expect:
            wanted = {(each["rule"], each["class"]) for each in expect["findings"]}
            found = {(each["rule"], each["class"]) for each in answer["findings"]}
            if found != wanted:
                raise Problem(pairs(wanted), pairs(found))

    def _judge_caps(self, caps):
        if self._caps is not None and caps != self._caps:
            raise Problem("the capabilities of the first hello", _short(caps))
        if "write" in caps["ops"] and "durability" not in caps:
            raise Problem("a durability, as write is declared", _short(caps))

    def _empty(self, reference):
        with open(self._paths[reference[1:]], "wb"):
            pass

    def _read(self, request, expect):
        """Asks until all blocks are answered, or one answer is a refusal."""
        position = int(request["block"])
        end = position + int(request["count"])
        for _ in range(MOST_PARTS):
            self._empty(request["file"])
            answer = self._adapter.ask(
                self._request(block=str(position), count=str(end - position)))
            left = [part for part in expect.get("segments", ())
                    if int(part["block"]) + int(part["count"]) > position]
            if answer["outcome"] == "refused" and left:
                if not any("refused" in part["may"] for part in left):
                    raise Problem(states(left[0], position), told(answer))
            self._judge_outcome(answer, expect)
            if answer["outcome"] != "ok":
                return
            start, position = position, self._judge_runs(answer["runs"], position, end)
            self._judge_bytes(answer["runs"], left, start, self._paths[request["file"][1:]])
            if position == end:
                return

    def _judge_runs(self, runs, position, end):
        """Where the runs of an answer end."""
        for run in runs:
            block, count = int(run["block"]), int(run["count"])
            if block != position:
                raise Problem(f"a run from block {position} on", f"one from block {block} on")
            if not 0 < count <= end - position:
                raise Problem(f"a run of 1 to {end - position} blocks", f"one of {count}")
            position += count
        return position

    def _judge_bytes(self, runs, segments, start, path):
        """Holds states and bytes of an answer against the segments."""
        size = os.stat(path).st_size
        if size > OUTPUT:
            raise Problem("the bytes of hits in the file", f"{size} bytes")
        with open(path, "rb") as file:
            data = bytearray(file.read())
        for run in runs:
            low, high = int(run["block"]), int(run["block"]) + int(run["count"])
            for part in segments:
                first = max(low, int(part["block"]))
                last = min(high, int(part["block"]) + int(part["count"]))
                if first >= last:
                    continue
                if run["state"] not in part["may"]:
                    raise Problem(states(part, first), f"block {first} is a {run['state']}")
                if run["state"] == "hit":
                    self._judge_hit(part, first, last, data, start)
        self._judge_rest(data)

    def _judge_hit(self, part, first, last, data, start):
        source = self._recording.contents[part["bytes"]["file"][1:]]
        for block in range(first, last):
            offset = part["bytes"]["offset"] + (block - int(part["block"])) * BLOCK
            right = source[offset:offset + BLOCK]
            place = (block - start) * BLOCK
            found = bytes(data[place:place + BLOCK])
            if found != right:
                raise Problem(
                    f"block {block} is a hit of {right[:8].hex()}... at byte {place} of the file",
                    f"{found[:8].hex()}... there" if found else "the file ends before it")
            data[place:place + BLOCK] = bytes(BLOCK)

    def _judge_rest(self, data):
        rest = len(data) - len(data.lstrip(b"\0"))
        if rest < len(data):
            raise Problem(
                "nothing in the file but the bytes of hits",
                f"something at byte {rest}, which is of no hit")

    def _write(self, request, expect):
        """Offers the rest until all blocks are done with."""
        position = int(request["block"])
        end = position + int(request["count"])
        path = self._paths[request["file"][1:]]
        with open(path, "rb") as file:
            data = file.read()
        for _ in range(MOST_PARTS):
            rest = path
            if position > int(request["block"]):
                rest = path + "r"
                with open(rest, "wb") as file:
                    file.write(data[-(end - position) * BLOCK:])
            answer = self._adapter.ask({
                **self._request(block=str(position), count=str(end - position)), "file": rest})
            self._judge_outcome(answer, expect)
            if answer["outcome"] != "ok":
                return
            if not 0 < int(answer["written"]) <= end - position:
                raise Problem(
                    f"1 to {end - position} blocks are done with", f"{answer['written']} are")
            position += int(answer["written"])
            if position == end:
                return

    def _judge_extents(self, wanted, path):
        with open(path, "rb") as file:
            text = _text(file.read(OUTPUT))
        found, end = [], 0
        if text and not text.endswith("\n"):
            raise Problem("lines", "a last line without its end")
        for line in text.split("\n")[:-1]:
            match = re.fullmatch(r"(0|[1-9]\d*) ([1-9]\d*)", line, re.ASCII)
            if not match:
                raise Problem("lines `BLOCK COUNT`", _short(line))
            block, count = map(int, match.groups())
            if block < end:
                raise Problem(f"extents that ascend: after {end}", _short(line))
            found.append((block, count))
            end = block + count
        wanted = joined((int(each["block"]), int(each["count"])) for each in wanted)
        if joined(found) != wanted:
            raise Problem(f"the blocks {runs_in_words(wanted)}", runs_in_words(joined(found)))

    def _judge_files(self):
        """Files that no request may change are as they were."""
        for name, content in self._recording.contents.items():
            form = self._recording.head["files"][name]
            if name in self._changed or form.get("is") == "empty":
                continue
            path = self._paths[name]
            if content is None:
                if form["is"] == "absent" and os.path.lexists(path):
                    raise Problem(f"no file {name}, as nobody made one", "there is one")
                continue
            if not os.path.exists(path) or pathlib.Path(path).read_bytes() != content:
                raise Problem(
                    f"the file {name} as it was, as no request may change it", "it has changed")


def capabilities_of(request):
    """The operations that a request needs."""
    op = request["op"]
    if op in FREE:
        return set()
    if op == "open":
        return {f"open-{request['mode']}"}
    repair = request.get("repair", "none")
    if repair in ("leaks", "all"):
        return {f"repair-{repair}"}
    return {op}


def joined(runs):
    """Runs (block, count), neighbours joined."""
    found = []
    for block, count in runs:
        if found and found[-1][0] + found[-1][1] == block:
            found[-1] = found[-1][0], found[-1][1] + count
        else:
            found.append((block, count))
    return found


def runs_in_words(runs):
    return ", ".join(f"{block} to {block + count - 1}" for block, count in runs) or "none"


def pairs(findings):
    return ", ".join(f"{rule} ({kind})" for rule, kind in sorted(findings)) or "no finding"


def states(part, block):
    return f"block {block} is a {' or '.join(part['may'])}".replace("a refused", "refused")


def expected_outcome(expect):
    """The outcomes that may be, in words."""
    words = []
    for outcome in expect["outcomes"]:
        if outcome == "ok":
            words.append("done")
        elif outcome == "refused":
            named = [f"one of the rules {', '.join(expect['rules'])}"] if expect.get("rules") else []
            if "classes" in expect:
                named.append(f"the class {' or '.join(expect['classes'])}")
            words.append("refused" + (f", naming {', or '.join(named)}" if named else ""))
        else:
            words.append(outcome)
    return " or ".join(words)


def told(answer):
    """An outcome that came, in words."""
    words = {"ok": "done", "error": "an error that the adapter caught"}
    text = words.get(answer["outcome"], answer["outcome"])
    more = [str(answer[key]) for key in ("rule", "class", "feature", "message") if key in answer]
    return text + (f": {_short(', '.join(more))}" if more else "")


# The whole


class Preflight:
    """All sessions against one adapter."""

    def __init__(self, options, folder):
        self._options, self._folder = options, folder
        self._adapter = SessionForm(options.adapter, folder, options.timeout)
        self._caps = None
        self._failed = self._hangs = self._asked = self._skipped = self._sessions = 0
        self._notes = []

    def run(self, recordings):
        """Replays them, prints what is wrong. Returns the exit code."""
        try:
            return self._run(recordings)
        finally:
            self._adapter.kill()

    def _run(self, recordings):
        if not self._start():
            return FAILED
        if not self._caps["ops"]:
            print("FAILED: the adapter declares no operation, so there is nothing to ask")
            return FAILED
        for recording in recordings:
            self._replay(recording)
            if self._hangs == MOST_HANGS:
                print("FAILED: no more sessions are begun, as the adapter ran out of time twice")
                break
        for note in self._notes:
            print(f"note: {note}")
        print(
            f"{self._caps['name']} {self._caps['version']}, {self._adapter.name}:"
            f" {self._sessions} sessions, {self._asked} exchanges as they may be,"
            f" {self._skipped} not asked, {self._failed} sessions failed")
        return FAILED if self._failed else 0

    def _start(self):
        """Finds the form and the capabilities."""
        hello = {"op": "hello", "protocol": [1], "features": FEATURES}
        self._adapter.begin()
        try:
            self._adapter.listen()
            answer = self._adapter.ask(hello)
        except Ended as end:
            if end.code not in (FAILED, USAGE):
                return self._did_not_start(end)
            self._adapter.kill()
            self._adapter = SimpleForm(
                self._options.adapter, self._folder, self._options.timeout)
            self._adapter.begin()
            try:
                answer = self._adapter.ask(hello)
            except Problem as problem:
                return self._did_not_start(problem)
        except Problem as problem:
            return self._did_not_start(problem)
        if answer["outcome"] != "ok":
            return self._did_not_start(Problem("capabilities", told(answer)))
        self._caps = answer["caps"]
        self._adapter.kill()
        return True

    def _did_not_start(self, problem):
        print("FAILED: the adapter did not start")
        self._tell(problem)
        return False

    def _replay(self, recording):
        folder = tempfile.mkdtemp(dir=self._folder)
        replay = Replay(recording, self._adapter, self._caps, folder)
        if not replay.applies:
            self._skipped += len(recording.exchanges)
            needs = recording.head["needs"] + ["the session form"] * ("form" in recording.head)
            self._say(f"{recording.name}: not asked, as it needs {', '.join(needs)}")
            return
        self._sessions += 1
        try:
            replay.run()
            self._say(f"{recording.name}: {replay.asked} asked, {replay.skipped} not asked")
        except Problem as problem:
            self._failed += 1
            self._hangs += problem.hung
            replay.asked -= 1 if replay.exchange else 0
            at_end = "at the end" if replay.exchange is None else f"line {replay.line}"
            print(f"FAILED {recording.name}, {at_end}: {recording.head['title']}")
            if replay.exchange and "why" in replay.exchange:
                print(f"  about: {replay.exchange['why']}")
            self._tell(problem)
        finally:
            if self._adapter.note and self._adapter.note not in self._notes:
                self._notes.append(self._adapter.note)
            self._adapter.kill()
        self._asked += replay.asked
        self._skipped += replay.skipped

    def _say(self, text):
        if self._options.verbose:
            print(text)

    def _tell(self, problem):
        sent = getattr(self._adapter, "sent", None)
        if sent:
            print(f"  sent: {' '.join(sent) if isinstance(sent, list) else json.dumps(sent)}")
        print(f"  expected: {problem.expected}")
        print(f"  came: {problem.came}")
        lines = [line for line in _text(self._adapter.errors()).split("\n") if line.strip()]
        if lines:
            print("  standard error ends with:")
            for line in lines[-10:]:
                print(f"    {_printable(line[-300:])}")
        sys.stdout.flush()


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(USAGE, f"preflight.py: {message}; see --help\n")


def main():
    parser = Parser(usage=argparse.SUPPRESS, add_help=False)
    parser.add_argument("--adapter")
    parser.add_argument("--timeout", type=float, default=10)
    parser.add_argument("--only")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("-h", "--help", action="store_true")
    options = parser.parse_args()
    if options.help:
        print(__doc__.strip())
        return 0
    if not options.adapter:
        parser.error("--adapter is missing")
    if not 0 < options.timeout <= 600:
        parser.error("--timeout is a number of seconds up to 600")
    paths = sorted((HERE / "sessions").glob("*.jsonl"))
    if options.only is not None:
        paths = [path for path in paths if path.stem == options.only]
    if not paths:
        parser.error(f"there is no session {options.only or 'beside preflight.py'}")
    recordings = [Recording(path) for path in paths]
    folder = tempfile.mkdtemp(prefix="vci-preflight-")
    try:
        if not re.fullmatch(r"[A-Za-z0-9/._-]{1,900}", folder):
            parser.error(f"adapters are promised plain paths, and {folder} is none; see TMPDIR")
        return Preflight(options, folder).run(recordings)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
