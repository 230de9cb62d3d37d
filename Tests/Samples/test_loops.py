# SPDX-License-Identifier: Apache-2.0
"""Tests of the ready-made loops: one program in C, Python and Rust, and one conversation."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from port_tools import HELLO, PORT, PYTHON, TOYS, build_rust, converse, environment, preflight
from port_tools import python_example, run, rust_example

UUID, NIL = "00112233-4455-6677-8899-aabbccddeeff", "00000000-0000-0000-0000-000000000000"
CAPS = {
    "name": "toy", "version": "0.1", "language": "a toy", "homepage": "https://toy.example",
    "durability": "close", "maxBlocks": "1099511627776",
    "ops": ["probe", "open-ro", "open-rw", "info", "read", "extents", "create", "write", "discard",
            "flush", "close", "set-moduuid", "check", "repair-leaks"],
    "features": ["multi-level-tree", "fixed", "mod-uuid"],
    "known": [{"name": "ext-003-end", "issue": "https://toy.example/1"}]}


class LoopTests:
    """The tests; each loop is a class with a command."""

    command = None

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.image = str(self.folder / "image")
        self.out = str(self.folder / "out")
        Path(self.out).touch()
        Path(self.image).write_text(f"toy 64 dynamic {UUID} {NIL}\n5 {'61' * 512}\n6 {'62' * 512}\n")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def ask(self, *requests):
        """The answers to requests after hello; their ids are those of their places."""
        lines = [HELLO] + [
            {"id": number, **request} for number, request in enumerate(requests, 2)]
        answers, code, errors = converse(self.command, lines)
        self.assertEqual([answer.pop("id") for answer in answers], [line["id"] for line in lines])
        self.assertEqual(code, 0, errors)
        return answers[1:]

    def open(self, handle="a", mode="rw", **more):
        return {"op": "open", "image": self.image, "handle": handle, "mode": mode, **more}

    def read(self, block, count, handle="a"):
        return {"op": "read", "handle": handle, "block": str(block), "count": str(count), "file": self.out}

    def refused(self, answer, kind="argument"):
        self.assertEqual((answer["outcome"], answer["class"]), ("refused", kind), answer)

    def test_hello_tells_the_capabilities(self):
        answers, code, _ = converse(self.command, [HELLO, {"id": 9, "op": "bye"}])
        self.assertEqual(answers, [
            {"id": 1, "outcome": "ok", "protocol": 1, "caps": CAPS}, {"id": 9, "outcome": "ok"}])
        self.assertEqual(code, 0)

    def test_hello_is_first_and_once_and_of_protocol_1(self):
        lines = [
            {"id": 0, "op": "ping"}, {**HELLO, "protocol": [2, 3]}, {**HELLO, "protocol": [3, 1]}, HELLO,
            {"id": 2, "op": "ping"}]
        answers, code, _ = converse(self.command, lines)
        self.refused(answers[0])
        self.assertEqual((answers[1]["outcome"], answers[1]["feature"]), ("unsupported", "protocol"))
        self.assertEqual(answers[2]["outcome"], "ok")
        self.refused(answers[3])
        self.assertEqual((answers[4], code), ({"id": 2, "outcome": "ok"}, 0))

    def test_a_line_without_a_legible_id_ends_the_session(self):
        lines = [
            "", "{", "[]", "7", '"a"', "null", '{"op": "ping"}', '{"id": "2", "op": "ping"}',
            '{"id": 2.0, "op": "ping"}', '{"id": -1, "op": "ping"}', '{"id": true, "op": "ping"}',
            '{"id": 9007199254740992, "op": "ping"}', '{"id": 2, "id": 2, "op": "ping"}',
            '{"id": 2, "op": "ping"} {}', '{"id": 2, "op": "ping",}', '{"id": 02, "op": "ping"}',
            '{"id": 2, "op": "pi\udcffng"}', '{"id": 2, "op": "ping", "x": NaN}', "{'id': 2}",
            '{"id": 2, "op": "ping", "x": {"y": 1, "y": 2}}', '{"id": 2, "op": "\\x"}',
            '\ufeff{"id": 2, "op": "ping"}', '{"id": 2, "op": "ping", "x": ' + "[" * 100_000,
            '{"id": 2, "op": "ping", "x": "' + "y" * (1 << 20) + '"}']
        for line in lines:
            with self.subTest(line=line[:60]):
                answers, code, errors = converse(self.command, [HELLO, line, {"id": 3, "op": "ping"}])
                self.assertEqual(len(answers), 1, answers[1:])
                self.assertNotIn(code, (0, 5, 64))
                self.assertIn("vci_port: ", errors)

    def test_a_line_of_1_mebibyte_is_taken(self):
        line = '{"id": 2, "op": "ping"' + " " * ((1 << 20) - 24) + "}"
        answers, code, _ = converse(self.command, [HELLO, line])
        self.assertEqual((len(line) + 1, answers[1], code), (1 << 20, {"id": 2, "outcome": "ok"}, 0))

    def test_a_line_without_its_end_is_none(self):
        result = subprocess.run(
            [*self.command, "session"], input=b'{"id": 1, "op": "ping"}', capture_output=True,
            env=environment(), timeout=30)
        self.assertEqual(result.stdout, b"")
        self.assertNotIn(result.returncode, (0, 5, 64))

    def test_escapes_of_JSON_are_read(self):
        line = '{"id": 2, "op": "p\\u0069n\\u0067"}'
        answers, _, _ = converse(self.command, [HELLO, line, '\t{ "op" :"ping" ,"id":3 }\r'])
        self.assertEqual(answers[1:], [{"id": 2, "outcome": "ok"}, {"id": 3, "outcome": "ok"}])

    def test_wrong_requests_are_refused_and_the_session_goes_on(self):
        probe = {"op": "probe", "image": self.image}
        wrong = [
            {**probe, "more": 1}, {"op": "probe"}, {}, {"op": 7}, {**probe, "image": 7},
            {**probe, "image": "image"}, {**probe, "image": "/a b"}, {**probe, "image": "/" + "a" * 999},
            {**probe, "image": "/ä"}, {**probe, "image": "/a\n"},
            self.open(mode="r"), self.open(handle=""), self.open(handle="a" * 17), self.open(handle="a-b"),
            self.open(modUuid=UUID.upper()), self.open(modUuid=UUID + "0"), self.open(modUuid=None),
            {"op": "check", "image": self.image, "repair": "some"}, {"op": "ping", "handle": "a"}]
        answers = self.ask(*wrong, probe)
        for request, answer in zip(wrong, answers):
            with self.subTest(request=request):
                self.refused(answer)
        self.assertEqual(answers[-1], {"outcome": "ok"})

    def test_numbers_are_strings_of_digits_up_to_two_to_the_64th(self):
        wrong = ["", "01", "+1", "-1", "1.0", "1e3", " 1", "1\n", "0x1", "١", "18446744073709551617",
                 "99999999999999999999", "1" * 5000, 1]
        requests = [{**self.read(0, 1), "count": value} for value in wrong]
        requests += [self.read(0, 0), self.read(1, 1 << 64), self.read(1 << 64, 1)]
        for request, answer in zip(requests, self.ask(self.open(), *requests)[1:]):
            with self.subTest(count=str(request["count"])[:20]):
                self.refused(answer)
        answers = self.ask(self.open(), self.read(700, (1 << 64) - 700), self.read(671, 1 << 64))
        self.assertEqual(answers[1]["runs"], [
            {"state": "miss", "block": "700", "count": "18446744073709550916"}])

    def test_handles(self):
        self.assertEqual(
            [answer.get("class", answer["outcome"]) for answer in self.ask(
                self.read(5, 1), self.open("a"), self.open("a"), self.read(5, 1), {"op": "close", "handle": "a"},
                {"op": "close", "handle": "a"}, self.open("a"), *[self.open(f"h{n}") for n in range(8)])],
            ["argument", "ok", "argument", "ok", "ok", "argument", "ok"] + ["ok"] * 7 + ["argument"])

    def test_a_refused_open_leaves_the_name_free(self):
        answers = self.ask({**self.open(), "image": self.out}, self.open(), self.read(5, 1))
        self.assertEqual(answers[0], {
            "outcome": "refused", "rule": "VCI-HDR-001", "class": "not-vci", "message": "no toy"})
        self.assertEqual([answer["outcome"] for answer in answers[1:]], ["ok", "ok"])

    def test_reads(self):
        answers = self.ask(self.open(mode="ro"), self.read(0, 10))
        self.assertEqual(answers[1]["runs"], [
            {"state": "miss", "block": "0", "count": "5"}, {"state": "hit", "block": "5", "count": "2"},
            {"state": "miss", "block": "7", "count": "3"}])
        self.assertEqual(
            Path(self.out).read_bytes(), bytes(5 * 512) + b"a" * 512 + b"b" * 512)

    def test_an_answer_ends_before_a_hit_for_which_the_file_would_be_too_large(self):
        far = (1 << 54) - 1
        with open(self.image, "a") as file:
            file.write(f"1000 {'63' * 512}\n{far} {'64' * 512}\n")
        answers = self.ask(self.open(), self.read(700, far + 1 - 700), self.read(1001, far + 1 - 1001))
        first = [(run["state"], run["block"], run["count"]) for run in answers[1]["runs"]]
        self.assertEqual(first[:2], [("miss", "700", "300"), ("hit", "1000", "1")])
        self.assertNotIn("hit", [run[0] for run in first[2:]])
        self.assertEqual(answers[2]["runs"], [
            {"state": "miss", "block": "1001", "count": str(far - 1001)}])
        self.assertLess(os.path.getsize(self.out), 1 << 20)

    def test_what_a_program_does_wrong_is_an_error_and_the_session_goes_on(self):
        answers = self.ask(
            self.open(), self.read(667, 1), self.read(669, 1), self.read(670, 1), self.read(668, 1),
            self.read(666, 1), self.read(660, 7), {"op": "ping"})
        self.assertEqual(
            [answer["outcome"] for answer in answers],
            ["ok", "error", "error", "error", "unsupported", "refused", "ok", "ok"])
        self.assertIn("index out of range", answers[1]["message"])
        self.assertEqual(answers[4], {"outcome": "unsupported", "feature": "wide-disks"})
        self.assertEqual(answers[5], {
            "outcome": "refused", "rule": "VCI-EXT-003", "message": 'a "quoted" text,\n of \x01 two lines'})
        self.assertEqual(answers[6]["runs"], [{"state": "miss", "block": "660", "count": "6"}])

    def test_an_answer_has_at_most_10000_runs(self):
        answers = self.ask(self.open(), self.read(100_000, 30_000))
        runs = answers[1]["runs"]
        self.assertTrue(1000 < len(runs) <= 10_000, len(runs))
        self.assertEqual(
            [(run["state"], int(run["block"]), run["count"]) for run in runs],
            [("miss" if block % 2 else "hit", block, "1") for block in range(100_000, 100_000 + len(runs))])

    def test_writes(self):
        data = self.folder / "data"
        data.write_bytes(b"".join(bytes([letter]) * 512 for letter in b"pqrstu"))
        short = self.folder / "short"
        short.write_bytes(bytes(512 * 5))
        write = {"op": "write", "handle": "a", "block": "698", "count": "6", "file": str(data)}
        answers = self.ask(
            self.open(), write, self.read(697, 8), {**write, "file": str(short)},
            {**write, "file": self.image + "x"}, {**write, "block": "667"},
            {"op": "discard", "handle": "a", "block": "0", "count": "699"}, {"op": "flush", "handle": "a"})
        self.assertEqual(answers[1], {
            "outcome": "ok", "written": "4", "losses": [{"reason": "dropped", "block": "700", "count": "1"}]})
        self.assertEqual(
            [(run["state"], run["block"], run["count"]) for run in answers[2]["runs"]],
            [("miss", "697", "1"), ("hit", "698", "2"), ("miss", "700", "1"), ("hit", "701", "1"),
             ("miss", "702", "3")])
        for answer in answers[3:6]:
            self.assertIn(answer["outcome"], ("refused", "error"))
        self.assertEqual([answer["outcome"] for answer in answers[6:]], ["ok"] * 2)
        code, output, _ = run(self.command, "extents", self.image)
        self.assertEqual((code, output), (0, "699 1\n701 1\n"))

    def test_create_info_extents_check_and_the_modification_UUID(self):
        new = str(self.folder / "new")
        create = {"op": "create", "image": new, "blocks": "9000", "type": "fixed", "uuid": UUID}
        answers = self.ask(
            create, create, {**self.open("n"), "image": new}, {"op": "info", "handle": "n"},
            {"op": "set-moduuid", "handle": "n", "uuid": UUID}, {"op": "close", "handle": "n"},
            {**self.open("n", modUuid=UUID), "image": new}, {**self.open("m", modUuid=NIL), "image": new},
            {"op": "extents", "image": self.image, "file": self.out},
            *[{"op": "check", "image": self.image, "repair": mode} for mode in ("none", "leaks", "plan", "all")])
        self.assertEqual(answers[0], {"outcome": "ok"})
        self.refused(answers[1])
        self.assertEqual(answers[3], {
            "outcome": "ok", "version": "1", "type": "fixed", "blocks": "9000", "dirty": False,
            "uuid": UUID, "modUuid": NIL})
        self.assertEqual([answer["outcome"] for answer in answers[4:7]], ["ok"] * 3)
        self.refused(answers[7], "not-up-to-date")
        self.assertEqual(Path(self.out).read_text(), "5 1\n6 1\n")
        self.assertEqual(sorted((each["rule"], each["class"]) for each in answers[9]["findings"]), [
            ("VCI-EXT-003", "corruption"), ("VCI-SHD-001", "dirty")])
        self.assertEqual(
            [answer["outcome"] for answer in answers[10:]], ["ok", "ok", "not-implemented"])

    def test_answers_go_to_the_descriptor_that_is_named(self):
        reading, writing = os.pipe()
        process = subprocess.Popen(
            [*self.command, "session"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            pass_fds=[writing], env=environment(VCI_PORT_FD=str(writing)))
        os.close(writing)
        output, _ = process.communicate(b'{"id": 1, "op": "ping"}\n', timeout=30)
        with os.fdopen(reading, "rb") as file:
            self.assertTrue(file.read().startswith(b'{"id": 1, "outcome": "refused"'))
        self.assertEqual((output, process.returncode), (b"", 0))

    def test_the_simple_form(self):
        new = self.folder / "new"
        data = self.folder / "data"
        data.write_bytes(b"x" * 512 * 2)
        caps = (
            "name=toy\nversion=0.1\nlanguage=a toy\nhomepage=https://toy.example\ndurability=close\n"
            "max-blocks=1099511627776\nprobe\nopen-ro\nopen-rw\ninfo\nread\nextents\ncreate\nwrite\n"
            "discard\nflush\nclose\nset-moduuid\ncheck\nrepair-leaks\nmulti-level-tree\nfixed\nmod-uuid\n"
            "known=ext-003-end https://toy.example/1\n")
        findings = sorted('{"findings": [{"rule": "VCI-EXT-003", "class": "corruption"}, '
                          '{"rule": "VCI-SHD-001", "class": "dirty"}]}\n')
        info = f"version=1\ntype=dynamic\nblocks=64\ndirty=no\nuuid={UUID}\nmoduuid={NIL}\n"
        for words, expected in [
            (["caps"], (0, sorted(caps.split("\n")))), (["probe", self.image], (0, "")), (["probe", self.out], (10, "")),
            (["open-ro", self.image], (0, "")), (["open-ro", self.image, NIL], (0, "")),
            (["open-rw", self.image, UUID], (10, "")), (["info", self.image], (0, info)),
            (["read", self.image, 4, 3, self.folder / "o"], (0, "miss 4 1\nhit 5 2\n")),
            (["read", self.image, 667, 1, self.out], (None, "")),
            (["read", self.image, 668, 1, self.out], (4, "")),
            (["extents", self.image], (0, "5 1\n6 1\n")),
            (["create", new, 64, "fixed", UUID], (0, "")), (["create", new, 64, "fixed", UUID], (10, "")),
            (["write", new, 700, 2, data], (0, "written 2\ndropped 700 1\n")),
            (["discard", new, 701, 1], (0, "")), (["flush", new], (0, "")),
            (["set-moduuid", new, UUID], (0, "")), (["open-ro", new, UUID], (0, "")),
            (["check", self.image], (0, findings)), (["check", self.image, "--repair", "leaks"], (0, findings)),
            (["check", self.image, "--repair", "all"], (5, "")),
            (["check", self.image, "--repair", "plan"], (64, "")), (["check", self.image, "--repair"], (64, "")),
            ([], (64, "")), (["probe"], (64, "")), (["probe", self.image, "x"], (64, "")),
            (["nothing", self.image], (64, "")), (["read", self.image, "0x1", 1, self.out], (64, "")),
            (["create", new, 64, "other", UUID], (64, "")), (["open-ro", self.image, "x"], (64, "")),
        ]:
            with self.subTest(words=words):
                code, output, errors = run(self.command, *words)
                if expected[0] is None:
                    self.assertNotIn(code, (0, 4, 5, 10, 64))
                    self.assertIn("index out of range", errors)
                    continue
                if words[:1] == ["check"] and code == 0:
                    self.assertEqual(output.count("VCI-SHD-001"), 1)
                    output = sorted(output)  # In any order.
                if words == ["caps"]:
                    output = sorted(output.split("\n"))
                self.assertEqual((code, output), expected, errors)
        self.assertEqual((self.folder / "o").read_bytes(), bytes(512) + b"a" * 512 + b"b" * 512)

    def test_the_first_line_of_standard_error_says_why(self):
        code, _, errors = run(self.command, "open-ro", self.out)
        self.assertEqual((code, errors), (10, "VCI-HDR-001 not-vci: no toy\n"))
        code, _, errors = run(self.command, "open-ro", self.image, UUID)
        self.assertTrue(errors.startswith("not-up-to-date"), errors)

    def test_sessions_of_writing_are_replayed(self):
        for name in ("write", "fixed", "hello"):
            with self.subTest(name):
                code, output = preflight(" ".join(self.command), "--only", name)
                self.assertEqual(code, 0, output)


class StrictLoopTests(LoopTests):
    """What the loops in Python and Rust do for a program, and that in C leaves to it."""

    def test_an_image_that_is_open_for_reading_is_not_changed(self):
        change = {"handle": "a", "block": "0", "count": "1"}
        answers = self.ask(
            self.open(mode="ro"), {"op": "write", "file": self.out, **change}, {"op": "discard", **change},
            {"op": "flush", "handle": "a"}, {"op": "set-moduuid", "handle": "a", "uuid": UUID})
        self.assertEqual(answers[0]["outcome"], "ok")
        for answer in answers[1:]:
            self.refused(answer)


class PythonLoopTests(StrictLoopTests, unittest.TestCase):
    command = [*PYTHON, str(TOYS / "toy.py")]

    def test_capabilities_that_say_nothing_stop_the_program(self):
        for change, text in [
            ("name = ''", "name"), ("version = 'main'", "moves"), ("features = ['x']", "features"),
            ("durability = None", "durability"), ("repairs = ['x']", "repairs"), ("version = 'a\\nb'", "one line"),
        ]:
            program = f"import sys; sys.path[:0] = [{str(TOYS)!r}]\nimport toy, vci_port\n" \
                f"class Other(toy.Toy):\n    {change}\nvci_port.main(Other())"
            code, output, errors = run([*PYTHON, "-c", program], "caps")
            self.assertEqual((code, output), (1, ""))
            self.assertIn(text, errors)

    def test_print_in_the_simple_form_follows_the_reason(self):
        code, _, errors = run(self.command, "read", self.image, 666, 1, self.out)
        self.assertEqual(code, 10)
        self.assertTrue(errors.startswith("VCI-EXT-003"), errors)
        self.assertTrue(errors.endswith("noise of a read\n"), errors)


@unittest.skipUnless(shutil.which("rustc"), "there is no rustc")
class RustLoopTests(StrictLoopTests, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.built = tempfile.TemporaryDirectory()
        cls.command = [build_rust(cls.built.name, "toy", (TOYS / "toy.rs").read_text())]

    @classmethod
    def tearDownClass(cls):
        cls.built.cleanup()


@unittest.skipUnless(shutil.which("cc"), "there is no C compiler")
class CLoopTests(LoopTests, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.built = tempfile.TemporaryDirectory()
        cls.command = [os.path.join(cls.built.name, "toy")]
        subprocess.run(
            ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{PORT / 'c'}", TOYS / "toy.c",
             PORT / "c" / "vci_port.c", "-o", *cls.command], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.built.cleanup()


class ExampleTests(unittest.TestCase):
    """The programs in the texts of the loops are what they are said to be."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def judge(self, command):
        code, output = preflight(command)
        self.assertEqual(code, 0, output)
        self.assertIn("tiny 0.1, session form: 9 sessions", output)
        simple = Path(self.folder.name) / "simple"
        simple.write_text(f'#!/bin/sh\n[ "$1" != session ] || exit 5\nexec {command} "$@"\n')
        simple.chmod(0o755)
        code, output = preflight(str(simple))
        self.assertEqual(code, 0, output)
        self.assertIn("tiny 0.1, simple form: 5 sessions", output)

    def test_the_example_in_Python(self):
        path = Path(self.folder.name) / "tiny.py"
        path.write_text(python_example())
        self.judge(f"{sys.executable} -S {path}")

    @unittest.skipUnless(shutil.which("rustc"), "there is no rustc")
    def test_the_example_in_Rust(self):
        self.judge(build_rust(self.folder.name, "tiny", rust_example()))


if __name__ == "__main__":
    unittest.main()
