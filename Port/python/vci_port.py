# SPDX-License-Identifier: Apache-2.0
"""Speaks the VCI test port, protocol 1, for a program that reads or writes VCI images.

It needs Python 3.9 or later and nothing but the standard library; copy it into any project.


What to fill in
===============

Derive a class from `Program`, give it a name, a version and those of the functions below that your
program has, and call `main`. An operation is declared if its function is there, and is never asked
for otherwise. This is a whole adapter; it reads images whose root is a leaf:

    import struct
    import vci_port

    class Tiny(vci_port.Program):
        name, version, language = "tiny", "0.1", "Python"
        features = []                       # it has none of the features of Specs/Port.md

        def probe(self, path):              # is the file a VCI?
            try:
                with open(path, "rb") as file:
                    start = file.read(1024)
            except OSError as error:
                raise vci_port.Refused(cls="io", message=str(error))
            return len(start) == 1024 and start[:8] == b"VCI\\0\\1\\0\\0\\0"

        def open(self, path, writable, mod_uuid):   # whatever it returns is `image` below
            if not self.probe(path):
                raise vci_port.Refused(cls="not-vci")
            file = open(path, "rb")
            blocks, root = struct.unpack("<8xQ5xQ", file.read(29))
            file.seek(root * 512)
            node = file.read(4096)
            if len(node) < 4096:
                raise vci_port.Refused("VCI-FILE-005", message="the root is not in the file")
            if node[0] == 1:
                raise vci_port.Unsupported("multi-level-tree")
            if node[0] != 2:
                raise vci_port.Refused("VCI-NODE-001", message=f"type {node[0]}")
            slots = struct.iter_unpack("<18xQIQ", node[1:4067])
            return file, blocks, [slot for slot in slots if slot[1] and slot[2]]

        def read(self, image, block, count):
            file, blocks, extents = image
            end = block + count
            for start, length, address in extents:
                low, high = max(block, start), min(end, start + length)
                if low >= high:
                    continue
                if low > block:
                    yield low - block       # a number: so many blocks are a miss
                if address + length > blocks:
                    raise vci_port.Refused("VCI-EXT-003", message=f"address {address}")
                file.seek((address + low - start) * 512)
                data = file.read((high - low) * 512)
                if len(data) < (high - low) * 512:
                    raise vci_port.Refused("VCI-FILE-006")
                yield data                  # bytes: a hit
                block = high
            if block < end:
                yield end - block

        def close(self, image):
            image[0].close()

    if __name__ == "__main__":
        vci_port.main(Tiny())

It is a program of both forms: `tiny.py session` speaks lines of JSON, `tiny.py probe FILE` and its
like speak exit codes. Real readers check far more than this one.

To say no, raise `Refused` with the rule that the image breaks, or with a class of Specs/Port.md
(`cls="locked"`), or with both. Raise `Unsupported` with the name of a feature that your program does
not have. Any other exception is an error of your program: it is shown with its traceback, counts
like a crash, and the session goes on. `print` goes to standard error, and disturbs nothing.

Numbers are of any size (a request may end at block 2^64), so never allocate by `count` alone.
UUIDs are `uuid.UUID`; an image stores their `bytes_le`.
"""

import contextlib
import io
import json
import os
import re
import sys
import traceback
import uuid as _uuid

BLOCK = 512

OPERATIONS = (
    "probe", "open-ro", "open-rw", "info", "read", "extents", "create", "write", "discard", "flush",
    "close", "set-moduuid", "check", "repair-leaks", "repair-all")
FEATURES = ("multi-level-tree", "wide-disks", "fixed", "dirty-recovery", "mod-uuid", "locks")
CLASSES = ("corruption", "summary", "leak", "dirty", "advice")

__all__ = ["BLOCK", "Info", "Program", "Refused", "Unsupported", "Written", "main"]


class Refused(Exception):
    """The program is in control and says no: `rule` as "VCI-EXT-003", `cls` as "locked"."""

    def __init__(self, rule=None, cls=None, message=""):
        if rule is None and cls is None:
            raise ValueError("a refusal has a rule or a class")
        super().__init__(rule, cls, message)
        self.rule, self.cls, self.message = rule, cls, message


class Unsupported(Exception):
    """What is asked needs a feature, as "multi-level-tree", that the program does not have."""

    def __init__(self, feature, message=""):
        super().__init__(feature, message)
        self.feature, self.message = feature, message


class Info:
    """What the header says. UUIDs are `uuid.UUID`."""

    def __init__(self, blocks, fixed, dirty, uuid, mod_uuid, version=1):
        self.blocks, self.fixed, self.dirty = blocks, fixed, dirty
        self.uuid, self.mod_uuid, self.version = uuid, mod_uuid, version


class Written:
    """How many blocks a write is done with, and which (block, count) were lost on the way."""

    def __init__(self, count, evicted=(), dropped=()):
        self.count, self.evicted, self.dropped = count, evicted, dropped


class Program:
    """The program under test. Set what it is called, and override the functions that it has."""

    name = ""  # required
    version = ""  # required; not "main", "dev" and the like
    language = None
    homepage = None
    features = ()  # of FEATURES
    durability = None  # "flush", "close" or "none"; required if there is `write`
    max_blocks = None  # the largest disk that it takes, in blocks
    repairs = ()  # "leaks", "all": what `check` can repair
    known = ()  # failures that you know: (name of a vector or workload, address of the issue)

    #: The features that both sides have, once a session has begun.
    session_features = frozenset()

    def probe(self, path):
        """Whether the file is a VCI. `Refused` may say more; class "io" if it can't be read."""
        raise NotImplementedError

    def open(self, path, writable, mod_uuid):
        """Opens an image, and returns anything; the functions below get it as `image`.

        `mod_uuid` is the modification UUID of the disk, or None. If the image has another, raise
        `Refused(cls="not-up-to-date")`. `open-rw` is declared if there is a function that writes.
        """
        raise NotImplementedError

    def info(self, image):
        """Returns an `Info`."""
        raise NotImplementedError

    def read(self, image, block, count):
        """Yields, from the first block on: bytes, which are a hit, or a number of blocks, a miss.

        They may end before the request does; the rest is asked for then. If `Refused` is raised
        after something was yielded, the refusal is given when the rest is asked for.
        """
        raise NotImplementedError

    def extents(self, path):
        """Yields a pair (block, count) for each extent, ascending."""
        raise NotImplementedError

    def create(self, path, blocks, fixed, uuid):
        """Makes an image of `blocks` blocks that caches nothing."""
        raise NotImplementedError

    def write(self, image, block, data):
        """Caches blocks. Returns how many of them are done with, None for all, or a `Written`."""
        raise NotImplementedError

    def discard(self, image, block, count):
        """Removes blocks from the cache."""
        raise NotImplementedError

    def flush(self, image):
        """Makes durable what was written."""
        raise NotImplementedError

    def set_moduuid(self, image, uuid):
        """Stores the modification UUID of the disk."""
        raise NotImplementedError

    def check(self, path, repair):
        """Yields a pair (rule, class) for each broken rule. `repair`: None, "plan", "leaks", "all"."""
        raise NotImplementedError

    def close(self, image):
        """Ends the use of an image; the last call that gets it, whatever comes of it."""


def main(program):
    """Runs the program as an adapter, and ends the process."""
    arguments = sys.argv[1:]
    operations = _Operations(program)
    if arguments == ["session"]:
        sys.exit(_Session(operations, _answers()).run())
    sys.exit(_Simple(operations, _answers()).run(arguments))


# Nothing below this line needs to be read to write an adapter.

_LINE = 1 << 20
_RUNS = 10_000
_READ_BYTES = 32 << 20
_GAP_BYTES = 512 << 10
_WRITE_BLOCKS = (16 << 20) // BLOCK
_MESSAGE = 10_000
_HANDLES = 8
_END = 1 << 64
_EXACT = (1 << 53) - 1

_DIGITS = re.compile(r"0|[1-9][0-9]{0,19}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HANDLE = re.compile(r"[A-Za-z0-9]{1,16}")
_PATH = re.compile(r"/[A-Za-z0-9/._-]{1,998}")
_RULE = re.compile(r"VCI-[A-Z]+-[0-9]{3}")
_MOVING = ("main", "master", "trunk", "dev", "latest", "head")


class _NotImplemented(Exception):
    """The program has no such operation."""


class _WrongAnswer(Exception):
    """What the program returned is no answer."""


def _wrong(message):
    return Refused(cls="argument", message=message)


def _answers():
    """The file for answers. What the program prints from now on goes to standard error."""
    number = os.environ.get("VCI_PORT_FD")
    if number is None:
        number = os.dup(1)
        os.dup2(2, 1)
    return os.fdopen(int(number), "wb")


def _is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(value):
    """A text that is UTF-8 and no longer than a message may be."""
    return str(value).encode("utf-8", "replace").decode("utf-8")[:_MESSAGE]


class _Operations:
    """What both forms ask of a program. Each function checks what the program returns."""

    def __init__(self, program):
        self.program = program
        self.ops = self._declared()
        self._judge()

    def _has(self, name):
        return getattr(type(self.program), name) is not getattr(Program, name)

    def _declared(self):
        writes = any(self._has(name) for name in ("write", "discard", "flush", "set_moduuid"))
        found = {name.replace("_", "-") for name in (
            "probe", "info", "read", "extents", "create", "write", "discard", "flush",
            "set_moduuid", "check") if self._has(name)}
        if self._has("open"):
            found |= {"open-ro", "close"} | ({"open-rw"} if writes else set())
        if self._has("check"):
            found |= {f"repair-{mode}" for mode in self.program.repairs}
        return [name for name in OPERATIONS if name in found]

    def _judge(self):
        """Refuses to begin with capabilities that say nothing, or what nobody can mean."""
        program = self.program
        for key in ("name", "version"):
            value = getattr(program, key)
            if not isinstance(value, str) or not 1 <= len(value) <= 100 or not value.isprintable():
                raise ValueError(f"{key} is a text of one line, and not {value!r}")
        if program.version in _MOVING:
            raise ValueError(f"version {program.version!r} says nothing, as it moves")
        if unknown := set(program.features) - set(FEATURES):
            raise ValueError(f"there are no features {sorted(unknown)}")
        if unknown := set(program.repairs) - {"leaks", "all"}:
            raise ValueError(f"there are no repairs {sorted(unknown)}")
        if program.durability not in (None, "flush", "close", "none"):
            raise ValueError(f"durability is flush, close or none, and not {program.durability!r}")
        if "write" in self.ops and program.durability is None:
            raise ValueError("a program that writes declares its durability")
        for name, _ in program.known:
            if not name or " " in name:
                raise ValueError(f"known: {name!r} is no name of a vector or workload")

    def capabilities(self):
        program = self.program
        caps = {"name": program.name, "version": program.version}
        for key in ("language", "homepage", "durability"):
            if getattr(program, key) is not None:
                caps[key] = getattr(program, key)
        if program.max_blocks is not None:
            caps["maxBlocks"] = str(program.max_blocks)
        caps["ops"] = self.ops
        caps["features"] = [name for name in FEATURES if name in program.features]
        if program.known:
            caps["known"] = [{"name": name, "issue": issue} for name, issue in program.known]
        return caps

    def require(self, op):
        if op not in self.ops:
            raise _NotImplemented(op)

    def need(self, feature):
        if feature not in self.program.features:
            raise Unsupported(feature)

    def probe(self, path):
        self.require("probe")
        answer = self.program.probe(path)
        if answer is not True and answer is not False:
            raise _WrongAnswer(f"probe returned {answer!r}, not True or False")
        if not answer:
            raise Refused(cls="not-vci")

    def open(self, path, writable, mod_uuid):
        self.require("open-rw" if writable else "open-ro")
        if mod_uuid is not None:
            self.need("mod-uuid")
        return self.program.open(path, writable, mod_uuid)

    def info(self, image):
        self.require("info")
        info = self.program.info(image)
        if not isinstance(info, Info):
            raise _WrongAnswer(f"info returned {info!r}, not an Info")
        return {
            "version": str(info.version), "type": "fixed" if info.fixed else "dynamic",
            "blocks": str(info.blocks), "dirty": bool(info.dirty),
            "uuid": str(info.uuid), "modUuid": str(info.mod_uuid)}

    def read(self, image, block, count, file):
        """The runs [state, block, count]. The bytes of hits are in the file."""
        self.require("read")
        _judge_request(block, count)
        runs, position, total = [], block, 0
        try:
            for piece in self.program.read(image, block, count):
                state, length = _piece(piece)
                if position + length > block + count:
                    raise _WrongAnswer(
                        f"read gave blocks up to {position + length} of a request that ends at"
                        f" {block + count}")
                if state == "hit":
                    if (position - block) * BLOCK - total > _GAP_BYTES and runs:
                        break  # The file would be far larger than what is in it.
                    _write_at(file, (position - block) * BLOCK, piece)
                    total += len(piece)
                if runs and runs[-1][0] == state:
                    runs[-1][2] += length
                else:
                    runs.append([state, position, length])
                position += length
                if len(runs) == _RUNS or total >= _READ_BYTES:
                    break
        except Refused:
            if not runs:
                raise
        if not runs:
            raise _WrongAnswer("read gave nothing; it must give one block at least")
        return runs

    def extents(self, path):
        """The lines of the list."""
        self.require("extents")
        end, lines = 0, []
        for block, count in self.program.extents(path):
            if not _is_count(block) or not _is_count(count) or not count:
                raise _WrongAnswer(f"extents gave {block!r}, {count!r}, not a block and a count")
            if block < end:
                raise _WrongAnswer(f"extents gave block {block} after blocks up to {end}")
            end = block + count
            lines.append(f"{block} {count}\n")
        return "".join(lines).encode()

    def create(self, path, blocks, fixed, uuid):
        self.require("create")
        if fixed:
            self.need("fixed")
        self.program.create(path, blocks, fixed, uuid)

    def write(self, image, block, count, file):
        """How many blocks are done with, and losses (reason, block, count)."""
        self.require("write")
        _judge_request(block, count)
        offered = min(count, _WRITE_BLOCKS)
        data = _data(file, count, offered)
        answer = self.program.write(image, block, data)
        if answer is None:
            answer = Written(offered)
        elif _is_count(answer):
            answer = Written(answer)
        elif not isinstance(answer, Written):
            raise _WrongAnswer(f"write returned {answer!r}, not a number of blocks or a Written")
        if not _is_count(answer.count) or not 1 <= answer.count <= offered:
            raise _WrongAnswer(f"write is done with {answer.count!r} of {offered} blocks")
        losses = [("evicted", *run) for run in answer.evicted]
        losses += [("dropped", *run) for run in answer.dropped]
        return answer.count, losses[:_RUNS]

    def discard(self, image, block, count):
        self.require("discard")
        _judge_request(block, count)
        self.program.discard(image, block, count)

    def flush(self, image):
        self.require("flush")
        self.program.flush(image)

    def set_moduuid(self, image, uuid):
        self.require("set-moduuid")
        self.program.set_moduuid(image, uuid)

    def check(self, path, repair):
        """The set of (rule, class), sorted."""
        self.require("check")
        if repair == "plan":
            if not {"repair-leaks", "repair-all"} & set(self.ops):
                raise _NotImplemented("repair")
        elif repair is not None:
            self.require(f"repair-{repair}")
        found = set()
        for rule, kind in self.program.check(path, repair):
            if not _RULE.fullmatch(str(rule)) or kind not in CLASSES:
                raise _WrongAnswer(f"check gave {rule!r}, {kind!r}, not a rule and its class")
            found.add((rule, kind))
        return sorted(found)


def _judge_request(block, count):
    if count < 1 or block + count > _END:
        raise _wrong(f"{count} blocks from block {block} on are no request")


def _piece(piece):
    """State and number of blocks of what a read gave."""
    if isinstance(piece, (bytes, bytearray, memoryview)):
        if not len(piece) or len(piece) % BLOCK:
            raise _WrongAnswer(f"read gave {len(piece)} bytes, not a number of whole blocks")
        return "hit", len(piece) // BLOCK
    if not _is_count(piece) or not piece:
        raise _WrongAnswer(f"read gave {piece!r}, not bytes or a number of blocks")
    return "miss", piece


def _write_at(path, offset, data):
    try:
        with open(path, "r+b") as file:
            file.seek(offset)
            file.write(data)
    except FileNotFoundError as error:
        raise _wrong(f"there is no file {path}") from error


def _data(path, count, offered):
    """The first blocks of the file of a write, which has `count` blocks."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size != count * BLOCK:
                raise _wrong(f"{path} has {size} bytes, not {count} blocks")
            return file.read(offered * BLOCK)
    except FileNotFoundError as error:
        raise _wrong(f"there is no file {path}") from error


# The session form.


class _NoRequest(Exception):
    """A line to which there is no answer, as nobody can tell its id."""


def _protocols(value):
    if not isinstance(value, list) or not value or not all(map(_is_count, value)):
        raise _wrong("protocol is a list of numbers")
    return value


def _names(value):
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise _wrong("features is a list of names")
    return value


def _matching(pattern, what):
    def parse(value):
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise _wrong(f"{value!r} is not {what}")
        return value
    return parse


def _quantity(value):
    if not isinstance(value, str) or not _DIGITS.fullmatch(value) or int(value) > _END:
        raise _wrong(f"{value!r} is not a string of decimal digits, at most 2^64")
    return int(value)


def _identity(value):
    return _uuid.UUID(_matching(_UUID, "a UUID")(value))


def _one_of(*words):
    def parse(value):
        if value not in words:
            raise _wrong(f"{value!r} is none of {', '.join(words)}")
        return value
    return parse


_path = _matching(_PATH, "an absolute path of letters, digits, /, -, _ and .")
_handle = _matching(_HANDLE, "a name of a handle")

# The keys of each request.
_REQUESTS = {
    "hello": {"protocol": _protocols, "features": _names},
    "ping": {},
    "bye": {},
    "probe": {"image": _path},
    "open": {"image": _path, "handle": _handle, "mode": _one_of("ro", "rw"), "modUuid": _identity},
    "info": {"handle": _handle},
    "read": {"handle": _handle, "block": _quantity, "count": _quantity, "file": _path},
    "extents": {"image": _path, "file": _path},
    "create": {
        "image": _path, "blocks": _quantity, "type": _one_of("dynamic", "fixed"),
        "uuid": _identity},
    "write": {"handle": _handle, "block": _quantity, "count": _quantity, "file": _path},
    "discard": {"handle": _handle, "block": _quantity, "count": _quantity},
    "flush": {"handle": _handle},
    "set-moduuid": {"handle": _handle, "uuid": _identity},
    "close": {"handle": _handle},
    "check": {"image": _path, "repair": _one_of("none", "plan", "leaks", "all")},
}
_OPTIONAL = {"modUuid"}


def _object(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in an object")
    return found


def _constant(name):
    raise ValueError(f"{name} is no JSON")


def _parse(line):
    """The object of a line, and its id."""
    try:
        value = json.loads(
            line.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise _NoRequest(f"no JSON: {error}") from error
    if not isinstance(value, dict):
        raise _NoRequest("no object")
    if not _is_count(value.get("id")) or value["id"] > _EXACT:
        raise _NoRequest("no id")
    return value


def _arguments(request):
    """The values of a request by key, parsed; None for one that may be absent and is."""
    op = request.get("op")
    if not isinstance(op, str):
        raise _wrong("no op")
    keys = _REQUESTS.get(op)
    if keys is None:
        raise _NotImplemented(op)
    if unknown := sorted(set(request) - set(keys) - {"id", "op"}):
        raise _wrong(f"{op} has no key {unknown[0]!r}")
    if missing := sorted(set(keys) - set(request) - _OPTIONAL):
        raise _wrong(f"{op} needs the key {missing[0]!r}")
    return {key: parse(request[key]) if key in request else None for key, parse in keys.items()}


class _Session:
    """One process, lines of JSON."""

    def __init__(self, operations, answers):
        self._operations = operations
        self._answers = answers
        self._images = {}
        self._greeted = self._done = False

    def run(self):
        """Answers requests until there are no more. Returns the exit code."""
        code = 0
        while not self._done:
            line = sys.stdin.buffer.readline(_LINE)
            if not line:
                break
            try:
                if not line.endswith(b"\n"):
                    raise _NoRequest("no line, or one of more than 1 MiB")
                self._answer(_parse(line))
            except _NoRequest as problem:
                print(f"vci_port: a line that is no request: {problem}", file=sys.stderr)
                code = 1
                break
            except BrokenPipeError:
                code = 1
                break
        return self._close_all() or code

    def _answer(self, request):
        answer = {"id": request["id"]}
        try:
            answer.update({"outcome": "ok", **self._carry_out(request)})
        except Refused as refusal:
            answer["outcome"] = "refused"
            if refusal.rule is not None:
                answer["rule"] = refusal.rule
            if refusal.cls is not None:
                answer["class"] = refusal.cls
            if refusal.message:
                answer["message"] = _text(refusal.message)
        except Unsupported as refusal:
            answer.update(outcome="unsupported", feature=refusal.feature)
            if refusal.message:
                answer["message"] = _text(refusal.message)
        except _NotImplemented:
            answer["outcome"] = "not-implemented"
        except Exception as error:
            traceback.print_exc()
            answer.update(outcome="error", message=_text(f"{type(error).__name__}: {error}"))
        sys.stdout.flush()
        sys.stderr.flush()
        self._answers.write(json.dumps(answer).encode() + b"\n")
        self._answers.flush()

    def _carry_out(self, request):
        """The keys of the answer."""
        values = _arguments(request)
        op = request["op"]
        if (op == "hello") == self._greeted:
            raise _wrong("hello is the first request, and no other")
        image = None
        if "handle" in values and op != "open":
            image = self._image(values["handle"])
        return getattr(self, "_" + op.replace("-", "_"))(image, **values) or {}

    def _image(self, handle):
        """The image of a handle, and whether it may be written."""
        if handle not in self._images:
            raise _wrong(f"no image is open as {handle}")
        return self._images[handle]

    @staticmethod
    def _writable(image):
        if not image[1]:
            raise _wrong("the image is open for reading")
        return image[0]

    def _close_all(self):
        """Closes what is open. Returns 1 if anything could not be closed."""
        code = 0
        for image, _ in self._images.values():
            try:
                self._operations.program.close(image)
            except Exception:
                traceback.print_exc()
                code = 1
        self._images = {}
        return code

    def _hello(self, _, protocol, features):
        if 1 not in protocol:
            raise Unsupported("protocol", "this is protocol 1")
        self._greeted = True
        program = self._operations.program
        program.session_features = frozenset(features) & frozenset(program.features)
        return {"protocol": 1, "caps": self._operations.capabilities()}

    def _ping(self, _):
        pass

    def _bye(self, _):
        self._done = True
        if self._close_all():
            raise _WrongAnswer("an image could not be closed")

    def _probe(self, _, image):
        self._operations.probe(image)

    def _open(self, _, image, handle, mode, modUuid):
        if handle in self._images:
            raise _wrong(f"an image is open as {handle}")
        if len(self._images) == _HANDLES:
            raise _wrong(f"{_HANDLES} images are open")
        opened = self._operations.open(image, mode == "rw", modUuid)
        self._images[handle] = opened, mode == "rw"

    def _info(self, image, handle):
        return self._operations.info(image[0])

    def _read(self, image, handle, block, count, file):
        runs = self._operations.read(image[0], block, count, file)
        return {"runs": [
            {"state": state, "block": str(first), "count": str(length)}
            for state, first, length in runs]}

    def _extents(self, _, image, file):
        _write_at(file, 0, self._operations.extents(image))

    def _create(self, _, image, blocks, type, uuid):
        self._operations.create(image, blocks, type == "fixed", uuid)

    def _write(self, image, handle, block, count, file):
        self._operations.require("write")
        written, losses = self._operations.write(self._writable(image), block, count, file)
        answer = {"written": str(written)}
        if losses:
            answer["losses"] = [
                {"reason": reason, "block": str(first), "count": str(length)}
                for reason, first, length in losses]
        return answer

    def _discard(self, image, handle, block, count):
        self._operations.require("discard")
        self._operations.discard(self._writable(image), block, count)

    def _flush(self, image, handle):
        self._operations.require("flush")
        self._operations.flush(self._writable(image))

    def _set_moduuid(self, image, handle, uuid):
        self._operations.require("set-moduuid")
        self._operations.set_moduuid(self._writable(image), uuid)

    def _close(self, image, handle):
        del self._images[handle]
        self._operations.program.close(image[0])

    def _check(self, _, image, repair):
        found = self._operations.check(image, None if repair == "none" else repair)
        return {"findings": [{"rule": rule, "class": kind} for rule, kind in found]}


# The simple form.

_OK, _ERROR, _UNSUPPORTED, _UNKNOWN, _REFUSED, _USAGE = 0, 1, 4, 5, 10, 64

_SIMPLE = {
    "caps": ("", ()),
    "probe": ("IMG", (str,)),
    "open-ro": ("IMG [MODUUID]", (str, _identity)),
    "open-rw": ("IMG [MODUUID]", (str, _identity)),
    "info": ("IMG", (str,)),
    "read": ("IMG BLOCK COUNT OUTFILE", (str, _quantity, _quantity, str)),
    "extents": ("IMG", (str,)),
    "create": ("IMG BLOCKS dynamic|fixed UUID",
               (str, _quantity, _one_of("dynamic", "fixed"), _identity)),
    "write": ("IMG BLOCK COUNT INFILE", (str, _quantity, _quantity, str)),
    "discard": ("IMG BLOCK COUNT", (str, _quantity, _quantity)),
    "flush": ("IMG", (str,)),
    "set-moduuid": ("IMG UUID", (str, _identity)),
    "check": ("IMG [--repair leaks|all]", (str, _one_of("--repair"), _one_of("leaks", "all"))),
}


class _Usage(Exception):
    """Wrong arguments."""


def _simple_arguments(words):
    """Operation and arguments, parsed; None for those that are left out."""
    op = words[0] if words else ""
    if op not in _SIMPLE:
        raise _Usage(f"there is no operation {op!r}")
    usage, parsers = _SIMPLE[op]
    least = len([part for part in usage.split("[")[0].split()])
    if len(words) - 1 not in (least, len(parsers)):
        raise _Usage(f"{op} {usage}")
    try:
        values = [parse(word) for parse, word in zip(parsers, words[1:])]
    except Refused as problem:
        raise _Usage(f"{op} {usage}: {problem.message}") from problem
    return op, values + [None] * (len(parsers) - len(values))


class _Simple:
    """One process for each operation."""

    def __init__(self, operations, answers):
        self._operations = operations
        self._answers = answers

    def run(self, words):
        """Carries out an operation. Returns the exit code.

        What the program prints is shown at the end, as the first line of standard error says why
        an operation was refused.
        """
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                return self._carry_out(words)
        finally:
            sys.stderr.write(printed.getvalue())

    def _carry_out(self, words):
        try:
            op, values = _simple_arguments(words)
            lines = getattr(self, "_" + op.replace("-", "_"))(*values)
        except _Usage as problem:
            return self._say(_USAGE, f"usage: {problem}")
        except Refused as refusal:
            words = [word for word in (refusal.rule, refusal.cls) if word]
            return self._say(_REFUSED, f"{' '.join(words)}: {_text(refusal.message)}")
        except Unsupported as refusal:
            return self._say(_UNSUPPORTED, f"{refusal.feature}: {_text(refusal.message)}")
        except _NotImplemented:
            return _UNKNOWN
        except Exception:
            traceback.print_exc()
            return _ERROR
        self._answers.write(lines or b"")
        self._answers.flush()
        return _OK

    @staticmethod
    def _say(code, text):
        print(text, file=sys.stderr)
        return code

    def _with_image(self, path, writable, mod_uuid, work):
        """What `work` returns for an image, which is closed whatever comes."""
        image = self._operations.open(path, writable, mod_uuid)
        try:
            result = work(image)
        except BaseException:
            try:
                self._operations.program.close(image)
            except Exception:
                traceback.print_exc()
            raise
        self._operations.program.close(image)
        return result

    def _caps(self):
        caps = self._operations.capabilities()
        lines = [
            f"{key}={caps[name]}" for key, name in (
                ("name", "name"), ("version", "version"), ("language", "language"),
                ("homepage", "homepage"), ("durability", "durability"),
                ("max-blocks", "maxBlocks")) if name in caps]
        lines += caps["ops"] + caps["features"]
        lines += [f"known={each['name']} {each['issue']}" for each in caps.get("known", ())]
        return "".join(line + "\n" for line in lines).encode()

    def _probe(self, path):
        self._operations.probe(path)

    def _open_ro(self, path, mod_uuid):
        self._with_image(path, False, mod_uuid, lambda image: None)

    def _open_rw(self, path, mod_uuid):
        self._with_image(path, True, mod_uuid, lambda image: None)

    def _info(self, path):
        self._operations.require("info")
        info = self._with_image(path, False, None, self._operations.info)
        info["dirty"] = "yes" if info["dirty"] else "no"
        return "".join(f"{key.lower()}={value}\n" for key, value in info.items()).encode()

    def _read(self, path, block, count, file):
        self._operations.require("read")
        open(file, "wb").close()
        runs = self._with_image(
            path, False, None, lambda image: self._operations.read(image, block, count, file))
        return "".join(f"{state} {first} {length}\n" for state, first, length in runs).encode()

    def _extents(self, path):
        return self._operations.extents(path)

    def _create(self, path, blocks, kind, uuid):
        self._operations.create(path, blocks, kind == "fixed", uuid)

    def _write(self, path, block, count, file):
        self._operations.require("write")
        written, losses = self._with_image(
            path, True, None, lambda image: self._operations.write(image, block, count, file))
        lines = [f"written {written}\n"]
        lines += [f"{reason} {first} {length}\n" for reason, first, length in losses]
        return "".join(lines).encode()

    def _discard(self, path, block, count):
        self._operations.require("discard")
        self._with_image(
            path, True, None, lambda image: self._operations.discard(image, block, count))

    def _flush(self, path):
        self._operations.require("flush")
        self._with_image(path, True, None, self._operations.flush)

    def _set_moduuid(self, path, uuid):
        self._operations.require("set-moduuid")
        self._with_image(
            path, True, None, lambda image: self._operations.set_moduuid(image, uuid))

    def _check(self, path, _, repair):
        found = self._operations.check(path, repair)
        findings = [{"rule": rule, "class": kind} for rule, kind in found]
        return json.dumps({"findings": findings}).encode() + b"\n"
