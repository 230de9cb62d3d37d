# SPDX-License-Identifier: Apache-2.0
"""Installs the tools that make mutants into a folder of their own."""

import os
import pathlib
import shutil
import subprocess
import sys

MUTANTS = pathlib.Path(__file__).resolve().parent
TOOLS = MUTANTS.parents[2] / ".build-mutants"


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


def install():
    """Installs the tools that make mutants, where they are not; returns their Python."""
    python, wanted = TOOLS / "bin" / "python", (MUTANTS / "requirements.txt").read_text()
    stamp = TOOLS / "requirements.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    shutil.rmtree(TOOLS, ignore_errors=True)
    quiet = {"stdout": subprocess.DEVNULL}
    try:
        run(sys.executable, "-m", "venv", TOOLS, stderr=subprocess.DEVNULL, **quiet)
    except subprocess.CalledProcessError:
        if not shutil.which("apt-get"):
            raise
        root = [] if os.geteuid() == 0 else ["sudo"]
        run(*root, "apt-get", "update", "-qq", **quiet)
        run(*root, "apt-get", "install", "-qq", "-y", "python3-venv", **quiet)
        run(sys.executable, "-m", "venv", "--clear", TOOLS, **quiet)
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "-r",
        MUTANTS / "requirements.txt")
    stamp.write_text(wanted)
    return python
