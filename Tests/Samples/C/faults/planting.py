# SPDX-License-Identifier: Apache-2.0
"""The faults of this folder, and programs that have them: copies of the sample, patched and built."""

import pathlib
import re
import shlex
import shutil
import subprocess
import sys

FAULTS = pathlib.Path(__file__).resolve().parent
SAMPLE = FAULTS.parent
PORT = SAMPLE.parents[2] / "Port" / "c"
ROW = re.compile(r"^\| \[(\d+)\]\(([^)]+)\.patch\) `([^`]+)` \| (.*) \| ([^|]*) \|$", re.MULTILINE)
SECTION = re.compile(r"^## (Reader|Writer)s$", re.MULTILINE)


class Fault:
    def __init__(self, number, stem, name, whose, requirements, needs_crash):
        self.number, self.stem, self.name, self.whose = number, stem, name, whose
        self.requirements, self.needs_crash = requirements, needs_crash

    def names(self):
        return {str(self.number), self.name, self.stem}


def listed():
    """Returns the faults of the README, which must be those of the patches."""
    text = (FAULTS / "README.md").read_text()
    heads = list(SECTION.finditer(text))
    faults = []
    for row in ROW.finditer(text):
        whose = [head[1].lower() for head in heads if head.start() < row.start()][-1]
        broken = re.findall(r"VCI-\w+-\d{3}", row[5])
        faults.append(Fault(int(row[1]), row[2], row[3], whose, broken, "(crash)" in row[5]))
    stems = sorted(path.stem for path in FAULTS.glob("*.patch"))
    if sorted(fault.stem for fault in faults) != stems:
        sys.exit("measure: README.md and the patches have different faults")
    return faults


def chosen_of(names, refuse):
    """Returns the faults of these names or numbers, all if there is none; calls `refuse` for one that is unknown."""
    faults = listed()
    for name in names:
        if not any(name in fault.names() for fault in faults):
            refuse("no such fault: " + name)
    return [fault for fault in faults if not names or fault.names() & set(names)]


def adapter_of(*words):
    """Returns a program and its arguments as `--adapter` takes them: as a line of a shell."""
    return shlex.join(map(str, words))


class Builder:
    """Builds copies of the sample. Files that a patch does not concern are compiled once."""

    def __init__(self, work):
        self.work, self.objects = work, {}
        self.errors = None  # where the compiler's go; None is standard error
        line = subprocess.run(["make", "-C", SAMPLE, "-nB", "--no-print-directory", "vci-sample"], check=True,
                              capture_output=True, text=True).stdout.splitlines()[0]
        words = shlex.split(line)
        self.compiler = words[0]
        self.flags = [word for word in words[1:] if word.startswith("-") and word != "-o" and word[:2] != "-I"]

    def copy(self, name):
        folder = self.work / name
        folder.mkdir()
        for path in [*SAMPLE.glob("*.[ch]"), *PORT.glob("vci_port.[ch]")]:
            shutil.copy(path, folder)
        return folder

    def compile(self, folder, source):
        made = folder / (source + ".o")
        subprocess.run([self.compiler, *self.flags, "-c", source, "-o", made], cwd=folder, check=True,
                       stderr=self.errors)
        return made

    def build(self, fault):
        """Returns the program with a fault; without any if `fault` is None."""
        folder = self.copy(fault.stem if fault else "plain")
        if not fault:
            self.objects = {source: self.compile(folder, source) for source in self.sources(folder)}
            return self.link(folder, self.objects.values())
        patch = FAULTS / (fault.stem + ".patch")
        subprocess.run(["patch", "-s", "-p1", "-F0", "-i", patch], cwd=folder, check=True)
        changed = re.findall(r"^\+\+\+ b/(\S+)", patch.read_text(), re.MULTILINE)
        return self.link(folder, self.compile_changed(folder, changed).values())

    def sources(self, folder):
        return sorted(path.name for path in folder.glob("*.c"))

    def compile_changed(self, folder, changed):
        """Returns the objects of a copy of which some files were changed, by the names of the sources."""
        anew = any(name.endswith(".h") for name in changed)
        return {source: self.compile(folder, source) if anew or source in changed else self.objects[source]
                for source in self.sources(folder)}

    def link(self, folder, objects):
        program = folder / "vci-sample"
        subprocess.run([self.compiler, *self.flags, *objects, "-o", program], check=True)
        return program
