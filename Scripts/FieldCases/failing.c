// Makes calls of the system fail on request, in a program that is run with it as LD_PRELOAD:
//
//   FAIL_CALL    the call: flock, pwrite, write, fsync, ftruncate, posix_fallocate, rename
//   FAIL_ERRNO   the number of the error
//   FAIL_FROM    which call is the first to fail, counted from 1; 1 otherwise
//   FAIL_COUNT   how many fail from there on; all otherwise
//   FAIL_FILE    the end of the path that a file must have for its calls to count; all count otherwise
//
// Nothing of a call that fails is done. A case builds it by: failing_calls
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long number(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? atol(text) : otherwise;
}

static int counts(int file) {
  const char *end = getenv("FAIL_FILE");
  char link[64], path[4096];
  if (!end || file < 0) return 1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = 0;
  size_t wanted = strlen(end);
  return (size_t)size >= wanted && strcmp(path + size - wanted, end) == 0;
}

// The error of this call; 0 where it is to be done.
static int failure(const char *call, int file) {
  static long calls;
  const char *wanted = getenv("FAIL_CALL");
  if (!wanted || strcmp(wanted, call) != 0 || !counts(file)) return 0;
  long from = number("FAIL_FROM", 1), count = number("FAIL_COUNT", 0);
  long now = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
  return now >= from && (count == 0 || now < from + count) ? (int)number("FAIL_ERRNO", EIO) : 0;
}

#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))
#define FAIL(call, file)                 \
  do {                                   \
    int code = failure(call, file);      \
    if (code) { errno = code; return -1; } \
  } while (0)

int flock(int file, int operation) {
  FAIL("flock", file);
  return REAL(int (*)(int, int), "flock")(file, operation);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  FAIL("pwrite", file);
  return REAL(ssize_t (*)(int, const void *, size_t, off_t), "pwrite")(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
  FAIL("pwrite", file);
  return REAL(ssize_t (*)(int, const void *, size_t, off64_t), "pwrite64")(file, bytes, count, offset);
}

ssize_t write(int file, const void *bytes, size_t count) {
  FAIL("write", file);
  return REAL(ssize_t (*)(int, const void *, size_t), "write")(file, bytes, count);
}

int fsync(int file) {
  FAIL("fsync", file);
  return REAL(int (*)(int), "fsync")(file);
}

int ftruncate(int file, off_t size) {
  FAIL("ftruncate", file);
  return REAL(int (*)(int, off_t), "ftruncate")(file, size);
}

int ftruncate64(int file, off64_t size) {
  FAIL("ftruncate", file);
  return REAL(int (*)(int, off64_t), "ftruncate64")(file, size);
}

// It answers the error, and leaves errno alone.
int posix_fallocate(int file, off_t offset, off_t count) {
  int code = failure("posix_fallocate", file);
  if (code) return code;
  return REAL(int (*)(int, off_t, off_t), "posix_fallocate")(file, offset, count);
}

int posix_fallocate64(int file, off64_t offset, off64_t count) {
  int code = failure("posix_fallocate", file);
  if (code) return code;
  return REAL(int (*)(int, off64_t, off64_t), "posix_fallocate64")(file, offset, count);
}

int rename(const char *old, const char *new) {
  FAIL("rename", -1);
  return REAL(int (*)(const char *, const char *), "rename")(old, new);
}
