# SPDX-License-Identifier: Apache-2.0
"""Mutants of the sample in C: how they are made, built, and judged by `vci conform`."""

import hashlib
import json
import pathlib
import random
import shutil
import subprocess
import sys

SAMPLE = pathlib.Path(__file__).resolve().parents[1]
ROOT = SAMPLE.parents[2]
MAKER = ROOT / "Tests" / "Oracle" / "mutants"
LANES = ROOT / "Port" / "lanes"
LANE_NAMES = ["smoke", "default", "full"]
MILLISECONDS = 3000

sys.path[:0] = [str(SAMPLE / "faults"), str(MAKER)]

from conforming import conform  # noqa: E402
from installing import install, run  # noqa: E402
from planting import Builder  # noqa: E402


class Mutant:
    """A mutant: a file of the sample in which some lines are others."""

    def __init__(self, file, edit, text):
        self.file, (self.line, self.old, self.new) = file, edit
        lines = text.splitlines(keepends=True)
        end = self.line + len(self.old)
        self.text = "".join([*lines[:self.line], *self.new, *lines[end:]])
        # A name that outlives changes elsewhere in the file.
        same = sum(lines[at:at + len(self.old)] == self.old for at in range(self.line)) if self.old else 0
        before = "" if self.old else lines[self.line - 1]
        parts = [file, "".join(self.old), "".join(self.new), str(same), before]
        self.key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]

    def __str__(self):
        lines = "".join([f"  - {line}" for line in self.old] + [f"  + {line}" for line in self.new])
        return f"{self.key} {self.file}:{self.line + 1}\n{lines.rstrip()}"


def made(seed):
    """All mutants, each once, in the order in which they are tried."""
    paths = sorted(SAMPLE.glob("*.[ch]"))
    texts = {path.name: path.read_text() for path in paths}
    lines = run(install(), MAKER / "making.py", *paths, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True).stdout.splitlines()
    mutants = {}
    for line in lines:
        file, _, _, edit = json.loads(line)
        mutant = Mutant(file, edit, texts[file])
        mutants.setdefault(mutant.key, mutant)
    order = sorted(mutants.values(), key=lambda mutant: mutant.key)
    random.Random(seed).shuffle(order)
    return len(lines), order


class Foundry:
    """Builds mutants, and drops those that are no programs of their own.

    Code is compared at several levels of optimisation: what is equal at one of them does the same.
    """

    LEVELS = ["-O2", "-Os", "-O1"]

    def __init__(self, work):
        self._builders = [self._builder(work / level, level) for level in self.LEVELS]
        self._seen = {(level, code_of(builder.objects)) for level, builder in zip(self.LEVELS, self._builders)}
        self.dropped = {"do not compile": 0, "have equal code": 0}

    def _builder(self, work, level):
        work.mkdir()
        builder = Builder(work)
        # Where a line came from is no part of what it does.
        builder.flags = [flag for flag in builder.flags if flag != "-g" and flag[:2] != "-O"] + [level]
        builder.build(None)
        builder.errors = subprocess.DEVNULL
        return builder

    def _parses(self, mutant):
        """Whether its file compiles, as far as that can be seen without code."""
        folder = self._builders[0].copy(mutant.key)
        (folder / mutant.file).write_text(mutant.text)
        source = mutant.file if mutant.file.endswith(".c") else "vci_sample.c"
        command = [self._builders[0].compiler, *self._builders[0].flags, "-fsyntax-only", source]
        done = subprocess.run(command, cwd=folder, stderr=subprocess.DEVNULL).returncode == 0
        shutil.rmtree(folder)
        return done

    def build(self, mutant):
        """The program, or None if it is dropped."""
        program, codes = None, set()
        if not self._parses(mutant):
            self.dropped["do not compile"] += 1
            return None
        for level, builder in zip(self.LEVELS, self._builders):
            folder = builder.copy(mutant.key)
            (folder / mutant.file).write_text(mutant.text)
            try:
                objects = builder.compile_changed(folder, [mutant.file])
                codes.add((level, code_of(objects)))
                program = program or builder.link(folder, objects.values())
            except subprocess.CalledProcessError:
                codes = None
            if folder != (program and program.parent):
                shutil.rmtree(folder)
            if not codes or codes & self._seen:
                break
        if codes and not codes & self._seen:
            self._seen |= codes
            return program
        self.dropped["have equal code" if codes else "do not compile"] += 1
        if program:
            shutil.rmtree(program.parent)
        return None


def code_of(objects):
    """A text by which object files are compared."""
    digests = [hashlib.sha256(objects[source].read_bytes()).digest() for source in sorted(objects)]
    return hashlib.sha256(b"".join(digests)).hexdigest()


def lanes(work, last):
    """The lanes up to one of them, with a time for operations."""
    for name in LANE_NAMES[:LANE_NAMES.index(last) + 1]:
        lane = work / f"{name}.json"
        lane.write_text(json.dumps(json.loads((LANES / f"{name}.json").read_text()) | {"milliseconds": MILLISECONDS}))
        yield name, lane


def judged(vci, program, seed, all_lanes):
    """What finds a mutant: a lane, and the first failure of its report; (None, the last lane) if nothing does."""
    for name, lane in all_lanes:
        code, report = conform(vci, program, lane, seed, ROOT / "Corpus")
        if code == 5:
            return name, "does not start"
        if code == 1:
            first = (report.get("failures") or [{}])[0]
            return name, f"{first.get('requirement')} {first.get('area')} {first.get('kind')} {first.get('test')}"
    return None, f"{name}: exit {code}"
