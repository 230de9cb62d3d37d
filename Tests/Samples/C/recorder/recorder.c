/* SPDX-License-Identifier: Apache-2.0
 *
 * Records what the sample writes to images, and when it makes it durable, into the file that
 * VCI_RECORD names: for tests of what a crash leaves. The linker puts these functions in the place
 * of the system's (--wrap). Images are told from data files by being open for reading too.
 *
 * A record is a letter, W for a write or S for what makes all before durable, and for a write its
 * offset and length, 8 bytes each, little endian, and the bytes.
 */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

ssize_t __real_pwrite(int descriptor, const void *bytes, size_t length, off_t offset);
int __real_fsync(int descriptor);
ssize_t __wrap_pwrite(int descriptor, const void *bytes, size_t length, off_t offset);
int __wrap_fsync(int descriptor);

static int record(void) {
  static int descriptor = -1;
  const char *path = getenv("VCI_RECORD");
  if (descriptor < 0 && path != NULL) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0) abort();
  }
  return descriptor;
}

static int is_image(int descriptor) {
  return record() >= 0 && (fcntl(descriptor, F_GETFL) & O_ACCMODE) == O_RDWR;
}

static void put(const void *bytes, size_t length) {
  if (write(record(), bytes, length) != (ssize_t)length) abort();
}

ssize_t __wrap_pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
  ssize_t written = __real_pwrite(descriptor, bytes, length, offset);
  if (written > 0 && is_image(descriptor)) {
    unsigned char head[17] = {'W'};
    for (int index = 0; index < 8; index++) {
      head[1 + index] = (unsigned char)((uint64_t)offset >> (8 * index));
      head[9 + index] = (unsigned char)((uint64_t)written >> (8 * index));
    }
    put(head, sizeof head);
    put(bytes, (size_t)written);
  }
  return written;
}

int __wrap_fsync(int descriptor) {
  int result = __real_fsync(descriptor);
  if (result == 0 && is_image(descriptor)) put("S", 1);
  return result;
}
