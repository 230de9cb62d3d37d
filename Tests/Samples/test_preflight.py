# SPDX-License-Identifier: Apache-2.0
"""Tests of the preflight: its schemas, its sessions, adapters that are right, and those that are not."""

import concurrent.futures
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from port_tools import HERE, PORT, PYTHON, ROOT, preflight, python_example, swift_sample, tool

import preflight as flight
from source import FileSource
from verdicts import ImageVerdict

#: Each way to misbehave, and what the preflight says of it: where, and what came.
BAD = {
    "does-not-start": ("did not start", "exit 126"),
    "crash": ("expected: an answer", "none; the adapter ended with .*SIGSEGV"),
    "exit": ("expected: an answer", "ended with exit 3"),
    "silent-exit": ("expected: an answer", "none; the adapter ended with exit 0"),
    "hang": ("expected: an answer", "none within 3 s"),
    "spam": ("expected: a line of at most 1 MiB", "a longer one"),
    "spam-errors": ("expected: an answer", "none; the adapter ended with"),
    "no-answer": ("expected: an answer", "none within 3 s"),
    "noise": ("expected: a line of JSON", "reading"),
    "wrong-id": ("of the request", "came: the id "),
    "string-id": ("of the request", "came: the id '"),
    "no-id": ("of the request", "came: no id: "),
    "two-answers": ("expected: one answer to request", "came: another: "),
    "late-answer": ("of the request", "that of a request which is answered already"),
    "unknown-key": ("port-answer[.]json", "has the key 'ms', which is not known"),
    "double-key": ("a line of JSON", "the key 'outcome' stands twice"),
    "numbers": ("port-answer[.]json", "runs.0..block is the number 96, not a string"),
    "leading-zero": ("port-answer[.]json", "runs.0..count is '04', not of the form"),
    "no-runs": ("port-answer[.]json", "runs has 0 members, fewer than 1"),
    "bare-refusal": ("port-answer[.]json", "has none of the keys rule, class"),
    "outcome": ("expected: an outcome: ok, refused", '"fine"'),
    "long-line": ("expected: a line of at most 1 MiB", "a longer one"),
    "half-line": ("expected: a line", "a part of one"),
    "unsupported": ("expected: done", "came: unsupported: 'multi-level-tree'"),
    "lies": ("expected: done", "unsupported, multi-level-tree, which the adapter declares"),
    "lies-op": ("expected: done", "not implemented, which the adapter declares"),
    "declares-nothing": ("declares no operation", "nothing to ask"),
    "no-durability": ("a durability, as write is declared", "came: .*open-rw"),
    "moving-version": ("did not start", "caps.version may not be 'main'"),
    "error": ("expected: done", "an error that the adapter caught: 'list index out of range'"),
    "accepts-all": ("expected: refused", "came: done"),
    "refuses-all": ("expected: done", "came: refused: 'other'"),
    "wrong-rule": ("one of the rules", "came: refused: 'VCI-HDR-003'"),
    "all-miss": ("expected: block 100 is a hit", "came: block 100 is a miss"),
    "gap": ("expected: a run from block 96 on", "came: one from block 100 on"),
    "too-long": ("expected: a run of 1 to 4 blocks", "came: one of 5"),
    "wrong-bytes": ("is a hit of", "3f"),
    "bytes-of-misses": ("nothing in the file but the bytes of hits", "something at byte 0"),
    "changes-image": ("as it was, as no request may change it", "it has changed"),
    "after-bye": ("expected: nothing after the answer", "good bye"),
    "talks-first": ("expected: (nothing before any request|the id 1001 of the request)", "outcome"),
    "exit-at-end": ("expected: exit 0 after bye", "came: exit 7"),
    "stays": ("expected: the process ends", "came: it runs on for 3 s"),
    "wrong-info": ("expected: uuid '00112233-", "came: uuid '33221100-"),
    "wrong-findings": ("expected: VCI-EXT-003 .corruption.", "came: no finding"),
    "wrong-extents": ("expected: the blocks 100 to 111, 1000 to 1001", "came: 108 to 111"),
    "descending-extents": ("expected: extents that ascend", "came: '108 4'"),
    "bytes-as-extents": ("expected: lines `BLOCK COUNT`", "came: 'x'"),
    "other-caps": ("expected: the capabilities of the first hello", "came: .*version"),
    "writes-nothing": ("expected: 1 to 8 blocks are done with", "came: 0 are"),
    "writes-too-much": ("expected: 1 to 8 blocks are done with", "came: 1000 are"),
    "overwrites": ("about: create never overwrites a file", "came: done"),
    "ignores-the-disk": ("expected: refused, naming the class not-up-to-date", "came: done"),
    "stale": ("expected: block 106 is a hit of e0e0", "came: a6a6"),
    "simple-exit-1": ("expected: exit 0 .done., 10 .refused.", "came: exit 1, which is no outcome"),
    "simple-silent": ("output as Specs/Port[.]md has it for read", "runs has 0 members"),
    "simple-noise": ("expected: lines `hit.miss BLOCK COUNT`", "came: 'reading'"),
    "simple-noise-probe": ("expected: nothing on standard output", "came: 'yes'"),
    "simple-no-reason": ("a rule or a class at the beginning of standard error", "came: '[*]* no'"),
    "simple-crash": ("expected: exit 0 .done.", "SIGABRT.*, which is no outcome"),
    "simple-spam": ("expected: at most 16 MiB on standard output", "more"),
    "simple-hang": ("expected: an answer", "none within 3 s"),
    "simple-usage": ("expected: exit 0 .done.", "came: exit 64: wrong usage"),
    "simple-caps": ("expected: lines of caps", "came: 'speed=fast'"),
    "simple-lies": ("expected: done", "came: not implemented, which the adapter declares"),
}
#: The sessions in which they are caught, where it is not every one of those of reads.
ONLY = {
    "accepts-all": "refused", "bare-refusal": "refused", "wrong-rule": "refused",
    "lies": "tall", "lies-op": "extents", "simple-exit-1": "refused", "simple-no-reason": "refused",
    "simple-noise-probe": "probe", "simple-usage": "probe", "simple-lies": "extents",
   
}


#: Those that misbehave as the sample in Python, which has all operations, and in which session.
OF_SAMPLE = {
    "wrong-info": "read", "wrong-findings": "check", "wrong-extents": "extents",
    "descending-extents": "extents", "bytes-as-extents": "extents", "other-caps": "hello",
    "writes-nothing": "write", "writes-too-much": "write", "overwrites": "write",
    "ignores-the-disk": "mod-uuid", "stale": "rewrite",
}


class SchemaTests(unittest.TestCase):
    def test_the_copies_are_equal_to_the_schemas(self):
        for name in ("port-answer.json", "port-request.json"):
            self.assertEqual(
                (PORT / "schemas" / name).read_bytes(), (ROOT / "Specs" / "schemas" / name).read_bytes())

    def test_a_word_that_is_not_known_is_no_silent_yes(self):
        with self.assertRaises(flight.Flaw):
            list(flight.ANSWER.faults("a", {"format": "uuid"}))

    def test_every_form_of_an_answer_is_chosen_by_operation_and_outcome(self):
        chosen = [flight.answer_form(op, "ok")["description"] for op in (
            "ping", "hello", "info", "read", "write", "check")]
        chosen += [flight.answer_form("read", outcome)["description"] for outcome in (
            "refused", "unsupported", "not-implemented", "error")]
        self.assertEqual(chosen, [form["description"] for form in flight.ANSWER.forms])

    def test_the_words(self):
        faults = flight.ANSWER.faults
        for schema, right, wrong in [
            ({"type": "integer"}, [0, -1], [True, 1.0, "1", None]), ({"type": "boolean"}, [True], [1]),
            ({"const": 1}, [1], [True, 2]), ({"enum": ["a"]}, ["a"], ["b", 1]),
            ({"pattern": "^(0|[1-9][0-9]{0,19})$"}, ["0", "10"], ["", "01", "1\n", "x"]),
            ({"minLength": 1, "maxLength": 2}, ["a", "ab"], ["", "abc"]),
            ({"minimum": 0, "maximum": 9}, [0, 9], [-1, 10]),
            ({"not": {"enum": ["main"]}}, ["1.0"], ["main"]),
            ({"type": "array", "items": {"type": "string"}, "uniqueItems": True, "minItems": 1, "maxItems": 2},
             [["a"], ["a", "b"]], [[], ["a", "a"], [1], ["a", "b", "c"], "a"]),
            ({"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"],
              "additionalProperties": False}, [{"a": 1}], [{}, {"a": 2}, {"a": 1, "b": 1}, []]),
            ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, [{"a": 1}, {"b": 1}], [{}]),
            ({"$ref": "#/$defs/digits"}, ["7"], [7, "07"]),
        ]:
            for value in right:
                self.assertEqual(list(faults(value, schema)), [], (schema, value))
            for value in wrong:
                self.assertNotEqual(list(faults(value, schema)), [], (schema, value))


class RecordingTests(unittest.TestCase):
    """What the sessions expect of images is what the oracle says of them."""

    @classmethod
    def setUpClass(cls):
        cls.recordings = [
            flight.Recording(path) for path in sorted((PORT / "sessions").glob("*.jsonl"))]

    def verdict(self, recording, reference):
        """The verdict on a file as the head has it; None: it is no file."""
        content = recording.contents[reference[1:]]
        form = recording.head["files"][reference[1:]]
        if content is None or "is" in form:
            return None
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            source = FileSource(file.name)
            try:
                verdict = ImageVerdict(source)
                parts = verdict.parts()
                if verdict.examination.opens:
                    verdict.states
                return verdict, parts
            finally:
                self.addCleanup(source.close)

    def exchanges(self):
        """Recording, request, expectation and image of each exchange whose image nobody has changed."""
        for recording in self.recordings:
            opened, changed = {}, set()
            for exchange in recording.exchanges:
                request = exchange["request"]
                if request["op"] == "open":
                    opened[request["handle"]] = request["image"]
                image = request.get("image") or opened.get(request.get("handle"))
                if request["op"] in ("write", "discard", "set-moduuid", "create"):
                    changed.add(image)
                if request["op"] == "close":
                    opened.pop(request["handle"], None)
                if image and image not in changed:
                    yield recording, request, exchange["expect"], image

    def test_probes_and_opens(self):
        words = {"taken": "ok", "mine": "ok", "refused": "refused", "not-mine": "refused"}
        count = 0
        for recording, request, expect, image in self.exchanges():
            found = self.verdict(recording, image) if request["op"] in ("open", "probe") else None
            if not found or "modUuid" in request or recording.name == "locks.jsonl":
                continue
            key = {"probe": "probe", "ro": "openForReading", "rw": "openForWriting"}[
                request.get("mode", "probe")]
            allowed = found[1][key]
            with self.subTest(recording.name, request=request):
                self.assertEqual(
                    set(expect["outcomes"]), {words[answer] for answer in allowed["answers"]})
                if "refused" in expect["outcomes"]:
                    self.assertEqual(expect["rules"], allowed["rules"])
            count += 1
        self.assertGreater(count, 30)

    def test_reads(self):
        count = 0
        for recording, request, expect, image in self.exchanges():
            if request["op"] != "read" or "segments" not in expect:
                continue
            verdict, parts = self.verdict(recording, image)
            block, blocks = int(request["block"]), int(request["count"])
            states = [
                (each, piece.may) for piece in verdict.states.pieces(block, block + blocks)
                for each in range(piece.start, piece.end)]
            expected = [
                (each, tuple(part["may"])) for part in expect["segments"]
                for each in range(int(part["block"]), int(part["block"]) + int(part["count"]))]
            with self.subTest(recording.name, request=request):
                self.assertEqual(expected, states)
                self.assertEqual(
                    "refused" in expect["outcomes"], any("refused" in may for _, may in states))
                if "refused" in expect["outcomes"]:
                    self.assertEqual(expect["rules"], parts["damage"])
                self.judge_bytes(recording, verdict, expect["segments"], image)
            count += 1
        self.assertGreater(count, 30)

    def judge_bytes(self, recording, verdict, segments, image):
        for part in segments:
            start = int(part["block"])
            for piece in verdict.states.pieces(start, start + int(part["count"])):
                if piece.address is not None:
                    offset = part["bytes"]["offset"] + (piece.start - start) * 512
                    self.assertEqual((part["bytes"]["file"], offset), (image, piece.address * 512))

    def test_checks_extents_and_info(self):
        count = 0
        for recording, request, expect, image in self.exchanges():
            found = self.verdict(recording, image) if request["op"] in ("check", "extents") else None
            if not found:
                continue
            verdict, parts = found
            with self.subTest(recording.name, request=request):
                if request["op"] == "check":
                    self.assertEqual(expect["findings"], verdict.findings())
                elif "extents" in parts:
                    self.assertNotIn("may", parts["extents"])
                    self.assertEqual(expect["extents"], [
                        {"block": each["block"], "count": each["count"]}
                        for each in parts["extents"]["extents"]])
                else:
                    self.assertEqual(expect["outcomes"], ["refused"])
            count += 1
        self.assertGreater(count, 10)

    def test_every_operation_and_feature_is_asked_by_some_session(self):
        asked, needed = set(), set()
        for recording in self.recordings:
            needed |= set(recording.head["needs"])
            for exchange in recording.exchanges:
                needed |= set(exchange.get("needs", ()))
                asked |= flight.capabilities_of(exchange["request"])
        self.assertEqual(
            set(flight.OPERATIONS) - asked, {"close", "repair-leaks", "repair-all"})
        self.assertEqual(set(flight.FEATURES) - needed, {"dirty-recovery"})

    def test_a_session_that_is_wrong_is_told(self):
        good = (PORT / "sessions" / "hello.jsonl").read_text().split("\n")
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        for name, lines, text in [
            ("head", [good[0].replace('"schema": 1', '"schema": 2')] + good[1:], "schema is 2, not 1"),
            ("key", [good[0]] + [good[1].replace('"expect"', '"expected"')] + good[2:], "no key 'expect'"),
            ("file", good[:2] + [json.dumps({
                "request": {"op": "probe", "image": "$x"}, "expect": {"outcomes": ["ok"]}}), ""], "no file $x"),
            ("op", good[:2] + [json.dumps({"request": {"op": "x"}, "expect": {"outcomes": ["ok"]}}), ""],
             "no such operation"),
            ("first", good[:1] + good[2:], "the first request is not hello"),
        ]:
            path = folder / f"{name}.jsonl"
            path.write_text("\n".join(lines))
            with self.assertRaisesRegex(flight.Flaw, text.replace("$", r"\$")):
                flight.Recording(path)


class UsageTests(unittest.TestCase):
    def test_wrong_usage(self):
        for words in [[], ["--adapter"], ["--adapter", "x", "--nothing"], ["--adapter", "x", "--only", "nothing"],
                      ["--adapter", "x", "--timeout", "0"], ["--adapter", "x", "--timeout", "x"], ["x"]]:
            result = subprocess.run([sys.executable, flight.__file__, *words], capture_output=True)
            self.assertEqual((result.returncode, result.stdout), (64, b""), words)
            self.assertIn(b"see --help", result.stderr)

    def test_a_folder_for_files_that_is_no_plain_path_is_refused(self):
        folder = Path(tempfile.mkdtemp()) / "a b"
        folder.mkdir()
        self.addCleanup(shutil.rmtree, folder.parent)
        code, output = preflight("true", TMPDIR=str(folder))
        self.assertEqual((code, list(folder.iterdir())), (64, []))
        self.assertIn("see TMPDIR", output)

    def test_blocks_behind_the_largest_disk_are_not_asked(self):
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        (folder / "tiny.py").write_text(python_example().replace(
            "features = []", "features = []; max_blocks = 900"))
        code, output = preflight(f"{' '.join(PYTHON)} {folder}/tiny.py", "--only", "read")
        self.assertEqual(code, 0, output)
        self.assertIn("12 exchanges as they may be, 6 not asked", output)

    def test_a_copy_of_the_folder_suffices(self):
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        shutil.copytree(PORT, folder / "Port")
        (folder / "tiny.py").write_text(python_example())
        result = subprocess.run(
            [sys.executable, "-I", folder / "Port" / "preflight.py", "--only", "hello", "--adapter",
             f"PYTHONPATH={folder}/Port/python {sys.executable} {folder}/tiny.py"],
            capture_output=True, cwd="/")
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_a_command_that_is_not_found_is_told(self):
        code, output = preflight("./adapter")
        self.assertEqual(code, 5)
        self.assertIn("it runs in a new folder", output)


class GoodAdapterTests(unittest.TestCase):
    def judge(self, command, last):
        code, output = preflight(command)
        self.assertEqual(code, 0, output)
        self.assertRegex(output, f"^{last} sessions, .* 0 sessions failed\n$")

    def test_the_sample_in_Python(self):
        self.judge(str(HERE / "Python" / "vci-python-sample"), "vci-python-sample 1.0, session form: 21")

    @unittest.skipUnless(swift_sample(), "there is no vci-swift-sample")
    def test_the_sample_in_Swift(self):
        self.judge(swift_sample(), "VCIReference 0.1.0, session form: 21")

    @unittest.skipUnless(tool(), "there is no vci")
    def test_the_sample_in_shell(self):
        self.judge(f"VCI={tool()} {HERE / 'Shell' / 'vci-shell-sample'}",
                   "vci-shell-sample 1.0, simple form: 9")

    @unittest.skipUnless(shutil.which("make") and shutil.which("cc"), "there is no C compiler")
    def test_the_sample_in_C(self):
        subprocess.run(["make", "-s", "-C", HERE / "C"], check=True)
        self.judge(str(HERE / "C" / "vci-sample"), r"vci-sample \d.*, session form: \d+")

    def test_chatter_on_standard_error_and_a_script_for_the_descriptor(self):
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        script = folder / "adapter"
        script.write_text(
            "#!/bin/sh\necho chatter >&2\n"
            f'VCI_PORT_FD=3 exec {HERE / "Python" / "vci-python-sample"} "$@" 3>&1 1>&2\n')
        script.chmod(0o755)
        code, output = preflight(str(script), "--only", "descriptor")
        self.assertEqual(code, 0, output)
        self.assertIn("note: VCI_PORT_FD was set", output)


class BadAdapterTests(unittest.TestCase):
    """Adapters that misbehave: each is told by what it does."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        tiny = Path(cls.folder.name) / "tiny.py"
        tiny.write_text(python_example())
        sample = HERE / "Python" / "vci-python-sample"

        def run(way):
            program = sample if way in OF_SAMPLE else tiny
            command = f"{' '.join(PYTHON)} {HERE / 'bad_adapter.py'} {way} {program}"
            only = {**OF_SAMPLE, **ONLY}.get(way, "read")
            return way, preflight(command, "--timeout", "3", "--only", only)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            cls.results = dict(pool.map(run, BAD))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_each_is_told(self):
        for way, texts in BAD.items():
            with self.subTest(way):
                code, output = self.results[way]
                self.assertEqual(code, 5, output)
                self.assertIn("FAILED", output)
                for text in texts:
                    self.assertRegex(output, text)

    def test_what_was_on_standard_error_is_shown(self):
        self.assertIn("standard error ends with:\n    I give up", self.results["exit"][1])


if __name__ == "__main__":
    unittest.main()
