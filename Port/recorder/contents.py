# SPDX-License-Identifier: Apache-2.0
"""What files are after the events of a trace."""

import os

PAGE = 1 << 16


class Content:
    """The bytes of a file; pages of zeros take no memory."""

    def __init__(self):
        self.length = 0
        self._pages = {}

    @classmethod
    def of(cls, path):
        """The content of a file that there is; holes are skipped where the system tells them."""
        made = cls()
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            at = 0
            while at < size:
                try:
                    at = os.lseek(file.fileno(), at, os.SEEK_DATA)
                except OSError:
                    break
                made.write(at, os.pread(file.fileno(), min(PAGE, size - at), at))
                at += PAGE - at % PAGE if at % PAGE else PAGE
            made.set_length(size)
        return made

    def write(self, offset, data):
        self.length = max(self.length, offset + len(data))
        self._put(offset, data)

    def _put(self, offset, data):
        at = 0
        while at < len(data):
            page, start = divmod(offset + at, PAGE)
            part = data[at : at + PAGE - start]
            if page in self._pages or part.count(0) < len(part):
                self._pages.setdefault(page, bytearray(PAGE))[start : start + len(part)] = part
            at += len(part)

    def zero(self, offset, length):
        """Makes bytes zero; the length of the file stays."""
        end = offset + length
        for page in [page for page in self._pages if offset < (page + 1) * PAGE and page * PAGE < end]:
            first, last = max(offset - page * PAGE, 0), min(end - page * PAGE, PAGE)
            if first == 0 and last == PAGE:
                del self._pages[page]
            else:
                self._pages[page][first:last] = bytes(last - first)

    def set_length(self, length):
        if length < self.length:
            self.zero(length, self.length - length)
        self.length = length

    def read(self, offset, length):
        """The bytes from an offset on, at most so many."""
        length = max(0, min(length, self.length - offset))
        parts = []
        while length > 0:
            page, start = divmod(offset, PAGE)
            count = min(length, PAGE - start)
            held = self._pages.get(page)
            parts.append(bytes(count) if held is None else bytes(held[start : start + count]))
            offset += count
            length -= count
        return b"".join(parts)

    def take_out(self, offset, length):
        """Removes a range, as FALLOC_FL_COLLAPSE_RANGE does."""
        tail = self.read(offset + length, self.length)
        self.set_length(offset)
        self.write(offset, tail)

    def put_in(self, offset, length):
        """Puts a range of zeros between, as FALLOC_FL_INSERT_RANGE does."""
        tail = self.read(offset, self.length)
        self.set_length(offset)
        self.set_length(offset + length)
        self.write(offset + length, tail)

    def difference(self, path):
        """The first byte at which a file differs, or None."""
        other = Content.of(path)
        for page in sorted(self._pages.keys() | other._pages.keys()):
            mine, theirs = (side.read(page * PAGE, PAGE) for side in (self, other))
            for index, (left, right) in enumerate(zip(mine, theirs)):
                if left != right:
                    return page * PAGE + index
        return None if self.length == other.length else min(self.length, other.length)

    def save(self, path):
        with open(path, "wb") as file:
            file.truncate(self.length)
            for page in sorted(self._pages):
                file.seek(page * PAGE)
                file.write(self.read(page * PAGE, PAGE))


class File:
    """A file of the folder, whatever its names are.

    `unknown` says why not all of its bytes are known; `base` that it was there before, and how long
    it then was is `first_length`.
    """

    def __init__(self, unknown=None):
        self.content = Content()
        self.unknown = unknown
        self.base = False
        self.first_length = 0


def bytes_of(event):
    """The bytes that were written."""
    if event["result"] <= 0:
        return b""
    if "fill" in event:
        return bytes.fromhex(event["fill"]) * event["result"]
    return bytes.fromhex(event["data"])


class Folder:
    """The recorded folder, event by event.

    `names` has the file of each name; `log` of each event what it did to which file, `renamings` which
    names it gave to which files; `surprises` are lengths that no event explains.
    """

    def __init__(self, bases):
        self.names, self.log, self.renamings, self.surprises = {}, {}, {}, []
        self._files, self._bore = {}, []
        self._number = 0
        for name, path in bases.items():
            file = File()
            file.base = True
            file.content = Content.of(path)
            file.first_length = file.content.length
            self._name(name, file)

    def bearers(self, name):
        """The files that bore a name, in that order."""
        files = []
        for bore, file in self._bore:
            if bore == name and file not in files:
                files.append(file)
        return files

    def apply(self, number, event):
        """Does what an event says; the files that it touched, or None where it may be any."""
        self._number = number
        if "mark" in event:
            return []
        method = getattr(self, "_" + event["kind"], None)
        failed = event.get("result") == -1
        if method is not None and not failed:
            return method(event)
        if "file" in event:
            return [file for file in [self._files.get(event["file"])] if file is not None]
        return None if event["kind"] in ("flush", "unfollowed") else []

    def _name(self, name, file):
        if file is None:
            self.names.pop(name, None)
        else:
            self.names[name] = file
            self._bore.append((name, file))
        self.renamings.setdefault(self._number, []).append((name, file))

    def _did(self, file, **step):
        self.log.setdefault(self._number, []).append((file, step))

    def _file(self, event):
        """The file of an event; one that was never opened is of unknown content."""
        identity = event["file"]
        if identity not in self._files:
            self._files[identity] = File("it was never seen being opened")
        return self._files[identity]

    def _open(self, event):
        if "file" not in event:
            return []
        identity, name = event["file"], event["name"]
        if "created" in event:
            file = self._files[identity] = File()
            if "tmpfile" not in event["flags"]:
                self._name(name, file)
            return [file]
        file = self._meet(event, event.get("before", event["size"]))
        if "before" in event:
            file.content.set_length(0)
            file.unknown = None
            self._did(file, setLength=0)
        return [file]

    def _found(self, event):
        return [self._meet(event, event["size"])]

    def _meet(self, event, size):
        """The file that was opened, which may have been there before the first event."""
        identity, name = event["file"], event["name"]
        file = self._files.get(identity)
        if file is None:
            file = self.names.get(name)
            if file is None or file in self._files.values():
                file = File(None if size == 0 else "it was there before")
                file.content.set_length(size)
                file.base = size > 0
                file.first_length = size
            self._files[identity] = file
            if self.names.get(name) is not file:
                self._name(name, file)
        if file.content.length != size:
            self.surprises.append((file, (
                f"{name} has {size} bytes where the trace makes {file.content.length}: something"
                " wrote it that was not seen")))
            file.unknown = "its length changed unseen"
            file.content.set_length(size)
        return file

    def _arrive(self, event):
        file = self._files[event["file"]] = File()
        file.content.set_length(event["size"])
        self._name(event["name"], file)
        self._did(file, arrived=event["size"])
        return [file]

    def _write(self, event):
        file, data = self._file(event), bytes_of(event)
        if data:
            file.content.write(event["offset"], data)
            durable = {"durable": True} if "sync" in event else {}
            self._did(file, write=event["offset"], bytes=data.hex(), **durable)
        return [file]

    _content = _write

    def _truncate(self, event):
        file = self._file(event)
        file.content.set_length(event["length"])
        self._did(file, setLength=event["length"])
        return [file]

    def _allocate(self, event):
        file, mode = self._file(event), event["mode"].split(",")
        offset, length = event["offset"], event["length"]
        content, before = file.content, file.content.length
        if "collapse" in mode or "insert" in mode:
            (content.take_out if "collapse" in mode else content.put_in)(offset, length)
            tail = content.read(offset, content.length)
            self._did(file, write=offset, bytes=tail.hex())
        elif "punch-hole" in mode or "zero-range" in mode:
            content.zero(offset, length)
            end = before if "keep-size" in mode else max(before, offset + length)
            if offset < before:
                self._did(file, zero=offset, length=min(length, before - offset))
            content.set_length(end)
        elif "keep-size" not in mode and "other" not in mode:
            content.set_length(max(before, offset + length))
        if "other" in mode:
            file.unknown = "fallocate in a mode that is not known"
        if content.length != before:
            self._did(file, setLength=content.length)
        return [file]

    def _flush(self, event):
        if event.get("fault") == "lie" or event["scope"] == "range":
            return [self._file(event)] if "file" in event and event["scope"] != "folder" else None
        if event["scope"] == "folder":
            self._did(None, flush="names")
            return []
        if event["scope"] == "all":
            self._did(None, flush="all")
            return None
        file = self._file(event)
        self._did(file, flush="data" if event["call"] == "fdatasync" else "file")
        return [file]

    def _rename(self, event):
        if "folder" in event:
            return self._rename_folder(event["from"], event["to"], "exchange" in event)
        source, target = self.names.get(event["from"]), self.names.get(event["to"])
        if source is not None and source is target and "exchange" not in event:
            return [source]  # two names of one file: POSIX leaves both
        if source is None and "file" in event and event["file"] in self._files:
            source = self._files[event["file"]]
        if source is None and not event["from"].startswith("/"):
            source = File("it was there before")
            if "file" in event:
                self._files[event["file"]] = source
        self._name(event["from"], target if "exchange" in event else None)
        if not event["to"].startswith("/"):
            self._name(event["to"], source)
        return [file for file in (source, target) if file is not None]

    def _rename_folder(self, source, target, exchange):
        moved = []
        for name, file in sorted(self.names.items()):
            for old, new in ((source, target), (target, source))[: 2 if exchange else 1]:
                if name.startswith(old + "/"):
                    moved.append((name, new + name[len(old) :], file))
        for name, _, _ in moved:
            self._name(name, None)
        for _, name, file in moved:
            self._name(name, file)
        return [file for _, _, file in moved]

    def _link(self, event):
        if event.get("file") in self._files:
            self._name(event["to"], self._files[event["file"]])
        elif event["from"] in self.names:
            self._name(event["to"], self.names[event["from"]])
        return [file for file in [self.names.get(event["to"])] if file is not None]

    def _unlink(self, event):
        file = self.names.get(event["name"])
        if file is not None:
            self._name(event["name"], None)
        return [] if file is None else [file]
