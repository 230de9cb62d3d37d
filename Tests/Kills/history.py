# SPDX-License-Identifier: Apache-2.0
"""What a cache may serve after its writer was killed: what was cached at one moment since the last flush.

A program has one tree. So there is one moment, at or after the last flush that was answered, whose cache is
served as a whole: no block is older than that moment, none is newer. Within an operation each block that it
changes may be as before, as after, or not cached.
"""

import struct

BLOCK = 512


def content(block, version):
    """The bytes of a block. No two versions, and no two blocks, have the same."""
    return struct.pack("<QQ", block, version) * (BLOCK // 16)


def version_of(block, data):
    """The version whose bytes a block holds, or None where they are those of no version of this block."""
    version = struct.unpack_from("<Q", data, 8)[0]
    return version if data == content(block, version) else None


class History:
    """What was cached at the last flush, and the operations since. A version of None is no cached block.

    In a `tight` cache any block may be missing: it was evicted, whether its writer said so or not.
    """

    def __init__(self, tight):
        self.tight = tight
        self.version = 0
        self.flushed = {}
        self.operations = []  # each a dictionary: block to version
        self._newest = {}

    def next_version(self):
        self.version += 1
        return self.version

    def begin(self, changes):
        """An operation was asked for, which changes blocks to versions."""
        self.operations.append(changes)
        for block, version in changes.items():
            if version is None:
                self._newest.pop(block, None)
            else:
                self._newest[block] = version

    def shorten(self, block):
        """The last operation ended before `block`: the blocks from there on may be gone, or as before."""
        last = self.operations[-1]
        self.operations[-1] = {each: version for each, version in last.items() if each < block}
        self._newest = dict(self.flushed)
        for changes in self.operations:
            self._newest.update(changes)
        self._newest = {each: version for each, version in self._newest.items() if version is not None}

    def flush(self):
        """A flush was answered: nothing older may be served from now on."""
        self.flushed, self.operations = dict(self._newest), []

    def restart(self, served):
        """The image was found as it is: that is what a writer goes on with."""
        self.flushed = {block: version for block, version in served.items() if version is not None}
        self._newest, self.operations = dict(self.flushed), []

    def untouched(self):
        """The blocks that were cached at the last flush and that nobody has changed since."""
        return self.flushed.keys() - set().union(*self.operations)

    def wrong(self, served):
        """What is wrong with a cache that serves `served`, a version or None for each block; None: nothing."""
        touched = set().union(*self.operations)
        for block in served.keys() - touched:
            due = self.flushed.get(block)
            if served[block] != due and not (self.tight and served[block] is None):
                return f"block {block} is {_named(served[block])}, and was {_named(due)} at the last flush"
        if not self.operations:
            return None
        state = dict(self.flushed)
        best, reason = -1, ""
        for number, changes in enumerate(self.operations):
            agreed, why = self._during(state, changes, touched, served)
            if why is None:
                return None
            if agreed > best:
                best, reason = agreed, f"nearest is operation {number + 1} of {len(self.operations)}: {why}"
            state.update(changes)
        return f"no moment since the last flush has these blocks; {reason}"

    def _during(self, state, changes, touched, served):
        """How many blocks agree with a moment within an operation, and what disagrees first, or None."""
        agreed, why = 0, None
        for block in sorted(touched):
            allowed = {state.get(block)}
            if block in changes:
                allowed |= {changes[block], None}
            if self.tight:
                allowed.add(None)
            if served[block] in allowed:
                agreed += 1
            elif why is None:
                why = f"block {block} is {_named(served[block])}, not {' or '.join(sorted(map(_named, allowed)))}"
        return agreed, why


def _named(version):
    return "not cached" if version is None else f"version {version}"
