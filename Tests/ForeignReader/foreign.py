"""Builds the foreign reader and talks to it in its batch mode."""

import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
FAULTS = range(1, 31)


class Ended(Exception):
    """The reader ended before it answered: a crash, or a loop without end."""


def build(folder, *options):
    """Compiles the reader into a folder; returns the program's path."""
    program = pathlib.Path(folder) / "foreign-reader"
    compiler = os.environ.get("CC", "cc")
    subprocess.run(
        [compiler, "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", *options,
         "-o", program, HERE / "reader.c"], check=True)
    return program


class Reader:
    """A process of the reader, which answers a line with a line."""

    def __init__(self, program):
        self.program = program
        self.process = None

    def ask(self, line):
        """Returns the answer to a command."""
        if self.process is None:
            self.process = subprocess.Popen(
                [self.program, "batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True)
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer.endswith("\n"):
            self.close()
            raise Ended(line.split(" ")[0])
        return answer.rstrip()

    def digests(self, path, faults, reads):
        """What each fault's probe, open and reads come to: {fault: (behaviour, rules)}.

        A fault whose reader ends before it answers has (None, None).
        """
        words = " ".join(f"{block} {count}" for block, count in reads)
        try:
            self.ask(f"open {path}")
            answer = self.ask(f"digest {','.join(map(str, faults))} {words}").split(" ")
            return {fault: tuple(pair.split("/")) for fault, pair in zip(faults, answer)}
        except Ended:
            if len(faults) == 1:
                return {faults[0]: (None, None)}
        return {fault: self.digests(path, [fault], reads)[fault] for fault in faults}

    def close(self):
        """Ends the process."""
        if self.process is not None:
            self.process.stdin.close()
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None
