/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the writer share. Nodes and data are never overwritten: what changes goes to
 * free blocks, and what a durable tree leads to is free only when a newer one is durable
 * (VCI-WR-003). A flush makes the tree in memory the durable one.
 */
#ifndef WRITER_PARTS_H
#define WRITER_PARTS_H

#include "space.h"
#include "tree.h"
#include "writer.h"

enum { MAX_RESERVE = 64 };

/* Blocks that the durable tree leads to and the newest does not. */
typedef struct {
  block_run run;
  bool is_node;
} pending_run;

struct writer {
  image image;
  uint8_t sector[BLOCK]; /* block 0 as it stands in the file */
  node *root;
  unsigned levels;
  uint64_t data_blocks;

  space space;                   /* blocks that are free, those of the reserve not among them */
  uint64_t reserve[MAX_RESERVE]; /* places for copies of nodes, free but held back */
  unsigned reserved;
  pending_run *pending;
  size_t pending_count;
  size_t pending_capacity;
  size_t pending_nodes;

  bool changed;  /* the flag is set, durably */
  bool restated; /* the modification UUID was changed since the last flush */
  bool failed;   /* a flush failed: nothing may be changed any more */
  uint64_t hand; /* where the search for something to evict goes on */
};

/* What came of an attempt to change the tree. */
typedef enum {
  CHANGED,
  NO_NODE,  /* there is no place for another node */
  NO_INDEX, /* the root cannot index it */
  FAILED
} change;

/* ---- loading.c: from the file to memory ---- */

/* Loads the tree and claims what it owns. All rules of class corruption but the bit rules are
 * applied. */
bool load_tree(writer *it, failure *why);

/* Refuses an image that has no room. */
bool require_room(const writer *it, failure *why);

/* ---- supply.c: blocks for nodes and data ---- */

/* How many places the reserve should have: a copy of a path at least. */
unsigned reserve_target(const writer *it);

/* Fills the reserve up, or gives back what is too much. */
void balance_reserve(writer *it);

/* A place for the copy of a node, if need be from the reserve. */
bool take_copy(writer *it, uint64_t *address);

/* Places for new nodes, in a tree of `levels` then. The reserve stays as large as it must be. */
bool take_nodes(writer *it, unsigned count, unsigned levels, uint64_t *addresses);

/* Gives up a node, and frees its memory. */
void release_node(writer *it, node *gone);

/* The place of a node that is copied elsewhere. */
void release_place(writer *it, uint64_t address, bool durable);

/* Gives up blocks of an extent. */
void release_data(writer *it, uint64_t address, uint64_t count, bool fresh);

/* Makes free what was pending: a newer tree is durable. */
void settle(writer *it);

/* ---- paths.c: from the root to a leaf ---- */

/* Nodes from the root to a leaf, all of them copies that may be changed. */
typedef struct {
  unsigned depth;
  node *nodes[MAX_LEVELS];
  unsigned slots[MAX_LEVELS]; /* that lead to the next node */
} path;

/* Copies the path to the first extent that ends behind `block`; there is one. */
change copy_path_to(writer *it, uint64_t block, path *into, failure *why);

/* Copies the path to the leaf into which `added` belongs. NO_INDEX if no entry of the root can be
 * widened so far. */
change copy_path_for(writer *it, const extent *added, path *into, failure *why);

/* Widens the entries of a path by an extent that was added to its leaf. */
void widen_path(path *along, const extent *added);

/* ---- growing.c and shrinking.c: the tree's shape ---- */

/* Adds an extent; nothing is cached of its blocks. */
change insert_extent(writer *it, const extent *added, failure *why);

/* Splits a node of a path of which the leaf is full, one of possibly several. */
change split_path(writer *it, path *along);

/* Removes all that is cached of the blocks from `block` to `end`. Where a hole in an extent finds
 * no slot, its smaller side goes too. */
bool remove_blocks(writer *it, uint64_t block, uint64_t end, losses *to, failure *why);

/* ---- evicting.c ---- */

/* Removes cached blocks, `wanted` of them or more, but none from `low` to `high`, and flushes.
 * `found` tells whether that made anything free. */
bool make_room(writer *it, uint64_t wanted, uint64_t low, uint64_t high, losses *to, bool *found,
               failure *why);

/* Removes an extent of the leaf into which `added` belongs, so that there is a slot. */
bool make_slot(writer *it, const extent *added, uint64_t low, uint64_t high, losses *to,
               bool *found, failure *why);

void tell_evicted(losses *to, uint64_t block, uint64_t count);

/* ---- flushing.c ---- */

/* Sets the flag, durably, before the first change (VCI-WR-002). */
bool begin_change(writer *it, failure *why);

#endif
