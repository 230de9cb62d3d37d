# SPDX-License-Identifier: Apache-2.0
"""Runs a command under the recorder, with a fault or without one."""

import os
import subprocess

from faults import counted, struck

#: A command that takes so many seconds hangs.
DEADLINE = 30


class Run:
    """How a command ended, what it said, and which files its faults hit."""

    def __init__(self, code, output, errors, hit, counts, files):
        self.code, self.output, self.errors = code, output, errors
        self.hit, self.counts, self.files = hit, counts, files


def run(workload, store, tools, recorder, place, fault=None, is_json=False):
    """Runs a workload in `place/files`. Returns the run; its code is None if it hangs."""
    folder, trace = os.path.join(place, "files"), os.path.join(place, "trace")
    store.lay(workload, folder)
    for path in (trace, trace + ".state"):
        if os.path.exists(path):
            os.unlink(path)
    # Reads, and opens that fail by themselves, are counted only if there is a fault of that kind.
    asked = fault.asked if fault else "open:99999999:EIO,read:99999999:EIO"
    environment = dict(
        os.environ, LD_PRELOAD=str(recorder), VCI_RECORDER_TRACE=trace, VCI_RECORDER_PATH=folder,
        VCI_RECORDER_FAULTS=asked, VCI_CORPUS="", TMPDIR=folder, LC_ALL="C")
    words = [tools / workload.tool, *workload.words[1:], *(["--json"] if is_json else [])]
    stdin = None
    if workload.stdin:
        with open(store.path(workload.stdin), "rb") as file:
            stdin = file.read()
    try:
        done = subprocess.run(
            words, cwd=folder, env=environment, input=stdin if stdin is not None else b"", capture_output=True,
            timeout=DEADLINE)
        code, output, errors = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as ended:
        code, output, errors = None, ended.stdout or b"", ended.stderr or b""
    with open(trace, encoding="ascii") as file:
        hit = struck(file.read())
    with open(trace + ".state", "rb") as file:
        counts = counted(file.read())
    return Run(code, output, errors.decode(errors="replace"), hit, counts, read_folder(folder))


def read_folder(folder):
    """The bytes of each file below a folder, by name."""
    files = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, folder)] = file.read()
    return files
