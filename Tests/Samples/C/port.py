# SPDX-License-Identifier: Apache-2.0
"""Speaks both forms of the test port (Specs/Port.md) with a program, for tests."""

import json
import os
import subprocess

BLOCK = 512
FEATURES = ["multi-level-tree", "wide-disks", "fixed", "dirty-recovery", "mod-uuid", "locks"]


class Session:
    """A process of the session form. `ask` returns an answer as JSON has it."""

    def __init__(self, command, folder, hello=True):
        self._folder = folder
        self._id = 0
        self.errors = open(os.path.join(folder, "stderr"), "w+b")
        self.process = subprocess.Popen(
            [*command, "session"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            cwd=folder,
        )
        self.data = os.path.join(folder, "data")
        if hello:
            self.hello = self.ask("hello", protocol=[1], features=FEATURES)

    def send(self, line):
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def receive_line(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"no answer; exit {self.process.wait()}: {self.standard_error()}")
        assert line.endswith(b"\n") and len(line) <= 2**20, line[:200]
        return line

    def receive(self):
        return json.loads(self.receive_line())

    def ask(self, op, **keys):
        self._id += 1
        self.send(json.dumps({"id": self._id, "op": op} | keys).encode() + b"\n")
        answer = self.receive()
        assert answer["id"] == self._id, answer
        return answer

    def standard_error(self):
        self.errors.flush()
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def open(self, image, mode="ro", handle="h", **keys):
        return self.ask("open", image=image, handle=handle, mode=mode, **keys)

    def read(self, block, count, handle="h"):
        """The answer of one read, and what it put into the data file."""
        with open(self.data, "wb"):
            pass
        answer = self.ask(
            "read", handle=handle, block=str(block), count=str(count), file=self.data
        )
        with open(self.data, "rb") as file:
            return answer, file.read()

    def write(self, block, data, handle="h"):
        with open(self.data, "wb") as file:
            file.write(data)
        return self.ask(
            "write",
            handle=handle,
            block=str(block),
            count=str(len(data) // BLOCK),
            file=self.data,
        )

    def extents(self, image):
        """The answer, and the pairs that are listed."""
        with open(self.data, "wb"):
            pass
        answer = self.ask("extents", image=image, file=self.data)
        with open(self.data, encoding="ascii") as file:
            return answer, [tuple(map(int, line.split(" "))) for line in file]

    def create(self, image, blocks, kind="dynamic", uuid="01234567-89ab-cdef-0123-456789abcdef"):
        return self.ask("create", image=image, blocks=str(blocks), type=kind, uuid=uuid)

    def finish(self):
        """Ends the input; returns the exit code."""
        self.process.stdin.close()
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.errors.close()
        return code


class Simple:
    """The simple form. `run` returns exit code, standard output and standard error."""

    def __init__(self, command, folder):
        self._command = command
        self._folder = folder

    def run(self, *arguments):
        done = subprocess.run(
            [*self._command, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=self._folder,
            timeout=60,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()
