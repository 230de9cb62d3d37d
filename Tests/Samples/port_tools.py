# SPDX-License-Identifier: Apache-2.0
"""What the tests of the port share: where things are, how a loop is asked, how Rust is built."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PORT = ROOT / "Port"
PREFLIGHT = PORT / "preflight.py"
TOYS = HERE / "Toys"
FEATURES = ["multi-level-tree", "wide-disks", "fixed", "dirty-recovery", "mod-uuid", "locks"]
#: Python without the packages of this machine, which starts in half the time.
PYTHON = [sys.executable, "-S"]
HELLO = {"id": 1, "op": "hello", "protocol": [1], "features": FEATURES}

sys.dont_write_bytecode = True
sys.path[:0] = [str(PORT), str(PORT / "python"), str(HERE / "Python"), str(ROOT / "Tests" / "Oracle")]


def environment(**more):
    """The environment of a program under test; it writes no bytecode beside the sources."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(PORT / "python"), **more}


def converse(command, lines, **more):
    """What a session answers to lines, texts or values: answers, exit code, standard error."""
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    result = subprocess.run(
        [*command, "session"], input=text.encode("utf-8", "surrogateescape"), capture_output=True,
        env=environment(**more), timeout=30)
    answers = [json.loads(line) for line in result.stdout.split(b"\n")[:-1]]
    return answers, result.returncode, result.stderr.decode()


def run(command, *words):
    """A run in the simple form: exit code, standard output, standard error."""
    result = subprocess.run(
        [*command, *map(str, words)], capture_output=True, env=environment(), timeout=30)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def preflight(adapter, *options, **more):
    """A run of the preflight: exit code, what it printed."""
    result = subprocess.run(
        [*PYTHON, PREFLIGHT, "--adapter", adapter, *options], capture_output=True,
        env=environment(**more), timeout=120)
    return result.returncode, result.stdout.decode() + result.stderr.decode()


def python_example():
    """The program in the text of the loop in Python."""
    text = ast.get_docstring(ast.parse((PORT / "python" / "vci_port.py").read_text()))
    return textwrap.dedent(re.search(r"^    import struct\n.*?main\(Tiny\(\)\)\n", text, re.S | re.M)[0])


def rust_example():
    """The program in the text of the loop in Rust."""
    lines = (PORT / "rust" / "vci_port.rs").read_text().split("\n")
    text = "\n".join(re.sub("^//! ?", "", line) for line in lines if line.startswith("//!"))
    return re.search(r"^```\n(.*?)^```", text, re.S | re.M)[1]


def build_rust(folder, name, source):
    """The program that rustc makes of a source, without a warning, beside the loop."""
    shutil.copy(PORT / "rust" / "vci_port.rs", folder)
    path = Path(folder) / f"{name}.rs"
    path.write_text(source)
    subprocess.run(
        ["rustc", "--edition", "2021", "-D", "warnings", "-o", path.with_suffix(""), path], check=True,
        cwd=folder)
    return str(path.with_suffix(""))


def tool():
    """The tool vci, or None where nobody has built it."""
    return os.environ.get("VCI") or shutil.which("vci") or built("vci")


def swift_sample():
    """The sample in Swift, or None where nobody has built it."""
    return built("vci-swift-sample")


def built(name):
    """A program of the release build, or None where nobody has built it."""
    path = ROOT / ".build-release" / "release" / name
    return str(path) if path.exists() else None
