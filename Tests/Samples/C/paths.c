/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths from the root to a leaf. A node is copied before it is changed, the root first; entries of
 * a copy are as narrow as what the child holds, and those that lead to nothing are left out.
 */
#include "writer_parts.h"

/* Gives up a node below which there are no extents, and all nodes below it. */
static void release_empty(writer *it, node *gone) {
  for (unsigned index = 0; !gone->leaf && index < gone->used; index++) {
    release_empty(it, gone->branches[index].child);
  }
  release_node(it, gone);
}

/* Makes the entries of a copy as narrow as they can be. Those that lead to nothing go. */
static void narrow_entries(writer *it, node *copy) {
  for (unsigned index = 0; !copy->leaf && index < copy->used;) {
    branch *one = &copy->branches[index];
    if (tree_next(one->child, 0) != NULL) {
      one->offset = node_start(one->child);
      one->end = node_end(one->child);
      index++;
    } else {
      release_empty(it, one->child);
      branch_remove(copy, index);
    }
  }
}

/* Gives a node that a durable tree leads to another place. */
static bool copy_node(writer *it, node *one) {
  uint64_t address;
  if (!one->durable) return true;
  if (!take_copy(it, &address)) return false;
  release_place(it, one->address, true);
  one->address = address;
  one->durable = false;
  one->linked = false;
  narrow_entries(it, one);
  return true;
}

static change no_copy(failure *why) {
  refused(why, "space", "there is no place for the copy of a node");
  return FAILED;
}

/* A root without entries becomes the first leaf of another tree. */
static void restart_tree(writer *it) {
  it->root->leaf = true;
  it->levels = 1;
}

static bool copy_root(writer *it) {
  if (!copy_node(it, it->root)) return false;
  if (!it->root->leaf && it->root->used == 0) restart_tree(it);
  return true;
}

/* The entry of a node that leads to where blocks belong of which nothing is cached, or can be
 * widened to do so; `used` if there is none. */
static unsigned entry_for(const node *copy, const extent *added) {
  unsigned right = node_slot_behind(copy, added->offset);
  const branch *behind = &copy->branches[right];
  if (right < copy->used && behind->offset <= added->offset) return right;
  uint64_t end = added->offset + added->count;
  if (right > 0 && end - behind[-1].offset <= MAX_SPAN) return right - 1;
  if (right < copy->used && behind->end - added->offset <= MAX_SPAN) return right;
  return copy->used;
}

/* The entry of a node that leads to the first extent that ends behind a block; there is one. */
static unsigned entry_with(const node *copy, uint64_t block) {
  unsigned slot = node_slot_behind(copy, block);
  while (slot < copy->used && tree_next(copy->branches[slot].child, block) == NULL) slot++;
  return slot;
}

/* Copies a path, as far as there are places. `added` is NULL if it is to lead to `block`. */
static change copy_path(writer *it, uint64_t block, const extent *added, path *into) {
  if (!copy_root(it)) return NO_NODE;
  into->nodes[0] = it->root;
  for (into->depth = 1; !into->nodes[into->depth - 1]->leaf; into->depth++) {
    node *last = into->nodes[into->depth - 1];
    unsigned slot = added ? entry_for(last, added) : entry_with(last, block);
    if (slot == last->used) return NO_INDEX;
    node *next = last->branches[slot].child;
    if (!copy_node(it, next)) return NO_NODE;
    into->slots[into->depth - 1] = slot;
    into->nodes[into->depth] = next;
  }
  return CHANGED;
}

/* If there are not enough places, a flush makes those free that were copied before. */
static change copy_path_or_flush(writer *it, uint64_t block, const extent *added, path *into,
                                 failure *why) {
  change result = copy_path(it, block, added, into);
  if (result != NO_NODE) return result;
  if (!writer_flush(it, why)) return FAILED;
  result = copy_path(it, block, added, into);
  return result == NO_NODE ? no_copy(why) : result;
}

change copy_path_to(writer *it, uint64_t block, path *into, failure *why) {
  return copy_path_or_flush(it, block, NULL, into, why);
}

change copy_path_for(writer *it, const extent *added, path *into, failure *why) {
  return copy_path_or_flush(it, added->offset, added, into, why);
}

void widen_path(path *along, const extent *added) {
  uint64_t end = added->offset + added->count;
  for (unsigned level = 0; level + 1 < along->depth; level++) {
    branch *one = &along->nodes[level]->branches[along->slots[level]];
    if (added->offset < one->offset) one->offset = added->offset;
    if (end > one->end) one->end = end;
  }
}
