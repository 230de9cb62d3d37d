/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* flock, and SEEK_DATA where there is one; all else is POSIX.1-2008 */

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"

/* Whether an error says that there is no room for the file (VCI-WR-005). */
static bool is_want_of_space(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

static bool failed(failure *why, const char *what) {
  int error = errno;
  return refused(why, is_want_of_space(error) ? "space" : "io", "%s: %s", what, strerror(error));
}

static bool is_image_kind(const struct stat *status) {
  return S_ISREG(status->st_mode) || S_ISBLK(status->st_mode);
}

bool file_open(file *it, const char *path, purpose wanted, failure *why) {
  struct stat status;
  it->descriptor = -1;
  /* look before opening, which may wait, and again behind it, as the name may be another's
   * by then. */
  if (stat(path, &status) != 0) return failed(why, "cannot be found");
  if (!is_image_kind(&status)) return refused(why, "io", "neither a file nor a block device");
  int flags = (wanted == WRITING ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  it->descriptor = open(path, flags);
  if (it->descriptor < 0) return failed(why, "cannot be opened");
  off_t end = -1;
  if (fstat(it->descriptor, &status) != 0) failed(why, "cannot be looked at");
  else if (!is_image_kind(&status)) refused(why, "io", "neither a file nor a block device");
  else if ((end = lseek(it->descriptor, 0, SEEK_END)) < 0) failed(why, "has no size");
  if (end < 0) file_close(it);
  it->bytes = end < 0 ? 0 : (uint64_t)end;
  return end >= 0;
}

bool file_lock(const file *it, purpose wanted, failure *why) {
  int kind = (wanted == WRITING ? LOCK_EX : LOCK_SH) | LOCK_NB;
  int result;
  do {
    result = flock(it->descriptor, kind);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return true;
  if (errno == EWOULDBLOCK) return refused(why, "locked", "another program has the file open");
  if (wanted == WRITING) return failed(why, "cannot be locked");
  fprintf(stderr, "vci-sample: the file is read without a lock: %s\n", strerror(errno));
  return true;
}

bool file_create(file *it, const char *path, failure *why) {
  /* VCI-WR-006: O_EXCL follows no link, and takes no name in use. */
  it->descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC, 0666);
  it->bytes = 0;
  if (it->descriptor < 0) return failed(why, "cannot be created");
  if (file_lock(it, WRITING, why)) return true;
  file_remove(it, path);
  file_close(it);
  return false;
}

void file_remove(const file *it, const char *path) {
  struct stat mine, named;
  if (fstat(it->descriptor, &mine) != 0 || lstat(path, &named) != 0) return;
  if (mine.st_dev == named.st_dev && mine.st_ino == named.st_ino) unlink(path);
}

void file_close(file *it) {
  if (it->descriptor >= 0) close(it->descriptor);
  it->descriptor = -1;
}

static bool sync_descriptor(int descriptor) {
  int result;
  do {
    result = fsync(descriptor);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

bool file_sync_name(const char *path, failure *why) {
  char *copy = strdup(path);
  int folder = copy == NULL ? -1 : open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  free(copy);
  bool done = folder >= 0 && sync_descriptor(folder);
  if (!done) failed(why, "its folder cannot be made durable");
  if (folder >= 0) close(folder);
  return done;
}

bool file_read(const file *it, uint64_t offset, void *bytes, uint64_t count, failure *why) {
  char *to = bytes;
  if (offset > it->bytes || count > it->bytes - offset) {
    return refused(why, "io", "byte %llu is behind the file's end", (unsigned long long)offset);
  }
  while (count > 0) {
    ssize_t got = pread(it->descriptor, to, count < (1u << 30) ? count : (1u << 30), (off_t)offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(why, "cannot be read");
    if (got == 0) return refused(why, "io", "the file became shorter"); /* */
    to += got;
    offset += (uint64_t)got;
    count -= (uint64_t)got;
  }
  return true;
}

uint64_t file_next_data(const file *it, uint64_t offset, uint64_t end) {
  if (offset >= end) return end;
#ifdef SEEK_DATA
  off_t data = lseek(it->descriptor, (off_t)offset, SEEK_DATA);
  if (data < 0 && errno == ENXIO) return end;
  if (data >= 0 && (uint64_t)data > offset) return (uint64_t)data < end ? (uint64_t)data : end;
#else
  (void)it;
#endif
  return offset;
}

bool file_write(file *it, uint64_t offset, const void *bytes, uint64_t count, failure *why) {
  const char *from = bytes;
  while (count > 0) {
    size_t piece = count < (1u << 30) ? count : (1u << 30);
    ssize_t written = pwrite(it->descriptor, from, piece, (off_t)offset);
    if (written < 0 && errno == EINTR) continue;
    if (written == 0) errno = ENOSPC;
    if (written <= 0) return failed(why, "cannot be written");
    from += written;
    offset += (uint64_t)written;
    count -= (uint64_t)written;
    if (offset > it->bytes) it->bytes = offset;
  }
  return true;
}

bool file_allocate(file *it, uint64_t bytes, failure *why) {
  do {
    errno = posix_fallocate(it->descriptor, 0, (off_t)bytes);
  } while (errno == EINTR);
  if (errno != 0) return failed(why, "cannot be allocated");
  it->bytes = bytes;
  return true;
}

bool file_sync(const file *it, failure *why) {
  return sync_descriptor(it->descriptor) || failed(why, "cannot be made durable");
}

uint64_t file_blocks(const file *it) {
  return it->bytes / BLOCK;
}
