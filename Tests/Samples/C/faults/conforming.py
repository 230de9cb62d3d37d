# SPDX-License-Identifier: Apache-2.0
"""Runs `vci conform` on a program."""

import json
import shlex
import subprocess


class NoReport(Exception):
    """A run that printed no report."""


def conform(vci, program, lane, seed, corpus=None, kits=None):
    """Returns the exit code and the report. The lane is a name or a file; `kits` is the folder for kits, if any."""
    command = [str(vci), "conform", "--adapter", str(program), "--seed", str(seed), "--jobs", "1", "--lane", str(lane),
               "--json"]
    if corpus:
        command += ["--corpus", str(corpus)]
    if kits:
        command += ["--kits", str(kits)]
    run = subprocess.run(command, capture_output=True, text=True)
    try:
        return run.returncode, json.loads(run.stdout)
    except ValueError:
        raise NoReport(f"{shlex.join(command)} ended with {run.returncode}: {run.stderr.strip()[-300:]}") from None
