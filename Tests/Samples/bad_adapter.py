# SPDX-License-Identifier: Apache-2.0
"""An adapter that misbehaves in the way that its first argument names: for the tests of the preflight.

In all other ways it is the program in Python that its second argument names; what that answers passes
through here.
"""

import importlib.machinery
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import time

import vci_port

WAY, PROGRAM, ARGUMENTS = sys.argv[1], sys.argv[2], sys.argv[3:]


def say(line):
    sys.stdout.write(line)
    sys.stdout.flush()


def change(request, answer):
    """What is sent in place of an answer, a text or a value."""
    op, text = request["op"], json.dumps(answer)
    reads, done = op == "read", answer["outcome"] == "ok"
    if WAY == "crash" and reads:
        os.kill(os.getpid(), signal.SIGSEGV)
    if WAY == "exit" and reads:
        print("I give up", file=sys.stderr)
        sys.exit(3)
    if WAY == "silent-exit" and reads:
        sys.exit(0)
    if WAY == "hang" and reads:
        time.sleep(60)
    if WAY == "spam" and reads:
        for _ in range(40):
            say("x" * (1 << 20) + "\n")
    if WAY == "spam-errors" and reads:
        while True:
            sys.stderr.write("x" * (1 << 20))
    if WAY == "no-answer" and reads:
        return ""
    if WAY == "noise" and reads:
        return "reading...\n" + text
    if WAY == "wrong-id" and reads:
        return {**answer, "id": answer["id"] + 1}
    if WAY == "string-id" and reads:
        return {**answer, "id": str(answer["id"])}
    if WAY == "no-id" and reads:
        return {key: value for key, value in answer.items() if key != "id"}
    if WAY == "two-answers" and reads:
        return text + "\n" + text
    if WAY == "late-answer" and reads:
        return {**answer, "id": answer["id"] - 1}
    if WAY == "unknown-key" and reads:
        return {**answer, "ms": 1}
    if WAY == "double-key" and reads:
        return text.replace('"outcome"', '"outcome": "ok", "outcome"', 1)
    if WAY == "numbers" and reads and done:
        return {**answer, "runs": [{**run, "block": int(run["block"])} for run in answer["runs"]]}
    if WAY == "leading-zero" and reads and done:
        return text.replace('"count": "', '"count": "0', 1)
    if WAY == "no-runs" and reads and done:
        return {**answer, "runs": []}
    if WAY == "bare-refusal" and op == "open" and not done:
        return {"id": answer["id"], "outcome": "refused", "message": "no"}
    if WAY == "outcome" and reads:
        return {**answer, "outcome": "fine"}
    if WAY == "long-line" and reads:
        return text[:-1] + " " * (1 << 20) + "}"
    if WAY == "half-line" and reads:
        say(text[:20])
        sys.exit(0)
    if WAY == "unsupported" and reads:
        return {"id": answer["id"], "outcome": "unsupported", "feature": "multi-level-tree"}
    if WAY == "lies" and op == "hello":
        answer["caps"]["features"] = ["multi-level-tree"]
        return answer
    if WAY == "lies-op" and op == "hello":
        answer["caps"]["ops"].append("extents")
        return answer
    if WAY == "declares-nothing" and op == "hello":
        answer["caps"].update(ops=[], features=[])
        return answer
    if WAY == "no-durability" and op == "hello":
        answer["caps"]["ops"] += ["open-rw", "write"]
        return answer
    if WAY == "moving-version" and op == "hello":
        answer["caps"]["version"] = "main"
        return answer
    if WAY == "error" and reads:
        return {"id": answer["id"], "outcome": "error", "message": "list index out of range"}
    if WAY == "accepts-all" and op in ("open", "probe"):
        return {"id": answer["id"], "outcome": "ok"}
    if WAY == "refuses-all" and op in ("open", "probe"):
        return {"id": answer["id"], "outcome": "refused", "class": "other"}
    if WAY == "wrong-rule" and answer["outcome"] == "refused" and op == "open":
        return {"id": answer["id"], "outcome": "refused", "rule": "VCI-HDR-003"}
    if WAY == "all-miss" and reads and done:
        run = {"state": "miss", "block": request["block"], "count": request["count"]}
        return {**answer, "runs": [run]}
    if WAY == "gap" and reads and done and len(answer["runs"]) > 1:
        return {**answer, "runs": answer["runs"][1:]}
    if WAY == "too-long" and reads and done:
        last = answer["runs"][-1]
        last["count"] = str(int(last["count"]) + 1)
        return answer
    if WAY == "wrong-bytes" and reads and done and answer["runs"][-1]["state"] == "hit":
        with open(request["file"], "r+b") as file:
            file.seek(3)
            file.write(b"?")
    if WAY == "bytes-of-misses" and reads and done and answer["runs"][0]["state"] == "miss":
        with open(request["file"], "r+b") as file:
            file.write(b"?")
    if WAY == "changes-image" and op == "open" and done:
        with open(request["image"], "ab") as file:
            file.write(b"?")
    if WAY == "wrong-info" and op == "info":
        return {**answer, "uuid": "33221100-5544-7766-8899-aabbccddeeff"}
    if WAY == "wrong-findings" and op == "check" and answer["findings"]:
        return {**answer, "findings": answer["findings"][1:]}
    if WAY in ("wrong-extents", "descending-extents", "bytes-as-extents") and op == "extents" and done:
        with open(request["file"], "r+") as file:
            lines = file.read().split("\n")[:-1]
            lines = lines[::-1] if WAY == "descending-extents" else lines[1:]
            file.seek(0)
            file.truncate()
            file.write("x\n" if WAY == "bytes-as-extents" else "".join(f"{line}\n" for line in lines))
    if WAY == "other-caps" and op == "hello":
        answer["caps"]["version"] = str(os.getpid())
        return answer
    if WAY == "writes-nothing" and op == "write":
        return {**answer, "written": "0"}
    if WAY == "writes-too-much" and op == "write":
        return {**answer, "written": "1000"}
    if WAY == "overwrites" and op == "create":
        return {"id": answer["id"], "outcome": "ok"}
    if WAY == "after-bye" and op == "bye":
        return text + "\ngood bye"
    return text


def session():
    """Passes requests and answers through, changed."""
    if WAY == "talks-first":
        say('{"id": 1, "outcome": "ok"}\n')
    answers = io.BytesIO()
    loader = importlib.machinery.SourceFileLoader("program", PROGRAM)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("program", loader))
    loader.exec_module(module)
    made = next(
        each for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, vci_port.Program))
    loop = vci_port._Session(vci_port._Operations(made()), answers)
    for line in sys.stdin:
        request = json.loads(line)
        if WAY == "ignores-the-disk":
            request.pop("modUuid", None)
        if WAY == "stale" and request["op"] == "write":
            loop._answer({"id": request["id"], "op": "flush", "handle": request["handle"]})
            say(json.dumps({"id": request["id"], "outcome": "ok", "written": request["count"]}) + "\n")
            continue
        loop._answer(request)
        answer = change(request, json.loads(answers.getvalue().split(b"\n")[-2]))
        if answer:
            say((answer if isinstance(answer, str) else json.dumps(answer)) + "\n")
    if WAY == "stays":
        time.sleep(60)
    return 7 if WAY == "exit-at-end" else 0


def simple():
    """One operation, changed."""
    result = subprocess.run([sys.executable, "-S", PROGRAM, *ARGUMENTS], capture_output=True)
    code, output, errors = result.returncode, result.stdout.decode(), result.stderr.decode()
    op = ARGUMENTS[0]
    if WAY == "simple-exit-1" and code == 10:
        code = 1
    if WAY == "simple-silent" and op == "read":
        output = ""
    if WAY == "simple-noise" and op == "read":
        output = "reading\n" + output
    if WAY == "simple-noise-probe" and op == "probe":
        output = "yes\n"
    if WAY == "simple-no-reason" and code == 10:
        errors = "*** no\n" + errors
    if WAY == "simple-crash" and op == "read":
        os.kill(os.getpid(), signal.SIGABRT)
    if WAY == "simple-spam" and op == "read":
        output = "miss 0 1\n" * (2 << 20)
    if WAY == "simple-hang" and op == "read":
        time.sleep(60)
    if WAY == "simple-usage" and op == "probe":
        code = 64
    if WAY == "simple-caps" and op == "caps":
        output += "speed=fast\n"
    if WAY == "simple-lies" and op == "caps":
        output += "extents\n"
    say(output)
    sys.stderr.write(errors)
    return code


if WAY == "does-not-start":
    sys.exit(126)
if WAY.startswith("simple"):
    sys.exit(64 if ARGUMENTS == ["session"] else simple())
sys.exit(session())
