# SPDX-License-Identifier: Apache-2.0
"""Which calls fail, and how: the faults of the recorder (Port/recorder), and what its trace says of them."""

import collections
import errno
import json
import os
import struct

#: The kinds of calls, in the order in which the recorder counts them in `TRACE.state`.
KINDS = ["open", "read", "write", "flush", "truncate", "allocate", "rename", "link", "unlink", "close"]
_ROOM = ["ENOSPC", "EDQUOT", "EFBIG"]
#: What can become of a call of each kind. `EIO-` and `ENOSPC-` are the call and all of its kind after it.
EFFECTS = {
    "open": ["EIO", "ENOSPC", "EDQUOT", "EINTR"],
    "read": ["EIO", "EIO-", "EINTR", "short"],
    "write": ["EIO", "EIO-", *_ROOM, "ENOSPC-", "EINTR", "short"],
    "flush": ["EIO", "EIO-", "ENOSPC", "EDQUOT", "EINTR", "lie"],
    "truncate": ["EIO", *_ROOM, "EINTR"],
    "allocate": ["EIO", *_ROOM, "ENOSPC-", "EINTR"],
    "rename": ["EIO", "ENOSPC", "EDQUOT"],
    "link": ["EIO", "ENOSPC", "EDQUOT"],
    "unlink": ["EIO", "EIO-"],
    "close": ["EIO", "ENOSPC", "EDQUOT", "EINTR"],
}
#: What a program must not let anybody notice.
INVISIBLE = {"EINTR", "short", "lie"}
WANT_OF_ROOM = {"ENOSPC", "EDQUOT", "EFBIG"}


class Fault(collections.namedtuple("Fault", "kind number effect")):
    """The call of `kind` with this number, from 1 on, and what it does."""

    @property
    def asked(self):
        """As the recorder takes it."""
        last = "-" if self.effect.endswith("-") else ""
        return f"{self.kind}:{self.number}{last}:{self.name}"

    @property
    def name(self):
        """The error or effect, whether it stays or not."""
        return self.effect.rstrip("-")

    @property
    def reason(self):
        """The system's text for the error; None if the call answers none."""
        number = getattr(errno, self.name, None)
        return None if number is None else os.strerror(number)


def counted(state):
    """How many calls of each kind were made, of the bytes of `TRACE.state`."""
    return dict(zip(KINDS, struct.unpack_from(f"={len(KINDS)}Q", state, 24)))


def faults_of(counts):
    """Every fault of a run that makes so many calls of each kind."""
    return [
        Fault(kind, number, effect)
        for kind in KINDS for effect in EFFECTS[kind] for number in range(1, counts[kind] + 1)]


def struck(trace):
    """The names of the files whose calls the fault hit, in the order of the calls; a file without one is "".

    `trace` is the text of a trace. A file is known by its number, and by the last name that it had.
    """
    names, found = {}, []
    for line in trace.splitlines():
        record = json.loads(line)
        name = record.get("name", record.get("from"))
        if "file" in record:
            if name is not None and record["kind"] in ("open", "found"):
                names[record["file"]] = name
            name = names.get(record["file"], name)
        if "fault" in record:
            found.append(name or "")
    return found
