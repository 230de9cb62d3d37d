# SPDX-License-Identifier: Apache-2.0
"""Tests of the shim: calls by kind, of which every record was typed by hand."""

import os
import unittest

from recorder_tools import PRELUDE, RecorderTest, compile_c, program, trace


class WritingTest(RecorderTest):
    """Opens, writes and closes."""

    @program(r"""
        int fd = DO(open("a", RW | O_TRUNC, 0644));
        errno = 77;
        write(fd, "abc", 3);
        printf("%d\n", errno);
        DO(write(fd, "def", 3));
        DO(lseek(fd, 1, SEEK_SET));
        DO(write(fd, "X", 1));
        DO(close(fd));
        DO(open("a", O_RDONLY));
        DO(open("none", O_RDONLY));""")
    def test_write(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat,trunc created size=0 result=3
            write write file=A fd=3 offset=0 length=3 result=3 data=616263
            write write file=A fd=3 offset=3 length=3 result=3 data=646566
            write write file=A fd=3 offset=1 length=1 result=1 data=58
            close close file=A fd=3 result=0
            open open file=A name=a flags=rdonly size=6 result=3
            open open name=none result=-1 errno=2""", skip=("start",))

    @program(r"""
        int fd = DO(creat("a", 0644));
        DO(pwrite(fd, "abc", 3, 600));
        DO(pwrite64(fd, "Z", 1, 2));
        DO(write(fd, "0123456789012345678901234567890123456789", 40));
        DO(openat64(AT_FDCWD, "a", O_WRONLY | O_TRUNC));
        DO(write(4, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 40));""")
    def test_pwrite(self):
        self.check("""
            open creat file=A name=a flags=wronly,creat,trunc created size=0 result=3
            write pwrite file=A fd=3 offset=600 length=3 result=3 data=616263
            write pwrite file=A fd=3 offset=2 length=1 result=1 data=5a
            write write file=A fd=3 offset=0 length=40 result=40 data=30313233343536373839303132333435363738393031323334353637383930313233343536373839
            open openat file=A name=a flags=wronly,trunc before=603 size=0 result=4
            write write file=A fd=4 offset=0 length=40 result=40 fill=61""")

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        struct iovec v[3] = {{"ab", 2}, {"", 0}, {"cde", 3}};
        DO(writev(fd, v, 3));
        DO(writev(fd, v, 1));
        DO(pwritev(fd, v, 3, 100));
        DO(pwritev64(fd, v + 2, 1, 1));
        DO(pwritev2(fd, v, 1, 50, RWF_DSYNC));
        DO(pwritev2(fd, v, 1, -1, 0));
        DO(pwritev2(fd, v, 1, 3, RWF_APPEND | RWF_SYNC));""")
    def test_lists_of_buffers(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            write writev file=A fd=3 offset=0 length=5 result=5 data=6162636465
            write writev file=A fd=3 offset=5 length=2 result=2 data=6162
            write pwritev file=A fd=3 offset=100 length=5 result=5 data=6162636465
            write pwritev file=A fd=3 offset=1 length=3 result=3 data=636465
            write pwritev2 file=A fd=3 offset=50 length=2 result=2 data=6162 sync=dsync
            write pwritev2 file=A fd=3 offset=7 length=2 result=2 data=6162
            write pwritev2 file=A fd=3 offset=105 length=2 result=2 data=6162 append sync=sync""")

    @program(r"""
        int fd = DO(open("a", RW | O_APPEND, 0644));
        int other = DO(open("a", O_WRONLY));
        DO(write(other, "12345", 5));
        DO(write(fd, "ab", 2));
        DO(lseek(fd, 0, SEEK_SET));
        DO(write(fd, "cd", 2));
        DO(pwrite(fd, "ef", 2, 1));
        DO(fcntl(fd, F_SETFL, 0));
        DO(pwrite(fd, "gh", 2, 1));""")
    def test_append(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat,append created size=0 result=3
            open open file=A name=a flags=wronly size=0 result=4
            write write file=A fd=4 offset=0 length=5 result=5 data=3132333435
            write write file=A fd=3 offset=5 length=2 result=2 data=6162 append
            write write file=A fd=3 offset=7 length=2 result=2 data=6364 append
            write pwrite file=A fd=3 offset=9 length=2 result=2 data=6566 append
            write pwrite file=A fd=3 offset=1 length=2 result=2 data=6768""")

    @program(r"""
        int fd = DO(open("a", RW | O_SYNC, 0644));
        DO(write(fd, "a", 1));
        fd = DO(open("a", O_WRONLY | O_DSYNC));
        DO(write(fd, "b", 1));""")
    def test_synchronous(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat,sync created size=0 result=3
            write write file=A fd=3 offset=0 length=1 result=1 data=61 sync=sync
            open open file=A name=a flags=wronly,dsync size=1 result=4
            write write file=A fd=4 offset=0 length=1 result=1 data=62 sync=dsync""")
        self.assertEqual(self.complaints("a"), [])

    @program(r"""
        char *bytes;
        posix_memalign((void **)&bytes, 4096, 4096);
        memset(bytes, 'q', 4096);
        int fd = open("a", RW | O_DIRECT, 0644);
        if (fd < 0) return 77;
        DO(write(fd, bytes, 4096));""")
    def test_direct(self):
        if self.run_recorded(self.own()).returncode == 77:
            self.skipTest("no O_DIRECT here")
        os.remove(self.folder / "a")
        os.remove(self.trace)
        self.check("""
            open open file=A name=a flags=rdwr,creat,direct created size=0 result=3
            write write file=A fd=3 offset=0 length=4096 result=4096 fill=71 direct""")

    @program(r"""
        int fd = DO(open("a", O_RDONLY | O_CREAT, 0644));
        DO(write(fd, "a", 1));
        DO(ftruncate(fd, 3));
        fd = DO(open("a", O_WRONLY));
        DO(write(fd, (void *)1, 1));
        DO(pwrite(fd, "a", 1, -1));
        DO(writev(fd, (struct iovec *)1, 1));
        DO(writev(fd, NULL, -1));
        DO(write(fd, "", 0));
        DO(write(99, "", 0));
        DO(close(99));
        DO(open("a", RW | O_EXCL, 0600));""")
    def test_calls_that_fail(self):
        self.check("""
            open open file=A name=a flags=rdonly,creat created size=0 result=3
            write write file=A fd=3 offset=0 length=1 result=-1 errno=9
            truncate ftruncate file=A length=3 result=-1 errno=22
            open open file=A name=a flags=wronly size=0 result=4
            write write file=A fd=4 offset=0 length=0 result=-1 errno=14
            write writev file=A fd=4 offset=0 length=0 result=-1 errno=14
            write writev file=A fd=4 offset=0 length=0 result=-1 errno=22
            write write file=A fd=4 offset=0 length=0 result=0
            open open name=a result=-1 errno=17""")

    @program(r"""
        DO(open("../outside", RW, 0644));
        DO(write(3, "a", 1));
        DO(fsync(3));
        DO(open("../dx", RW, 0644));
        DO(write(4, "a", 1));
        unlink("../outside");
        unlink("../dx");""")
    def test_other_folders_are_not_recorded(self):
        self.check("")

    @program(r"""
        mkdir("e", 0755);
        DO(chdir("e"));
        DO(symlink("../a", "s"));
        DO(open("s", RW, 0644));
        DO(write(3, "a", 1));
        DO(open("../e/./b %\"\n\377", RW, 0644));
        DO(write(4, "b", 1));
        int folder = open("..", O_PATH);
        DO(openat(folder, "a", O_WRONLY));
        DO(openat(folder, "e/../e//b", RW, 0644));""")
    def test_paths(self):
        self.check("""
            make mkdir name=e result=0
            make symlink name=e/s result=0
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            write write file=A fd=3 offset=0 length=1 result=1 data=61
            open open file=B name=e/b%20%25%22%0a%ff flags=rdwr,creat created size=0 result=4
            write write file=B fd=4 offset=0 length=1 result=1 data=62
            open openat file=A name=a flags=wronly size=1 result=6
            open openat file=C name=e/b flags=rdwr,creat created size=0 result=7""")

    @program(r"""
        DO(open("a", RW, 0644));
        DO(open("b", RW, 0644));
        DO(write(3, "a", 1));
        DO(write(4, "b", 1));
        DO(rename("b", "a"));
        DO(write(4, "c", 1));""")
    def test_one_file(self):
        self.run_recorded(self.own(), place=self.folder / "a")
        self.assert_trace("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            write write file=A fd=3 offset=0 length=1 result=1 data=61
            rename rename file=B from=b to=a replaced=A result=0
            arrive rename file=B name=a size=1
            content rename file=B fd=5 offset=0 length=1 result=1 data=62
            found use file=B name=a fd=4 flags=rdwr size=1
            write write file=B fd=4 offset=1 length=1 result=1 data=63""")

    @program(r"""
        int fd = DO(syscall(SYS_openat, AT_FDCWD, "a", RW, 0644));
        uint64_t how[3] = {O_WRONLY, 0, 0};
        DO(syscall(SYS_openat2, AT_FDCWD, "a", how, sizeof how));
        DO(syscall(SYS_write, fd, "abc", 3L));
        DO(syscall(SYS_pwrite64, fd, "X", 1L, 1L));
        DO(syscall(SYS_fsync, fd));
        DO(syscall(SYS_ftruncate, fd, 2L));
        DO(syscall(SYS_write, -1, "abc", 3L));
        DO(syscall(SYS_close, fd));""")
    def test_the_function_syscall(self):
        self.check("""
            open openat file=A name=a flags=rdwr,creat created size=0 result=3
            open openat2 file=A name=a flags=wronly size=0 result=4
            write write file=A fd=3 offset=0 length=3 result=3 data=616263
            write pwrite file=A fd=3 offset=1 length=1 result=1 data=58
            flush fsync scope=file file=A result=0
            truncate ftruncate file=A length=2 before=3 result=0""")

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        static char big[3 << 20];
        for (int i = 0; i < 3 << 20; i++) big[i] = i * 7 >> 3;
        DO(write(fd, big, sizeof big));""")
    def test_a_large_write_is_one_record(self):
        self.run_both(self.own())
        self.assert_files()
        (event,) = [event for event in self.events() if event["kind"] == "write"]
        self.assertEqual(len(event["data"]), 6 << 20)


class StreamTest(RecorderTest):
    """Streams of the C library: what reaches the file, when it does."""

    @program(r"""
        FILE *f = fopen("a", "w");
        fprintf(f, "x=%d", 5);
        fputc('c', f);
        putc_unlocked('d', f);
        DO(fflush(f));
        fputs("rest", f);
        DO(fclose(f));""")
    def test_flushed_and_closed(self):
        self.check("""
            open open file=A name=a flags=wronly,creat,trunc created size=0 result=3
            write write file=A fd=3 offset=0 length=5 result=5 data=783d356364
            write write file=A fd=3 offset=5 length=4 result=4 data=72657374""")

    @program(r"""
        FILE *f = fopen("a", "w");
        for (int i = 0; i < 5000; i++) putc('a', f);
        fwrite("b", 1, 1, f);
        return 3;""")
    def test_full_buffer_and_exit(self):
        self.check("""
            open open file=A name=a flags=wronly,creat,trunc created size=0 result=3
            write write file=A fd=3 offset=0 length=4096 result=4096 fill=61
            write write file=A fd=3 offset=4096 length=905 result=905 data=""" + "61" * 904 + "62", code=3)

    @program(r"""
        FILE *f = fopen("a", "w+");
        setvbuf(f, NULL, _IONBF, 0);
        fputs("ab", f);
        f = freopen("a", "a", f);
        fputs("cd", f);
        fclose(f);
        f = fopen("a", "r+");
        fseek(f, 1, SEEK_SET);
        fputs("XY", f);
        fseek(f, 0, SEEK_SET);
        printf("%c\n", getc(f));
        fclose(f);""")
    def test_unbuffered_reopened_and_positioned(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat,trunc created size=0 result=3
            write write file=A fd=3 offset=0 length=2 result=2 data=6162
            open open file=A name=a flags=wronly,creat,append size=2 result=4
            write write file=A fd=3 offset=2 length=2 result=2 data=6364 append
            open open file=A name=a flags=rdwr size=4 result=3
            write write file=A fd=3 offset=1 length=2 result=2 data=5859""")

    @program(r"""
        close(1);
        open("a", RW, 0644);
        printf("hello");
        exit(0);""")
    def test_standard_output(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=1
            write write file=A fd=1 offset=0 length=5 result=5 data=68656c6c6f""")

    @program(r"""
        static struct aiocb request;
        request.aio_fildes = DO(open("a", RW, 0644));
        request.aio_buf = "abc";
        request.aio_nbytes = 3;
        request.aio_offset = 5;
        DO(aio_write(&request));
        while (aio_error(&request) == EINPROGRESS) usleep(100);
        DO(aio_return(&request));""")
    def test_aio(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            write pwrite file=A fd=3 offset=5 length=3 result=3 data=616263""")


class SpaceTest(RecorderTest):
    """Lengths, space, copies and flushes."""

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        DO(write(fd, "abcdef", 6));
        DO(ftruncate(fd, 2));
        DO(truncate("a", 1000));
        DO(truncate64("none", 1000));
        DO(ftruncate64(fd, 3));""")
    def test_truncate(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            write write file=A fd=3 offset=0 length=6 result=6 data=616263646566
            truncate ftruncate file=A length=2 before=6 result=0
            truncate truncate file=A length=1000 before=2 result=0
            truncate ftruncate file=A length=3 before=1000 result=0""")

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        static char bytes[20000];
        memset(bytes, 'b', sizeof bytes);
        DO(write(fd, bytes, sizeof bytes));
        if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096) < 0) return 77;
        DO(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 30000));
        DO(fallocate(fd, FALLOC_FL_ZERO_RANGE, 12000, 100));
        DO(fallocate(fd, 0, 19000, 3000));
        DO(posix_fallocate(fd, 21000, 1500));
        DO(fallocate64(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 22000, 5000));
        DO(fallocate(fd, FALLOC_FL_ZERO_RANGE, 22400, 200));
        DO(fallocate(fd, 0, 0, -1));
        DO(posix_fallocate(fd, 0, -1));""")
    def test_fallocate(self):
        if self.run_recorded(self.own()).returncode == 77:
            self.skipTest("no holes are punched here")
        os.remove(self.folder / "a")
        os.remove(self.trace)
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            write write file=A fd=3 offset=0 length=20000 result=20000 fill=62
            allocate fallocate file=A fd=3 mode=keep-size,punch-hole offset=4096 length=4096 size=20000 result=0
            allocate fallocate file=A fd=3 mode=keep-size offset=0 length=30000 size=20000 result=0
            allocate fallocate file=A fd=3 mode=zero-range offset=12000 length=100 size=20000 result=0
            allocate fallocate file=A fd=3 mode=plain offset=19000 length=3000 size=22000 result=0
            allocate posix_fallocate file=A fd=3 mode=plain offset=21000 length=1500 size=22500 result=0
            allocate fallocate file=A fd=3 mode=keep-size,punch-hole offset=22000 length=5000 size=22500 result=0
            allocate fallocate file=A fd=3 mode=zero-range offset=22400 length=200 size=22600 result=0
            allocate fallocate file=A fd=3 mode=plain offset=0 length=-1 size=22600 result=-1 errno=22
            allocate posix_fallocate file=A fd=3 mode=plain offset=0 length=-1 size=22600 result=-1 errno=22""")

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        static char bytes[16384];
        for (int i = 0; i < 16384; i++) bytes[i] = 'a' + (i >> 12);
        DO(write(fd, bytes, sizeof bytes));
        if (fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 4096, 4096) < 0) return 77;
        DO(fallocate(fd, FALLOC_FL_INSERT_RANGE, 8192, 4096));""")
    def test_collapse_and_insert(self):
        if self.run_recorded(self.own()).returncode == 77:
            self.skipTest("no ranges are collapsed here")
        os.remove(self.folder / "a")
        os.remove(self.trace)
        self.run_both(self.own())
        self.assertEqual(self.shown()[2:], [
            "allocate fallocate file=A fd=3 mode=collapse offset=4096 length=4096 size=12288 result=0",
            "allocate fallocate file=A fd=3 mode=insert offset=8192 length=4096 size=16384 result=0"])
        self.assert_files()

    @program(r"""
        int from = open("../from", O_RDWR | O_CREAT | O_TRUNC, 0644);
        write(from, "0123456789", 10);
        int fd = DO(open("a", O_WRONLY | O_CREAT, 0644));
        off64_t at = 2, to = 5;
        DO(copy_file_range(from, &at, fd, &to, 4, 0));
        DO(lseek(from, 0, SEEK_SET));
        DO(copy_file_range(from, NULL, fd, NULL, 3, 0));
        at = 7;
        DO(sendfile(fd, from, &at, 100));
        int ends[2];
        pipe(ends);
        write(ends[1], "pipe", 4);
        to = 20;
        DO(splice(ends[0], NULL, fd, &to, 4, 0));
        write(ends[1], "more", 4);
        DO(splice(ends[0], NULL, fd, NULL, 10, 0));
        DO(copy_file_range(fd, NULL, from, NULL, 3, 0));
        DO(sendfile(fd, 99, NULL, 1));
        unlink("../from");""")
    def test_copies(self):
        self.check("""
            open open file=A name=a flags=wronly,creat created size=0 result=4
            write copy_file_range file=A fd=4 offset=5 length=4 result=4 data=32333435
            write copy_file_range file=A fd=4 offset=0 length=3 result=3 data=303132
            write sendfile file=A fd=4 offset=3 length=3 result=3 data=373839
            write splice file=A fd=4 offset=20 length=4 result=4 data=70697065
            write splice file=A fd=4 offset=6 length=4 result=4 data=6d6f7265
            write sendfile file=A fd=4 offset=10 length=0 result=-1 errno=9""")

    @program(r"""
        int from = open("b", RW, 0644);
        int fd = open("a", RW, 0644);
        errno = 0;
        printf("%d\n", ioctl(fd, FICLONE, 99));
        int size;
        DO(ioctl(fd, FIONREAD, &size));""")
    def test_a_clone_that_fails(self):
        self.run_both(self.own())
        self.assertEqual(self.shown()[2:], [
            "write ioctl file=B fd=4 offset=0 length=0 result=-1 errno=9"])

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        DO(write(fd, "a", 1));
        DO(fsync(fd));
        DO(fdatasync(fd));
        DO(sync_file_range(fd, 0, 1, SYNC_FILE_RANGE_WRITE));
        DO(syncfs(fd));
        sync();
        int folder = DO(open(".", O_RDONLY));
        DO(fsync(folder));
        int above = DO(open("..", O_RDONLY));
        DO(fsync(above));
        DO(fsync(99));""")
    def test_flushes(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            write write file=A fd=3 offset=0 length=1 result=1 data=61
            flush fsync scope=file file=A result=0
            flush fdatasync scope=file file=A result=0
            flush sync_file_range scope=range file=A result=0
            flush syncfs scope=all result=0
            flush sync scope=all result=0
            flush fsync scope=folder file=B name=FOLDER result=0""".replace("FOLDER", str(self.folder)))


class MappingTest(RecorderTest):
    """What is named and not followed."""

    @program(r"""
        int fd = DO(open("a", RW, 0644));
        DO(ftruncate(fd, 8192));
        char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        at[5] = 'x';
        DO(msync(at, 8192, MS_SYNC));
        DO(munmap(at, 8192));
        DO(munmap(mmap(NULL, 100, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0), 100));
        at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096);
        DO(mprotect(at, 4096, PROT_READ | PROT_WRITE));
        fd = DO(open("a", O_RDONLY));
        mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);""")
    def test_mappings(self):
        self.check("""
            open open file=A name=a flags=rdwr,creat created size=0 result=3
            truncate ftruncate file=A length=8192 before=0 result=0
            mapping mmap file=A name=a writable offset=0 length=8192
            flush msync scope=mapping file=A result=0
            mapping mmap file=A name=a offset=4096 length=4096
            mapping mprotect file=A writable
            open open file=A name=a flags=rdonly size=8192 result=4""", followed=False)
        self.assertEqual(self.complaints("a"), [
            "a file was mapped for writing: what was written so is not in the trace"])
        self.assertEqual(
            trace.complaints(trace.Trace(self.trace), "a", {}, self.folder / "a")[1:],
            ["a differs from what the trace makes of it, from byte 5 on: something wrote it that"
             " was not seen"])

    @program(r"""
        char how[200] = {0};
        long ring = syscall(SYS_io_uring_setup, 1, how);
        void *context = NULL;
        syscall(SYS_io_setup, 1, &context);""")
    def test_rings(self):
        self.run_both(self.own())
        self.assert_trace("""
            unfollowed io_uring_setup why=the system writes behind the C library
            unfollowed io_setup why=the system writes behind the C library""")
        self.assertEqual(self.complaints(), [
            "io_uring_setup: the system writes behind the C library",
            "io_setup: the system writes behind the C library"])

    def test_a_static_program(self):
        path = self.top / "static"
        try:
            compile_c(PRELUDE + 'int main(void) { return write(open("a", RW, 0644), "a", 1) - 1; }',
                      path, "-static")
        except AssertionError:
            self.skipTest("the C library is not there as a static one")
        self.run_both([str(path)])
        self.assertFalse(self.trace.exists())
        self.run_both(["sh", "-c", f"{path}; true"])
        self.assertEqual(self.shown(), [f"unseen execve program={path} why=static"])
        self.assertEqual(self.complaints("a"), [
            f"a program was started that the shim does not see: {path} (static)",
            "a was never seen being opened: by a static program, direct system calls, or another"
            " path?"])

    @program(r"""
        char *argv[] = {"true", NULL}, *none[] = {NULL};
        pid_t child;
        posix_spawnp(&child, "true", NULL, NULL, argv, environ);
        waitpid(child, NULL, 0);
        posix_spawn(&child, "/bin/true", NULL, NULL, argv, none);
        waitpid(child, NULL, 0);
        DO(execve("/none", argv, none));""")
    def test_an_emptied_environment(self):
        self.check("""
            unseen execve program=/bin/true why=without the recorder's environment""")

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_setuid(self):
        path = self.top / "su"
        path.write_bytes(open("/bin/true", "rb").read())
        os.chown(path, 1234, 1234)
        os.chmod(path, 0o4755)
        self.run_both(["sh", "-c", f"{path}; true"])
        self.assertEqual(self.shown(), [f"unseen execve program={path} why=setuid or setgid"])


if __name__ == "__main__":
    unittest.main()
