# SPDX-License-Identifier: Apache-2.0
"""Runs `vci conform` on a program."""

import json
import shlex
import subprocess

from planting import adapter_of


class NoReport(Exception):
    """A run that printed no report."""


def command_of(vci, program, lane, seed, corpus=None):
    """Returns the command. The lane is a name or a file."""
    command = [str(vci), "conform", "--adapter", adapter_of(program), "--seed", str(seed), "--jobs", "1",
               "--lane", str(lane)]
    return command + (["--corpus", str(corpus)] if corpus else [])


def conform(vci, program, lane, seed, corpus=None, kits=None):
    """Returns the exit code and the report. `kits` is the folder for kits, if any."""
    command = [*command_of(vci, program, lane, seed, corpus), "--json"]
    if kits:
        command += ["--kits", str(kits)]
    run = subprocess.run(command, capture_output=True, text=True)
    try:
        return run.returncode, json.loads(run.stdout)
    except ValueError:
        raise NoReport(f"{shlex.join(command)} ended with {run.returncode}: {run.stderr.strip()[-300:]}") from None
