/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree shrinks: blocks are removed, and nodes that are nearly empty merged.
 */
#include <stdlib.h>

#include "writer_parts.h"

static void cut_tail(writer *it, extent *one, uint64_t block) {
  uint32_t kept = (uint32_t)(block - one->offset);
  release_data(it, one->address + kept, one->count - kept, one->fresh);
  one->count = kept;
}

static void cut_head(writer *it, extent *one, uint64_t end) {
  uint32_t gone = (uint32_t)(end - one->offset);
  release_data(it, one->address, gone, one->fresh);
  one->offset = end;
  one->address += gone;
  one->count -= gone;
}

/* Makes a hole in an extent that goes on behind it. Without a slot for the second part the smaller
 * one is evicted. */
static void cut_hole(writer *it, node *leaf, unsigned slot, uint64_t block, uint64_t end,
                     losses *to) {
  extent *one = &leaf->extents[slot];
  uint64_t before = block - one->offset, behind = one->offset + one->count - end;
  if (!node_is_full(leaf)) {
    extent second = *one;
    second.offset = end;
    second.address += end - one->offset;
    second.count = (uint32_t)behind;
    release_data(it, one->address + before, end - block, one->fresh);
    one->count = (uint32_t)before;
    leaf_add(leaf, slot + 1, &second);
  } else if (before < behind) {
    tell_evicted(to, one->offset, before);
    cut_head(it, one, end);
  } else {
    tell_evicted(to, end, behind);
    cut_tail(it, one, block);
  }
}

/* Removes what a leaf has of the blocks from `block` to `end`. */
static void cut_leaf(writer *it, node *leaf, uint64_t block, uint64_t end, losses *to) {
  unsigned slot = node_slot_behind(leaf, block);
  while (slot < leaf->used && leaf->extents[slot].offset < end) {
    extent *one = &leaf->extents[slot];
    bool starts_before = one->offset < block, ends_behind = one->offset + one->count > end;
    if (starts_before && ends_behind) {
      cut_hole(it, leaf, slot, block, end, to);
      return;
    }
    if (starts_before) {
      cut_tail(it, one, block);
      slot++;
    } else if (ends_behind) {
      cut_head(it, one, end);
      return;
    } else {
      release_data(it, one->address, one->count, one->fresh);
      leaf_remove(leaf, slot);
    }
  }
}

/* Whether a cut would make a hole in a leaf that has no slot for it. */
static bool needs_slot(const node *leaf, uint64_t block, uint64_t end) {
  const extent *one = &leaf->extents[node_slot_behind(leaf, block)];
  return node_is_full(leaf) && one->offset < block && one->offset + one->count > end;
}

static unsigned capacity(const node *one) {
  return one->leaf ? MAX_EXTENTS : MAX_ENTRIES;
}

/* Whether two neighbours are so empty that they should be one, and an entry can lead to it. */
static bool should_merge(const node *left, const node *right, uint64_t start, uint64_t end) {
  unsigned least = capacity(left) / 4;
  bool sparse = left->used < least || right->used < least;
  return sparse && left->used + right->used <= capacity(left) * 3 / 4 && end - start <= MAX_SPAN;
}

/* Merges the children of two slots into the one that was copied already. */
static void merge(writer *it, node *parent, unsigned left_slot) {
  branch *left = &parent->branches[left_slot], *right = left + 1;
  node *kept = left->child->durable ? right->child : left->child;
  node *gone = kept == left->child ? right->child : left->child;
  node together = *left->child;
  node_move(right->child, 0, right->child->used, &together);
  together.address = kept->address;
  together.durable = together.linked = false;
  left->end = right->end;
  branch_remove(parent, left_slot + 1);
  *kept = together;
  left->child = kept;
  release_node(it, gone);
}

/* Merges a child that was copied with a neighbour, if that is worth it. */
static void try_merge(writer *it, node *parent, unsigned slot) {
  for (unsigned side = 0; side < 2; side++) {
    unsigned left = slot - side;
    if ((side == 1 && slot == 0) || left + 1 >= parent->used) continue;
    const branch *one = &parent->branches[left];
    if (should_merge(one[0].child, one[1].child, one[0].offset, one[1].end)) {
      merge(it, parent, left);
      return;
    }
  }
}

/* A root with a single child gives way to it; one without any becomes a leaf. */
static void shrink_root(writer *it) {
  while (!it->root->leaf && it->root->used == 1) {
    node *child = it->root->branches[0].child;
    release_node(it, it->root);
    it->root = child;
    it->levels--;
  }
  if (!it->root->leaf && it->root->used == 0) {
    it->root->leaf = true;
    it->levels = 1;
  }
}

/* Brings the entries of a path in line with its leaf, from which something was removed. */
static void mend_path(writer *it, path *along) {
  for (unsigned level = along->depth - 1; level > 0; level--) {
    node *one = along->nodes[level], *parent = along->nodes[level - 1];
    unsigned slot = along->slots[level - 1];
    if (one->used == 0) {
      release_node(it, one);
      branch_remove(parent, slot);
      continue;
    }
    parent->branches[slot].offset = node_start(one);
    parent->branches[slot].end = node_end(one);
    try_merge(it, parent, slot);
  }
  shrink_root(it);
}

bool remove_blocks(writer *it, uint64_t block, uint64_t end, losses *to, failure *why) {
  for (;;) {
    const extent *next = tree_next(it->root, block);
    if (next == NULL || next->offset >= end) return true;
    path along;
    if (copy_path_to(it, block, &along, why) != CHANGED) return false;
    node *leaf = along.nodes[along.depth - 1];
    if (needs_slot(leaf, block, end) && split_path(it, &along) == CHANGED) continue;
    cut_leaf(it, leaf, block, end, to);
    mend_path(it, &along);
  }
}
