# SPDX-License-Identifier: Apache-2.0
"""The commands whose calls fail, and the files that they find."""

import json
import os
import pathlib
import shutil
import subprocess

import history

UUID = "01234567-89ab-cdef-0123-456789abcdef"
#: The block behind all that is written.
END = 640
_RECIPE = """\
id: a-b
title: two blocks
blocks: 4096
map: 2
leaf tree at 4
  extent 7+2 at 12
"""
#: The simplest case there is, in which nothing is wrong; the tests of `minimize` have it too.
_CASE = (pathlib.Path(__file__).resolve().parent / "passing-case.vcir").read_bytes()


class Workload:
    """One command in a folder of its own.

    `files` are those of the store that it finds; `changes` what it does to the blocks of `image`, a version
    of each or None; `outputs` the names that it makes or replaces.
    """

    def __init__(self, name, *words, files=(), outputs=(), image=None, changes=None, stdin=None, tight=False,
                 makes_image=False):
        self.name, self.words, self.files, self.outputs = name, words, files, outputs
        self.image, self.changes, self.stdin, self.tight = image, changes or {}, stdin, tight
        self.makes_image = makes_image

    @property
    def tool(self):
        return self.words[0]

    @property
    def names(self):
        """The names of the files that the command knows."""
        return {*self.files, *self.outputs, *([self.image] if self.image else [])}


def _write(name, image, stdin=None, **more):
    words = ["vci", "write", image, "--block", "5"]
    return Workload(
        name, *words, *([] if stdin else ["--input", "data"]), files=[image, "data"], image=image, stdin=stdin,
        changes={block: 2 for block in range(5, 45)}, **more)


WORKLOADS = [
    Workload("create", "vci", "create", "new", "--size", "64KiB", "--exact-size", "--uuid", UUID,
             outputs=["new"], makes_image=True),
    Workload("create fixed", "vci", "create", "new", "--size", "64KiB", "--exact-size", "--uuid", UUID, "--type",
             "fixed", outputs=["new"], makes_image=True),
    _write("write", "cache"),
    _write("write, from a pipe", "cache", stdin="data"),
    _write("write, full cache", "full", tight=True),
    _write("write, dirty cache", "dirty"),
    Workload("write, new state", "vci", "write", "cache", "--block", "5", "--input", "data", "--modification-uuid",
             UUID, files=["cache", "data"], image="cache", changes={block: 2 for block in range(5, 45)}),
    Workload("discard", "vci", "discard", "cache", "--block", "10", "--count", "60", files=["cache"], image="cache",
             changes=dict.fromkeys(range(10, 70))),
    Workload("read into a new file", "vci", "read", "cache", "--block", "0", "--count", "40", "--output", "out",
             files=["cache"], outputs=["out"]),
    Workload("read over a file", "vci", "read", "cache", "--block", "0", "--count", "40", "--output", "data",
             files=["cache", "data"], outputs=["data"]),
    Workload("read into a pipe", "vci", "read", "cache", "--block", "0", "--count", "40", "--output", "-",
             files=["cache"]),
    Workload("check", "vci", "check", "cache", files=["cache"]),
    Workload("check, two files", "vci", "check", "cache", "dirty", files=["cache", "dirty"]),
    Workload("info", "vci", "info", "cache", files=["cache"]),
    Workload("extents", "vci", "extents", "cache", files=["cache"]),
    Workload("dump", "vci", "dump", "cache", files=["cache"]),
    Workload("compare", "vci", "compare", "full", "disk", files=["full", "disk"]),
    Workload("generate", "vcifuzz", "generate", "--count", "2", "--seed", "12", "--out", "images",
             outputs=["images", "verdicts.jsonl"]),
    Workload("assemble", "vcifuzz", "corpus", "assemble", "recipe.vcir", "--output", "out",
             files=["recipe.vcir"], outputs=["out"]),
    Workload("assemble over a file", "vcifuzz", "corpus", "assemble", "recipe.vcir", "--output", "data", "--force",
             files=["recipe.vcir", "data"], outputs=["data"]),
    Workload("disassemble", "vcifuzz", "corpus", "disassemble", "cache", "--output", "out", files=["cache"],
             outputs=["out"]),
    Workload("disassemble over a file", "vcifuzz", "corpus", "disassemble", "cache", "--output", "data", "--force",
             files=["cache", "data"], outputs=["data"]),
    Workload("campaign", "vcifuzz", "--iterations", "40", "--seed", "1", "--jobs", "1", "--artifacts", "found",
             outputs=["found", "counters"]),
    Workload("minimize", "vcifuzz", "minimize", "case.vcir", "--out", "found", files=["case.vcir"],
             outputs=["found"]),
]


def content(block, version):
    """The bytes of a block of a disk, as `Tests/Kills/history.py` has them."""
    return history.content(block, version)


class Store:
    """The files that commands find, made once."""

    def __init__(self, folder, tools, session):
        self.folder, self._tools = folder, tools
        #: The versions of the blocks that each image caches.
        self.cached = {}
        self._put("data", b"".join(content(block, 2) for block in range(5, 45)))
        self._put("disk", b"".join(content(block, 1) for block in range(END)))
        self._put("recipe.vcir", _RECIPE.encode())
        self._put("case.vcir", _CASE)
        for name, blocks, places in [
                ("cache", 4096, range(0, 160, 2)), ("full", 160, range(0, 400)), ("dirty", 4096, range(3, 93, 3))]:
            self._make(session, name, blocks, places)

    def path(self, name):
        return os.path.join(self.folder, name)

    def _put(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)

    def _make(self, session, name, blocks, places):
        """An image of so many blocks that caches version 1 of some; `dirty` as its writer leaves it if it dies
        behind a flush."""
        subprocess.run(
            [self._tools / "vci", "create", self.path(name), "--size", str(blocks * 512), "--exact-size", "--uuid",
             UUID], check=True, stdout=subprocess.DEVNULL)
        writer = session()
        _ok(writer.open(self.path(name), "rw"))
        for block in places:
            _ok(writer.write(block, content(block, 1)))
        if name == "dirty":
            _ok(writer.ask("flush", handle="h"))
            for block in range(200, 220):
                _ok(writer.write(block, content(block, 1)))
            writer.process.kill()
            writer.process.wait()
        else:
            _ok(writer.ask("close", handle="h"))
            writer.finish()

    def learn(self, judge):
        """Reads what each image caches; `judge` is the reference."""
        for name in ("cache", "full", "dirty"):
            found = judge.cached(self.path(name), END)
            assert all(data == content(block, 1) for block, data in found.items())
            self.cached[name] = dict.fromkeys(found, 1)

    def lay(self, workload, folder):
        """Puts the files of a workload into a folder that is made anew."""
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        for name in workload.files:
            shutil.copyfile(self.path(name), os.path.join(folder, name))


def _ok(answer):
    assert answer["outcome"] == "ok", answer


def said(output, is_json):
    """What the lines of `vci write` and `discard` say of each block: the state that its last line names."""
    states = {}
    for line in output.splitlines():
        if is_json:
            run = json.loads(line)
            if "state" not in run:
                continue
            state, block, count = run["state"], int(run["block"]), int(run["count"])
        else:
            words = line.split()
            state, block, count = words[0], int(words[1]), int(words[2])
        states.update(dict.fromkeys(range(block, block + count), state))
    return states
