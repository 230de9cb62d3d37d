/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree grows: extents are added, and full nodes split.
 */
#include "writer_parts.h"

enum { MOST_MERGED = 2048 }; /* blocks of an extent, so that eviction stays fine-grained */

/* Splits a node into two, of which the right one is new. Its parent has a slot. */
static change split_child(writer *it, node *parent, unsigned slot) {
  uint64_t address;
  if (!take_nodes(it, 1, it->levels, &address)) return NO_NODE;
  node *left = parent->branches[slot].child, *right = node_new(left->leaf, address);
  unsigned half = left->used / 2;
  node_move(left, half, left->used - half, right);
  parent->branches[slot].end = node_end(left);
  branch_add(parent, slot + 1, node_start(right), node_end(right), right);
  return CHANGED;
}

/* How many slots of a node, from `first` on, a child may have: half a node, and no wider than an
 * entry can say. */
static unsigned group_size(const node *full, unsigned first) {
  unsigned half = (full->leaf ? MAX_EXTENTS : MAX_ENTRIES) / 2 + 1, size = 1;
  uint64_t start = full->leaf ? full->extents[first].offset : full->branches[first].offset;
  while (size < half && first + size < full->used) {
    unsigned next = first + size;
    uint64_t end = full->leaf ? full->extents[next].offset + full->extents[next].count
                              : full->branches[next].end;
    if (end - start > MAX_SPAN) break;
    size++;
  }
  return size;
}

static unsigned count_groups(const node *full) {
  unsigned groups = 0;
  for (unsigned first = 0; first < full->used; groups++) first += group_size(full, first);
  return groups;
}

/* Moves all slots of the root to new nodes, and makes these its children. The root of a wide disk
 * may need many; if it would be full again, it cannot grow. */
static change split_root(writer *it) {
  uint64_t addresses[MAX_ENTRIES];
  node *root = it->root;
  unsigned groups = count_groups(root);
  if (groups >= MAX_ENTRIES || it->levels == MAX_LEVELS) return NO_INDEX;
  if (!take_nodes(it, groups, it->levels + 1, addresses)) return NO_NODE;
  node *top = node_new(false, root->address);
  for (unsigned group = 0; group < groups; group++) {
    node *child = node_new(root->leaf, addresses[group]);
    node_move(root, 0, group_size(root, 0), child);
    branch_add(top, group, node_start(child), node_end(child), child);
  }
  tree_free(root);
  it->root = top;
  it->levels++;
  return CHANGED;
}

change split_path(writer *it, path *along) {
  unsigned level = along->depth - 1;
  while (level > 0 && node_is_full(along->nodes[level - 1])) level--;
  if (level == 0) return split_root(it);
  return split_child(it, along->nodes[level - 1], along->slots[level - 1]);
}

/* Adds an entry to the root, and below it a node on each level, for an extent that is too far from
 * all others. */
static change add_window(writer *it, const extent *added) {
  uint64_t addresses[MAX_LEVELS];
  if (!take_nodes(it, it->levels - 1, it->levels, addresses)) return NO_NODE;
  uint64_t end = added->offset + added->count;
  node *top = node_new(true, addresses[0]);
  leaf_add(top, 0, added);
  for (unsigned level = 1; level + 1 < it->levels; level++) {
    node *parent = node_new(false, addresses[level]);
    branch_add(parent, 0, added->offset, end, top);
    top = parent;
  }
  branch_add(it->root, node_slot_behind(it->root, added->offset), added->offset, end, top);
  return CHANGED;
}

/* Joins an extent with the one before it, if it continues that on the disk and in the file. */
static bool join_before(node *leaf, unsigned slot, const extent *added) {
  if (slot == 0) return false;
  extent *before = &leaf->extents[slot - 1];
  if (before->offset + before->count != added->offset) return false;
  if (before->address + before->count != added->address) return false;
  if (before->count + (uint64_t)added->count > MOST_MERGED) return false;
  before->count += added->count;
  before->fresh = before->fresh && added->fresh;
  return true;
}

/* Adds an extent to the leaf at the end of a path, if there is a slot. */
static bool add_to_leaf(path *along, const extent *added) {
  node *leaf = along->nodes[along->depth - 1];
  unsigned slot = node_slot_behind(leaf, added->offset);
  if (!join_before(leaf, slot, added)) {
    if (node_is_full(leaf)) return false;
    leaf_add(leaf, slot, added);
  }
  widen_path(along, added);
  return true;
}

change insert_extent(writer *it, const extent *added, failure *why) {
  for (;;) {
    path along;
    bool done = false;
    change result = copy_path_for(it, added, &along, why);
    if (result == CHANGED) {
      done = add_to_leaf(&along, added);
      if (!done) result = split_path(it, &along);
    } else if (result == NO_INDEX) {
      done = !node_is_full(it->root);
      result = done ? add_window(it, added) : split_root(it);
    }
    if (result != CHANGED) return result;
    if (done) {
      it->data_blocks += added->count;
      return CHANGED;
    }
  }
}
