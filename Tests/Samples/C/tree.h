/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree of an image that is open for writing, in memory as a whole. Nothing here reads or
 * writes the file.
 */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "format.h"

typedef struct node node;

typedef struct {
  uint64_t offset;
  uint32_t count;
  uint64_t address;
  bool fresh; /* no durable tree maps its blocks */
} extent;

/* An entry of an internal node: all below it lies from `offset` on and before `end`. */
typedef struct {
  uint64_t offset;
  uint64_t end;
  node *child;
} branch;

struct node {
  uint64_t address;
  bool leaf;
  bool durable; /* the file has it so, and a durable tree leads to it */
  bool linked;  /* in the file some of its extents have LRU links */
  unsigned used;
  union {
    extent extents[MAX_EXTENTS];
    branch branches[MAX_ENTRIES];
  };
};

node *node_new(bool leaf, uint64_t address);
void tree_free(node *root);

bool node_is_full(const node *it);

/* Range of what a node holds, by its first and last slot; it has some. */
uint64_t node_start(const node *it);
uint64_t node_end(const node *it);

/* The first slot that ends behind `block`; `used` if there is none. */
unsigned node_slot_behind(const node *it, uint64_t block);

/* The first extent that ends behind `block`; NULL if there is none. */
extent *tree_next(node *root, uint64_t block);

/* Of `count` blocks of which nothing is cached, those from `block` on that can be added as a single
 * extent. Others are in the range of another entry, which may be wider than what lies below it. */
uint64_t tree_gap(const node *root, uint64_t block, uint64_t count);

void leaf_add(node *leaf, unsigned index, const extent *added);
void leaf_remove(node *leaf, unsigned index);
void branch_add(node *internal, unsigned index, uint64_t start, uint64_t end, node *child);
void branch_remove(node *internal, unsigned index);

/* Moves slots `from` to `from` + `count` - 1 of a node to the end of another of the same type. */
void node_move(node *source, unsigned from, unsigned count, node *target);

/* The bytes of a node. */
void tree_encode(const node *it, uint8_t bytes[NODE_BYTES]);

#endif
