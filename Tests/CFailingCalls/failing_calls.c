/* SPDX-License-Identifier: Apache-2.0
 *
 * The definitions stand before those of the C library, which they call.
 */
#define _GNU_SOURCE
#include "failing_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

static _Thread_local struct {
  bool on;
  int how, error;
  long seen, first, count, failed;
} plan;

void failing_calls_begin(int how, int error, long first, long count) {
  plan.on = true;
  plan.how = how;
  plan.error = error;
  plan.first = first;
  plan.count = count;
  plan.seen = plan.failed = 0;
}

long failing_calls_end(void) {
  plan.on = false;
  return plan.failed;
}

/* Whether this call fails; `can` is whether calls of its kind can fail as planned. */
static bool fails(bool can) {
  if (!plan.on || !can) return false;
  long number = plan.seen++;
  if (number < plan.first || number - plan.first >= plan.count) return false;
  plan.failed++;
  return true;
}

/* The function of the C library. */
#define NEXT(name, type, ...) \
  static type (*next)(__VA_ARGS__); \
  if (!next) next = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static size_t half(size_t count) { return count > 1 ? count / 2 : count; }

ssize_t pread(int file, void *bytes, size_t count, off_t offset) {
  NEXT("pread", ssize_t, int, void *, size_t, off_t);
  if (!fails(plan.how == FAILING_ERROR || plan.how == FAILING_SHORT))
    return next(file, bytes, count, offset);
  if (plan.how == FAILING_SHORT) return next(file, bytes, half(count), offset);
  errno = plan.error;
  return -1;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  NEXT("pwrite", ssize_t, int, const void *, size_t, off_t);
  if (!fails(plan.how != FAILING_CLOSE)) return next(file, bytes, count, offset);
  if (plan.how == FAILING_SHORT) return next(file, bytes, half(count), offset);
  if (plan.how == FAILING_ZERO) return 0;
  errno = plan.error;
  return -1;
}

int fsync(int file) {
  NEXT("fsync", int, int);
  if (!fails(plan.how == FAILING_ERROR)) return next(file);
  errno = plan.error;
  return -1;
}

int ftruncate(int file, off_t length) {
  NEXT("ftruncate", int, int, off_t);
  if (!fails(plan.how == FAILING_ERROR)) return next(file, length);
  errno = plan.error;
  return -1;
}

int posix_fallocate(int file, off_t offset, off_t length) {
  NEXT("posix_fallocate", int, int, off_t, off_t);
  if (!fails(plan.how == FAILING_ERROR)) return next(file, offset, length);
  return plan.error;
}

int close(int file) {
  NEXT("close", int, int);
  int result = next(file);
  if (!fails(plan.how == FAILING_CLOSE)) return result;
  errno = plan.error;
  return -1;
}
