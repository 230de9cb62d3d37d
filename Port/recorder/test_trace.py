# SPDX-License-Identifier: Apache-2.0
"""Tests of the reader of traces, on traces that were typed by hand, and of traces from strace."""

import contextlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

from recorder_tools import RecorderTest, program, trace

import strace

START = ('{"seq":0,"pid":7,"tid":7,"kind":"start","call":"execve","version":1,"parent":1,'
         '"program":"/bin/x","stdio":true}')


def record(seq, kind, call, rest):
    """A line of a trace; `rest` are its own keys."""
    return f'{{"seq":{seq},"pid":7,"tid":7,"kind":"{kind}","call":"{call}",{rest}}}'


OPEN = record(1, "open", "open", '"file":"1:2","name":"a","flags":"rdwr,creat","created":true,"size":0,"result":3')
WRITE = record(2, "write", "pwrite", '"file":"1:2","fd":3,"offset":2,"length":4,"result":3,"data":"616263"')
FLUSH = record(3, "flush", "fsync", '"scope":"file","file":"1:2","result":0')
FILL = record(4, "write", "write", '"file":"1:2","fd":3,"offset":0,"length":2,"result":2,"fill":"7a"')
LENGTH = record(5, "truncate", "ftruncate", '"file":"1:2","length":4,"before":5,"result":0')
WHOLE = [START, OPEN, WRITE, FLUSH, FILL, LENGTH]


class TraceTest(unittest.TestCase):
    """A folder for traces."""

    maxDiff = None

    def setUp(self):
        self.top = pathlib.Path(os.path.realpath(tempfile.mkdtemp()))
        self.addCleanup(shutil.rmtree, self.top)
        self.path = self.top / "trace"

    def put(self, *lines, end="\n"):
        self.path.write_text("\n".join(lines) + end)
        return self.path

    def read(self, *lines, end="\n"):
        return trace.Trace(self.put(*lines, end=end))

    def command(self, *words):
        out, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            try:
                code = trace.main([str(word) for word in words])
            except SystemExit as end:
                code = end.code
        return code, out.getvalue(), errors.getvalue()


class FormTest(TraceTest):
    """What a trace may have in it."""

    def test_a_trace(self):
        read = self.read(*WHOLE)
        self.assertEqual((len(read.events), read.cut, read.lost), (6, [], 0))
        self.assertEqual(read.events[2]["data"], "616263")

    def assert_refused(self, line, why):
        with self.assertRaisesRegex(trace.TraceError, why):
            self.read(START, line)

    def test_what_is_unknown_is_refused(self):
        for old, new, why in (
                ('"open"', '"opened"', "unknown kind 'opened'"),
                ('"created"', '"made"', "unknown key 'made'"),
                ('"created":true', '"created":false', "created of a record"),
                ('"created":true', '"created":1', "created of a record"),
                (',"result":3', "", "without result"),
                ('"rdwr,creat"', '"rdwr,exec"', "flags of a record"),
                ('"1:2"', '"1-2"', "file of a record"),
                ('"size":0', '"size":-1', "size of a record"),
                ('"size":0', '"size":"0"', "size of a record"),
                ('"size":0', '"size":true', "size of a record"),
                ('"size":0', '"size":9223372036854775808', "size of a record"),
                ('"name":"a"', '"name":"a b"', "name of a record"),
                ('"name":"a"', '"name":"a%2"', "name of a record"),
                ('"size":0', '"size":0,"size":0', "a key stands twice|neither|cut"),
                ('"result":3', '"result":-1', "result and errno"),
                ('"result":3', '"result":3,"errno":5', "result and errno"),
                ('"result":3', '"result":-2', "result and errno"),
                ('"pid":7,', "", "without pid")):
            with self.subTest(new):
                self.assert_refused(OPEN.replace(old, new, 1) if old != '"open"' else
                                    OPEN.replace('"kind":"open"', '"kind":"opened"'), why)

    def test_writes_whose_bytes_do_not_fit(self):
        for old, new, why in (
                ('"616263"', '"6162"', "2 bytes where 3"), ('"616263"', '"61626"', "data of"),
                ('"616263"', '"61626G"', "data of"), ('"result":3', '"result":0', "result and bytes"),
                ('"data":"616263"', '"data":"616263","fill":"00"', "result and bytes"),
                ('"offset":2', '"offset":-2', "negative offset"),
                (',"data":"616263"', "", "result and bytes")):
            self.assert_refused(WRITE.replace(old, new), why)

    def test_other_lines(self):
        for line in ("", "x", "[]", "3", '{"mark":3}', '{"mark":"a","seq":1}', '{"kind":"open"}', "{}"):
            with self.subTest(line), self.assertRaises(trace.TraceError):
                self.read(START, line, OPEN)

    def test_another_version(self):
        with self.assertRaisesRegex(trace.TraceError, "line 1: version 2, not 1"):
            self.read(START.replace('"version":1', '"version":2'))

    def test_two_traces_in_one(self):
        with self.assertRaisesRegex(trace.TraceError, "two traces in one file"):
            self.read(START, OPEN, OPEN)

    def test_lost_records(self):
        self.assertEqual(self.read(START, WRITE, LENGTH).lost, 3)

    def test_cut_records(self):
        for length in range(1, len(WRITE)):
            self.assertEqual(self.read(START, OPEN, WRITE[:length], end="").cut, [3])
        read = self.read(START, OPEN, WRITE[:40], WRITE)
        self.assertEqual((read.cut, len(read.events), read.lost), ([3], 3, 0))
        self.assertEqual(self.read(START, OPEN, WRITE, end="").cut, [3], "its end may be missing")

    def test_interrupted(self):
        gone = '{"seq":2,"pid":7,"tid":7,"kind":"interrupted","call":"kill"}'
        later = gone.replace('"seq":2', '"seq":3')
        for lines in ([START, OPEN, gone], [START, OPEN, WRITE, gone], [START, OPEN, WRITE, later]):
            read = self.read(*lines)
            self.assertTrue(read.interrupted)
            self.assertEqual(read.lost, 0)
        self.assertFalse(self.read(START, OPEN).interrupted)
        pathlib.Path(f"{self.path}.state").write_bytes(bytes(16) + b"\1" + bytes(7 + 80))
        self.assertTrue(self.read(START, OPEN).interrupted)
        self.assertIn("a program was killed before it had recorded a call, which may be missing",
                      trace.complaints(self.read(START, OPEN)))

    def test_paths(self):
        for path, text in (("a%20b%25", "a b%"), ("%22%5c", '"\\'), ("%ff", "\udcff")):
            self.assertEqual(trace.text_of(path), text)
            self.assertEqual(trace.coded(text), path)


class CommandTest(TraceTest):
    """The subcommands."""

    def test_content_after_each_event(self):
        self.put(*WHOLE)
        out = self.top / "out"
        for count, content in ((2, b""), (3, b"\0\0abc"), (4, b"\0\0abc"), (5, b"zzabc"), (6, b"zzab")):
            code = self.command("content", self.path, "--name", "a", "--events", count, "--out", out)
            self.assertEqual((code, out.read_bytes()), ((0, "", ""), content))
        self.assertEqual(
            self.command("content", self.path, "--name", "a", "--events", 1, "--out", out),
            (5, "", "trace.py: after 1 events a is not there\n"))
        self.assertEqual(self.command("content", self.path, "--name", "a", "--events", 7, "--out", out)[0], 64)

    def test_a_file_that_was_there_before(self):
        self.put(START, OPEN.replace('"created":true,"size":0', '"size":6'),
                 record(2, "write", "pwrite", '"file":"1:2","fd":3,"offset":2,"length":1,"result":1,"data":"61"'))
        out, base = self.top / "out", self.top / "base"
        base.write_bytes(b"012345")
        code, _, errors = self.command("content", self.path, "--name", "a", "--out", out)
        self.assertEqual((code, errors), (5, "trace.py: after 3 events a is not known: it was there before\n"))
        self.assertEqual(self.command("content", self.path, "--name", "a", "--out", out, "--base", f"a={base}")[0], 0)
        self.assertEqual(out.read_bytes(), b"01a345")
        base.write_bytes(b"01234")
        self.assertIn("a has 6 bytes where the trace makes 5", self.command(
            "check", self.path, "--name", "a", "--base", f"a={base}")[1])

    def test_events(self):
        other = '"file":"1:3","name":"b","flags":"rdwr,creat","created":true,"size":0,"result":4'
        self.put(
            START, '{"mark":"begin 1"}', OPEN, WRITE, FLUSH, FILL, LENGTH, '{"mark":"end 1"}',
            record(6, "open", "open", other),
            record(7, "write", "write", '"file":"1:3","fd":4,"offset":0,"length":1,"result":1,"data":"62","sync":"dsync"'),
            record(8, "rename", "rename", '"file":"1:3","from":"b","to":"a","replaced":"1:2","result":0'),
            record(9, "flush", "fsync", '"scope":"folder","file":"1:1","name":"/d","result":0'),
            record(10, "flush", "fsync", '"scope":"file","file":"1:2","result":0,"fault":"lie"'),
            record(11, "flush", "sync", '"scope":"all","result":0'),
            record(12, "unlink", "unlink", '"file":"1:3","name":"a","result":0'))
        code, out, _ = self.command("events", self.path, "--name", "a")
        self.assertEqual(code, 0)
        self.assertEqual([json.loads(line) for line in out.splitlines()], [
            {"event": 2, "mark": "begin 1"},
            {"event": 3, "name": 0},
            {"event": 4, "of": 0, "write": 2, "bytes": "616263"},
            {"event": 5, "of": 0, "flush": "file"},
            {"event": 6, "of": 0, "write": 0, "bytes": "7a7a"},
            {"event": 7, "of": 0, "setLength": 4},
            {"event": 8, "mark": "end 1"},
            {"event": 10, "of": 1, "write": 0, "bytes": "62", "durable": True},
            {"event": 11, "name": 1},
            {"event": 12, "flush": "names"},
            {"event": 14, "flush": "all"},
            {"event": 15, "name": None}])
        self.assertEqual(self.command("events", self.path, "--name", "c")[0], 5)

    def test_a_new_file_with_the_number_of_one_that_is_gone(self):
        self.put(
            *WHOLE[:3], record(3, "unlink", "unlink", '"file":"1:2","name":"a","result":0'),
            record(4, "open", "creat", (
                '"file":"1:2","name":"b","flags":"wronly,creat","created":true,"size":0,"result":4')),
            record(5, "write", "write", (
                '"file":"1:2","fd":4,"offset":1,"length":1,"result":1,"data":"62"')))
        out = self.top / "out"
        self.assertEqual(self.command("content", self.path, "--name", "b", "--out", out)[0], 0)
        self.assertEqual(out.read_bytes(), b"\0b")
        steps = self.command("events", self.path, "--name", "a")[1].splitlines()
        self.assertEqual([json.loads(step) for step in steps], [
            {"event": 2, "name": 0}, {"event": 3, "of": 0, "write": 2, "bytes": "616263"},
            {"event": 4, "name": None}])

    def test_allocations(self):
        def allocate(seq, mode, offset, length, size):
            return record(seq, "allocate", "fallocate", (
                f'"file":"1:2","fd":3,"mode":"{mode}","offset":{offset},"length":{length},'
                f'"size":{size},"result":0'))

        self.put(
            START, OPEN, record(2, "write", "write", (
                '"file":"1:2","fd":3,"offset":0,"length":10,"result":10,"data":"30313233343536373839"')),
            allocate(3, "plain", 5, 7, 12), allocate(4, "keep-size", 0, 100, 12),
            allocate(5, "keep-size,punch-hole", 8, 100, 12), allocate(6, "zero-range", 11, 2, 13),
            allocate(7, "collapse", 2, 3, 10), allocate(8, "insert", 1, 2, 12))
        steps = [{key: value for key, value in json.loads(line).items() if key not in ("event", "of")}
                 for line in self.command("events", self.path, "--name", "a")[1].splitlines()[2:]]
        self.assertEqual(steps, [
            {"setLength": 12},
            {"zero": 8, "length": 4},
            {"zero": 11, "length": 1}, {"setLength": 13},
            {"write": 2, "bytes": "3536370000000000"}, {"setLength": 10},
            {"write": 1, "bytes": "00003135363700000000" + "00"}, {"setLength": 12}])
        out = self.top / "out"
        self.command("content", self.path, "--name", "a", "--out", out)
        self.assertEqual(out.read_bytes(), b"0\0\x001567\0\0\0\0\0")

    def test_show(self):
        self.put(*WHOLE[:3], '{"mark":"begin 1"}')
        self.assertEqual(self.command("show", self.path)[1].splitlines(), [
            "     1 7/7 start (execve) version 1 parent 1 program /bin/x stdio",
            "     2 7/7 open file 1:2 name a flags rdwr,creat created size 0 result 3",
            "     3 7/7 write (pwrite) file 1:2 fd 3 offset 2 length 4 result 3 bytes 616263",
            "     4 ---- begin 1"])

    def test_wrong_usage(self):
        for words in ((), ("shew", "x"), ("content", "x"), ("show",), ("show", "/none/of/these"),
                      ("content", "x", "--name", "a", "--out", "b", "--events", "x")):
            self.assertEqual(self.command(*words)[0], 64, words)
        self.assertEqual(self.command("--help")[0], 0)
        self.put("no trace")
        code, _, errors = self.command("check", self.path)
        self.assertEqual((code, errors), (65, "trace.py: no trace: line 1: neither a record nor the begin of one\n"))

    def test_marks(self):
        self.put(START, OPEN[:30], end="")
        trace.mark(self.path, "begin 1 \"x\" é")
        read = trace.Trace(self.path)
        self.assertEqual(read.events[1], {"mark": "begin 1 \"x\" é"})
        self.assertEqual(read.cut, [2])


class ComplaintTest(TraceTest):
    """What a trace does not tell is said loudly."""

    def assert_complaints(self, lines, expected, name="a"):
        code, out, _ = self.command("check", self.put(*lines), *(["--name", name] if name else []))
        said = [line.removeprefix("NOT FOLLOWED: ") for line in out.splitlines()[:-1]]
        self.assertEqual((said, code), (expected, 5 if expected else 0))

    def test_nothing_to_complain(self):
        self.assert_complaints(WHOLE, [])

    def test_an_empty_trace(self):
        self.path.write_text("")
        self.assertEqual(self.command("check", self.path, "--name", "a")[:2], (5, (
            "NOT FOLLOWED: the shim was loaded by no program: is the adapter static, setuid, or of"
            " another C library?\n"
            "NOT FOLLOWED: a was never seen being opened: by a static program, direct system calls,"
            " or another path?\n"
            "0 events, 2 complaints\n")))

    def test_no_flush(self):
        none = "there are writes and NO FLUSH AT ALL"
        self.assert_complaints([START, OPEN, WRITE], [none])
        self.assert_complaints([START, OPEN, WRITE, FLUSH.replace('"result":0', '"result":-1,"errno":5')], [none])
        self.assert_complaints([START, OPEN, WRITE, FLUSH.replace('"file","file":"1:2"', '"folder"')], [none])
        self.assert_complaints(
            [START, OPEN, WRITE, FLUSH.replace('"scope":"file"', '"scope":"range"')],
            ["sync_file_range was called, which makes nothing durable", none])
        self.assert_complaints([START, OPEN, WRITE.replace('"data"', '"sync":"dsync","data"')], [])
        self.assert_complaints([START, OPEN, WRITE.replace('"call":"pwrite"', '"call":"x"')], [none])

    def test_a_flush_of_another_file(self):
        self.assert_complaints(
            [START, OPEN, WRITE, FLUSH.replace("1:2", "1:3")], ["there are writes and NO FLUSH AT ALL"])

    def test_what_is_not_followed(self):
        for line, said in (
                (record(4, "mapping", "mmap", '"file":"1:2","name":"a","writable":true,"offset":0,"length":1'),
                 ["a file was mapped for writing: what was written so is not in the trace"]),
                (record(4, "mapping", "mmap", '"file":"1:2","name":"a","offset":0,"length":1'), []),
                (record(4, "unfollowed", "io_setup", '"why":"it writes"'), ["io_setup: it writes"]),
                (record(4, "send", "sendmsg", '"file":"1:2","fd":3'),
                 ["a descriptor was sent to another program, whose writes may be missing"]),
                (record(4, "unseen", "execve", '"program":"/bin/y","why":"static"'),
                 ["a program was started that the shim does not see: /bin/y (static)"]),
                (record(5, "start", "execve", '"version":1,"parent":1,"program":"/bin/y"'),
                 ["calls that the C library makes itself, as fwrite does, were not seen of /bin/y",
                  "1 records are missing"]),
                (record(4, "allocate", "fallocate", (
                    '"file":"1:2","fd":3,"mode":"other","offset":0,"length":1,"size":5,"result":0')),
                 ["fallocate in a mode that is not known"])):
            with self.subTest(line):
                self.assert_complaints([*WHOLE[:4], line], said)

    def test_what_concerns_another_file(self):
        other = record(4, "mapping", "mmap", '"file":"1:9","name":"b","writable":true,"offset":0,"length":1')
        self.assert_complaints([*WHOLE[:4], other], [])

    def test_a_length_that_no_event_explains(self):
        again = record(4, "open", "open", '"file":"1:2","name":"a","flags":"rdonly","size":9,"result":4')
        self.assert_complaints([*WHOLE[:4], again], [
            "a has 9 bytes where the trace makes 5: something wrote it that was not seen"])

    def test_a_file_that_is_not_what_the_trace_makes(self):
        now = self.top / "now"
        self.put(*WHOLE)
        for content, said in (
                (b"zzab", None), (b"zzaX", "differs .*, from byte 3 on"), (b"zza", "from byte 3 on"),
                (b"zzab\0", "from byte 4 on")):
            now.write_bytes(content)
            code, out, _ = self.command("check", self.path, "--name", "a", "--now", now)
            if said is None:
                self.assertEqual(code, 0)
            else:
                self.assertRegex(out, said)
        now.unlink()
        self.assertIn("a is gone, which", self.command("check", self.path, "--name", "a", "--now", now)[1])


class MarkTest(RecorderTest):
    """Marks of a driver, while the program runs."""

    @program(r"""
        int fd = open("a", RW, 0644);
        char byte;
        setvbuf(stdout, NULL, _IONBF, 0);
        while (read(0, &byte, 1) == 1) {
          pwrite(fd, &byte, 1, 0);
          fsync(fd);
          putchar('.');
        }""")
    def test_marks_between_operations(self):
        child = subprocess.Popen(
            self.own(), env=self.environment(), cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for number, byte in enumerate(b"xyz", 1):
            trace.mark(self.trace, f"begin {number}")
            child.stdin.write(bytes([byte]))
            child.stdin.flush()
            child.stdout.read(1)
            trace.mark(self.trace, f"end {number}")
        child.communicate()
        expected = []
        for number, byte in ((1, 78), (2, 79), (3, "7a")):
            expected += [
                f"mark begin {number}", f"write pwrite file=A fd=3 offset=0 length=1 result=1 data={byte}",
                "flush fsync scope=file file=A result=0", f"mark end {number}"]
        self.assertEqual([line for line in self.shown() if not line.startswith("open")], expected)

    @program(r"""
        int fd = open("a", RW, 0644);
        static char bytes[100000];
        for (int i = 0; i < 100000; i++) bytes[i] = i * 13 >> 4;
        for (int i = 0; i < 200; i++) pwrite(fd, bytes, sizeof bytes, 0);""")
    def test_marks_amid_writes(self):
        child = subprocess.Popen(self.own(), env=self.environment(), cwd=self.folder)
        while child.poll() is None:
            trace.mark(self.trace, "now")
        read = trace.Trace(self.trace)
        self.assertEqual((read.cut, read.lost), ([], 0))
        self.assertEqual(sum(event.get("kind") == "write" for event in read.events), 200)


#: Lines of strace, with options that the tests of programs below use.
LOG = r"""
10 openat(AT_FDCWD<\x2f\x64>, "\x61", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 3<\x2f\x64\x2f\x61>
10 write(3<\x2f\x64\x2f\x61>, "\x61\x62\x63", 3) = 3
10 pwrite64(3<\x2f\x64\x2f\x61>, "\x58", 1, 1) = 1
10 lseek(3<\x2f\x64\x2f\x61>, 0, SEEK_SET) = 0
10 writev(3<\x2f\x64\x2f\x61>, [{iov_base="\x79", iov_len=1}, {iov_base="\x7a", iov_len=1}], 2) = 2
10 dup(3<\x2f\x64\x2f\x61>) = 4<\x2f\x64\x2f\x61>
10 write(4<\x2f\x64\x2f\x61>, "\x2c\x29", 2) = 1
10 fork( <unfinished ...>
11 write(3<\x2f\x64\x2f\x61>, "\x21", 1 <unfinished ...>
10 <... fork resumed>) = 11
11 <... write resumed>) = 1
11 +++ exited with 0 +++
10 --- SIGCHLD {si_signo=SIGCHLD} ---
10 write(3<\x2f\x64\x2f\x61>, "\x3f", 1) = -1 ENOSPC (No space left on device)
10 fsync(3<\x2f\x64\x2f\x61>) = 0
10 ftruncate(3<\x2f\x64\x2f\x61>, 2) = 0
10 fallocate(3<\x2f\x64\x2f\x61>, FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE, 0, 1) = 0
10 openat(AT_FDCWD<\x2f\x64>, "\x61", O_WRONLY|O_APPEND) = 5<\x2f\x64\x2f\x61>
10 write(5<\x2f\x64\x2f\x61>, "\x65", 1) = 1
10 write(9<\x2f\x65\x2f\x61>, "\x65", 1) = 1
10 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3<\x2f\x64\x2f\x61>, 0) = 0x7f0000000000
10 rename("\x2f\x64\x2f\x61", "\x2f\x64\x2f\x62") = 0
10 unlink("\x2f\x64\x2f\x62") = 0
10 close(3<\x2f\x64\x2f\x62>) = 0
"""


class StraceTest(RecorderTest):
    """Traces from strace."""

    def convert(self, log, folder="/d"):
        path = self.top / "log"
        path.write_text(log)
        self.assertEqual(trace.main(["from-strace", str(path), "--folder", folder, "--out", str(self.trace)]), 0)

    def test_lines_typed_by_hand(self):
        self.convert(LOG.lstrip())
        self.assert_trace("""
            open openat file=A name=a flags=rdwr,creat created size=0 result=3
            write write file=A fd=3 offset=0 length=3 result=3 data=616263
            write pwrite64 file=A fd=3 offset=1 length=1 result=1 data=58
            write writev file=A fd=3 offset=0 length=2 result=2 data=797a
            duplicate dup file=A from=3 fd=4
            write write file=A fd=4 offset=2 length=2 result=1 data=2c
            write write file=A fd=3 offset=3 length=1 result=1 data=21
            write write file=A fd=3 offset=4 length=1 result=-1 errno=28
            flush fsync scope=file file=A result=0
            truncate ftruncate file=A length=2 before=4 result=0
            allocate fallocate file=A fd=3 mode=keep-size,punch-hole offset=0 length=1 size=2 result=0
            open openat file=A name=a flags=wronly,append size=2 result=5
            write write file=A fd=5 offset=2 length=1 result=1 data=65 append
            mapping mmap file=A name=a writable offset=0 length=4096
            rename rename file=A from=a to=b result=0
            unlink unlink file=A name=b result=0""")

    def test_marks(self):
        lines = LOG.lstrip().splitlines(keepends=True)
        begin, end = '{"mark": "begin 0"}\n', '{"mark": "end 0"}\n'
        # strace has begun the line of a call, such as a read that waits, when the second mark comes.
        self.convert("".join([begin, *lines[:2], lines[2][:20] + end, lines[2][20:], *lines[3:]]))
        marks = [(number, line) for number, line in enumerate(self.trace.read_text().splitlines(keepends=True))
                 if "mark" in line]
        self.assertEqual(marks, [(1, begin), (4, end)])

    def test_what_strace_is_to_show(self):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.assertEqual(trace.main(["calls"]), 0)
        self.assertRegex(out.getvalue(), r"^trace=\?open,\?openat,(\?\w+,)*\?vfork\n$")

    def test_what_is_no_output_of_strace(self):
        path = self.top / "log"
        for log in ("x\n", '{"mark": "a\\"}\n', '{"mark": "a"}x\n', "10 write(\n", 'write(3, "a", 1) = 1\n',
                    '10 openat(AT_FDCWD<\\x2f\\x64>, "\\x61", O_RDWR|O_CREAT, 0644) = 3<\\x2f\\x64\\x2f\\x61>\n'
                    '10 write(3<\\x2f\\x64\\x2f\\x61>, "\\x61"..., 3) = 3\n'):
            path.write_text(log)
            with contextlib.redirect_stderr(io.StringIO()):
                code = trace.main(["from-strace", str(path), "--folder", "/d", "--out", str(self.trace)])
            self.assertEqual(code, 65, log)

    @program(r"""
        int fd = open("a", RW, 0644);
        write(fd, "abcdef", 6);
        if (fork() == 0) { write(fd, "child", 5); _exit(0); }
        wait(NULL);
        write(dup(fd), "parent", 6);
        struct iovec v[2] = {{"1,", 2}, {")2", 2}};
        pwritev(fd, v, 2, 20);
        fsync(fd);
        int more = open("a", O_WRONLY | O_APPEND);
        write(more, "end", 3);
        ftruncate(fd, 26);
        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 2);
        rename("a", "b");
        FILE *f = fopen("c", "w");
        fprintf(f, "stream");
        fclose(f);
        unlink("c");""")
    def test_the_same_as_the_shim(self):
        if shutil.which("strace") is None:
            self.skipTest("strace is not installed")
        self.run_both(self.own())
        self.assert_files()
        mine = [line for line in self.shown() if not line.startswith("found")]
        for path in list(self.folder.iterdir()):
            path.unlink()
        log = self.top / "log"
        done = subprocess.run(
            ["strace", "-f", "-xx", "-y", "-s", "67108864", "-e", "trace=" + ",".join(
                "?" + call for call in strace.CALLS), "-o", str(log), *self.own()], cwd=self.folder,
            capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest(f"strace does not work here: {done.stderr[:80]}")
        self.convert(log.read_text(), str(self.folder))
        self.assert_files()
        kinds = {"openat": "open", "pwrite64": "pwrite"}
        theirs = self.shown()
        for old, new in (("open openat", "open open"), ("pwrite64", "pwrite")):
            theirs = [line.replace(old, new) for line in theirs]
        self.assertEqual(theirs, mine)


if __name__ == "__main__":
    unittest.main()
