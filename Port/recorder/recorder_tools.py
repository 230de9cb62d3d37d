# SPDX-License-Identifier: Apache-2.0
"""What the tests of the recorder share: programs in C, runs with and without the shim, traces as text."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import contents  # noqa: E402
import trace  # noqa: E402

CC = os.environ.get("CC", "cc")
#: Another shim may be tried, as one with a planted fault.
SOURCE = os.environ.get("RECORDER_SOURCE", str(HERE / "recorder.c"))

PRELUDE = r"""
#define _GNU_SOURCE
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
extern char **environ;
/* Prints what a call answered, and the error if there was one. */
static long said(const char *what, long result) {
  int error = errno;
  dprintf(1, "%s %ld %d\n", what, result < 0 ? -1 : result, result < 0 ? error : 0);
  return result;
}
#define DO(call) said(#call, (long)(call))
#define RW (O_RDWR | O_CREAT)
"""

_bodies = {}


class Built:
    """What the tests compile, once: the shim, and one program with all bodies."""

    folder = shim = program = None


def program(body, helpers=""):
    """A test whose program in C has this body; it is run in the recorded folder."""

    def with_body(test):
        _bodies[test.__qualname__.replace(".", "_")] = (body, helpers)
        return test

    return with_body


def compile_c(source, out, *options):
    """Compiles C; raises with the compiler's words."""
    done = subprocess.run(
        [CC, "-std=gnu11", "-Wall", "-Wno-unused", "-O1", "-x", "c", "-", "-o", str(out), *options, "-ldl", "-pthread"],
        input=source, text=True, capture_output=True)
    if done.returncode:
        raise AssertionError(done.stderr)


def build():
    """Compiles what all tests need."""
    if Built.folder is not None:
        return
    Built.folder = pathlib.Path(tempfile.mkdtemp())
    unittest.addModuleCleanup(_remove)
    Built.shim = Built.folder / "recorder.so"
    compile_c(
        pathlib.Path(SOURCE).read_text(), Built.shim, "-O2", "-std=c11", "-fPIC", "-shared",
        "-fvisibility=hidden")
    source = PRELUDE
    table = ""
    for name, (body, helpers) in _bodies.items():
        source += f"{helpers}\nstatic int {name}(void) {{\n{body}\nreturn 0;\n}}\n"
        table += f'  if (strcmp(argv[1], "{name}") == 0) return {name}();\n'
    source += f"int main(int argc, char **argv) {{\n{table}  return 99;\n}}\n"
    Built.program = Built.folder / "program"
    compile_c(source, Built.program)


def _remove():
    shutil.rmtree(Built.folder)
    Built.folder = None


def lines(text):
    """The lines of an indented text."""
    return textwrap.dedent(text).strip().splitlines()


class Shown:
    """Records as text, with letters for files and no numbers of processes."""

    def __init__(self):
        self._files = {}
        self._count = 0

    def _letter(self, identity):
        if identity not in self._files:
            self._files[identity] = self._next()
        return self._files[identity]

    def _next(self):
        self._count += 1
        return chr(ord("A") + self._count - 1)

    def line(self, record):
        if "mark" in record:
            return f"mark {record['mark']}"
        parts = [record["kind"], record["call"]]
        if "created" in record:
            # The system may give a new file the number of one that is gone.
            self._files[record["file"]] = self._next()
        for key, value in record.items():
            if key in trace.COMMON:
                continue
            if key in ("file", "replaced"):
                value = self._letter(value)
            parts.append(key if value is True else f"{key}={value}")
        return " ".join(parts)


class RecorderTest(unittest.TestCase):
    """A folder that is recorded, one that is not, and a trace."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        build()

    def setUp(self):
        self.top = pathlib.Path(os.path.realpath(tempfile.mkdtemp()))
        self.addCleanup(shutil.rmtree, self.top)
        self.folder = self.top / "d"
        self.trace = self.top / "trace"
        self.bases = {}
        self.folder.mkdir()

    def environment(self, faults=None, place=None):
        kept = {key: value for key, value in os.environ.items()
                if key not in ("LD_PRELOAD", "VCI_RECORDER_FAULTS")}
        if faults is not None:
            kept["VCI_RECORDER_FAULTS"] = faults
        return {
            **kept, "LD_PRELOAD": str(Built.shim), "VCI_RECORDER_TRACE": str(self.trace),
            "VCI_RECORDER_PATH": str(place or self.folder)}

    def run_recorded(self, command, faults=None, place=None, **options):
        return subprocess.run(
            command, env=self.environment(faults, place), cwd=self.folder, text=True,
            capture_output=True, timeout=60, **options)

    def run_both(self, command, **options):
        """Runs a command with the shim and without; it says and leaves the same."""
        before = self.top / "before"
        shutil.rmtree(before, ignore_errors=True)
        shutil.copytree(self.folder, before, symlinks=True)
        for path in before.rglob("*"):
            if path.is_file() and not path.is_symlink():
                name = str(path.relative_to(before))
                self.bases[trace.coded(name)] = str(path)
        with_shim = self.run_recorded(command, **options)
        recorded = self.top / "recorded"
        self.folder.rename(recorded)
        shutil.copytree(before, self.folder, symlinks=True)
        plain = subprocess.run(
            command, cwd=self.folder, text=True, capture_output=True, timeout=60,
            env={key: value for key, value in os.environ.items() if key != "LD_PRELOAD"})
        self.assertEqual(
            (with_shim.returncode, with_shim.stdout, with_shim.stderr),
            (plain.returncode, plain.stdout, plain.stderr), "with the shim, and without")
        self.assertEqual(self.tree(recorded), self.tree(self.folder), "with the shim, and without")
        shutil.rmtree(self.folder)
        recorded.rename(self.folder)
        return with_shim

    @staticmethod
    def tree(folder):
        return {
            str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
            for path in folder.rglob("*")}


    def own(self):
        """The command that runs this test's body."""
        return [str(Built.program), "_".join(self.id().split(".")[-2:])]

    def events(self):
        return trace.Trace(self.trace).events

    def shown(self, skip=("start", "close")):
        """The records of the trace as text."""
        shown = Shown()
        return [shown.line(event) for event in self.events() if event.get("kind") not in skip]

    def assert_trace(self, expected, skip=("start", "close")):
        self.assertEqual(self.shown(skip), lines(expected))

    def assert_files(self):
        """What the trace makes of the folder's files is what they are."""
        folder = contents.Folder(self.bases)
        for number, event in enumerate(self.events(), 1):
            folder.apply(number, event)
        there = {
            trace.coded(str(path.relative_to(self.folder))): path
            for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()}
        self.assertEqual(sorted(folder.names), sorted(there))
        for name, path in there.items():
            self.assertIsNone(folder.names[name].unknown, name)
            self.assertIsNone(folder.names[name].content.difference(path), name)

    def check(self, expected, code=0, followed=True, skip=("start", "close")):
        """Runs the body with and without the shim, and compares the trace with what was typed."""
        done = self.run_both(self.own())
        self.assertEqual(done.returncode, code, done.stderr)
        self.assert_trace(expected, skip)
        if followed:
            self.assert_files()
        return done

    def complaints(self, name=None):
        return trace.complaints(trace.Trace(self.trace), name, self.bases)
