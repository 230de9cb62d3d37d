# SPDX-License-Identifier: Apache-2.0
"""An independent reader and checker of VCI, the VirtualBox Cache Image, from Specs/ alone.

`check_path` and `check` give a verdict: an exit code and the set of (rule, class) pairs. `Reader`
answers reads of an image that opens. `answer` is such an answer as JSON has it. `ImageVerdict` says
what is expected of any program: the sets of allowed answers of Specs/Verdicts.md.
"""

import json

from checker import Verdict, check, check_path, exit_code
from reader import Hit, Miss, Reader, Refusal, Refused
from source import open_source
from verdicts import ImageVerdict

__all__ = [
    "Hit",
    "ImageVerdict",
    "Miss",
    "Reader",
    "Refusal",
    "Refused",
    "Verdict",
    "answer",
    "check",
    "check_path",
    "exit_code",
    "open_source",
    "to_json",
]


def answer(reader, block, count):
    """The answer to a read, with its 64-bit numbers as decimal strings."""
    result = reader.read(block, count)
    if isinstance(result, Refusal):
        return {"answer": "refused", "rule": result.rule}
    if isinstance(result, Miss):
        return {"answer": "miss", "blocks": str(result.blocks)}
    return {
        "answer": "hit",
        "blocks": str(result.blocks),
        "crc32": f"{reader.crc32(result):08x}",
    }


def to_json(value):
    """One line of JSON with sorted keys."""
    return json.dumps(value, sort_keys=True)
