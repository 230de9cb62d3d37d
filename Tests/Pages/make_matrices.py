#!/usr/bin/env python3
"""Makes the matrices of which pages are made in tests and pictures: clean.json, failing.json, six.json.

They are made up, and as a run of `vci conform` makes them: counts add up, each wrong cell has an example. The
names of tests are those of the corpus.

usage: make_matrices.py [--check]
  --check  write nothing; fail if a file is not what this makes
"""

import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent

CLAUSES = {
    "VCI-RD-001": "A probe says whether the first bytes of a file are those of a VCI, and reads nothing else.",
    "VCI-RD-002": "An open for reading refuses an image that breaks a rule of stage open, and names one that is broken.",
    "VCI-RD-003": "An open for writing refuses what it cannot mend, and rebuilds what it trusts from the tree.",
    "VCI-RD-004": "A read never serves a block through damage of stage touch. It reports an error or a miss, and both "
                  "are right.",
    "VCI-RD-005": "No finding of class advice, summary, leak or dirty makes a reader refuse an image or changes what it "
                  "serves.",
    "VCI-RD-006": "A hit delivers the bytes of the blocks. A miss says how many blocks are not cached from the first "
                  "requested block onwards.",
    "VCI-RD-007": "Whatever the bytes of the file, a reader does not crash, hang, write, access anything outside the "
                  "file, or allocate memory by an unchecked number.",
    "VCI-WR-001": "Every image that was created or changed is valid and clean after it is closed, and holds for every "
                  "block the newest bytes that were written, or a miss.",
    "VCI-WR-002": "The flag says dirty before the first change of an image, until it is closed.",
    "VCI-WR-003": "What a structure refers to is durable before the structure is.",
    "VCI-WR-004": "After a flush, what was written before it is there after a crash.",
    "VCI-WR-005": "A full cache evicts, or drops what is to be written; it never fails for want of blocks.",
    "VCI-WR-006": "A new image is valid, clean and empty, and has the size and type that were asked for.",
    "VCI-WR-007": "The modification UUID changes with every change of the blocks that are cached.",
}
ASKED = {
    "VCI-RD-001": 311, "VCI-RD-002": 298, "VCI-RD-003": 201, "VCI-RD-004": 1240, "VCI-RD-005": 88,
    "VCI-RD-006": 5312, "VCI-RD-007": 2210, "VCI-WR-001": 340, "VCI-WR-002": 96, "VCI-WR-003": 0, "VCI-WR-004": 60,
    "VCI-WR-005": 44, "VCI-WR-006": 12, "VCI-WR-007": 96}
NEEDS = {"VCI-RD-003": "open-rw", "VCI-WR-004": "flush", "VCI-WR-006": "create", "VCI-WR-007": "mod-uuid"}
FAILING = ["ext-003-end", "node-004-self", "workload/1-60", *(f"edited/1-{11 * n}" for n in range(21))]
WRITER = "the program does not declare write"


def run(block, count, role, other=None, **more):
    made = {"block": str(block), "count": str(count), "role": role} | more
    return made if other is None else made | {"other": str(other)}


BEHIND = {
    "disk": [run(0, 96, "missing"), run(96, 8, "cached", 12), run(104, 2000, "missing"),
             run(2104, 4, "wrong", 4096, of="damaged"), run(2108, 1988, "missing")],
    "file": [run(0, 2, "header"), run(2, 2, "map"), run(4, 4, "root"), run(8, 1, "wrong", of="root"),
             run(9, 3, "root"), run(12, 8, "data", 96), run(20, 4074, "free")]}
SWAPPED = {
    "disk": [run(0, 1, "cached", 40), run(1, 1, "wrong", 42, of="cached"), run(2, 14, "cached", 24),
             run(16, 1 << 50, "missing"), run((1 << 54) - 64, 64, "cached", 100)],
    "file": [run(0, 2, "header"), run(2, 16, "map"), run(18, 6, "leaf"), run(24, 14, "data", 2), run(38, 2, "free"),
             run(40, 1, "data", 0), run(41, 1, "leaked"), run(42, 1, "wrong", 1, of="data"), run(43, 9, "free"),
             run(52, 8, "root"), run(60, 40, "free"), run(100, 64, "data", (1 << 54) - 64)]}
MANY = {
    "disk": [*(run(16 * n, 3 if n % 3 else 16, "cached", 104 + 16 * n) for n in range(177)),
             run(2832, 32, "more", runs=2), run(2864, 3, "cached", 2968), run(2880, 16, "wrong", 2984, of="cached"),
             run(2896, 3, "cached", 3000), run(2912, 2576, "more", runs=161), run(5488, 3, "cached", 5592)],
    "file": [run(0, 2, "header"), run(2, 2, "map"), run(4, 8, "root"),
             *(run(12 + 8 * n, 8, "internal" if n < 2 else "leaf") for n in range(11)), run(100, 4, "leaked"),
             run(104, 5504, "more", runs=344)]}


def program(name, version, language, command, exit_code, tests, missing=(), undeclared=()):
    applicable, failed, known, flaky, not_applicable, not_run = tests
    return {
        "name": name, "version": version, "language": language, "command": command,
        "verdict": {0: "conforms", 1: "does not conform", 3: "incomplete"}[exit_code], "exit": exit_code,
        "tests": {
            "applicable": applicable, "passed": applicable - failed - known - flaky, "failed": failed,
            "known": known, "flaky": flaky, "notApplicable": not_applicable, "notRun": not_run},
        "failing": FAILING[:failed], "missing": list(missing), "undeclared": list(undeclared)}


def example(number, requirement, kind, test, image, request, expected, got, tests, **more):
    return {
        "implementation": number, "requirement": requirement, "kind": kind, "test": test, "image": image,
        "request": request, "expected": expected, "got": got, "tests": tests, "bytes": [],
        "command": f"vci conform --adapter ./adapter-{number + 1} --only {test}"} | more


DAMAGE = example(
    0, "VCI-RD-004", "served-damage", "ext-003-end",
    "Corpus/ext/ext-003-end.vcir, 9728 bytes, CRC-32 5e1f00a4", "read --block 2104 --count 4",
    "a refusal that names VCI-EXT-003, or a miss of 1 to 4 blocks",
    "hit of 4 blocks, bytes 00 00 00 00 00 00 00 00 …", 17,
    twin="ext-003-last: the same image, with the extent's data at block 4092, the last that is legal",
    bytes=[{"place": "image, offset 0x86b, tree/extent[2].blockAddress", "expected": "fc 0f 00 00 00 00 00 00",
            "got": "00 10 00 00 00 00 00 00"}],
    kit="kits/1-served-damage-VCI-RD-004", ribbons=BEHIND)
CRASH = example(
    0, "VCI-RD-007", "crashed", "node-004-self",
    "Corpus/node/node-004-self.vcir, 6144 bytes, CRC-32 0c91b2d7", "read --block 0 --count 1",
    "a refusal that names VCI-NODE-004, or a miss of 1 block", "it was ended by signal 11", 2,
    errors="AddressSanitizer:DEADLYSIGNAL\n==4121==ERROR: AddressSanitizer: stack-overflow on address 0x7ffd1a2b\n"
           "    #0 descend reader.c:212\n    #1 descend reader.c:230\n    #2 descend reader.c:230",
    twin="node-004-none: the same tree, whose second entry leads to a leaf of its own",
    bytes=[{"place": "image, offset 0x618, tree/internal[1].blockAddress", "expected": "0d 00 00 00 00 00 00 00",
            "got": "0b 00 00 00 00 00 00 00"}], kit="kits/2-crashed-VCI-RD-007")
STALE = example(
    0, "VCI-WR-001", "wrong-block", "workload/1-60",
    "workload 60 of seed 1: 41 operations on an image of 2 levels",
    "read --block 1 --count 1, after the close", "the bytes that were written by operation 37",
    "those of operation 12", 5, bytes=[
        {"place": "block 1 of the disk, byte 0", "expected": "25 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00",
         "got": "0c 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00"}], ribbons=SWAPPED,
    sequence={
        "start": "created by the program, dynamic, 64 blocks", "before": 41,
        "steps": ["write 0+2 = 12", "flush", "write 1+1 = 37", "discard 0+1"], "more": 0,
        "request": "close IMG", "expected": "block 1 has the bytes written last",
        "got": "in the file, block 1 has other bytes", "bytes": [
            {"place": "block 1 of the disk, byte 0", "expected": "25 00 00 00 00 00 00 00",
             "got": "0c 00 00 00 00 00 00 00"}]})


def rows(cells, count):
    """A row for each requirement; `cells` has what is not right: (requirement, program): verdict."""
    made = []
    for requirement, clause in CLAUSES.items():
        row = []
        for number in range(count):
            cell = {"verdict": "right", "asked": ASKED[requirement], "failed": 0}
            if requirement == "VCI-WR-003":
                cell = {"verdict": "not asked", "asked": 0, "failed": 0,
                        "why": "it shows only in a crash (--lane crash)"}
            row.append(cell | cells.get((requirement, number), {}))
        made.append({"requirement": requirement, "clause": clause, "cells": row})
    return made


def wrong(failed, index):
    return {"verdict": "wrong", "failed": failed, "example": index}


def absent(why):
    return {"verdict": "not applicable", "asked": 0, "why": why}


def matrix(programs, cells, agreement, examples, exchanges=(), differences=()):
    return {
        "schema": 1, "lane": "default", "seed": "1", "implementations": programs,
        "requirements": rows(cells, len(programs)),
        "agreement": [
            {"applicable": a, "passing": p, "tests": t, "names": n} for a, p, t, n in agreement],
        "exchanges": list(exchanges), "differences": list(differences), "examples": examples}


def clean():
    names = [("c-sample", "1.0", "C", "Tests/Samples/C/vci-sample"),
             ("swift-sample", "0.1.0", "Swift", ".build/release/vci-swift-sample")]
    programs = [program(*name, 0, (1892, 0, 0, 0, 0, 0)) for name in names]
    exchanges = [exchange(writer, reader) for writer in range(2) for reader in (None, 0, 1)]
    exchanges += [exchange(0, 1, turns=True), exchange(1, 0, turns=True)]
    return matrix(programs, {}, [(2, 2, 1892, [])], [], exchanges)


def exchange(writer, reader, failed=0, turns=False, **more):
    made = {"writer": writer, "isInTurns": turns, "workloads": 60, "failed": failed}
    return (made if reader is None else made | {"reader": reader}) | more


def failing():
    only = program(
        "fastcache", "0.3.1", "C", "build/fastcache-adapter --session", 1, (1688, 24, 1, 1, 202, 2),
        ["workload/1-9: the machine is too busy", "edited/1-400: the machine is too busy"],
        ["mod-uuid", "flush"])
    cells = {("VCI-RD-004", 0): wrong(17, 0), ("VCI-RD-007", 0): wrong(2, 1), ("VCI-WR-001", 0): wrong(5, 2),
             ("VCI-WR-004", 0): absent("the program does not declare flush"),
             ("VCI-WR-007", 0): absent("the program does not declare mod-uuid")}
    return matrix([only], cells, [(1, 1, 1664, []), (1, 0, 24, [])], [DAMAGE, CRASH, STALE])


def six():
    programs = [
        program("c-sample", "1.0", "C", "Tests/Samples/C/vci-sample", 0, (1892, 0, 0, 0, 0, 0)),
        program("python-sample", "1.0", "Python", "Tests/Samples/Python/vci-python-sample", 0, (1892, 0, 0, 0, 0, 0)),
        program("swift-sample", "0.1.0", "Swift", ".build/release/vci-swift-sample", 0, (1892, 0, 0, 0, 0, 0)),
        program("shell-sample", "1", "shell", "VCI=vci Tests/Samples/Shell/vci-shell-sample", 3,
                (611, 0, 0, 0, 1260, 21), ["21 tests: the machine is too busy"],
                ["open-rw", "write", "flush", "create", "mod-uuid"]),
        program("fastcache", "0.3.1", "C", "build/fastcache-adapter --session", 1, (1688, 24, 1, 1, 202, 2),
                ["workload/1-9: the machine is too busy", "edited/1-400: the machine is too busy"],
                ["mod-uuid", "flush"]),
        program("vci-rs", "0.9.0-rc.2", "Rust", "cargo run --release --quiet --bin vci-rs-adapter", 1,
                (1892, 9, 0, 0, 0, 0)),
    ]
    cells = {(name, 3): absent(WRITER) for name in CLAUSES if name.startswith("VCI-WR") and name != "VCI-WR-003"}
    cells |= {
        ("VCI-RD-003", 3): absent("the program does not declare open-rw"),
        ("VCI-RD-004", 4): wrong(17, 0), ("VCI-RD-007", 4): wrong(2, 1), ("VCI-WR-001", 4): wrong(5, 2),
        ("VCI-WR-004", 4): absent("the program does not declare flush"),
        ("VCI-WR-007", 4): absent("the program does not declare mod-uuid"),
        ("VCI-RD-006", 5): wrong(8, 3), ("VCI-WR-005", 5): wrong(1, 4)}
    six_examples = [made | {"implementation": 4, "command": made["command"].replace("adapter-1", "adapter-5")}
                    for made in (DAMAGE, CRASH, STALE)]
    six_examples += [
        example(5, "VCI-RD-006", "wrong-count", "read-miss-long", "a random image of seed 1, 344 extents, 3 levels",
                "read --block 2880 --count 64", "a miss of 1 block up to 13 blocks, or a hit",
                "a miss of 64 blocks", 8, ribbons=MANY,
                twin="none is nearer: the image is valid"),
        example(5, "VCI-WR-005", "no-room", "workload/1-12", "workload 12 of seed 1, a cache of 4 free blocks",
                "write --block 77 --count 8", "written, or dropped in part", "error: NoSpaceLeft(4)", 1),
    ]
    writers = [0, 1, 2, 4, 5]
    exchanges = [exchange(w, r) for w in writers for r in (None, *range(6))]
    exchanges += [
        {"writer": 3, "isInTurns": False, "workloads": 0, "failed": 0, "why": WRITER},
        *({"writer": 3, "reader": r, "isInTurns": False, "workloads": 0, "failed": 0, "why": WRITER}
          for r in range(6))]
    for made in exchanges:
        if made["writer"] == 4 and made.get("reader") in (0, 1, 2, 5) or made["writer"] == 4 and "reader" not in made:
            made |= {"failed": 5, "example": 2}
    exchanges += [exchange(a, b, turns=True) for a in writers for b in writers if a != b]
    for made in exchanges:
        if made["isInTurns"] and 4 in (made["writer"], made["reader"]):
            made |= {"failed": 3, "example": 2}
    differences = [
        difference("served", "rule", "VCI-RD-004", "fastcache serves a block through an extent whose data lies "
                   "behind the end of the file.", 17, DAMAGE, [
                       ("refused: VCI-EXT-003", [0, 2, 5], True), ("miss of 4 blocks", [1, 3], True),
                       ("hit of 4 blocks, all zeros", [4], False)], BEHIND),
        difference("check", "hole", None, "Two checkers count the leaks of a leaf that is reached twice differently, "
                   "and no rule says how.", 1, DAMAGE | {"test": "edited/1-1804", "request": "check"}, [
                       ("VCI-NODE-004 corruption, VCI-MAP-009 leak", [0, 1, 2], True),
                       ("VCI-NODE-004 corruption", [5], True)], None),
        difference("open-rw", "choice", "R-18", "An image may have no room for a write of its writer.", 4,
                   CRASH | {"test": "map-011-full", "request": "open-rw"}, [
                       ("opened", [0, 1, 5], True), ("no room", [2, 4], True)], None),
    ]
    agreement = [
        (6, 6, 590, []), (6, 5, 21, ["ext-003-end", "ext-003-one-behind", "node-004-self", "read-miss-long"]),
        (5, 5, 1066, []), (5, 4, 10, ["workload/1-12", "workload/1-60", "workload/1-77"]), (5, 3, 1, ["workload/1-9"]),
        (4, 4, 203, []), (4, 3, 1, ["create-fixed-largest"])]
    return matrix(programs, cells, agreement, six_examples, exchanges, differences)


def difference(kind, cause, rule, about, images, of, answers, ribbons):
    made = {
        "kind": kind, "cause": cause, "about": about, "images": images, "test": of["test"], "image": of["image"],
        "request": of["request"],
        "answers": [{"answer": a, "implementations": i, "isAllowed": allowed} for a, i, allowed in answers],
        "command": f"vci conform --adapter ./first --adapter ./second --only {of['test']}"}
    made |= {"rule": rule} if rule else {}
    return made | ({"ribbons": ribbons} if ribbons else {})


def main(arguments):
    if "--help" in arguments or "-h" in arguments:
        print(__doc__.strip())
        return 0
    code = 0
    for make in (clean, failing, six):
        path = FOLDER / f"{make.__name__}.json"
        text = json.dumps(make(), ensure_ascii=False, indent=None, separators=(",", ":"), sort_keys=True) + "\n"
        if "--check" not in arguments:
            path.write_text(text)
        elif path.read_text() != text:
            print(f"{path.name}: not what {pathlib.Path(__file__).name} makes")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
