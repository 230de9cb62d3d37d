# SPDX-License-Identifier: Apache-2.0
"""The loop of the sample in Swift: what it says to requests that are wrong."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from port_tools import HELLO, converse, environment, run, swift_sample

UUID, NIL = "00112233-4455-6677-8899-aabbccddeeff", "00000000-0000-0000-0000-000000000000"
BYE = {"id": 99, "op": "bye"}
OK = {"id": 2, "outcome": "ok"}


@unittest.skipUnless(swift_sample(), "there is no vci-swift-sample")
class SwiftSampleTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vci")
        self.addCleanup(shutil.rmtree, self.folder)
        self.image = os.path.join(self.folder, "image")
        self.file = os.path.join(self.folder, "file")
        Path(self.file).write_bytes(bytes([7]) * 1024)

    def answers(self, *requests):
        """The answers to requests, between those to hello and bye."""
        answers, code, errors = converse([swift_sample()], [HELLO, *requests, BYE])
        self.assertEqual((code, errors), (0, ""))
        self.assertEqual((answers[0]["outcome"], answers[-1]), ("ok", {"id": 99, "outcome": "ok"}))
        return answers[1:-1]

    def opened(self, *requests):
        """The answers to requests, after an image of 4096 blocks is open for writing as `h`."""
        answers = self.answers(
            {"id": 2, "op": "create", "image": self.image, "blocks": "4096", "type": "dynamic", "uuid": UUID},
            {"id": 2, "op": "open", "image": self.image, "handle": "h", "mode": "rw"}, *requests)
        self.assertEqual(answers[:2], [OK, OK])
        return answers[2:]

    def test_an_image_is_written_and_read(self):
        out = os.path.join(self.folder, "out")
        Path(out).touch()
        blocks = {"handle": "h", "block": "100", "count": "2"}
        self.assertEqual(self.opened(
            {"id": 3, "op": "write", **blocks, "file": self.file},
            {"id": 4, "op": "read", "handle": "h", "block": "99", "count": "3", "file": out},
            {"id": 5, "op": "info", "handle": "h"},
            {"id": 6, "op": "check", "image": self.image, "repair": "all"}), [
                {"id": 3, "outcome": "ok", "written": "2", "losses": []},
                {"id": 4, "outcome": "ok", "runs": [
                    {"state": "miss", "block": "99", "count": "1"},
                    {"state": "hit", "block": "100", "count": "2"}]},
                {"id": 5, "outcome": "ok", "version": "1", "type": "dynamic", "blocks": "4096",
                 "dirty": True, "uuid": UUID, "modUuid": NIL},
                {"id": 6, "outcome": "not-implemented"}])
        self.assertEqual(Path(out).read_bytes(), bytes(512) + bytes([7]) * 1024)

    def test_wrong_requests_are_refused(self):
        create = {"op": "create", "image": self.image, "blocks": "4096", "type": "dynamic", "uuid": UUID}
        read = {"op": "read", "handle": "h", "block": "0", "count": "1", "file": self.file}
        wrong = [
            {"op": "ping", "more": 1}, {"op": "probe"}, {"op": "probe", "image": "relative"},
            {"op": "probe", "image": 5}, {"op": "probe", "image": "/a b"}, {"op": 5}, {},
            {"op": "probe", "image": "/" + 999 * "a"},
            {"op": "info", "handle": "other"}, {"op": "close", "handle": "other"},
            {**create, "blocks": 4096}, {**create, "blocks": "04096"}, {**create, "blocks": "+1"},
            {**create, "blocks": ""}, {**create, "blocks": "18446744073709551616"},
            {**create, "type": "sparse"}, {**create, "uuid": UUID.upper()}, {**create, "uuid": "x"},
            {**read, "count": "0"}, {**read, "block": "18446744073709551615", "count": "2"},
            {**read, "file": self.image + "absent"}, {**read, "modUuid": UUID},
            {"op": "write", "handle": "h", "block": "0", "count": "3", "file": self.file},
            {"op": "open", "image": self.image, "handle": "h", "mode": "ro"},
            {"op": "open", "image": self.image, "handle": "a-b", "mode": "ro"},
            {"op": "open", "image": self.image, "handle": 17 * "a", "mode": "ro"},
            {"op": "open", "image": self.image, "handle": "a", "mode": "wo"},
            {"op": "open", "image": self.image, "handle": "a", "mode": "ro", "modUuid": None},
            {"op": "check", "image": self.image, "repair": "some"},
            HELLO,
        ]
        answers = self.opened(*({**request, "id": 3} for request in wrong))
        self.assertEqual(len(answers), len(wrong))
        for request, answer in zip(wrong, answers):
            with self.subTest(request=request):
                self.assertEqual((answer["outcome"], answer.get("class")), ("refused", "argument"))

    def test_a_key_that_stands_twice_is_refused(self):
        answers = self.answers(
            '{"id": 2, "op": "probe", "image": "/a", "image": "/b"}',
            '{"id": 2, "op": "ping", "\\u006fp": "ping"}', '{"id": 2, "op": "ping"}',
            '{"id": 2, "op": "a:b\\":\\\\"}')
        self.assertEqual(
            [answer["outcome"] for answer in answers], ["refused", "refused", "ok", "not-implemented"])

    def test_the_last_block_of_all_may_be_asked_for(self):
        self.assertEqual(
            self.opened({"id": 3, "op": "read", "handle": "h", "block": "18446744073709551615", "count": "1",
                         "file": self.file}),
            [{"id": 3, "outcome": "ok",
              "runs": [{"state": "miss", "block": "18446744073709551615", "count": "1"}]}])

    def test_no_ninth_image_is_opened(self):
        more = [{"id": 3, "op": "open", "image": self.image, "handle": f"h{index}", "mode": "ro"}
                for index in range(9)]
        answers = self.opened({"id": 2, "op": "close", "handle": "h"}, *more,
                              {"id": 3, "op": "close", "handle": "h0"}, more[8])
        self.assertEqual(
            [answer.get("class", answer["outcome"]) for answer in answers],
            ["ok"] + 8 * ["ok"] + ["argument", "ok", "ok"])

    def test_hello_is_the_first_request(self):
        answers, code, _ = converse([swift_sample()], [
            {"id": 1, "op": "ping"}, {**HELLO, "protocol": [2]}, {**HELLO, "protocol": [1.5]},
            {**HELLO, "protocol": []}, {**HELLO, "features": [1]}, {**HELLO, "protocol": [7, 1]}])
        self.assertEqual(
            [answer.get("class") or answer.get("feature") or answer["outcome"] for answer in answers],
            ["argument", "protocol", "argument", "argument", "argument", "ok"])
        self.assertEqual(code, 0)

    def test_a_line_without_an_id_ends_the_session(self):
        for line in ["", "{", "[]", "{}", '{"id": -1}', '{"id": 1.5}', '{"id": "1"}', '{"id": true}',
                     '{"id": 9007199254740992, "op": "ping"}',
                     json.dumps({"id": 2, "op": "ping", "x": (1 << 20) * "a"})]:
            with self.subTest(line[:40]):
                answers, code, errors = converse([swift_sample()], [HELLO, line, BYE])
                self.assertEqual((len(answers), code), (1, 65))
                self.assertIn("a line that is no request", errors)

    def test_a_line_without_an_end_is_no_request(self):
        result = subprocess.run(
            [swift_sample(), "session"], input=json.dumps(HELLO).encode(), capture_output=True,
            env=environment())
        self.assertEqual((result.returncode, result.stdout), (65, b""))

    def test_an_image_that_is_open_at_the_end_is_clean(self):
        self.opened({"id": 3, "op": "write", "handle": "h", "block": "0", "count": "2", "file": self.file})
        answers = self.answers({"id": 2, "op": "open", "image": self.image, "handle": "h", "mode": "ro"},
                               {"id": 2, "op": "info", "handle": "h"})
        self.assertIs(answers[1]["dirty"], False)

    def test_it_speaks_no_other_form(self):
        for words in [[], ["caps"], ["session", "more"]]:
            code, output, errors = run([swift_sample()], *words)
            self.assertEqual((code, output), (64, ""))
            self.assertIn("session form", errors)


if __name__ == "__main__":
    unittest.main()
