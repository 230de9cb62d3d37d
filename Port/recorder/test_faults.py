# SPDX-License-Identifier: Apache-2.0
"""Tests of the faults that the shim puts into calls."""

import errno
import signal
import unittest

from recorder_tools import RecorderTest, program, trace

WORK = r"""
    int fd = DO(open("a", RW, 0644));
    DO(write(fd, "abcdef", 6));
    DO(write(fd, "ghi", 3));
    DO(fsync(fd));
    DO(pwrite(fd, "0123", 4, 10));
    DO(fdatasync(fd));
    DO(ftruncate(fd, 4));
    DO(close(fd));"""


class FaultTest(RecorderTest):
    """Calls that fail, are short, or lie."""

    def faulty(self, faults, expected_output, expected, skip=("start", "open", "close")):
        done = self.run_recorded(self.own(), faults)
        self.assertEqual(done.stderr, "")
        output = [line.rsplit(" ", 2)[1:] for line in done.stdout.splitlines()]
        self.assertEqual(
            " ".join(f"{result}/{error}" if error != "0" else result for result, error in output),
            expected_output)
        self.assert_trace(expected, skip)
        return done

    @program(WORK)
    def test_the_second_write(self):
        for name in ("EIO", "ENOSPC", "EDQUOT", "EFBIG", "EINTR"):
            number = getattr(errno, name)
            with self.subTest(name):
                self.trace.unlink(missing_ok=True)
                (self.folder / "a").unlink(missing_ok=True)
                self.faulty(f"write:2:{name}", f"3 6 -1/{number} 0 4 0 0 0", f"""
                    write write file=A fd=3 offset=0 length=6 result=6 data=616263646566
                    write write file=A fd=3 offset=6 length=3 result=-1 errno={number} fault={name}
                    flush fsync scope=file file=A result=0
                    write pwrite file=A fd=3 offset=10 length=4 result=4 data=30313233
                    flush fdatasync scope=file file=A result=0
                    truncate ftruncate file=A length=4 before=14 result=0""")
                self.assertEqual((self.folder / "a").read_bytes(), b"abcd")

    @program(WORK)
    def test_ranges_of_calls_and_lists_of_faults(self):
        self.faulty(
            "write:2-3:EIO,flush:2-:ENOSPC,truncate:1:EFBIG,close:1:EINTR",
            "3 6 -1/5 0 -1/5 -1/28 -1/27 -1/4", """
            write write file=A fd=3 offset=0 length=6 result=6 data=616263646566
            write write file=A fd=3 offset=6 length=3 result=-1 errno=5 fault=EIO
            flush fsync scope=file file=A result=0
            write pwrite file=A fd=3 offset=10 length=4 result=-1 errno=5 fault=EIO
            flush fdatasync scope=file file=A result=-1 errno=28 fault=ENOSPC
            truncate ftruncate file=A length=4 result=-1 errno=27 fault=EFBIG
            close close file=A fd=3 result=-1 errno=4 fault=EINTR""", ("start", "open"))
        self.assertEqual((self.folder / "a").read_bytes(), b"abcdef")

    @program(WORK)
    def test_short_writes(self):
        self.faulty("write:1:short,write:3:short=1", "3 3 3 0 1 0 0 0", """
            write write file=A fd=3 offset=0 length=6 result=3 data=616263 fault=short
            write write file=A fd=3 offset=3 length=3 result=3 data=676869
            flush fsync scope=file file=A result=0
            write pwrite file=A fd=3 offset=10 length=4 result=1 data=30 fault=short
            flush fdatasync scope=file file=A result=0
            truncate ftruncate file=A length=4 before=11 result=0""")
        self.assert_files()

    @program(r"""
        struct iovec v[3] = {{"ab", 2}, {"cde", 3}, {"fg", 2}};
        int fd = DO(open("a", RW, 0644));
        DO(writev(fd, v, 3));
        DO(pwritev(fd, v, 3, 20));""")
    def test_short_writes_of_lists(self):
        self.faulty("write:1-:short=4", "3 4 4", """
            write writev file=A fd=3 offset=0 length=7 result=4 data=61626364 fault=short
            write pwritev file=A fd=3 offset=20 length=7 result=4 data=61626364 fault=short""")
        self.assert_files()

    @program(WORK)
    def test_a_flush_that_lies(self):
        self.faulty("flush:1-:lie", "3 6 3 0 4 0 0 0", """
            write write file=A fd=3 offset=0 length=6 result=6 data=616263646566
            write write file=A fd=3 offset=6 length=3 result=3 data=676869
            flush fsync scope=file file=A result=0 fault=lie
            write pwrite file=A fd=3 offset=10 length=4 result=4 data=30313233
            flush fdatasync scope=file file=A result=0 fault=lie
            truncate ftruncate file=A length=4 before=14 result=0""")
        self.assertEqual(self.complaints("a"), [
            "flushes lied, as was asked for: they are none",
            "there are writes and NO FLUSH AT ALL"])
        steps = list(trace.happenings(trace.Trace(self.trace), "a", {}))
        self.assertFalse([step for step in steps if "flush" in step])

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        char bytes[10];
        struct iovec v[2] = {{bytes, 3}, {bytes + 3, 3}};
        DO(write(fd, "0123456789", 10));
        DO(pread(fd, bytes, 10, 0));
        DO(pread(fd, bytes, 10, 0));
        DO(lseek(fd, 0, SEEK_SET));
        DO(read(fd, bytes, 4));
        DO(readv(fd, v, 2));
        DO(preadv(fd, v, 2, 1));
        DO(read(fd, bytes, 10));""")
    def test_reads(self):
        self.faulty("read:1:EIO,read:3:short=3,read:5:short=2", "3 10 -1/5 10 0 3 6 2 1", """
            write write file=A fd=3 offset=0 length=10 result=10 data=30313233343536373839
            read pread file=A fd=3 length=10 result=-1 errno=5 fault=EIO
            read read file=A fd=3 length=4 result=3 fault=short
            read preadv file=A fd=3 length=3 result=2 fault=short""")

    @program(r"""
        FILE *f = fopen("a", "w");
        fprintf(f, "abcdef");
        DO(fflush(f));
        f = fopen("a", "r");
        char bytes[10];
        DO(fread(bytes, 1, 10, f));
        DO(ferror(f));""")
    def test_streams(self):
        self.faulty("write:1:ENOSPC,read:1:EIO", "-1/28 0 1", """
            write write file=A fd=3 offset=0 length=6 result=-1 errno=28 fault=ENOSPC
            read read file=A fd=4 length=4096 result=-1 errno=5 fault=EIO""")

    @program(r"""
        DO(open("a", RW, 0644));
        DO(open("b", RW, 0644));
        DO(rename("a", "c"));
        DO(link("a", "c"));
        DO(unlink("a"));
        DO(fallocate(3, 0, 0, 100));
        DO(posix_fallocate(3, 0, 100));
        DO(mkdir("d", 0755));
        DO(truncate("a", 5));
        DO(access("b", F_OK));""")
    def test_names_and_space(self):
        self.faulty(
            "open:2:EIO,rename:1:ENOSPC,link:1:EDQUOT,unlink:1:EIO,allocate:1:ENOSPC,"
            "allocate:2:EDQUOT,truncate:1:EINTR",
            "3 -1/5 -1/28 -1/122 -1/5 -1/28 122 0 -1/4 -1/2", """
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            open open name=b result=-1 errno=5 fault=EIO
            rename rename file=A from=a to=c result=-1 errno=28 fault=ENOSPC
            link link file=A from=a to=c result=-1 errno=122 fault=EDQUOT
            unlink unlink file=A name=a result=-1 errno=5 fault=EIO
            allocate fallocate file=A fd=3 mode=plain offset=0 length=100 size=0 result=-1 errno=28 fault=ENOSPC
            allocate posix_fallocate file=A fd=3 mode=plain offset=0 length=100 size=0 result=-1 errno=122 fault=EDQUOT
            make mkdir name=d result=0
            truncate truncate file=A length=5 result=-1 errno=4 fault=EINTR""", ("start",))

    @program(r"""
        int from = open("../from", RW, 0644);
        write(from, "0123456789", 10);
        int fd = DO(open("a", RW, 0644));
        off64_t at = 0;
        DO(copy_file_range(from, &at, fd, NULL, 4, 0));
        DO(sendfile(fd, from, &at, 4));
        unlink("../from");""")
    def test_copies(self):
        self.faulty("write:1:EIO", "4 -1/5 4", """
            write copy_file_range file=A fd=4 offset=0 length=0 result=-1 errno=5 fault=EIO
            write sendfile file=A fd=4 offset=0 length=4 result=4 data=30313233""")

    @program(r"""
        int fd = open("a", RW | O_APPEND, 0644);
        for (int i = 0; i < 3; i++) {
          if (fork() == 0) {
            DO(write(fd, "x", 1));
            _exit(0);
          }
          wait(NULL);
        }
        write(open("../outside", RW, 0644), "y", 1);
        DO(write(fd, "x", 1));
        unlink("../outside");""")
    def test_calls_are_counted_over_all_processes(self):
        self.faulty("write:3:EIO,write:4:ENOSPC", "1 1 -1/5 -1/28", """
            write write file=A fd=3 offset=0 length=1 result=1 data=78 append
            write write file=A fd=3 offset=1 length=1 result=1 data=78 append
            write write file=A fd=3 offset=2 length=1 result=-1 errno=5 append fault=EIO
            write write file=A fd=3 offset=2 length=1 result=-1 errno=28 append fault=ENOSPC""")

    def test_a_tool_that_meets_a_fault(self):
        done = self.run_recorded(
            ["dd", "if=/dev/zero", "of=a", "bs=512", "count=4", "conv=fsync", "status=none"], "flush:1:EIO")
        self.assertEqual(done.returncode, 1)
        self.assertIn("fsync failed for 'a': Input/output error", done.stderr)

    def test_wrong_faults(self):
        for faults in (
                "write", "write:", "write:1", "write:1:", "write:0:EIO", "write:1:EPERM", "wrote:1:EIO",
                "write:1:EIO,", ",write:1:EIO", "write:2-1:EIO", "write:x:EIO", "write:1:lie", "flush:1:short",
                "write:1:short=", "write:1:short=0", "write:1:EIOX", "write:1:EIO=3", "open:1:short",
                "write:9999999999999999999:EIO", "write:-1:EIO", "write:1:EIO write:2:EIO"):
            done = self.run_recorded(["true"], faults)
            self.assertEqual(done.returncode, 64, faults)
            self.assertEqual(done.stderr, f"recorder: VCI_RECORDER_FAULTS is wrong: {faults}\n")
        self.assertFalse(self.trace.exists())
        for faults in ("", "write:1-3:EIO,flush:7-:lie,read:1:short=100,close:1:EIO,link:1-:EINTR"):
            self.assertEqual(self.run_recorded(["true"], faults).returncode, 0, faults)


if __name__ == "__main__":
    unittest.main()
