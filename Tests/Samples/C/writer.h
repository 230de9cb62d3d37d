/* SPDX-License-Identifier: Apache-2.0
 *
 * An image that is open for writing.
 */
#ifndef WRITER_H
#define WRITER_H

#include "image.h"

typedef struct writer writer;

/* Is told which blocks are no longer cached because of a write. */
typedef struct {
  void (*evicted)(void *context, uint64_t block, uint64_t count);
  void (*dropped)(void *context, uint64_t block, uint64_t count);
  void *context;
} losses;

/* Opens an image, and applies all rules but those of map and list, which are written anew
 * (VCI-RD-003). Returns NULL if it is refused. */
writer *writer_open(const char *path, const uint8_t *expected, failure *why);

const header *writer_header(const writer *it);
const file *writer_file(const writer *it);

/* Finds a disk block before 2^54. */
void writer_find(const writer *it, uint64_t block, location *found);

/* Caches blocks. `taken` says how many are done with: 1 at least. */
bool writer_write(writer *it, uint64_t block, uint64_t count, const uint8_t *bytes, losses *to,
                  uint64_t *taken, failure *why);

bool writer_discard(writer *it, uint64_t block, uint64_t count, failure *why);

/* Makes durable what was written. */
bool writer_flush(writer *it, failure *why);

/* Stores the modification UUID, behind all that was written before. */
bool writer_set_state(writer *it, const uint8_t state[16], failure *why);

/* Closes the image, which is clean then if anything was changed. Frees the writer in any case. */
bool writer_close(writer *it, failure *why);

/* Makes an image that caches nothing (VCI-WR-006). */
bool image_create(const char *path, uint64_t blocks, bool fixed, const uint8_t uuid[16],
                  failure *why);

#endif
