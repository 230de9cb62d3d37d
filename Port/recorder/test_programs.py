# SPDX-License-Identifier: Apache-2.0
"""Tests of the shim: descriptors and names that move, many processes and threads, and programs that there are."""

import os
import signal
import subprocess
import sys
import time
import unittest

from recorder_tools import Built, RecorderTest, contents, program, trace


class CopiedDescriptorTest(RecorderTest):
    """Descriptors that were copied, inherited or received."""

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        DO(write(DO(dup(fd)), "a", 1));
        DO(write(DO(dup2(fd, 9)), "b", 1));
        DO(write(DO(dup3(fd, 10, O_CLOEXEC)), "c", 1));
        DO(write(DO(fcntl(fd, F_DUPFD, 20)), "d", 1));
        DO(write(DO(fcntl(fd, F_DUPFD_CLOEXEC, 30)), "e", 1));
        DO(dup2(fd, fd));
        DO(dup2(99, 99));
        DO(dup2(99, 1));
        DO(dup(99));
        DO(dup3(fd, fd, 0));""")
    def test_copies_of_descriptors(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            duplicate dup file=A from=3 fd=4
            write write file=A fd=4 offset=0 length=1 result=1 data=61
            duplicate dup2 file=A from=3 fd=9
            write write file=A fd=9 offset=1 length=1 result=1 data=62
            duplicate dup3 file=A from=3 fd=10
            write write file=A fd=10 offset=2 length=1 result=1 data=63
            duplicate fcntl file=A from=3 fd=20
            write write file=A fd=20 offset=3 length=1 result=1 data=64
            duplicate fcntl file=A from=3 fd=30
            write write file=A fd=30 offset=4 length=1 result=1 data=65""")

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        if (fork() == 0) {
          write(fd, "child", 5);
          _exit(0);
        }
        wait(NULL);
        DO(write(fd, "parent", 6));""")
    def test_fork(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            write write file=A fd=3 offset=0 length=5 result=5 data=6368696c64
            write write file=A fd=3 offset=5 length=6 result=6 data=706172656e74""")
        pids = [event["pid"] for event in self.events()]
        self.assertEqual([pid == pids[0] for pid in pids], [True, True, False, True])

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        DO(write(fd, "x", 1));
        DO(system("echo hi >&3"));
        if (vfork() == 0) {
          execl("/bin/sh", "sh", "-c", "printf y >&3", NULL);
          _exit(1);
        }
        wait(NULL);
        FILE *f = popen("cat >&3", "w");
        fputs("piped", f);
        DO(pclose(f));""")
    def test_programs_that_inherit(self):
        self.run_both(self.own())
        self.assertEqual(
            [line for line in self.shown() if line.startswith(("write", "found"))],
            ["write write file=A fd=3 offset=0 length=1 result=1 data=78",
             "found inherited file=A name=a fd=3 flags=rdwr,creat size=1".replace(",creat", ""),
             "write write file=A fd=1 offset=1 length=3 result=3 data=68690a",
             "found inherited file=A name=a fd=3 flags=rdwr size=4",
             "write write file=A fd=1 offset=4 length=1 result=1 data=79",
             "found inherited file=A name=a fd=3 flags=rdwr size=5",
             "found inherited file=A name=a fd=1 flags=rdwr size=5",
             "found inherited file=A name=a fd=3 flags=rdwr size=5",
             "write write file=A fd=1 offset=5 length=5 result=5 data=7069706564"])
        self.assert_files()

    @program(r"""
        int ends[2];
        socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        char space[CMSG_SPACE(sizeof(int))] = {0}, byte = 'x';
        struct iovec v = {&byte, 1};
        struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
        if (fork() == 0) {
          recvmsg(ends[1], &m, 0);
          int got;
          memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof got);
          _exit(write(got, "sent", 4) != 4);
        }
        int fd = open("a", RW, 0644);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
        DO(sendmsg(ends[0], &m, 0));
        int status;
        wait(&status);
        return status;""")
    def test_sent_over_a_socket(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=5
            send sendmsg file=A fd=5
            found use file=A name=a fd=5 flags=rdwr size=0
            write write file=A fd=5 offset=0 length=4 result=4 data=73656e74""")
        self.assertIn("a descriptor was sent to another program, whose writes may be missing",
                      self.complaints("a"))

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        for (int i = 3; i < 65536; i++) if (i != fd) close(i);
        DO(write(fd, "a", 1));
        DO(close_range(4, ~0u, 0));
        DO(write(fd, "b", 1));
        closefrom(4);
        DO(write(fd, "c", 1));
        struct rlimit limit;
        getrlimit(RLIMIT_NOFILE, &limit);
        for (long i = 100; i < (long)limit.rlim_cur && i < 65536; i++) dup2(1, i);
        DO(write(fd, "d", 1));
        DO(dup(fd));""")
    def test_the_descriptor_of_the_trace_is_closed(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            write write file=A fd=3 offset=0 length=1 result=1 data=61
            write write file=A fd=3 offset=1 length=1 result=1 data=62
            write write file=A fd=3 offset=2 length=1 result=1 data=63
            write write file=A fd=3 offset=3 length=1 result=1 data=64
            duplicate dup file=A from=3 fd=4""")


class NameTest(RecorderTest):
    """Renames, links and removals."""

    @program(r"""
        DO(close(DO(open("a", RW, 0644))));
        DO(write(DO(open("b", RW, 0644)), "b", 1));
        DO(rename("b", "a"));
        DO(rename("b", "c"));
        DO(close(creat("d", 0644)));
        DO(renameat(AT_FDCWD, "d", AT_FDCWD, "e"));
        DO(renameat2(AT_FDCWD, "a", AT_FDCWD, "e", RENAME_EXCHANGE));
        DO(renameat2(AT_FDCWD, "a", AT_FDCWD, "e", RENAME_NOREPLACE));
        DO(mkdir("f", 0755));
        DO(rename("e", "f/g"));
        DO(rename("f", "h"));""")
    def test_renames(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            open open file=B name=b flags=rdwr,creat created size=0 result=3
            write write file=B fd=3 offset=0 length=1 result=1 data=62
            rename rename file=B from=b to=a replaced=A result=0
            rename rename from=b to=c result=-1 errno=2
            open creat file=C name=d flags=wronly,creat,trunc created size=0 result=4
            rename renameat file=C from=d to=e result=0
            rename renameat2 file=B from=a to=e replaced=C exchange result=0
            rename renameat2 file=C from=a to=e replaced=B result=-1 errno=17
            make mkdir name=f result=0
            rename rename file=B from=e to=f/g result=0
            rename rename file=D from=f to=h folder result=0""")

    @program(r"""
        int fd = open("../x", RW, 0644);
        write(fd, "0123", 4);
        lseek(fd, 1 << 20, SEEK_SET);
        write(fd, "end", 3);
        DO(rename("../x", "a"));
        DO(write(fd, "!", 1));
        DO(rename("a", "../x"));
        DO(unlink("../x"));""")
    def test_renames_from_and_to_elsewhere(self):
        self.run_recorded(self.own())
        shown = self.shown(("start", "close", "content"))
        self.assertEqual(shown, [
            f"rename rename file=A from={self.top}/x to=a result=0",
            "arrive rename file=A name=a size=1048579",
            "found use file=A name=a fd=3 flags=rdwr size=1048579",
            "write write file=A fd=3 offset=1048579 length=1 result=1 data=21",
            f"rename rename file=A from=a to={self.top}/x result=0"])
        content = contents.Folder({})
        for number, event in enumerate(self.events(), 1):
            content.apply(number, event)
            if event["kind"] == "write":
                held = content.names["a"].content
        self.assertEqual(held.read(0, 4) + held.read((1 << 20) - 1, 9), b"0123\0end!")
        self.assertEqual(content.names, {})
        read = sum(event["result"] for event in self.events() if event["kind"] == "content")
        self.assertLess(read, 1 << 17, "holes are left out")

    @program(r"""
        DO(mkdir("../e", 0755));
        DO(close(creat("../e/a", 0644)));
        DO(rename("../e", "f"));
        close(creat("../p", 0644));
        DO(link("../p", "p"));
        DO(symlink("x", "../s"));
        DO(rename("../s", "s"));""")
    def test_what_comes_from_elsewhere_and_is_no_file(self):
        self.run_recorded(self.own())
        shown = [line for line in self.shown() if line.startswith(("unfollowed", "arrive"))]
        self.assertEqual(shown[0], (
            "unfollowed rename why=what came from elsewhere is no file that can be read"))
        self.assertFalse([line for line in shown[1:] if line.startswith("unfollowed")])

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        DO(link("a", "b"));
        DO(linkat(AT_FDCWD, "a", AT_FDCWD, "c", 0));
        DO(link("none", "x"));
        DO(unlink("a"));
        DO(unlinkat(AT_FDCWD, "b", 0));
        DO(write(fd, "a", 1));
        DO(remove("c"));
        DO(write(fd, "b", 1));
        DO(unlink("c"));
        DO(mkdir("e", 0755));
        DO(mkdirat(AT_FDCWD, "f", 0755));
        DO(symlink("a", "s"));
        DO(rmdir("e"));
        DO(remove("f"));
        DO(unlink("s"));""")
    def test_links_and_removals(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            link link file=A from=a to=b result=0
            link linkat file=A from=a to=c result=0
            link link from=none to=x result=-1 errno=2
            unlink unlink file=A name=a result=0
            unlink unlinkat file=A name=b result=0
            write write file=A fd=3 offset=0 length=1 result=1 data=61
            unlink remove file=A name=c result=0
            write write file=A fd=3 offset=1 length=1 result=1 data=62
            unlink unlink name=c result=-1 errno=2
            make mkdir name=e result=0
            make mkdir name=f result=0
            make symlink name=s result=0
            unlink rmdir file=B name=e folder result=0
            unlink remove file=C name=f folder result=0
            unlink unlink file=D name=s result=0""")

    @program(r"""
        int fd = open(".", RW & ~O_CREAT | O_TMPFILE, 0644);
        if (fd < 0) return 77;
        DO(write(fd, "a", 1));
        char path[40];
        sprintf(path, "/proc/self/fd/%d", fd);
        DO(linkat(AT_FDCWD, path, AT_FDCWD, "a", AT_SYMLINK_FOLLOW));
        DO(write(fd, "b", 1));""")
    def test_a_file_without_a_name(self):
        if self.run_recorded(self.own()).returncode == 77:
            self.skipTest("no files without names here")
        os.remove(self.folder / "a")
        os.remove(self.trace)
        self.run_both(self.own())
        shown = self.shown()
        self.assertRegex(shown[0], r"^open open file=A name=\S+ flags=rdwr,tmpfile created size=0 result=3$")
        self.assertEqual(shown[1], "write write file=A fd=3 offset=0 length=1 result=1 data=61")
        self.assertRegex(shown[2], r"^link linkat file=A from=\S+ to=a result=0$")
        self.assertEqual(shown[3], "write write file=A fd=3 offset=1 length=1 result=1 data=62")
        self.assert_files()


class OrderTest(RecorderTest):
    """Many threads and processes, signals, cancellation, limits, kills."""

    @program(r"""
        shared_fd = open("a", RW, 0644);
        pthread_t threads[4];
        for (long i = 0; i < 4; i++) pthread_create(&threads[i], NULL, work, (void *)i);
        for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);""", r"""
        static int shared_fd;
        static void *work(void *number) {
          char letter = 'a' + (char)(long)number;
          for (int i = 0; i < 300; i++) pwrite(shared_fd, &letter, 1, i % 10);
          return NULL;
        }""")
    def test_threads(self):
        for _ in range(3):
            self.run_recorded(self.own())
            self.assert_files()
            self.assertEqual(len(self.shown()), 1 + 4 * 300)
            self.assertEqual(trace.Trace(self.trace).lost, 0)
            self.assertEqual(len({event["tid"] for event in self.events()}), 5)
            os.remove(self.trace)
            os.remove(self.folder / "a")

    @program(r"""
        int go[2];
        pipe(go);
        for (int i = 0; i < 4; i++) {
          if (fork() != 0) continue;
          char bytes[700];
          memset(bytes, 'a' + i, sizeof bytes);
          close(go[1]);
          read(go[0], bytes, 1);
          int fd = open("a", RW | O_APPEND, 0644), other = open("b", RW, 0644);
          for (int j = 0; j < 400; j++) write(fd, bytes, 100 + j % 100 * 3);
          for (int j = 0; j < 400; j++) pwrite(other, bytes, 1 + i, j % 3);
          _exit(0);
        }
        close(go[1]);
        while (wait(NULL) > 0) {}""")
    def test_processes(self):
        self.run_recorded(self.own())
        self.assert_files()
        self.assertEqual(trace.Trace(self.trace).lost, 0)
        writes = [event for event in self.events() if event["kind"] == "write"]
        self.assertEqual(len(writes), 3200)
        self.assertEqual(len({event["pid"] for event in writes}), 4)

    @program(r"""
        handler_fd = DO(open("a", RW | O_APPEND, 0644));
        signal(SIGALRM, handle);
        struct itimerval often = {{0, 200}, {0, 200}};
        setitimer(ITIMER_REAL, &often, NULL);
        while (handled < 200) write(handler_fd, "m", 1);""", r"""
        static int handler_fd;
        static volatile int handled;
        static void handle(int number) { write(handler_fd, "s", 1); handled++; }""")
    def test_signal_handlers_that_write(self):
        self.assertEqual(self.run_recorded(self.own()).returncode, 0)
        self.assert_files()

    @program(r"""
        pipe(cancel_ends);
        pthread_t thread;
        pthread_create(&thread, NULL, wait_for_pipe, NULL);
        usleep(20000);
        DO(pthread_cancel(thread));
        void *result;
        DO(pthread_join(thread, &result));
        printf("%d\n", result == PTHREAD_CANCELED);""", r"""
        static int cancel_ends[2];
        static void *wait_for_pipe(void *none) {
          char byte;
          read(cancel_ends[0], &byte, 1);
          return none;
        }""")
    def test_a_thread_that_waits_is_cancelled(self):
        self.assertEqual(self.check("").stdout.split()[-1], "1")

    @program(r"""
        mkfifo("fifo", 0600);
        if (fork() == 0) {
          int in = open("fifo", O_RDONLY), out = open("b", RW, 0644);
          DO(splice(in, NULL, out, NULL, 10, 0));
          _exit(0);
        }
        int fd = open("a", RW, 0644);
        usleep(20000);
        int end = open("fifo", O_WRONLY | O_CREAT, 0600);
        DO(write(fd, "a", 1));
        usleep(20000);
        DO(write(fd, "b", 1));
        write(end, "pipe", 4);
        wait(NULL);""")
    def test_nobody_waits_for_another_with_the_lock(self):
        done = self.run_recorded(self.own())
        self.assertEqual(sorted(done.stdout.splitlines()), sorted([
            'write(fd, "a", 1) 1 0', 'write(fd, "b", 1) 1 0',
            "splice(in, NULL, out, NULL, 10, 0) 4 0"]))

    @program(r"""
        struct rlimit limit = {600, RLIM_INFINITY};
        setrlimit(RLIMIT_FSIZE, &limit);
        signal(SIGXFSZ, SIG_IGN);
        int fd = DO(open("a", RW, 0644));
        char bytes[500];
        memset(bytes, 'x', sizeof bytes);
        DO(write(fd, bytes, 500));
        DO(write(fd, bytes, 500));
        DO(write(fd, bytes, 500));
        DO(getrlimit(RLIMIT_FSIZE, &limit));
        DO(limit.rlim_cur);""")
    def test_a_limit_of_the_size_of_files(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            write write file=A fd=3 offset=0 length=500 result=500 fill=78
            write write file=A fd=3 offset=500 length=500 result=100 fill=78
            write write file=A fd=3 offset=600 length=500 result=-1 errno=27""")

    @program(r"""
        struct rlimit limit = {600, RLIM_INFINITY};
        setrlimit(RLIMIT_FSIZE, &limit);
        int fd = open("a", RW, 0644);
        for (int i = 0; i < 5; i++) pwrite(fd, "x", 1, 599);
        pwrite(fd, "x", 1, 600);""")
    def test_a_signal_of_that_limit(self):
        """The trace is longer than the limit, when the program meets it."""
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            write pwrite file=A fd=3 offset=599 length=1 result=1 data=78
            write pwrite file=A fd=3 offset=599 length=1 result=1 data=78
            write pwrite file=A fd=3 offset=599 length=1 result=1 data=78
            write pwrite file=A fd=3 offset=599 length=1 result=1 data=78
            write pwrite file=A fd=3 offset=599 length=1 result=1 data=78
            write pwrite file=A fd=3 offset=600 length=1 result=-1 errno=27""", code=-signal.SIGXFSZ)

    @program(r"""
        int fd = open("a", RW | O_APPEND, 0644);
        static char bytes[100000];
        for (int i = 0; i < 100000; i++) bytes[i] = i * 13 >> 4;
        for (;;) write(fd, bytes, sizeof bytes);""")
    def test_killed_in_the_middle(self):
        for wait in (0.01, 0.017, 0.023, 0.05):
            child = subprocess.Popen(self.own(), env=self.environment(), cwd=self.folder)
            time.sleep(wait)
            child.kill()
            child.wait()
        self.run_recorded(["sh", "-c", "echo end >>a"])
        read = trace.Trace(self.trace)
        self.assertLessEqual(len(read.cut), 4)
        self.assertEqual(read.lost, 0)
        self.assertEqual(read.events[-1]["kind"], "write")
        end = read.events[-1]
        self.assertEqual(end["offset"] + 4, (self.folder / "a").stat().st_size)

    @program(r"""
        int fd = open("a", RW, 0644);
        static char bytes[48 << 20];
        memset(bytes, 'x', sizeof bytes);
        write(1, "go", 2);
        for (;;) pwrite(fd, bytes, sizeof bytes, 0);""")
    def test_killed_in_a_call(self):
        child = subprocess.Popen(
            self.own(), env=self.environment(), cwd=self.folder, stdout=subprocess.PIPE)
        child.stdout.read(2)
        time.sleep(0.03)
        child.kill()
        child.communicate()
        self.assertTrue(trace.Trace(self.trace).interrupted)
        self.run_recorded(["true"])
        self.assertEqual([event["kind"] for event in self.events()[-2:]], ["interrupted", "start"])

    @program(r"""
        int fd = open("a", RW | O_APPEND, 0644);
        write(fd, "abcdef", 6);""")
    def test_records_after_a_cut_one(self):
        self.run_recorded(self.own())
        whole = self.trace.read_bytes()
        start = whole.rindex(b'{"seq"')
        self.assertIn(b"write", whole[start:])
        for length in (1, 20, len(whole) - start - 1):
            self.trace.write_bytes(whole[: start + length])
            (self.top / "trace.state").unlink()
            again = self.run_recorded(self.own())
            self.assertEqual(again.returncode, 0)
            self.assertEqual(
                self.trace.read_bytes()[: start + length + 2], whole[: start + length] + b"\n{")


class ProgramTest(RecorderTest):
    """Programs that there are."""

    def test_a_shell_with_dd_and_truncate(self):
        self.run_both(["sh", "-c", """
            printf abc >a
            dd if=/dev/zero of=b bs=512 count=2 conv=fsync status=none
            dd if=a of=b bs=1 seek=700 conv=notrunc status=none
            truncate -s 800 b
            mv b c
            rm a"""])
        self.assertEqual(
            [line for line in self.shown() if not line.startswith(("duplicate", "found"))],
            ["open open file=A name=a flags=wronly,creat,trunc created size=0 result=3",
             "write write file=A fd=1 offset=0 length=3 result=3 data=616263",
             "open open file=B name=b flags=wronly,creat,trunc created size=0 result=3",
             "write write file=B fd=1 offset=0 length=512 result=512 fill=00",
             "write write file=B fd=1 offset=512 length=512 result=512 fill=00",
             "flush fsync scope=file file=B result=0",
             "open open file=A name=a flags=rdonly size=3 result=3",
             "open open file=B name=b flags=rdwr,creat size=1024 result=3",
             "write write file=B fd=1 offset=700 length=1 result=1 data=61",
             "write write file=B fd=1 offset=701 length=1 result=1 data=62",
             "write write file=B fd=1 offset=702 length=1 result=1 data=63",
             "open open file=B name=b flags=wronly,creat size=1024 result=3",
             "truncate ftruncate file=B length=800 before=1024 result=0",
             "rename renameat2 file=B from=b to=c result=0",
             "unlink unlinkat file=A name=a result=0"])
        self.assert_files()

    def test_python(self):
        self.run_both([sys.executable, "-S", "-c", """
import os
with open("a", "wb") as file:
    file.write(b"abc")
    file.flush()
    os.fsync(file.fileno())
    file.write(b"d")
with open("a", "r+b", buffering=0) as file:
    file.seek(1)
    file.write(b"X")
    os.pwritev(file.fileno(), [b"1", b"2"], 6)
    file.truncate(7)
os.replace("a", "b")
"""])
        shown = [line.replace("pwritev2", "pwritev") for line in self.shown()]
        self.assertEqual(shown, [
            "open open file=A name=a flags=wronly,creat,trunc created size=0 result=3",
            "write write file=A fd=3 offset=0 length=3 result=3 data=616263",
            "flush fsync scope=file file=A result=0",
            "write write file=A fd=3 offset=3 length=1 result=1 data=64",
            "open open file=A name=a flags=rdwr size=4 result=3",
            "write write file=A fd=3 offset=1 length=1 result=1 data=58",
            "write pwritev file=A fd=3 offset=6 length=2 result=2 data=3132",
            "truncate ftruncate file=A length=7 before=8 result=0",
            "rename rename file=A from=a to=b result=0"])
        self.assert_files()

    def test_wrong_usage(self):
        for changed in (
                {"VCI_RECORDER_TRACE": "trace"}, {"VCI_RECORDER_PATH": "d"},
                {"VCI_RECORDER_PATH": "/none/of/these"},
                {"VCI_RECORDER_TRACE": str(self.folder / "trace")}, {"VCI_RECORDER_FAULTS": "write:x"}):
            done = subprocess.run(
                ["true"], env={**self.environment(), **changed}, capture_output=True, text=True)
            self.assertEqual(done.returncode, 64, changed)
            self.assertIn("recorder: ", done.stderr)

    def test_a_trace_that_cannot_be_written(self):
        self.trace = self.top / "none" / "trace"
        done = self.run_recorded(["true"])
        self.assertEqual((done.returncode, done.stdout), (125, ""))
        self.assertIn("cannot open the trace", done.stderr)

    def test_without_variables_nothing_is_recorded(self):
        done = subprocess.run(
            ["sh", "-c", "echo a >a"], cwd=self.folder,
            env={**os.environ, "LD_PRELOAD": str(Built.shim)}, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertFalse(self.trace.exists())


class CostTest(RecorderTest):
    """What recording costs."""

    @program(r"""
        int fd = open("a", RW, 0644);
        char bytes[512];
        for (int i = 0; i < 512; i++) bytes[i] = i * 31;
        struct timespec from, to;
        clock_gettime(CLOCK_MONOTONIC, &from);
        for (int i = 0; i < 5000; i++) pwrite(fd, bytes, 512, i % 100 * 512);
        clock_gettime(CLOCK_MONOTONIC, &to);
        printf("%ld\n", ((to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec - from.tv_nsec) / 5000);""")
    def test_a_write_of_a_block(self):
        nanoseconds = min(int(self.run_recorded(self.own()).stdout) for _ in range(3))
        plain = min(
            int(subprocess.run(self.own(), cwd=self.folder, capture_output=True, text=True).stdout)
            for _ in range(3))
        print(f"a write of 512 bytes: {plain / 1000:.1f} µs, recorded {nanoseconds / 1000:.1f} µs")
        self.assertLess(nanoseconds, 500_000)


if __name__ == "__main__":
    unittest.main()
