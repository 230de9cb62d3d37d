# SPDX-License-Identifier: Apache-2.0
"""Makes a trace of the recorder's form from the output of strace.

    strace -f -xx -y -s 67108864 -e trace=CALLS -A -o LOG PROGRAM

where CALLS is what `trace.py calls` prints. Lines of the log that are marks stay marks: strace ends each line
before the program goes on, so a mark stands behind all that was done before an answer was read. strace names no inodes, so files are told apart by their names:
what the folder was before the first event must be given, or be nothing. Where descriptors stand is
followed through copies and forks.
"""

import errno
import json
import os
import re

from contents import Folder
from forms import coded

CALLS = (
    "open openat openat2 creat close close_range read readv write pwrite64 writev pwritev pwritev2"
    " lseek dup dup2 dup3 fcntl fsync fdatasync sync_file_range syncfs sync truncate ftruncate"
    " fallocate copy_file_range sendfile splice ioctl mmap msync mprotect rename renameat renameat2"
    " link linkat unlink unlinkat chdir fchdir io_uring_setup io_setup clone clone3 fork vfork").split()

LINE = re.compile(r"(\d+) +(.*)")
#: With -xx no quote stands in what strace writes of a program.
MARK = re.compile(r'\{"mark": "[ !#-\[\]-~]*"\}$')
CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)(.*)")
RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)")
DESCRIPTOR = re.compile(r"(-?\d+|AT_FDCWD)(?:<((?:\\x[0-9a-f]{2})*)>)?")
FAILED = re.compile(r"-1 (E\w+)")
OPEN_FLAGS = {
    "O_CREAT": "creat", "O_EXCL": "excl", "O_TRUNC": "trunc", "O_APPEND": "append",
    "O_DIRECT": "direct", "O_TMPFILE": "tmpfile", "O_PATH": "path", "O_SYNC": "sync",
    "O_DSYNC": "dsync"}
MODES = {
    "FALLOC_FL_KEEP_SIZE": "keep-size", "FALLOC_FL_PUNCH_HOLE": "punch-hole",
    "FALLOC_FL_COLLAPSE_RANGE": "collapse", "FALLOC_FL_ZERO_RANGE": "zero-range",
    "FALLOC_FL_INSERT_RANGE": "insert", "FALLOC_FL_UNSHARE_RANGE": "unshare"}
#: A write that strace shows by its buffers, and where its offset stands.
WRITES = {"write": None, "pwrite64": 3, "writev": None, "pwritev": 3, "pwritev2": 3}
COPIES = {"copy_file_range": (2, 3), "splice": (2, 3), "sendfile": (0, None)}


class StraceError(ValueError):
    """The output is none of strace with the options that are needed."""


def raw(text):
    """The bytes of what strace writes with -xx."""
    return bytes.fromhex(text.replace("\\x", ""))


def split(text):
    """The arguments of a call; with -xx no comma stands in a string."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return parts + [text[start:].strip()] if text.strip() else parts


class Opened:
    """An open file, which copies of a descriptor share; of one that came from elsewhere nothing is known."""

    def __init__(self, flags=None):
        self.flags, self.position = set(flags or ()), 0
        self.is_known = flags is not None


class Converter:
    """Turns calls into records, one after the other."""

    def __init__(self, folder, before, out):
        self._folder = os.fsencode(folder)
        self._out = out
        self._seq = 0
        self._ids = {}  # a name, and its file
        self._tables = {}  # a thread, and its descriptors
        self._current = {}  # a thread, and its current folder
        self._unfinished = {}
        self._model = Folder(dict(self._bases(before)))
        self._number = 0
        self._pid = 1
        self._call = "strace"
        self._emit("start", version=1, parent=0, program="strace", stdio=True)
        for name in sorted(self._model.names):
            self._ids[name] = self._fresh()

    @staticmethod
    def _bases(before):
        for parent, _, names in os.walk(before) if before else ():
            for name in sorted(names):
                path = os.path.join(parent, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    yield coded(os.fsencode(os.path.relpath(path, before))), path

    def _fresh(self):
        self._number += 1
        return f"0:{self._number:x}"

    def _emit(self, kind, **fields):
        fields = {key.rstrip("_"): value for key, value in fields.items() if value is not None}
        record = {
            "seq": self._seq, "pid": self._pid, "tid": self._pid, "kind": kind, "call": self._call,
            **fields}
        self._seq += 1
        self._model.apply(self._seq, record)
        self._out.write(json.dumps(record, separators=(",", ":")) + "\n")

    # Lines

    def take_mark(self, mark):
        self._out.write(mark + "\n")

    def take(self, line):
        match = LINE.fullmatch(line)
        if match is None:
            raise StraceError(f"no line of strace -f -o: {line[:60]!r}")
        pid, text = int(match[1]), match[2]
        if text.startswith(("+++", "---")):
            return
        if text.endswith("<unfinished ...>"):
            self._unfinished[pid] = text[: -len("<unfinished ...>")].rstrip()
            return
        resumed = RESUMED.match(text)
        if resumed:
            text = self._unfinished.pop(pid, resumed[1] + "(") + resumed[2]
        call = CALL.fullmatch(text)
        if call is None:
            raise StraceError(f"no call: {text[:60]!r}")
        self._pid, self._call = pid, call[1]
        if call[3] == "?":
            return
        result = int(call[3], 0)
        failed = FAILED.match(call[3] + call[4])
        number = getattr(errno, failed[1], None) if failed else None
        outcome = {"result": result, "errno": number if result == -1 else None}
        self._dispatch(split(call[2]), outcome, call[4])

    def _dispatch(self, arguments, outcome, rest):
        name = self._call
        self._table(self._pid)
        here = DESCRIPTOR.match(arguments[0]) if arguments else None
        if here is not None and here[1] == "AT_FDCWD" and here[2] is not None:
            self._current[self._pid] = raw(here[2])
        if name in WRITES:
            self._write(arguments, outcome)
        elif name in COPIES:
            self._copy(arguments, outcome)
        elif name in ("open", "openat", "openat2", "creat"):
            self._open(arguments, outcome, rest)
        elif name in ("fork", "vfork", "clone", "clone3"):
            self._fork(arguments, outcome["result"])
        elif name in ("io_uring_setup", "io_setup"):
            self._emit("unfollowed", why="the system writes behind the C library")
        else:
            method = getattr(self, "_" + name, None)
            if method is not None:
                method(arguments, outcome)

    # Descriptors

    def _table(self, pid):
        """The descriptors of a thread; a child that speaks before its parent's call has returned."""
        if pid not in self._tables:
            parents = [other for other, text in self._unfinished.items()
                       if re.match(r"v?fork\(|clone", text)]
            table = self._tables.get(parents[-1], {}) if parents else {}
            shares = parents and "CLONE_FILES" in self._unfinished[parents[-1]]
            if parents and parents[-1] in self._current:
                self._current.setdefault(pid, self._current[parents[-1]])
            self._tables[pid] = table if shares else dict(table)
        return self._tables[pid]

    def _fork(self, arguments, child):
        if child <= 0 or child in self._tables:
            return
        table = self._table(self._pid)
        shares = any("CLONE_FILES" in argument for argument in arguments)
        if self._pid in self._current:
            self._current[child] = self._current[self._pid]
        self._tables[child] = table if shares else dict(table)

    def _opened(self, descriptor):
        return self._table(self._pid).setdefault(descriptor, Opened())

    def _name(self, path):
        """The path from the folder on, or None."""
        path = os.path.normpath(path)
        if not path.startswith(self._folder + b"/"):
            return None
        return coded(path[len(self._folder) + 1 :])

    def _where(self, argument):
        """Number and recorded name of a descriptor."""
        match = DESCRIPTOR.match(argument)
        if match is None or match[1] == "AT_FDCWD":
            return -1, None
        if match[2] is None:
            return int(match[1]), None
        path = raw(match[2])
        if path.endswith(b" (deleted)"):
            path = path[: -len(b" (deleted)")]
        return int(match[1]), self._name(path)

    def _path(self, folder, argument):
        """The path that a call names, from the folder of recorded files on or absolute."""
        text = re.search(r'"((?:\\x[0-9a-f]{2})*)"', argument)
        if text is None:
            return None
        path = raw(text[1])
        match = DESCRIPTOR.match(folder) if folder else None
        start = self._current.get(self._pid) if match is None or match[2] is None else raw(match[2])
        if not path.startswith(b"/") and start is None:
            self._emit("unfollowed", why="a path from a folder that is not known")
            return None
        path = os.path.join(start or b"/", path)
        parent, base = os.path.split(path.rstrip(b"/") or b"/")
        path = os.path.join(os.path.realpath(parent), base)
        return self._name(path) or coded(path)

    def _is_inside(self, name):
        return name is not None and not name.startswith("/")

    def _file(self, name):
        return self._ids.setdefault(name, self._fresh())

    # Calls

    def _open(self, arguments, outcome, rest):
        if self._call in ("open", "creat"):
            arguments = ["", *arguments]
        descriptor, name = self._where(str(outcome["result"]) + rest)
        words = re.findall(r"O_\w+", arguments[2]) if self._call != "creat" else [
            "O_WRONLY", "O_CREAT", "O_TRUNC"]
        if outcome["result"] == -1:
            name = self._path(arguments[0], arguments[1])
            if self._is_inside(name):
                self._emit("open", name=name, **outcome)
            return
        access = {"O_WRONLY": "wronly", "O_RDWR": "rdwr"}
        flags = [next((access[word] for word in words if word in access), "rdonly")]
        flags += [OPEN_FLAGS[word] for word in words if word in OPEN_FLAGS]
        self._table(self._pid)[descriptor] = Opened(flags)
        if name is None or "O_DIRECTORY" in words:
            return
        was_there = name in self._ids and name in self._model.names
        if not was_there and "creat" not in flags:
            self._emit("unfollowed", why="a file was opened that is not known: see --before",
                       file=self._file(name), name=name)
            return
        if not was_there:
            self._ids[name] = self._fresh()
        length = self._model.names[name].content.length if was_there else 0
        empties = "trunc" in flags and was_there
        self._emit(
            "open", file=self._ids[name], name=name, flags=",".join(flags),
            created=None if was_there else True, before=length if empties else None,
            size=0 if empties else length, **outcome)

    def _chdir(self, arguments, outcome):
        if outcome["result"] != 0:
            return
        match = DESCRIPTOR.match(arguments[0])
        path = re.search(r'"((?:\\x[0-9a-f]{2})*)"', arguments[0])
        if path is not None and (raw(path[1]).startswith(b"/") or self._pid in self._current):
            start = self._current.get(self._pid, b"/")
            self._current[self._pid] = os.path.realpath(os.path.join(start, raw(path[1])))
        elif match is not None and match[2] is not None:
            self._current[self._pid] = raw(match[2])
        else:
            self._current.pop(self._pid, None)

    _fchdir = _chdir

    def _close(self, arguments, outcome):
        descriptor, name = self._where(arguments[0])
        self._table(self._pid).pop(descriptor, None)
        if name is not None:
            self._emit("close", file=self._file(name), fd=descriptor, **outcome)

    def _copied(self, arguments, outcome):
        descriptor, name = self._where(arguments[0])
        result = outcome["result"]
        if result < 0:
            return
        self._table(self._pid)[result] = self._opened(descriptor)
        if name is not None:
            self._emit("duplicate", file=self._file(name), from_=descriptor, fd=result)

    _dup = _dup2 = _dup3 = _copied

    def _fcntl(self, arguments, outcome):
        if arguments[1].startswith("F_DUPFD"):
            self._copied(arguments, outcome)
        elif arguments[1] == "F_SETFL" and outcome["result"] == 0:
            flags = self._opened(self._where(arguments[0])[0]).flags
            flags -= {"append", "direct"}
            flags |= {OPEN_FLAGS[word] for word in re.findall(r"O_\w+", arguments[2])
                      if word in OPEN_FLAGS}

    def _lseek(self, arguments, outcome):
        if outcome["result"] >= 0:
            self._opened(self._where(arguments[0])[0]).position = outcome["result"]

    def _read(self, arguments, outcome):
        if outcome["result"] > 0:
            self._opened(self._where(arguments[0])[0]).position += outcome["result"]

    _readv = _read

    def _length(self, name):
        file = self._model._files.get(self._file(name))
        return 0 if file is None else file.content.length

    def _write(self, arguments, outcome):
        descriptor, name = self._where(arguments[0])
        opened = self._opened(descriptor)
        written = max(outcome["result"], 0)
        at = WRITES[self._call]
        offset = None if at is None else int(arguments[at])
        flags = opened.flags | ({"append"} if "RWF_APPEND" in arguments[-1] else set())
        if name is None:
            if offset in (None, -1):
                opened.position += written
            return
        moves = offset in (None, -1)
        if not opened.is_known:
            self._emit("unfollowed", file=self._file(name), name=name,
                       why="a descriptor came from elsewhere, and where it stands is not known")
            return
        if "append" in flags:
            place = self._length(name)
        else:
            place = opened.position if moves else offset
        if moves:
            opened.position = place + written
        if '"...' in arguments[1]:
            raise StraceError("bytes are left out: -s must be larger")
        data = b"".join(raw(part) for part in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', arguments[1]))
        asked = int(arguments[2]) if self._call in ("write", "pwrite64") else len(data)
        durable = "sync" if "sync" in flags or "RWF_SYNC" in arguments[-1] else (
            "dsync" if "dsync" in flags or "RWF_DSYNC" in arguments[-1] else None)
        self._emit(
            "write", file=self._file(name), fd=descriptor, offset=place, length=asked, **outcome,
            data=data[:written].hex() if written else None, append="append" in flags or None,
            direct="direct" in flags or None, sync=durable)

    def _copy(self, arguments, outcome):
        """strace does not show what is copied."""
        to, offset = COPIES[self._call]
        descriptor, name = self._where(arguments[to])
        if name is not None and outcome["result"] > 0:
            self._emit("unfollowed", file=self._file(name), name=name,
                       why="strace does not show what was copied")
        if outcome["result"] > 0 and (offset is None or arguments[offset] == "NULL"):
            self._opened(descriptor).position += outcome["result"]

    def _ioctl(self, arguments, outcome):
        name = self._where(arguments[0])[1]
        if name is not None and "FICLONE" in arguments[1] and outcome["result"] == 0:
            self._emit("unfollowed", file=self._file(name), name=name,
                       why="strace does not show what was copied")

    def _ftruncate(self, arguments, outcome):
        self._set_length(self._where(arguments[0])[1], int(arguments[1]), outcome)

    def _truncate(self, arguments, outcome):
        name = self._path("", arguments[0])
        if self._is_inside(name):
            self._set_length(name, int(arguments[1]), outcome)

    def _set_length(self, name, length, outcome):
        if name is not None:
            before = self._length(name) if outcome["result"] >= 0 else None
            self._emit("truncate", file=self._file(name), length=length, before=before, **outcome)

    def _fallocate(self, arguments, outcome):
        descriptor, name = self._where(arguments[0])
        if name is None:
            return
        words = [] if arguments[1] == "0" else arguments[1].split("|")
        mode = [MODES.get(word, "other") for word in words] or ["plain"]
        offset, length = int(arguments[2]), int(arguments[3])
        size = self._length(name)
        if outcome["result"] == 0 and "keep-size" not in mode:
            size = max(size, offset + length)
        self._emit(
            "allocate", file=self._file(name), fd=descriptor, mode=",".join(mode), offset=offset,
            length=length, size=size, **outcome)

    def _flushed(self, arguments, outcome):
        name = self._where(arguments[0])[1]
        match = DESCRIPTOR.match(arguments[0])
        if name in self._model.names:
            self._emit("flush", scope="file", file=self._file(name), **outcome)
        elif match[2] is not None and (name is not None or raw(match[2]) == self._folder):
            self._emit("flush", scope="folder", **outcome)

    _fsync = _fdatasync = _flushed

    def _sync_file_range(self, arguments, outcome):
        name = self._where(arguments[0])[1]
        if name is not None:
            self._emit("flush", scope="range", file=self._file(name), **outcome)

    def _syncfs(self, arguments, outcome):
        self._emit("flush", scope="all", **outcome)

    _sync = _syncfs

    def _mmap(self, arguments, outcome):
        name = self._where(arguments[4])[1]
        if name is None or "MAP_SHARED" not in arguments[3] or outcome["result"] == -1:
            return
        if "rdwr" in self._opened(self._where(arguments[4])[0]).flags:
            # What mprotect makes of it later is not followed, so it counts as writable.
            self._emit("mapping", file=self._file(name), name=name, writable=True,
                       offset=int(arguments[5], 0), length=int(arguments[1]))

    def _named(self, arguments):
        """From and to of a call that names two files."""
        if len(arguments) < 4:
            return self._path("", arguments[0]), self._path("", arguments[1])
        return self._path(arguments[0], arguments[1]), self._path(arguments[2], arguments[3])

    def _rename(self, arguments, outcome):
        source, target = self._named(arguments)
        if not self._is_inside(source) and not self._is_inside(target):
            return
        file = self._ids.get(source)
        exchange = "RENAME_EXCHANGE" in arguments[-1] or None
        self._emit("rename", file=file, from_=source, to=target, exchange=exchange,
                   replaced=self._ids.get(target), **outcome)
        if outcome["result"] != 0:
            return
        other = self._ids.get(target) if exchange else None
        for name, value in ((source, other), (target, file)):
            if value is None:
                self._ids.pop(name, None)
            else:
                self._ids[name] = value
        if file is None and self._is_inside(target):
            self._emit("unfollowed", why="a file came from elsewhere, whose bytes strace has not")

    _renameat = _renameat2 = _rename

    def _link(self, arguments, outcome):
        source, target = self._named(arguments)
        if self._is_inside(target):
            self._emit("link", file=self._ids.get(source), from_=source, to=target, **outcome)
            if outcome["result"] == 0:
                self._emit("unfollowed", why="strace does not tell names of one file apart")

    _linkat = _link

    def _unlink(self, arguments, outcome):
        folder = arguments[0] if self._call == "unlinkat" else ""
        name = self._path(folder, arguments[1] if self._call == "unlinkat" else arguments[0])
        if self._is_inside(name):
            self._emit("unlink", file=self._ids.get(name), name=name, **outcome)
            if outcome["result"] == 0:
                self._ids.pop(name, None)

    _unlinkat = _unlink


def filter_words():
    """What -e of strace takes, so that all calls are seen that this machine has."""
    return "trace=" + ",".join("?" + call for call in CALLS)


def convert(log, folder, before, out):
    """Writes the trace of a log. Raises StraceError if it is none that can be read."""
    converter = Converter(folder, before, out)
    begun = ""  # of a call that was on its way when a mark came
    for line in log:
        line = line.rstrip("\n")
        mark = MARK.search(line)
        if mark is None:
            converter.take(begun + line)
            begun = ""
        else:
            begun += line[:mark.start()]
            converter.take_mark(mark[0])
    if begun:
        raise StraceError("it is cut")
