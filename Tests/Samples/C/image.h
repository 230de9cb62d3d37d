/* SPDX-License-Identifier: Apache-2.0
 *
 * An image that is open, as a reader sees it: header, and the nodes that lead to the last block
 * that was asked for.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include "file.h"
#include "format.h"
#include "node.h"

typedef struct {
  file file;
  uint64_t file_blocks; /* whole blocks of the file when it was opened */
  header header;
  counters counters;
  unsigned levels;              /* of the path, the root included */
  disk_node path[MAX_LEVELS];   /* checked nodes, each a child of the one before */
  slot entries[MAX_LEVELS];     /* the entry by which each was reached; none for the root */
} image;

/* What a disk block is. */
typedef struct {
  bool hit;
  uint64_t count;   /* how many blocks from the one asked for on are the same */
  uint64_t address; /* of a hit: the file block that holds the first of them */
} location;

/* Whether a file is a VCI (VCI-RD-001). */
bool image_probe(const char *path, failure *why);

/* Opens an image, and applies all rules of stage probe and open (VCI-RD-002). `expected` is the
 * modification UUID that it must have, or NULL (VCI-WR-007). */
bool image_open(image *it, const char *path, purpose wanted, const uint8_t *expected, failure *why);

void image_close(image *it);

/* Finds a disk block before 2^54 by the nodes that lead to it. Is refused for damage
 * (VCI-RD-004). */
bool image_find(image *it, uint64_t block, location *found, failure *why);

/* The rules of stage touch about the place of a node or of data, before it is read. */
bool require_child_place(const image *it, uint64_t address, failure *why);
bool require_data(const image *it, const slot *extent, failure *why);

/* Reads and checks the node to which an entry of a node at level `level` - 1 leads. */
bool image_read_child(const image *it, const slot *entry, unsigned level, disk_node *child,
                      failure *why);

#endif
