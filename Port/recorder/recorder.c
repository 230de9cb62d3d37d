/* SPDX-License-Identifier: Apache-2.0
 *
 * Records what the programs of a process tree do to the files of one folder, as lines of JSON, and
 * can let their calls fail: a shim for LD_PRELOAD. README.md beside this file has the form of the
 * trace, the environment variables, and what a shim cannot see.
 *
 * Linux with glibc, x86-64 and arm64:
 * cc -std=c11 -O2 -fPIC -fvisibility=hidden -shared recorder.c -o recorder.so -ldl -pthread
 *
 * Each call on a recorded file and its record are made under one lock over all processes, so that
 * records stand in the order of the calls. Whether a descriptor is recorded is asked anew each
 * time, by the name that the system has for it: copied, inherited and received ones need no
 * bookkeeping. The C library calls some of its own functions without the linker (fwrite calls
 * write); those get a jump to the functions here. System calls are made directly, and no call here
 * changes errno but for the answer.
 *
 * In the order in which data passes: system calls, the state of all processes, lines, files,
 * faults, the calls by kind, the start.
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/fs.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#if !defined(__x86_64__) && !defined(__aarch64__)
#error "the recorder knows x86-64 and arm64"
#endif

/* What the linker finds before the C library's. */
#define SEEN __attribute__((visibility("default")))
#define ALSO(name) __attribute__((visibility("default"), alias(name)))

enum {
  VERSION = 1,
  LINE = 1 << 16,    /* bytes of a record that are gathered before they are written */
  PIECE = 1 << 20,   /* bytes of a file that are read back at a time */
  MOST_KNOWN = 1024, /* descriptors above are named at each use */
  MOST_FAULTS = 32,
  MOST_MAPPINGS = 64,
  MOST_INHERITED = 256,
  LEAST_FILL = 32, /* fewer equal bytes are spelled out */
  WRONG_USAGE = 64,
  CANNOT_RECORD = 125
};

/* ---- System calls ---------------------------------------------------------------------------- */

/* Makes a system call; answers its result, or the negative error. */
static long sys6(long number, long a, long b, long c, long d, long e, long f) {
#ifdef __x86_64__
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
      : "=a"(result)
      : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
      : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
      : "memory");
  return x0;
#endif
}

#define ARGUMENTS(n, a, b, c, d, e, f, ...) \
  (n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f)
#define sys(...) sys6(ARGUMENTS(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0))

/* The result as the C library has it. */
static long answer(long result) {
  if (result < 0 && result > -4096) {
    errno = (int)-result;
    return -1;
  }
  return result;
}

/* A call that is not recorded and may wait: a thread can be cancelled in it. */
static long pass6(long number, long a, long b, long c, long d, long e, long f) {
  int before;
  int kept = errno;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
  long result = sys6(number, a, b, c, d, e, f);
  pthread_setcanceltype(before, NULL);
  errno = kept;
  return answer(result);
}
#define pass(...) pass6(ARGUMENTS(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0))

static void say(const char *text) { sys(SYS_write, 2, text, strlen(text)); }

/* Ends the program: what cannot be recorded must not look as if nothing had happened. */
static _Noreturn void give_up(int code, const char *why, const char *what) {
  say("recorder: ");
  say(why);
  say(what);
  say("\n");
  for (;;) sys(SYS_exit_group, code);
}

/* ---- The state of all processes -------------------------------------------------------------- */

enum kind { OPEN, READ, WRITE, FLUSH, TRUNCATE, ALLOCATE, RENAME, LINK, UNLINK, CLOSE, KINDS };

static const char *const kind_names[KINDS] = {
    "open", "read", "write", "flush", "truncate", "allocate", "rename", "link", "unlink", "close"};

/* Shared by all processes that write one trace, in a file beside it; changed under the lock. */
struct shared {
  uint64_t records;
  uint64_t end;  /* of the trace, behind the last record */
  uint64_t busy; /* 1 from before a call until its record is written */
  uint64_t calls[KINDS];
};

enum phase { NEW, STARTING, RECORDING, OFF };

static atomic_int phase = NEW;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct shared *shared;
static int trace = -1;
static uint64_t trace_device, trace_inode;
static char trace_path[PATH_MAX];
static char own_name[PATH_MAX];
static char place[PATH_MAX]; /* the folder or the file, its real path */
static size_t place_length, folder_length;
static bool one_file, follows_stdio;

static void start(void);

/* Whether calls are recorded. */
static bool ready(void) {
  int now = atomic_load_explicit(&phase, memory_order_acquire);
  if (now == NEW) {
    int expected = NEW;
    if (atomic_compare_exchange_strong(&phase, &expected, STARTING)) start();
    now = atomic_load(&phase);
  }
  return now == RECORDING;
}

/* Opens the trace at a high number, where no program looks for one. */
static void open_trace(void) {
  long low = sys(SYS_openat, AT_FDCWD, trace_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (low < 0) give_up(CANNOT_RECORD, "cannot open the trace ", trace_path);
  struct rlimit limit = {1024, 1024};
  sys(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);
  long from = limit.rlim_cur < 65536 ? (long)limit.rlim_cur - 32 : 65536 - 32;
  long high = -1;
  for (; high < 0 && from > low; from /= 2) high = sys(SYS_fcntl, low, F_DUPFD_CLOEXEC, from);
  if (high >= 0) sys(SYS_close, low);
  trace = (int)(high >= 0 ? high : low);
  struct stat status;
  if (sys(SYS_fstat, trace, &status) < 0) give_up(CANNOT_RECORD, "no trace", "");
  trace_device = status.st_dev;
  trace_inode = status.st_ino;
}

struct hold {
  uint64_t signals;
};

static void block_signals(struct hold *hold) {
  uint64_t all = ~(uint64_t)0;
  sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, &hold->signals, sizeof all);
}

static void restore_signals(const struct hold *hold) {
  sys(SYS_rt_sigprocmask, SIG_SETMASK, &hold->signals, NULL, sizeof hold->signals);
}

static void lock_trace(short type) {
  struct flock range = {.l_type = type, .l_whence = SEEK_SET};
  if (sys(SYS_fcntl, trace, F_OFD_SETLKW, &range) < 0) {
    give_up(CANNOT_RECORD, "cannot lock the trace ", trace_path);
  }
}

static void mend_end(void);
static void name_interrupted(void);

/* Takes the lock; no signal handler runs, and no thread is cancelled, until it is left. */
static void enter(struct hold *hold) {
  int kept = errno;
  block_signals(hold);
  pthread_mutex_lock(&mutex);
  struct stat status;
  /* A program may close descriptors that are not its own, and give the number to another file. */
  if (sys(SYS_fstat, trace, &status) < 0 || status.st_ino != trace_inode ||
      status.st_dev != trace_device) {
    open_trace();
  }
  lock_trace(F_WRLCK);
  mend_end();
  if (shared->busy != 0) name_interrupted();
  shared->busy = 1;
  errno = kept;
}

/* The same for calls in which a thread may be cancelled before they begin. */
static void enter_waiting(struct hold *hold) {
  int kept = errno;
  pthread_testcancel();
  errno = kept;
  enter(hold);
}

static void leave(const struct hold *hold) {
  int kept = errno;
  shared->busy = 0;
  lock_trace(F_UNLCK);
  pthread_mutex_unlock(&mutex);
  restore_signals(hold);
  errno = kept;
}

static struct hold fork_hold;

static void before_fork(void) {
  struct hold hold;
  block_signals(&hold);
  pthread_mutex_lock(&mutex);
  fork_hold = hold;
}

static void after_fork_in_parent(void) {
  struct hold hold = fork_hold;
  pthread_mutex_unlock(&mutex);
  restore_signals(&hold);
}

/* A lock belongs to an open file, which parent and child would share. */
static void after_fork_in_child(void) {
  sys(SYS_close, trace);
  open_trace();
  after_fork_in_parent();
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static char line[LINE];
static size_t line_length;
static bool limit_was_met; /* by the program: SIGXFSZ waits for it */

/* Writes to the trace, though the program may have limited the size of files. */
static long write_unlimited(const char *bytes, size_t length) {
  uint64_t signal = (uint64_t)1 << (SIGXFSZ - 1);
  struct timespec none = {0, 0};
  struct rlimit before, without;
  sys(SYS_rt_sigtimedwait, &signal, NULL, &none, sizeof signal);
  if (sys(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &before) < 0) return -EFBIG;
  without = (struct rlimit){before.rlim_max, before.rlim_max};
  sys(SYS_prlimit64, 0, RLIMIT_FSIZE, &without, NULL);
  long written = sys(SYS_write, trace, bytes, length);
  sys(SYS_prlimit64, 0, RLIMIT_FSIZE, &before, NULL);
  if (limit_was_met) sys(SYS_tgkill, sys(SYS_getpid), sys(SYS_gettid), SIGXFSZ);
  return written;
}

static void spill(void) {
  for (size_t done = 0; done < line_length;) {
    long written = sys(SYS_write, trace, line + done, line_length - done);
    if (written == -EFBIG) written = write_unlimited(line + done, line_length - done);
    if (written <= 0) give_up(CANNOT_RECORD, "cannot write the trace ", trace_path);
    done += (size_t)written;
    shared->end += (uint64_t)written;
  }
  line_length = 0;
}

/* Behind what a killed process left, and behind marks of others, records begin on a line. */
static void mend_end(void) {
  struct stat status;
  if (sys(SYS_fstat, trace, &status) < 0) return;
  if ((uint64_t)status.st_size == shared->end && shared->busy == 0) return;
  shared->end = (uint64_t)status.st_size;
  long reading = sys(SYS_openat, AT_FDCWD, trace_path, O_RDONLY | O_CLOEXEC);
  char last = 0;
  if (status.st_size > 0) sys(SYS_pread64, reading, &last, 1, status.st_size - 1);
  if (reading >= 0) sys(SYS_close, reading);
  if (status.st_size > 0 && last != '\n') {
    line[line_length++] = '\n';
    spill();
  }
}

static void put(const char *text, size_t length) {
  while (length > 0) {
    if (line_length == LINE) spill();
    size_t part = length < LINE - line_length ? length : LINE - line_length;
    memcpy(line + line_length, text, part);
    line_length += part;
    text += part;
    length -= part;
  }
}

static void put_text(const char *text) { put(text, strlen(text)); }

static void put_number(int64_t value) {
  char digits[24];
  size_t at = sizeof digits;
  uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
  do digits[--at] = (char)('0' + left % 10);
  while ((left /= 10) > 0);
  if (value < 0) digits[--at] = '-';
  put(digits + at, sizeof digits - at);
}

static const char hex_digits[] = "0123456789abcdef";

static void put_hex(const unsigned char *bytes, size_t length) {
  while (length > 0) {
    if (LINE - line_length < 2) spill();
    size_t part = (LINE - line_length) / 2;
    if (part > length) part = length;
    char *at = line + line_length;
    for (size_t index = 0; index < part; index++) {
      *at++ = hex_digits[bytes[index] >> 4];
      *at++ = hex_digits[bytes[index] & 15];
    }
    line_length += 2 * part;
    bytes += part;
    length -= part;
  }
}

static void field(const char *key) {
  put_text(",\"");
  put_text(key);
  put_text("\":");
}

static void field_number(const char *key, int64_t value) {
  field(key);
  put_number(value);
}

static void field_true(const char *key) {
  field(key);
  put_text("true");
}

/* A word of this file, which needs no escapes. */
static void field_word(const char *key, const char *word) {
  field(key);
  put_text("\"");
  put_text(word);
  put_text("\"");
}

/* A path: bytes that are not plain ASCII, and three that are, stand as %XX. */
static void field_path(const char *key, const char *path) {
  field(key);
  put_text("\"");
  for (; *path != 0; path++) {
    unsigned char byte = (unsigned char)*path;
    if (byte > 0x20 && byte < 0x7f && byte != '"' && byte != '\\' && byte != '%') {
      put(path, 1);
    } else {
      put_text("%");
      put_hex(&byte, 1);
    }
  }
  put_text("\"");
}

/* The path from the folder on if it lies there. */
static void field_name(const char *key, const char *path) {
  bool here = strncmp(path, place, folder_length) == 0 && path[folder_length] == '/';
  field_path(key, here ? path + folder_length + 1 : path);
}

static void begin(const char *kind, const char *call) {
  uint64_t waiting = 0;
  sys(SYS_rt_sigpending, &waiting, sizeof waiting);
  limit_was_met = (waiting >> (SIGXFSZ - 1) & 1) != 0;
  put_text("{\"seq\":");
  put_number((int64_t)shared->records);
  field_number("pid", sys(SYS_getpid));
  field_number("tid", sys(SYS_gettid));
  field_word("kind", kind);
  field_word("call", call);
}

static void end(void) {
  put_text("}\n");
  spill();
  shared->records++;
}

/* A process that was killed may have done something that it could not record. */
static void name_interrupted(void) {
  begin("interrupted", "kill");
  end();
}

static void field_result(long result) {
  field_number("result", result < 0 && result > -4096 ? -1 : result);
  if (result < 0 && result > -4096) field_number("errno", -result);
}

/* Bytes of a file, gathered from a list; `fill` if all are the same. */
static void field_data(const struct iovec *list, size_t length) {
  const unsigned char *first = NULL;
  bool same = length >= LEAST_FILL;
  size_t left = length;
  for (const struct iovec *at = list; same && left > 0; at++) {
    const unsigned char *bytes = at->iov_base;
    size_t part = at->iov_len < left ? at->iov_len : left;
    if (part > 0) {
      if (first == NULL) first = bytes;
      same = bytes[0] == *first && memcmp(bytes, bytes + 1, part - 1) == 0;
    }
    left -= part;
  }
  field(same ? "fill" : "data");
  put_text("\"");
  if (same) put_hex(first, 1);
  for (left = length; !same && left > 0; list++) {
    size_t part = list->iov_len < left ? list->iov_len : left;
    put_hex(list->iov_base, part);
    left -= part;
  }
  put_text("\"");
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* A file or folder that is recorded. */
struct target {
  uint64_t device, inode, links;
  int64_t size;
  bool is_folder;
  char path[PATH_MAX + 64];
};

static struct {
  uint64_t device, inode;
} known[MOST_KNOWN];

/* Whether a path is the folder's, or that of the one file. */
static bool inside(const char *path) {
  if (strncmp(path, place, place_length) != 0) return false;
  return one_file ? path[place_length] == 0 : path[place_length] == '/';
}

/* The path that the system has for a descriptor. */
static bool name_of(long descriptor, char *path, size_t size) {
  char link[64] = "/proc/thread-self/fd/";
  char *at = link + strlen(link);
  char digits[24];
  int count = 0;
  do digits[count++] = (char)('0' + descriptor % 10);
  while ((descriptor /= 10) > 0);
  while (count > 0) *at++ = digits[--count];
  long length = sys(SYS_readlinkat, AT_FDCWD, link, path, size - 1);
  if (length <= 0) return false;
  path[length] = 0;
  return true;
}

static void take_status(struct target *target, const struct stat *status) {
  target->device = status->st_dev;
  target->inode = status->st_ino;
  target->links = status->st_nlink;
  target->size = status->st_size;
  target->is_folder = S_ISDIR(status->st_mode);
}

/* Whether a descriptor is of a recorded file, or of a folder in which such files have names. */
static bool watched_any(int descriptor, struct target *target) {
  struct stat status;
  if (descriptor < 0 || !ready() || sys(SYS_fstat, descriptor, &status) < 0) return false;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return false;
  if (!name_of(descriptor, target->path, sizeof target->path)) return false;
  take_status(target, &status);
  static const char gone[] = " (deleted)";
  size_t length = strlen(target->path);
  if (status.st_nlink == 0 && length >= sizeof gone) {
    char *tail = target->path + length - (sizeof gone - 1);
    if (strcmp(tail, gone) == 0) *tail = 0;
  }
  if (!target->is_folder) return inside(target->path);
  bool top = strncmp(target->path, place, folder_length) == 0 && target->path[folder_length] == 0;
  return top || inside(target->path);
}

static bool watched(int descriptor, struct target *target) {
  return watched_any(descriptor, target) && !target->is_folder;
}

/* Refreshes length and links, which the call has changed. */
static void refresh(int descriptor, struct target *target) {
  struct stat status;
  if (sys(SYS_fstat, descriptor, &status) == 0) take_status(target, &status);
}

static void put_file(uint64_t device, uint64_t inode) {
  char text[48];
  size_t at = sizeof text;
  for (int part = 0; part < 2; part++) {
    uint64_t left = part == 0 ? inode : device;
    do text[--at] = hex_digits[left & 15];
    while ((left >>= 4) > 0);
    if (part == 0) text[--at] = ':';
  }
  put_text("\"");
  put(text + at, sizeof text - at);
  put_text("\"");
}

static void field_file(const struct target *target) {
  field("file");
  put_file(target->device, target->inode);
}

static void know(int descriptor, const struct target *target) {
  if (descriptor < 0 || descriptor >= MOST_KNOWN) return;
  known[descriptor].device = target->device;
  known[descriptor].inode = target->inode;
}

static bool is_known(int descriptor, const struct target *target) {
  return descriptor < MOST_KNOWN && known[descriptor].inode == target->inode &&
         known[descriptor].device == target->device;
}

static void put_flags(int flags) {
  static const struct {
    int bits;
    const char *name;
  } names[] = {{O_CREAT, ",creat"}, {O_EXCL, ",excl"}, {O_TRUNC, ",trunc"}, {O_APPEND, ",append"},
      {O_DIRECT, ",direct"}, {O_TMPFILE, ",tmpfile"}, {O_PATH, ",path"}};
  int access = flags & O_ACCMODE;
  field("flags");
  put_text(access == O_RDONLY ? "\"rdonly" : access == O_WRONLY ? "\"wronly" : "\"rdwr");
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
    if ((flags & names[index].bits) == names[index].bits) put_text(names[index].name);
  }
  if ((flags & O_SYNC) == O_SYNC)
    put_text(",sync");
  else if ((flags & O_DSYNC) != 0)
    put_text(",dsync");
  put_text("\"");
}

/* Names a descriptor that was not opened here: inherited, received, or copied unseen. */
static void record_found(const char *how, int descriptor, const struct target *target) {
  long flags = sys(SYS_fcntl, descriptor, F_GETFL);
  begin("found", how);
  field_file(target);
  field_name("name", target->path);
  field_number("fd", descriptor);
  put_flags(flags < 0 ? 0 : (int)flags);
  field_number("size", target->size);
  end();
  know(descriptor, target);
}

static void meet(int descriptor, const struct target *target) {
  if (!is_known(descriptor, target)) record_found("use", descriptor, target);
}

/* Names what is not followed, loudly. */
static void record_unfollowed(const char *call, const struct target *target, const char *why) {
  begin("unfollowed", call);
  if (target != NULL) {
    field_file(target);
    field_name("name", target->path);
  }
  field_word("why", why);
  end();
}

static long reopen_for_reading(int descriptor) {
  char link[64];
  snprintf(link, sizeof link, "/proc/thread-self/fd/%d", descriptor);
  return sys(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC);
}

static unsigned char *piece(void) {
  static unsigned char *memory;
  if (memory == NULL) {
    long mapped =
        sys(SYS_mmap, NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped < 0 && mapped > -4096) give_up(CANNOT_RECORD, "out of memory", "");
    memory = (unsigned char *)mapped;
  }
  return memory;
}

/* Records bytes that stand in a file by now, as records of at most 1 MiB. */
static void record_range(const char *kind, const char *call, const struct target *target,
    int descriptor, int64_t offset, int64_t length) {
  long reading = reopen_for_reading(descriptor);
  while (length > 0) {
    long count = reading < 0
                     ? -1
                     : sys(SYS_pread64, reading, piece(), length < PIECE ? length : PIECE, offset);
    if (count <= 0) {
      record_unfollowed(call, target, "what was written cannot be read back");
      break;
    }
    struct iovec list = {piece(), (size_t)count};
    begin(kind, call);
    field_file(target);
    field_number("fd", descriptor);
    field_number("offset", offset);
    field_number("length", count);
    field_number("result", count);
    field_data(&list, (size_t)count);
    end();
    offset += count;
    length -= count;
  }
  if (reading >= 0) sys(SYS_close, reading);
}

/* Records a file that comes into the folder, with what is in it; holes are left out. */
static void record_arrival(const char *call, const char *path) {
  struct target target;
  int descriptor =
      (int)sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0 || !watched(descriptor, &target)) {
    struct stat status;
    bool is_link = sys(SYS_newfstatat, AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                   S_ISLNK(status.st_mode);
    if (!is_link)
      record_unfollowed(call, NULL, "what came from elsewhere is no file that can be read");
    if (descriptor >= 0) sys(SYS_close, descriptor);
    return;
  }
  begin("arrive", call);
  field_file(&target);
  field_name("name", target.path);
  field_number("size", target.size);
  end();
  for (int64_t at = 0; at < target.size;) {
    int64_t data = sys(SYS_lseek, descriptor, at, SEEK_DATA);
    if (data < 0) break;
    int64_t hole = sys(SYS_lseek, descriptor, data, SEEK_HOLE);
    if (hole <= data) hole = target.size;
    record_range("content", call, &target, descriptor, data, hole - data);
    at = hole;
  }
  sys(SYS_close, descriptor);
}

/* The real path of a name, which may not exist; its last part is not followed. */
static bool resolve(int folder, const char *path, char *real, size_t size) {
  if (path == NULL) return false;
  size_t length = strnlen(path, PATH_MAX);
  if (length == 0 || length >= PATH_MAX) return false;
  while (length > 1 && path[length - 1] == '/') length--;
  size_t base = length;
  while (base > 0 && path[base - 1] != '/') base--;
  const char *last = path + base;
  size_t last_length = length - base;
  bool whole = last_length == 0 || (last_length == 1 && last[0] == '.') ||
               (last_length == 2 && last[0] == '.' && last[1] == '.');
  char parent[PATH_MAX];
  size_t parent_length = whole ? length : base;
  memcpy(parent, path, parent_length);
  if (parent_length == 0) parent[parent_length++] = '.';
  parent[parent_length] = 0;
  long opened = sys(SYS_openat, folder, parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return false;
  bool named = name_of(opened, real, size);
  sys(SYS_close, opened);
  if (!named || whole) return named;
  size_t at = strlen(real);
  if (at + last_length + 2 > size) return false;
  if (at == 0 || real[at - 1] != '/') real[at++] = '/';
  memcpy(real + at, last, last_length);
  real[at + last_length] = 0;
  return true;
}

/* ---- Faults ---------------------------------------------------------------------------------- */

enum effect { FAIL, SHORT, LIE };

struct fault {
  enum kind kind;
  uint64_t first, last;
  enum effect effect;
  int error;
  uint64_t bytes; /* of a short call; 0 is half of what was asked for */
  char name[8];
};

static struct fault faults[MOST_FAULTS];
static int fault_count;
static bool fails[KINDS];

static const struct {
  const char *name;
  int number;
} errors[] = {
    {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EFBIG", EFBIG}, {"EINTR", EINTR}};

/* Counts a call on a recorded file, under the lock; answers what it must do wrong, or NULL. */
static const struct fault *next_fault(enum kind kind) {
  uint64_t number = ++shared->calls[kind];
  for (int index = 0; index < fault_count; index++) {
    const struct fault *fault = &faults[index];
    if (fault->kind == kind && fault->first <= number && number <= fault->last) return fault;
  }
  return NULL;
}

static void field_fault(const struct fault *fault) {
  if (fault != NULL) field_word("fault", fault->name);
}

static bool is_failure(const struct fault *fault) { return fault != NULL && fault->effect == FAIL; }

/* How much of so many bytes a call does. */
static uint64_t shortened(const struct fault *fault, uint64_t length) {
  if (fault == NULL || fault->effect != SHORT || length < 2) return length;
  uint64_t most = fault->bytes > 0 ? fault->bytes : length / 2;
  return most < length ? most : length - 1;
}

static bool parse_number(const char **text, uint64_t *value) {
  *value = 0;
  const char *begin = *text;
  for (; **text >= '0' && **text <= '9'; (*text)++) {
    if (*text - begin >= 18) return false;
    *value = *value * 10 + (uint64_t)(**text - '0');
  }
  return *text != begin && *value > 0;
}

static bool parse_word(const char **text, const char *word) {
  size_t length = strlen(word);
  if (strncmp(*text, word, length) != 0) return false;
  char next = (*text)[length];
  if (next != 0 && next != ':' && next != ',' && next != '=') return false;
  *text += length;
  return true;
}

static bool parse_effect(const char **text, struct fault *fault) {
  for (size_t index = 0; index < sizeof errors / sizeof *errors; index++) {
    if (!parse_word(text, errors[index].name)) continue;
    fault->error = errors[index].number;
    memcpy(fault->name, errors[index].name, strlen(errors[index].name) + 1);
    return true;
  }
  if (fault->kind == FLUSH && parse_word(text, "lie")) {
    fault->effect = LIE;
    memcpy(fault->name, "lie", 4);
    return true;
  }
  if ((fault->kind == READ || fault->kind == WRITE) && parse_word(text, "short")) {
    fault->effect = SHORT;
    memcpy(fault->name, "short", 6);
    if (**text != '=') return true;
    (*text)++;
    return parse_number(text, &fault->bytes);
  }
  return false;
}

/* KIND:N:EFFECT, KIND:N-M:EFFECT or KIND:N-:EFFECT. */
static bool parse_fault(const char **text, struct fault *fault) {
  int kind = 0;
  while (kind < KINDS && !parse_word(text, kind_names[kind])) kind++;
  if (kind == KINDS || *(*text)++ != ':') return false;
  *fault = (struct fault){.kind = (enum kind)kind};
  if (!parse_number(text, &fault->first)) return false;
  fault->last = fault->first;
  if (**text == '-') {
    (*text)++;
    fault->last = UINT64_MAX;
    if (**text != ':' && !parse_number(text, &fault->last)) return false;
  }
  if (*(*text)++ != ':' || fault->last < fault->first) return false;
  return parse_effect(text, fault);
}

static void parse_faults(const char *text) {
  while (text != NULL && *text != 0) {
    if (fault_count == MOST_FAULTS || !parse_fault(&text, &faults[fault_count]) ||
        (*text != 0 && (*text != ',' || text[1] == 0))) {
      give_up(WRONG_USAGE, "VCI_RECORDER_FAULTS is wrong: ", getenv("VCI_RECORDER_FAULTS"));
    }
    fails[faults[fault_count++].kind] = true;
    if (*text == ',') text++;
  }
}

/* ---- Opening and closing --------------------------------------------------------------------- */

/* Whether a path was there before, and whether opening it could wait for another program. */
struct before {
  bool is_there, may_wait;
  int64_t size;
};

static struct before look(int folder, const char *path) {
  struct stat status;
  if (sys(SYS_newfstatat, folder, path, &status, 0) < 0) return (struct before){0};
  return (struct before){
      true, !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode), status.st_size};
}

static void record_open(const char *call, const struct target *target, int flags,
    const struct before *before, long result) {
  begin("open", call);
  field_file(target);
  field_name("name", target->path);
  put_flags(flags);
  bool temporary = (flags & O_TMPFILE) == O_TMPFILE;
  if (((flags & O_CREAT) != 0 && !before->is_there) || temporary) field_true("created");
  if ((flags & O_TRUNC) != 0 && before->is_there) field_number("before", before->size);
  field_number("size", target->size);
  field_result(result);
  end();
  know((int)result, target);
}

static void record_failure(
    const char *kind, const char *call, const char *path, long result, const struct fault *fault) {
  begin(kind, call);
  field_name("name", path);
  field_result(result);
  field_fault(fault);
  end();
}

struct opening {
  const char *call;
  long number;
  int folder, flags;
  const char *path;
  long third, fourth; /* of the system call */
};

static long call_open(const struct opening *o) {
  return sys(o->number, o->folder, o->path, o->third, o->fourth);
}

static long open_here(const struct opening *o) {
  char real[PATH_MAX + 64];
  struct target target;
  struct before before = look(o->folder, o->path);
  const struct fault *fault = NULL;
  if (fails[OPEN] && resolve(o->folder, o->path, real, sizeof real) && inside(real))
    fault = next_fault(OPEN);
  long result = is_failure(fault) ? -fault->error : call_open(o);
  if (result >= 0 && watched((int)result, &target)) {
    if (!fails[OPEN]) next_fault(OPEN);
    record_open(o->call, &target, o->flags, &before, result);
  } else if (result < 0 && resolve(o->folder, o->path, real, sizeof real) && inside(real)) {
    record_failure("open", o->call, real, result, fault);
  }
  return answer(result);
}

/* Opens that make or empty a file stand in the order of other calls; others need not. */
static long do_open(const struct opening *o) {
  if (!ready() || look(o->folder, o->path).may_wait)
    return pass(o->number, o->folder, o->path, o->third, o->fourth);
  struct hold hold;
  enter_waiting(&hold);
  long result = open_here(o);
  leave(&hold);
  return result;
}

static mode_t mode_of(int flags, va_list arguments) {
  bool has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return has_mode ? va_arg(arguments, mode_t) : 0;
}

#define OPENING(call, folder, path, flags, mode) \
  (int)do_open(&(struct opening){call, SYS_openat, folder, flags, path, flags, (long)(mode)})

SEEN int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return OPENING("open", AT_FDCWD, path, flags, mode);
}

SEEN int openat(int folder, const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return OPENING("openat", folder, path, flags, mode);
}

SEEN int creat(const char *path, mode_t mode) {
  return OPENING("creat", AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

SEEN int __open_2(const char *path, int flags) { return OPENING("open", AT_FDCWD, path, flags, 0); }

SEEN int __openat_2(int folder, const char *path, int flags) {
  return OPENING("openat", folder, path, flags, 0);
}

ALSO("open") int open64(const char *path, int flags, ...);
ALSO("openat") int openat64(int folder, const char *path, int flags, ...);
ALSO("creat") int creat64(const char *path, mode_t mode);
ALSO("__open_2") int __open64_2(const char *path, int flags);
ALSO("__openat_2") int __openat64_2(int folder, const char *path, int flags);

SEEN int close(int descriptor) {
  struct target target;
  if (descriptor == trace && descriptor >= 0) return (int)answer(-EBADF);
  if (!watched(descriptor, &target)) return (int)pass(SYS_close, descriptor);
  struct hold hold;
  enter_waiting(&hold);
  const struct fault *fault = next_fault(CLOSE);
  long result = sys(SYS_close, descriptor);
  if (is_failure(fault)) result = -fault->error;
  begin("close", "close");
  field_file(&target);
  field_number("fd", descriptor);
  field_result(result);
  field_fault(fault);
  end();
  know(descriptor, &(struct target){0});
  leave(&hold);
  return (int)answer(result);
}

/* The trace stays open, as another thread may write to it; what else is closed is not named. */
SEEN int close_range(unsigned first, unsigned last, int flags) {
  if (!ready() || first > (unsigned)trace || (unsigned)trace > last) {
    return (int)answer(sys(SYS_close_range, first, last, flags));
  }
  long result = 0;
  if (first < (unsigned)trace) result = sys(SYS_close_range, first, trace - 1, flags);
  if (result >= 0 && last > (unsigned)trace) result = sys(SYS_close_range, trace + 1, last, flags);
  return (int)answer(result);
}

SEEN void closefrom(int first) { close_range(first < 0 ? 0 : (unsigned)first, ~0u, 0); }

static int duplicated(const char *call, int from, long result) {
  struct target target;
  if (result < 0 || !watched((int)result, &target)) return (int)answer(result);
  struct hold hold;
  enter(&hold);
  begin("duplicate", call);
  field_file(&target);
  field_number("from", from);
  field_number("fd", result);
  end();
  know((int)result, &target);
  leave(&hold);
  return (int)result;
}

SEEN int dup(int from) { return duplicated("dup", from, sys(SYS_dup, from)); }

SEEN int dup3(int from, int to, int flags) {
  return duplicated("dup3", from, sys(SYS_dup3, from, to, flags));
}

SEEN int dup2(int from, int to) {
  if (from != to) return duplicated("dup2", from, sys(SYS_dup3, from, to, 0));
  long flags = sys(SYS_fcntl, from, F_GETFL);
  return (int)answer(flags < 0 ? flags : to);
}

SEEN int fcntl(int descriptor, int command, ...) {
  static int (*real)(int, int, ...);
  va_list arguments;
  va_start(arguments, command);
  long argument = va_arg(arguments, long);
  va_end(arguments);
  if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) {
    return duplicated("fcntl", descriptor, sys(SYS_fcntl, descriptor, command, argument));
  }
  if (real == NULL) real = (int (*)(int, int, ...))dlsym(RTLD_NEXT, "fcntl");
  return real(descriptor, command, argument);
}

ALSO("fcntl") int fcntl64(int descriptor, int command, ...);

/* ---- Reading: only to let it fail ------------------------------------------------------------ */

/* One call that reads to memory. */
struct reading {
  const char *call;
  long number;
  int descriptor;
  const struct iovec *list;
  int count;
  long offset;
  int flags; /* RWF_… */
};

static bool reads_one(const struct reading *r) {
  return r->number == SYS_read || r->number == SYS_pread64;
}

static ssize_t pass_read(const struct reading *r) {
  if (reads_one(r)) {
    return pass(r->number, r->descriptor, r->list->iov_base, r->list->iov_len, r->offset);
  }
  return pass(r->number, r->descriptor, r->list, r->count, r->offset, 0, r->flags);
}

/* A short read of a list of buffers ends in the first of them. */
static long read_short(const struct reading *r, const struct fault *fault) {
  size_t length = shortened(fault, r->list->iov_len);
  bool at_position = r->number == SYS_read || r->offset == -1;
  return sys(
      at_position ? SYS_read : SYS_pread64, r->descriptor, r->list->iov_base, length, r->offset);
}

static ssize_t do_read(const struct reading *r) {
  struct target target;
  if (!fails[READ] || !watched(r->descriptor, &target)) return pass_read(r);
  struct hold hold;
  enter_waiting(&hold);
  const struct fault *fault = next_fault(READ);
  if (fault == NULL || (!is_failure(fault) && r->count < 1)) {
    leave(&hold);
    return pass_read(r);
  }
  long result = is_failure(fault) ? -fault->error : read_short(r, fault);
  begin("read", r->call);
  field_file(&target);
  field_number("fd", r->descriptor);
  field_number("length", r->count > 0 ? (int64_t)r->list->iov_len : 0);
  field_result(result);
  field_fault(fault);
  end();
  leave(&hold);
  return answer(result);
}

SEEN ssize_t read(int descriptor, void *bytes, size_t length) {
  struct iovec list = {bytes, length};
  return do_read(&(struct reading){"read", SYS_read, descriptor, &list, 1, -1, 0});
}

SEEN ssize_t pread(int descriptor, void *bytes, size_t length, off_t offset) {
  if (offset < 0) return answer(-EINVAL);
  struct iovec list = {bytes, length};
  return do_read(&(struct reading){"pread", SYS_pread64, descriptor, &list, 1, offset, 0});
}

ALSO("pread") ssize_t pread64(int descriptor, void *bytes, size_t length, off_t offset);

SEEN ssize_t readv(int descriptor, const struct iovec *list, int count) {
  return do_read(&(struct reading){"readv", SYS_readv, descriptor, list, count, -1, 0});
}

SEEN ssize_t preadv(int descriptor, const struct iovec *list, int count, off_t offset) {
  if (offset < 0) return answer(-EINVAL);
  return do_read(&(struct reading){"preadv", SYS_preadv, descriptor, list, count, offset, 0});
}

SEEN ssize_t preadv2(int descriptor, const struct iovec *list, int count, off_t offset, int flags) {
  return do_read(&(struct reading){"preadv2", SYS_preadv2, descriptor, list, count, offset, flags});
}

ALSO("preadv") ssize_t preadv64(int descriptor, const struct iovec *list, int count, off_t offset);
ALSO("preadv2")
ssize_t preadv64v2(int descriptor, const struct iovec *list, int count, off_t offset, int flags);

/* ---- Writing --------------------------------------------------------------------------------- */

/* One call that writes from memory. */
struct writing {
  const char *call;
  long number;
  int descriptor;
  const struct iovec *list;
  int count;
  long offset; /* -1: where the descriptor stands */
  int flags;   /* RWF_… */
};

static long call_write(const struct writing *w) {
  switch (w->number) {
    case SYS_write: return sys(w->number, w->descriptor, w->list->iov_base, w->list->iov_len);
    case SYS_pwrite64:
      return sys(w->number, w->descriptor, w->list->iov_base, w->list->iov_len, w->offset);
    default: return sys(w->number, w->descriptor, w->list, w->count, w->offset, 0, w->flags);
  }
}

static uint64_t total(const struct iovec *list, int count) {
  uint64_t sum = 0;
  for (int index = 0; index < count; index++) sum += list[index].iov_len;
  return sum;
}

/* The same call, cut after so many bytes. */
static long call_short(const struct writing *w, uint64_t most) {
  static struct iovec list[IOV_MAX];
  struct writing cut = *w;
  cut.list = list;
  for (cut.count = 0; cut.count < w->count && most > 0; cut.count++) {
    struct iovec part = w->list[cut.count];
    if (part.iov_len > most) part.iov_len = most;
    most -= part.iov_len;
    list[cut.count] = part;
  }
  return call_write(&cut);
}

static long position(const struct writing *w, bool appends, struct target *target, long written) {
  refresh(w->descriptor, target);
  if (appends) return target->size - written;
  if (w->offset >= 0) return w->offset;
  return sys(SYS_lseek, w->descriptor, 0, SEEK_CUR) - written;
}

static void field_durability(int flags, int call_flags) {
  if ((flags & O_SYNC) == O_SYNC || (call_flags & RWF_SYNC) != 0)
    field_word("sync", "sync");
  else if ((flags & O_DSYNC) != 0 || (call_flags & RWF_DSYNC) != 0)
    field_word("sync", "dsync");
}

static void record_write(const struct writing *w, struct target *target, uint64_t length,
    long result, const struct fault *fault) {
  long flags = sys(SYS_fcntl, w->descriptor, F_GETFL);
  bool appends = (flags & O_APPEND) != 0 || (w->flags & RWF_APPEND) != 0;
  long written = result > 0 ? result : 0;
  begin("write", w->call);
  field_file(target);
  field_number("fd", w->descriptor);
  field_number("offset", position(w, appends, target, written));
  field_number("length", (int64_t)length);
  field_result(result);
  if (written > 0) field_data(w->list, (size_t)written);
  if (appends) field_true("append");
  if ((flags & O_DIRECT) != 0) field_true("direct");
  field_durability((int)flags, w->flags);
  field_fault(fault);
  end();
}

static ssize_t do_write(const struct writing *w) {
  struct target target;
  if (!watched(w->descriptor, &target)) {
    bool plain = w->number == SYS_write || w->number == SYS_pwrite64;
    if (!plain) return pass(w->number, w->descriptor, w->list, w->count, w->offset, 0, w->flags);
    return pass(w->number, w->descriptor, w->list->iov_base, w->list->iov_len, w->offset);
  }
  struct hold hold;
  enter_waiting(&hold);
  meet(w->descriptor, &target);
  const struct fault *fault = next_fault(WRITE);
  bool countable = w->count >= 0 && w->count <= IOV_MAX;
  long result = is_failure(fault) ? -fault->error
                : fault != NULL && countable
                    ? call_short(w, shortened(fault, total(w->list, w->count)))
                    : call_write(w);
  uint64_t length = countable && result != -EFAULT ? total(w->list, w->count) : 0;
  record_write(w, &target, length, result, fault);
  leave(&hold);
  return answer(result);
}

SEEN ssize_t write(int descriptor, const void *bytes, size_t length) {
  struct iovec list = {(void *)(uintptr_t)bytes, length};
  return do_write(&(struct writing){"write", SYS_write, descriptor, &list, 1, -1, 0});
}

SEEN ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
  if (offset < 0) return answer(-EINVAL);
  struct iovec list = {(void *)(uintptr_t)bytes, length};
  return do_write(&(struct writing){"pwrite", SYS_pwrite64, descriptor, &list, 1, offset, 0});
}

SEEN ssize_t writev(int descriptor, const struct iovec *list, int count) {
  return do_write(&(struct writing){"writev", SYS_writev, descriptor, list, count, -1, 0});
}

SEEN ssize_t pwritev(int descriptor, const struct iovec *list, int count, off_t offset) {
  if (offset < 0) return answer(-EINVAL);
  return do_write(&(struct writing){"pwritev", SYS_pwritev, descriptor, list, count, offset, 0});
}

SEEN ssize_t pwritev2(
    int descriptor, const struct iovec *list, int count, off_t offset, int flags) {
  return do_write(
      &(struct writing){"pwritev2", SYS_pwritev2, descriptor, list, count, offset, flags});
}

ALSO("pwrite") ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off_t offset);
ALSO("pwritev")
ssize_t pwritev64(int descriptor, const struct iovec *list, int count, off_t offset);
ALSO("pwritev2")
ssize_t pwritev64v2(int descriptor, const struct iovec *list, int count, off_t offset, int flags);

/* ---- Copying: what was written is read back -------------------------------------------------- */

/* One call that writes from another descriptor. */
struct copying {
  const char *call;
  long number;
  int from, to;
  int64_t *offset; /* in the file that is written; NULL: where the descriptor stands */
  long arguments[6];
};

/* Waits, without the lock, until a pipe has something. */
static long await(int descriptor) {
  struct stat status;
  if (sys(SYS_fstat, descriptor, &status) < 0 || !S_ISFIFO(status.st_mode)) return 0;
  long flags = sys(SYS_fcntl, descriptor, F_GETFL);
  if (flags < 0 || (flags & O_NONBLOCK) != 0) return 0;
  struct pollfd waiting = {.fd = descriptor, .events = POLLIN};
  return sys(SYS_ppoll, &waiting, 1, NULL, NULL, 8);
}

static void record_copy_failure(
    const struct copying *c, const struct target *target, long result, const struct fault *fault) {
  begin("write", c->call);
  field_file(target);
  field_number("fd", c->to);
  field_number("offset", c->offset != NULL ? *c->offset : sys(SYS_lseek, c->to, 0, SEEK_CUR));
  field_number("length", 0);
  field_result(result);
  field_fault(fault);
  end();
}

static ssize_t do_copy(const struct copying *c) {
  struct target target;
  const long *a = c->arguments;
  if (!watched(c->to, &target) && c->number == SYS_sendfile) {
    return answer(sys(c->number, a[0], a[1], a[2], a[3]));
  }
  if (!watched(c->to, &target)) return pass(c->number, a[0], a[1], a[2], a[3], a[4], a[5]);
  long waited = await(c->from);
  if (waited < 0) return answer(waited);
  struct hold hold;
  enter(&hold);
  meet(c->to, &target);
  const struct fault *fault = next_fault(WRITE);
  long result =
      is_failure(fault) ? -fault->error : sys(c->number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (result > 0) {
    int64_t after = c->offset != NULL ? *c->offset : sys(SYS_lseek, c->to, 0, SEEK_CUR);
    record_range("write", c->call, &target, c->to, after - result, result);
  } else {
    record_copy_failure(c, &target, result, fault);
  }
  leave(&hold);
  return answer(result);
}

SEEN ssize_t copy_file_range(
    int from, off64_t *from_offset, int to, off64_t *offset, size_t length, unsigned flags) {
  return do_copy(&(struct copying){"copy_file_range", SYS_copy_file_range, from, to, offset,
      {from, (long)from_offset, to, (long)offset, (long)length, (long)flags}});
}

SEEN ssize_t sendfile(int to, int from, off_t *from_offset, size_t count) {
  return do_copy(&(struct copying){
      "sendfile", SYS_sendfile, from, to, NULL, {to, from, (long)from_offset, (long)count}});
}

ALSO("sendfile") ssize_t sendfile64(int to, int from, off64_t *from_offset, size_t count);

SEEN ssize_t splice(
    int from, off64_t *from_offset, int to, off64_t *offset, size_t length, unsigned flags) {
  return do_copy(&(struct copying){"splice", SYS_splice, from, to, offset,
      {from, (long)from_offset, to, (long)offset, (long)length, (long)flags}});
}

static int do_clone(int to, int from, long number, long argument, int64_t offset, int64_t length) {
  struct target target;
  if (!watched(to, &target)) return (int)answer(sys(SYS_ioctl, to, number, argument));
  struct stat source = {0};
  struct hold hold;
  enter(&hold);
  meet(to, &target);
  const struct fault *fault = next_fault(WRITE);
  long result = is_failure(fault) ? -fault->error : sys(SYS_ioctl, to, number, argument);
  if (result >= 0) {
    sys(SYS_fstat, from, &source);
    record_range(
        "write", "ioctl", &target, to, offset, length > 0 ? length : source.st_size - offset);
  } else {
    record_copy_failure(&(struct copying){.call = "ioctl", .to = to}, &target, result, fault);
  }
  leave(&hold);
  return (int)answer(result);
}

SEEN int ioctl(int descriptor, unsigned long number, ...) {
  va_list arguments;
  va_start(arguments, number);
  long argument = va_arg(arguments, long);
  va_end(arguments);
  if (number == FICLONE) return do_clone(descriptor, (int)argument, (long)number, argument, 0, 0);
  if (number == FICLONERANGE) {
    const struct file_clone_range *range = (const struct file_clone_range *)argument;
    return do_clone(descriptor, (int)range->src_fd, (long)number, argument,
        (int64_t)range->dest_offset, (int64_t)range->src_length);
  }
  return (int)answer(sys(SYS_ioctl, descriptor, number, argument));
}

/* ---- Lengths and space ----------------------------------------------------------------------- */

static void record_length(const char *call, const struct target *target, int64_t length,
    long result, const struct fault *fault) {
  begin("truncate", call);
  field_file(target);
  field_number("length", length);
  if (result >= 0) field_number("before", target->size);
  field_result(result);
  field_fault(fault);
  end();
}

SEEN int ftruncate(int descriptor, off_t length) {
  struct target target;
  if (!watched(descriptor, &target)) return (int)answer(sys(SYS_ftruncate, descriptor, length));
  struct hold hold;
  enter(&hold);
  meet(descriptor, &target);
  refresh(descriptor, &target);
  const struct fault *fault = next_fault(TRUNCATE);
  long result = is_failure(fault) ? -fault->error : sys(SYS_ftruncate, descriptor, length);
  record_length("ftruncate", &target, length, result, fault);
  leave(&hold);
  return (int)answer(result);
}

SEEN int truncate(const char *path, off_t length) {
  struct target target;
  long found = ready() ? sys(SYS_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC) : -1;
  if (found < 0 || !watched((int)found, &target)) {
    if (found >= 0) sys(SYS_close, found);
    return (int)answer(sys(SYS_truncate, path, length));
  }
  struct hold hold;
  enter(&hold);
  refresh((int)found, &target);
  const struct fault *fault = next_fault(TRUNCATE);
  long result = is_failure(fault) ? -fault->error : sys(SYS_truncate, path, length);
  record_length("truncate", &target, length, result, fault);
  sys(SYS_close, found);
  leave(&hold);
  return (int)answer(result);
}

ALSO("ftruncate") int ftruncate64(int descriptor, off64_t length);
ALSO("truncate") int truncate64(const char *path, off64_t length);

static void field_mode(int mode) {
  static const struct {
    int bit;
    const char *name;
  } names[] = {{1, ",keep-size"}, {2, ",punch-hole"}, {8, ",collapse"}, {16, ",zero-range"},
      {32, ",insert"}, {64, ",unshare"}};
  field("mode");
  put_text("\"");
  const char *separator = mode == 0 ? "plain" : "";
  put_text(separator);
  bool first = true;
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
    if ((mode & names[index].bit) == 0) continue;
    put_text(names[index].name + (first ? 1 : 0));
    first = false;
  }
  if ((mode & ~(1 | 2 | 8 | 16 | 32 | 64)) != 0) put_text(first ? "other" : ",other");
  put_text("\"");
}

/* Under the lock; answers the negative error. */
static long allocate(
    const char *call, int descriptor, struct target *target, int mode, off_t offset, off_t length) {
  meet(descriptor, target);
  const struct fault *fault = next_fault(ALLOCATE);
  long result =
      is_failure(fault) ? -fault->error : sys(SYS_fallocate, descriptor, mode, offset, length);
  refresh(descriptor, target);
  begin("allocate", call);
  field_file(target);
  field_number("fd", descriptor);
  field_mode(mode);
  field_number("offset", offset);
  field_number("length", length);
  field_number("size", target->size);
  field_result(result);
  field_fault(fault);
  end();
  return result;
}

SEEN int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  struct target target;
  if (!watched(descriptor, &target))
    return (int)answer(sys(SYS_fallocate, descriptor, mode, offset, length));
  struct hold hold;
  enter_waiting(&hold);
  long result = allocate("fallocate", descriptor, &target, mode, offset, length);
  leave(&hold);
  return (int)answer(result);
}

/* Where the file system cannot, the C library writes a byte to each block, which is seen as such.
 */
SEEN int posix_fallocate(int descriptor, off_t offset, off_t length) {
  static int (*real)(int, off_t, off_t);
  struct target target;
  if (real == NULL) real = (int (*)(int, off_t, off_t))dlsym(RTLD_NEXT, "posix_fallocate");
  if (!watched(descriptor, &target)) return real(descriptor, offset, length);
  struct hold hold;
  enter_waiting(&hold);
  long result = allocate("posix_fallocate", descriptor, &target, 0, offset, length);
  leave(&hold);
  return result == -EOPNOTSUPP ? real(descriptor, offset, length) : (int)-result;
}

ALSO("fallocate") int fallocate64(int descriptor, int mode, off64_t offset, off64_t length);
ALSO("posix_fallocate") int posix_fallocate64(int descriptor, off64_t offset, off64_t length);

/* ---- Flushing -------------------------------------------------------------------------------- */

/* One call that makes something durable, or that looks as if it did. */
struct flushing {
  const char *call, *scope;
  long number, first, second, third, fourth;
};

static long flush(const struct flushing *f, const struct target *target) {
  struct hold hold;
  enter_waiting(&hold);
  const struct fault *fault = next_fault(FLUSH);
  long result = is_failure(fault) ? -fault->error
                : fault != NULL   ? 0
                                  : sys(f->number, f->first, f->second, f->third, f->fourth);
  begin("flush", f->call);
  field_word("scope", f->scope);
  if (target != NULL) {
    field_file(target);
    if (target->is_folder) field_name("name", target->path);
  }
  field_result(result);
  field_fault(fault);
  end();
  leave(&hold);
  return answer(result);
}

static int flush_one(const char *call, long number, int descriptor) {
  struct target target;
  if (!watched_any(descriptor, &target)) return (int)pass(number, descriptor);
  return (int)flush(
      &(struct flushing){call, target.is_folder ? "folder" : "file", number, descriptor, 0, 0, 0},
      &target);
}

SEEN int fsync(int descriptor) { return flush_one("fsync", SYS_fsync, descriptor); }

SEEN int fdatasync(int descriptor) { return flush_one("fdatasync", SYS_fdatasync, descriptor); }

SEEN int sync_file_range(int descriptor, off64_t offset, off64_t length, unsigned flags) {
  struct target target;
  if (!watched(descriptor, &target))
    return (int)pass(SYS_sync_file_range, descriptor, offset, length, flags);
  return (int)flush(&(struct flushing){"sync_file_range", "range", SYS_sync_file_range, descriptor,
                        offset, length, (long)flags},
      &target);
}

/* Of which file system is not told: it is that of the folder, or another one. */
SEEN int syncfs(int descriptor) {
  struct stat own, folder;
  char parent[PATH_MAX];
  if (!ready()) return (int)answer(sys(SYS_syncfs, descriptor));
  memcpy(parent, place, folder_length);
  parent[folder_length] = 0;
  bool same = sys(SYS_fstat, descriptor, &own) == 0 &&
              sys(SYS_newfstatat, AT_FDCWD, folder_length > 0 ? parent : "/", &folder, 0) == 0 &&
              own.st_dev == folder.st_dev;
  if (!same) return (int)answer(sys(SYS_syncfs, descriptor));
  return (int)flush(&(struct flushing){"syncfs", "all", SYS_syncfs, descriptor, 0, 0, 0}, NULL);
}

SEEN void sync(void) {
  if (ready())
    flush(&(struct flushing){"sync", "all", SYS_sync, 0, 0, 0, 0}, NULL);
  else
    sys(SYS_sync);
}

/* ---- Mappings: named, not followed ----------------------------------------------------------- */

static struct mapping {
  uintptr_t first, last;
  uint64_t device, inode;
} mappings[MOST_MAPPINGS];
static int mapping_count;

static struct mapping *mapping_at(uintptr_t address, size_t length) {
  for (int index = 0; index < mapping_count; index++) {
    struct mapping *mapping = &mappings[index];
    if (address < mapping->last && mapping->first < address + length) return mapping;
  }
  return NULL;
}

static void keep_mapping(uintptr_t address, size_t length, const struct target *target) {
  if (mapping_count == MOST_MAPPINGS) {
    record_unfollowed("mmap", target, "more mappings than are kept in mind");
    return;
  }
  mappings[mapping_count++] =
      (struct mapping){address, address + length, target->device, target->inode};
}

static void record_mapping(
    const char *call, const struct target *target, bool writable, int64_t offset, int64_t length) {
  begin("mapping", call);
  field_file(target);
  field_name("name", target->path);
  if (writable) field_true("writable");
  field_number("offset", offset);
  field_number("length", length);
  end();
}

SEEN void *mmap(
    void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
  struct target target;
  int type = flags & MAP_TYPE;
  long result = sys(SYS_mmap, address, length, protection, flags, descriptor, offset);
  bool shares = (type == MAP_SHARED || type == MAP_SHARED_VALIDATE) && (flags & MAP_ANONYMOUS) == 0;
  bool failed = result < 0 && result > -4096;
  if (shares && !failed && watched(descriptor, &target)) {
    long access = sys(SYS_fcntl, descriptor, F_GETFL) & O_ACCMODE;
    struct hold hold;
    enter(&hold);
    meet(descriptor, &target);
    if (access == O_RDWR) {
      record_mapping("mmap", &target, (protection & PROT_WRITE) != 0, offset, (int64_t)length);
      keep_mapping((uintptr_t)result, length, &target);
    }
    leave(&hold);
  }
  return (void *)answer(result);
}

ALSO("mmap")
void *mmap64(
    void *address, size_t length, int protection, int flags, int descriptor, off64_t offset);

static void change_mapping(const char *call, void *address, size_t length, bool writable) {
  if (mapping_count == 0) return;
  struct hold hold;
  enter(&hold);
  struct mapping *mapping = mapping_at((uintptr_t)address, length);
  if (mapping != NULL && writable) {
    begin("mapping", call);
    field("file");
    put_file(mapping->device, mapping->inode);
    field_true("writable");
    end();
  } else if (mapping != NULL && mapping->first >= (uintptr_t)address &&
             mapping->last <= (uintptr_t)address + length) {
    *mapping = mappings[--mapping_count];
  }
  leave(&hold);
}

SEEN int mprotect(void *address, size_t length, int protection) {
  long result = sys(SYS_mprotect, address, length, protection);
  if (result >= 0 && (protection & PROT_WRITE) != 0)
    change_mapping("mprotect", address, length, true);
  return (int)answer(result);
}

SEEN int munmap(void *address, size_t length) {
  change_mapping("munmap", address, length, false);
  return (int)answer(sys(SYS_munmap, address, length));
}

SEEN int msync(void *address, size_t length, int flags) {
  struct mapping *mapping = mapping_count > 0 ? mapping_at((uintptr_t)address, length) : NULL;
  if (mapping == NULL) return (int)pass(SYS_msync, address, length, flags);
  struct target target = {.device = mapping->device, .inode = mapping->inode};
  return (int)flush(
      &(struct flushing){"msync", "mapping", SYS_msync, (long)address, (long)length, flags, 0},
      &target);
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* What has a name, if anything; links are not followed. */
static bool status_of(const char *path, struct stat *status) {
  return sys(SYS_newfstatat, AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW) == 0;
}

static void field_status(const char *key, const struct stat *status) {
  field(key);
  put_file(status->st_dev, status->st_ino);
}

/* One call that gives a second name, or another one. */
struct naming {
  const char *kind, *call;
  enum kind counted;
  long number;
  int from_folder, to_folder;
  const char *from, *to;
  int flags;
};

static void record_naming(const struct naming *n, const char *from, const char *to,
    const struct stat *file, const struct stat *replaced, long result, const struct fault *fault) {
  begin(n->kind, n->call);
  if (file != NULL) field_status("file", file);
  field_name("from", from);
  field_name("to", to);
  if (file != NULL && S_ISDIR(file->st_mode)) field_true("folder");
  if (n->counted == RENAME && replaced != NULL) field_status("replaced", replaced);
  if (n->counted == RENAME && (n->flags & RENAME_EXCHANGE) != 0) field_true("exchange");
  field_result(result);
  field_fault(fault);
  end();
}

static int do_naming(const struct naming *n) {
  char from[PATH_MAX + 64], to[PATH_MAX + 64];
  bool known_names = ready() && resolve(n->to_folder, n->to, to, sizeof to) &&
                     (resolve(n->from_folder, n->from, from, sizeof from) || n->counted == LINK);
  if (known_names && n->from[0] == 0) memcpy(from, "", 1);
  if (!known_names || (!inside(from) && !inside(to))) {
    return (int)answer(sys(n->number, n->from_folder, n->from, n->to_folder, n->to, n->flags));
  }
  struct stat source, target;
  struct hold hold;
  enter(&hold);
  bool has_source = status_of(from, &source);
  bool has_target = status_of(to, &target);
  const struct fault *fault = next_fault(n->counted);
  long result = is_failure(fault)
                    ? -fault->error
                    : sys(n->number, n->from_folder, n->from, n->to_folder, n->to, n->flags);
  /* A link may be made of a descriptor, or of what a symbolic link leads to. */
  if (n->counted == LINK && result >= 0) has_source = status_of(to, &source);
  record_naming(
      n, from, to, has_source ? &source : NULL, has_target ? &target : NULL, result, fault);
  if (result >= 0 && !inside(from) && (n->counted == RENAME || source.st_nlink > 1)) {
    record_arrival(n->call, to);
  }
  leave(&hold);
  return (int)answer(result);
}

SEEN int rename(const char *from, const char *to) {
  return do_naming(
      &(struct naming){"rename", "rename", RENAME, SYS_renameat2, AT_FDCWD, AT_FDCWD, from, to, 0});
}

SEEN int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  return do_naming(&(struct naming){
      "rename", "renameat", RENAME, SYS_renameat2, from_folder, to_folder, from, to, 0});
}

SEEN int renameat2(
    int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  return do_naming(&(struct naming){
      "rename", "renameat2", RENAME, SYS_renameat2, from_folder, to_folder, from, to, (int)flags});
}

SEEN int link(const char *from, const char *to) {
  return do_naming(
      &(struct naming){"link", "link", LINK, SYS_linkat, AT_FDCWD, AT_FDCWD, from, to, 0});
}

SEEN int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  return do_naming(&(struct naming){
      "link", "linkat", LINK, SYS_linkat, from_folder, to_folder, from, to, flags});
}

static int do_unlink(const char *call, int folder, const char *path, int flags) {
  char real[PATH_MAX + 64];
  if (!ready() || !resolve(folder, path, real, sizeof real) || !inside(real)) {
    return (int)answer(sys(SYS_unlinkat, folder, path, flags));
  }
  struct stat status;
  struct hold hold;
  enter(&hold);
  bool is_there = status_of(real, &status);
  const struct fault *fault = next_fault(UNLINK);
  long result = is_failure(fault) ? -fault->error : sys(SYS_unlinkat, folder, path, flags);
  begin("unlink", call);
  if (is_there) field_status("file", &status);
  field_name("name", real);
  if (is_there && S_ISDIR(status.st_mode)) field_true("folder");
  field_result(result);
  field_fault(fault);
  end();
  leave(&hold);
  return (int)answer(result);
}

SEEN int unlink(const char *path) { return do_unlink("unlink", AT_FDCWD, path, 0); }

SEEN int rmdir(const char *path) { return do_unlink("rmdir", AT_FDCWD, path, AT_REMOVEDIR); }

SEEN int unlinkat(int folder, const char *path, int flags) {
  return do_unlink("unlinkat", folder, path, flags);
}

SEEN int remove(const char *path) {
  struct stat status;
  bool is_folder = path != NULL && status_of(path, &status) && S_ISDIR(status.st_mode);
  return do_unlink("remove", AT_FDCWD, path, is_folder ? AT_REMOVEDIR : 0);
}

/* Names of folders and symbolic links are recorded as such. */
static int make_name(const char *call, int folder, const char *path, long number, long first,
    long second, long third) {
  char real[PATH_MAX + 64];
  bool here = ready() && resolve(folder, path, real, sizeof real) && inside(real);
  if (!here) return (int)answer(sys(number, first, second, third));
  struct hold hold;
  enter(&hold);
  long result = sys(number, first, second, third);
  begin("make", call);
  field_name("name", real);
  field_result(result);
  end();
  leave(&hold);
  return (int)answer(result);
}

SEEN int mkdirat(int folder, const char *path, mode_t mode) {
  return make_name("mkdir", folder, path, SYS_mkdirat, folder, (long)path, (long)mode);
}

SEEN int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

SEEN int symlinkat(const char *to, int folder, const char *path) {
  return make_name("symlink", folder, path, SYS_symlinkat, (long)to, folder, (long)path);
}

SEEN int symlink(const char *to, const char *path) { return symlinkat(to, AT_FDCWD, path); }

/* ---- What is named and not followed ---------------------------------------------------------- */

static void name_loudly(const char *call, const char *why) {
  if (!ready()) return;
  struct hold hold;
  enter(&hold);
  record_unfollowed(call, NULL, why);
  leave(&hold);
}

static const char ring[] = "the system writes behind the C library";

/* Of other libraries: the next function of that name, if there is one. */
#define NEXT_OF(result, name, parameters, arguments) \
  SEEN result name parameters {                      \
    result(*next) parameters;                        \
    name_loudly(#name, ring);                        \
    *(void **)&next = dlsym(RTLD_NEXT, #name);       \
    return next != NULL ? next arguments : -ENOSYS;  \
  }

NEXT_OF(int, io_uring_queue_init, (unsigned entries, void *rings, unsigned flags),
    (entries, rings, flags))
NEXT_OF(int, io_uring_queue_init_params, (unsigned entries, void *rings, void *how),
    (entries, rings, how))
NEXT_OF(int, io_uring_setup, (unsigned entries, void *how), (entries, how))
NEXT_OF(int, io_setup, (int events, void *context), (events, context))

/* The C library's threads write for these; they call functions that are seen here. */
static const char behind[] = "threads of the C library write";

#define AIO(name, parameters, arguments)            \
  SEEN int name parameters {                        \
    int(*next) parameters;                          \
    if (!follows_stdio) name_loudly(#name, behind); \
    *(void **)&next = dlsym(RTLD_NEXT, #name);      \
    return next arguments;                          \
  }

AIO(aio_write, (void *request), (request))
AIO(aio_write64, (void *request), (request))
AIO(lio_listio, (int mode, void *list, int count, void *event), (mode, list, count, event))
AIO(lio_listio64, (int mode, void *list, int count, void *event), (mode, list, count, event))

/* A program that gets a descriptor may be one that the shim does not see. */
static void name_sent(const struct msghdr *message) {
  for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at != NULL;
      at = CMSG_NXTHDR((struct msghdr *)(uintptr_t)message, at)) {
    if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t index = 0; index < count; index++) {
      struct target target;
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(at) + index * sizeof(int), sizeof descriptor);
      if (!watched(descriptor, &target)) continue;
      struct hold hold;
      enter(&hold);
      begin("send", "sendmsg");
      field_file(&target);
      field_number("fd", descriptor);
      end();
      leave(&hold);
    }
  }
}

SEEN ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
  if (message != NULL && message->msg_controllen > 0 && ready()) name_sent(message);
  return pass(SYS_sendmsg, socket, message, flags);
}

SEEN int sendmmsg(int socket, struct mmsghdr *messages, unsigned count, int flags) {
  for (unsigned index = 0; messages != NULL && index < count && ready(); index++) {
    if (messages[index].msg_hdr.msg_controllen > 0) name_sent(&messages[index].msg_hdr);
  }
  return (int)pass(SYS_sendmmsg, socket, messages, count, flags);
}

/* Why a program will not load the shim, or NULL. */
static const char *why_unseen(const char *path, int depth) {
  static char head[4096];
  struct stat status;
  long opened = sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (opened < 0) return NULL;
  long length = sys(SYS_pread64, opened, head, sizeof head - 1, 0);
  long known_status = sys(SYS_fstat, opened, &status);
  sys(SYS_close, opened);
  if (known_status < 0 || length < 4) return NULL;
  head[length] = 0;
  if (((status.st_mode & S_ISUID) != 0 && status.st_uid != (uid_t)sys(SYS_geteuid)) ||
      ((status.st_mode & S_ISGID) != 0 && status.st_gid != (gid_t)sys(SYS_getegid))) {
    return "setuid or setgid";
  }
  if (head[0] == '#' && head[1] == '!' && depth < 4) {
    char interpreter[256];
    size_t from = 2 + strspn(head + 2, " \t");
    size_t count = strcspn(head + from, " \t\n");
    if (count == 0 || count >= sizeof interpreter) return NULL;
    memcpy(interpreter, head + from, count);
    interpreter[count] = 0;
    return why_unseen(interpreter, depth + 1);
  }
  if (memcmp(head, ELFMAG, SELFMAG) != 0) return NULL;
  if (head[EI_CLASS] != ELFCLASS64) return "of 32 bits";
  const ElfW(Ehdr) *elf = (const ElfW(Ehdr) *)(const void *)head;
  for (int index = 0; index < elf->e_phnum; index++) {
    size_t at = elf->e_phoff + (size_t)index * sizeof(ElfW(Phdr));
    if (at + sizeof(ElfW(Phdr)) > (size_t)length) return NULL;
    ElfW(Phdr) part;
    memcpy(&part, head + at, sizeof part);
    if (part.p_type != PT_INTERP) continue;
    bool other = part.p_offset < (size_t)length && strstr(head + part.p_offset, "ld-linux") == NULL;
    return other ? "another C library" : NULL;
  }
  return "static";
}

static bool has_variable(char *const environment[], const char *name, const char *part) {
  size_t length = strlen(name);
  for (; environment != NULL && *environment != NULL; environment++) {
    if (strncmp(*environment, name, length) == 0 && strstr(*environment + length, part) != NULL)
      return true;
  }
  return false;
}

static void check_program(const char *path, char *const environment[]) {
  if (!ready() || path == NULL) return;
  struct hold hold;
  enter(&hold);
  const char *base = strrchr(own_name, '/');
  bool passes_on = has_variable(environment, "LD_PRELOAD=", base != NULL ? base + 1 : own_name) &&
                   has_variable(environment, "VCI_RECORDER_TRACE=", "") &&
                   has_variable(environment, "VCI_RECORDER_PATH=", "");
  const char *why = why_unseen(path, 0);
  if (why == NULL && !passes_on && sys(SYS_faccessat, AT_FDCWD, path, X_OK) == 0) {
    why = "without the recorder's environment";
  }
  if (why != NULL) {
    begin("unseen", "execve");
    field_path("program", path);
    field_word("why", why);
    end();
  }
  leave(&hold);
}

SEEN int execve(const char *path, char *const arguments[], char *const environment[]) {
  check_program(path, environment);
  return (int)answer(sys(SYS_execve, path, arguments, environment));
}

SEEN int fexecve(int descriptor, char *const arguments[], char *const environment[]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  check_program(link, environment);
  return (int)answer(sys(SYS_execveat, descriptor, "", arguments, environment, AT_EMPTY_PATH));
}

/* System calls that a program makes through the C library's `syscall`. */
SEEN long syscall(long number, ...) {
  va_list list;
  long a[6];
  va_start(list, number);
  for (int index = 0; index < 6; index++) a[index] = va_arg(list, long);
  va_end(list);
  switch (number) {
#ifdef __x86_64__
    case SYS_open: return OPENING("open", AT_FDCWD, (const char *)a[0], (int)a[1], a[2]);
    case SYS_creat: return creat((const char *)a[0], (mode_t)a[1]);
    case SYS_dup2: return dup2((int)a[0], (int)a[1]);
    case SYS_rename: return rename((const char *)a[0], (const char *)a[1]);
    case SYS_renameat:
      return renameat((int)a[0], (const char *)a[1], (int)a[2], (const char *)a[3]);
    case SYS_link: return link((const char *)a[0], (const char *)a[1]);
    case SYS_unlink: return unlink((const char *)a[0]);
    case SYS_mkdir: return mkdir((const char *)a[0], (mode_t)a[1]);
    case SYS_rmdir: return rmdir((const char *)a[0]);
#endif
    case SYS_openat: return OPENING("openat", (int)a[0], (const char *)a[1], (int)a[2], a[3]);
    case SYS_openat2: {
      const uint64_t *how = (const uint64_t *)a[2];
      if (how == NULL || a[3] < 24) return answer(sys(number, a[0], a[1], a[2], a[3]));
      return do_open(&(struct opening){
          "openat2", SYS_openat2, (int)a[0], (int)how[0], (const char *)a[1], a[2], a[3]});
    }
    case SYS_close: return close((int)a[0]);
    case SYS_close_range: return close_range((unsigned)a[0], (unsigned)a[1], (int)a[2]);
    case SYS_dup: return dup((int)a[0]);
    case SYS_dup3: return dup3((int)a[0], (int)a[1], (int)a[2]);
    case SYS_read: return read((int)a[0], (void *)a[1], (size_t)a[2]);
    case SYS_pread64: return pread((int)a[0], (void *)a[1], (size_t)a[2], a[3]);
    case SYS_write: return write((int)a[0], (const void *)a[1], (size_t)a[2]);
    case SYS_pwrite64: return pwrite((int)a[0], (const void *)a[1], (size_t)a[2], a[3]);
    case SYS_writev: return writev((int)a[0], (const struct iovec *)a[1], (int)a[2]);
    case SYS_pwritev: return pwritev((int)a[0], (const struct iovec *)a[1], (int)a[2], a[3]);
    case SYS_pwritev2:
      return pwritev2((int)a[0], (const struct iovec *)a[1], (int)a[2], a[3], (int)a[5]);
    case SYS_copy_file_range:
      return copy_file_range(
          (int)a[0], (off64_t *)a[1], (int)a[2], (off64_t *)a[3], (size_t)a[4], (unsigned)a[5]);
    case SYS_splice:
      return splice(
          (int)a[0], (off64_t *)a[1], (int)a[2], (off64_t *)a[3], (size_t)a[4], (unsigned)a[5]);
    case SYS_sendfile: return sendfile((int)a[0], (int)a[1], (off_t *)a[2], (size_t)a[3]);
    case SYS_ioctl: return ioctl((int)a[0], (unsigned long)a[1], a[2]);
    case SYS_ftruncate: return ftruncate((int)a[0], a[1]);
    case SYS_truncate: return truncate((const char *)a[0], a[1]);
    case SYS_fallocate: return fallocate((int)a[0], (int)a[1], a[2], a[3]);
    case SYS_fsync: return fsync((int)a[0]);
    case SYS_fdatasync: return fdatasync((int)a[0]);
    case SYS_sync_file_range: return sync_file_range((int)a[0], a[1], a[2], (unsigned)a[3]);
    case SYS_syncfs: return syncfs((int)a[0]);
    case SYS_sync: sync(); return 0;
    case SYS_mmap:
      return (long)mmap((void *)a[0], (size_t)a[1], (int)a[2], (int)a[3], (int)a[4], a[5]);
    case SYS_mprotect: return mprotect((void *)a[0], (size_t)a[1], (int)a[2]);
    case SYS_munmap: return munmap((void *)a[0], (size_t)a[1]);
    case SYS_msync: return msync((void *)a[0], (size_t)a[1], (int)a[2]);
    case SYS_renameat2:
      return renameat2(
          (int)a[0], (const char *)a[1], (int)a[2], (const char *)a[3], (unsigned)a[4]);
    case SYS_linkat:
      return linkat((int)a[0], (const char *)a[1], (int)a[2], (const char *)a[3], (int)a[4]);
    case SYS_unlinkat: return unlinkat((int)a[0], (const char *)a[1], (int)a[2]);
    case SYS_mkdirat: return mkdirat((int)a[0], (const char *)a[1], (mode_t)a[2]);
    case SYS_sendmsg: return sendmsg((int)a[0], (const struct msghdr *)a[1], (int)a[2]);
    case SYS_execve: return execve((const char *)a[0], (char *const *)a[1], (char *const *)a[2]);
    case SYS_io_uring_setup: name_loudly("io_uring_setup", ring); break;
    case SYS_io_setup: name_loudly("io_setup", ring); break;
    default: break;
  }
  return answer(sys(number, a[0], a[1], a[2], a[3], a[4], a[5]));
}

/* ---- The start ------------------------------------------------------------------------------- */

/* Puts a jump at the begin of a function of the C library, which it calls itself without the
 * linker. */
static bool divert(void *library, const char *name, const void *to) {
#ifdef __x86_64__
  /* endbr64; jmp *0(%rip); the address */
  unsigned char jump[18] = {0xf3, 0x0f, 0x1e, 0xfa, 0xff, 0x25};
  memcpy(jump + 10, &to, sizeof to);
#else
  /* bti c; ldr x16, 8; br x16; the address */
  unsigned char jump[20] = {0x5f, 0x24, 0x03, 0xd5, 0x50, 0x00, 0x00, 0x58, 0x00, 0x02, 0x1f, 0xd6};
  memcpy(jump + 12, &to, sizeof to);
#endif
  Dl_info info;
  const ElfW(Sym) *symbol = NULL;
  unsigned char *at = dlsym(library, name);
  if (at == NULL || dladdr1(at, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL)
    return false;
  if (symbol->st_size < sizeof jump) return false;
  uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t page = (uintptr_t)at & ~(size - 1);
  size_t length = ((uintptr_t)at + sizeof jump - page + size - 1) & ~(size - 1);
  if (sys(SYS_mprotect, page, length, PROT_READ | PROT_WRITE | PROT_EXEC) < 0) return false;
  memcpy(at, jump, sizeof jump);
  __builtin___clear_cache((char *)at, (char *)at + sizeof jump);
  return sys(SYS_mprotect, page, length, PROT_READ | PROT_EXEC) == 0;
}

static bool divert_all(void) {
  void *library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  return library != NULL && divert(library, "write", (void *)write) &&
         divert(library, "open64", (void *)open) && divert(library, "close", (void *)close) &&
         divert(library, "read", (void *)read) && divert(library, "pwrite64", (void *)pwrite) &&
         divert(library, "fsync", (void *)fsync) &&
         divert(library, "fdatasync", (void *)fdatasync) &&
         divert(library, "unlink", (void *)unlink) && divert(library, "execve", (void *)execve);
}

static void find_place(const char *path) {
  struct stat status;
  if (path[0] != '/' || !resolve(AT_FDCWD, path, place, sizeof place)) {
    give_up(WRONG_USAGE, "VCI_RECORDER_PATH is no absolute path in a folder: ", path);
  }
  one_file = !(sys(SYS_newfstatat, AT_FDCWD, place, &status, 0) == 0 && S_ISDIR(status.st_mode));
  if (!one_file) {
    long opened = sys(SYS_openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0 || !name_of(opened, place, sizeof place)) {
      give_up(WRONG_USAGE, "VCI_RECORDER_PATH cannot be opened: ", path);
    }
    sys(SYS_close, opened);
  }
  place_length = strlen(place);
  folder_length = one_file ? (size_t)(strrchr(place, '/') - place) : place_length;
}

static void share(void) {
  char path[PATH_MAX];
  struct stat status;
  snprintf(path, sizeof path, "%.*s.state", PATH_MAX - 8, trace_path);
  long opened = sys(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (opened < 0 || sys(SYS_fstat, opened, &status) < 0)
    give_up(CANNOT_RECORD, "cannot open ", path);
  if (status.st_size < 4096 && sys(SYS_ftruncate, opened, 4096) < 0) {
    give_up(CANNOT_RECORD, "no room for ", path);
  }
  long mapped = sys(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  if (mapped < 0 && mapped > -4096) give_up(CANNOT_RECORD, "cannot map ", path);
  shared = (struct shared *)mapped;
  sys(SYS_close, opened);
}

/* Numbers begin anew with the trace. */
static void forget_older_trace(void) {
  struct stat status;
  if (sys(SYS_fstat, trace, &status) == 0 && status.st_size == 0) memset(shared, 0, sizeof *shared);
}

static void record_start(void) {
  char program[PATH_MAX];
  long length = sys(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", program, sizeof program - 1);
  program[length > 0 ? length : 0] = 0;
  begin("start", "execve");
  field_number("version", VERSION);
  field_number("parent", sys(SYS_getppid));
  field_path("program", program);
  if (follows_stdio) field_true("stdio");
  end();
  for (int descriptor = 0; descriptor < MOST_INHERITED; descriptor++) {
    struct target target;
    if (watched(descriptor, &target)) record_found("inherited", descriptor, &target);
  }
}

static void start(void) {
  int kept = errno;
  const char *path = getenv("VCI_RECORDER_TRACE");
  const char *where = getenv("VCI_RECORDER_PATH");
  if (path == NULL || where == NULL) {
    atomic_store(&phase, OFF);
    return;
  }
  if (path[0] != '/' || strlen(path) > PATH_MAX - 8) {
    give_up(WRONG_USAGE, "VCI_RECORDER_TRACE is no absolute path: ", path);
  }
  snprintf(trace_path, sizeof trace_path, "%s", path);
  Dl_info info;
  if (dladdr((void *)start, &info) != 0) snprintf(own_name, sizeof own_name, "%s", info.dli_fname);
  find_place(where);
  char real[PATH_MAX + 64];
  if (resolve(AT_FDCWD, path, real, sizeof real) && inside(real)) {
    give_up(WRONG_USAGE, "VCI_RECORDER_TRACE lies in the folder: ", path);
  }
  parse_faults(getenv("VCI_RECORDER_FAULTS"));
  open_trace();
  lock_trace(F_WRLCK);
  share();
  forget_older_trace();
  lock_trace(F_UNLCK);
  follows_stdio = divert_all();
  pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  atomic_store_explicit(&phase, RECORDING, memory_order_release);
  struct hold hold;
  enter(&hold);
  record_start();
  leave(&hold);
  errno = kept;
}

__attribute__((constructor)) static void load(void) { ready(); }
