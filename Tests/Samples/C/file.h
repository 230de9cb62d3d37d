/* SPDX-License-Identifier: Apache-2.0
 *
 * The file under an image: "Files" and "Locks" in Specs/VCI.md.
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

typedef struct {
  int descriptor;
  uint64_t bytes; /* its size when it was opened, and what was written behind since */
} file;

typedef enum { READING, WRITING } purpose;

/* Opens a regular file or a block device, and nothing else. */
bool file_open(file *it, const char *path, purpose wanted, failure *why);

/* Locks the file, against all others if it is for writing. */
bool file_lock(const file *it, purpose wanted, failure *why);

/* Makes a file under a name that is free, open for writing and locked. */
bool file_create(file *it, const char *path, failure *why);

/* Removes a file that was created, under its own name only. */
void file_remove(const file *it, const char *path);

void file_close(file *it);

/* Makes the name of a file durable. */
bool file_sync_name(const char *path, failure *why);

/* Reads bytes that the file had when it was opened, or that were written since. */
bool file_read(const file *it, uint64_t offset, void *bytes, uint64_t count, failure *why);

/* Where the file's next bytes are that may not be zero, at or after `offset`; `end` if none are. */
uint64_t file_next_data(const file *it, uint64_t offset, uint64_t end);

/* A write may find the disk full; `why` then has the class "space". */
bool file_write(file *it, uint64_t offset, const void *bytes, uint64_t count, failure *why);

/* Has the disk allocate all bytes up to `bytes`. */
bool file_allocate(file *it, uint64_t bytes, failure *why);

/* Makes durable all that was written. */
bool file_sync(const file *it, failure *why);

/* Whole blocks of the file. */
uint64_t file_blocks(const file *it);

#endif
