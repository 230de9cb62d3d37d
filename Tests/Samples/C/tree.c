/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

node *node_new(bool leaf, uint64_t address) {
  node *made = must(calloc(1, sizeof *made));
  made->leaf = leaf;
  made->address = address;
  return made;
}

void tree_free(node *root) {
  if (root == NULL) return;
  for (unsigned index = 0; !root->leaf && index < root->used; index++) {
    tree_free(root->branches[index].child);
  }
  free(root);
}

bool node_is_full(const node *it) {
  return it->used == (it->leaf ? (unsigned)MAX_EXTENTS : (unsigned)MAX_ENTRIES);
}

static uint64_t slot_start(const node *it, unsigned index) {
  return it->leaf ? it->extents[index].offset : it->branches[index].offset;
}

static uint64_t slot_end(const node *it, unsigned index) {
  return it->leaf ? it->extents[index].offset + it->extents[index].count : it->branches[index].end;
}

uint64_t node_start(const node *it) {
  return slot_start(it, 0);
}

uint64_t node_end(const node *it) {
  return slot_end(it, it->used - 1);
}

unsigned node_slot_behind(const node *it, uint64_t block) {
  unsigned low = 0, high = it->used;
  while (low < high) {
    unsigned middle = low + (high - low) / 2;
    if (slot_end(it, middle) <= block) low = middle + 1;
    else high = middle;
  }
  return low;
}

extent *tree_next(node *root, uint64_t block) {
  unsigned index = node_slot_behind(root, block);
  if (root->leaf) return index < root->used ? &root->extents[index] : NULL;
  /* A range may be wider than what lies below it, so the first may have nothing. */
  for (; index < root->used; index++) {
    extent *found = tree_next(root->branches[index].child, block);
    if (found != NULL) return found;
  }
  return NULL;
}

uint64_t tree_gap(const node *root, uint64_t block, uint64_t count) {
  while (!root->leaf) {
    unsigned index = node_slot_behind(root, block);
    if (index == root->used) return count;
    const branch *one = &root->branches[index];
    uint64_t end = one->offset <= block ? one->end : one->offset;
    if (count > end - block) count = end - block;
    if (one->offset > block) return count;
    root = one->child;
  }
  return count;
}

void leaf_add(node *leaf, unsigned index, const extent *added) {
  assert(leaf->leaf && leaf->used < MAX_EXTENTS && index <= leaf->used);
  memmove(&leaf->extents[index + 1], &leaf->extents[index],
          (leaf->used - index) * sizeof *leaf->extents);
  leaf->extents[index] = *added;
  leaf->used++;
}

void leaf_remove(node *leaf, unsigned index) {
  assert(leaf->leaf && index < leaf->used);
  leaf->used--;
  memmove(&leaf->extents[index], &leaf->extents[index + 1],
          (leaf->used - index) * sizeof *leaf->extents);
}

void branch_add(node *internal, unsigned index, uint64_t start, uint64_t end, node *child) {
  assert(!internal->leaf && internal->used < MAX_ENTRIES && index <= internal->used);
  memmove(&internal->branches[index + 1], &internal->branches[index],
          (internal->used - index) * sizeof *internal->branches);
  internal->branches[index] = (branch){start, end, child};
  internal->used++;
}

void branch_remove(node *internal, unsigned index) {
  assert(!internal->leaf && index < internal->used);
  internal->used--;
  memmove(&internal->branches[index], &internal->branches[index + 1],
          (internal->used - index) * sizeof *internal->branches);
}

void node_move(node *source, unsigned from, unsigned count, node *target) {
  assert(source->leaf == target->leaf && from + count <= source->used);
  if (source->leaf) {
    assert(target->used + count <= MAX_EXTENTS);
    memcpy(&target->extents[target->used], &source->extents[from], count * sizeof(extent));
    memmove(&source->extents[from], &source->extents[from + count],
            (source->used - from - count) * sizeof(extent));
  } else {
    assert(target->used + count <= MAX_ENTRIES);
    memcpy(&target->branches[target->used], &source->branches[from], count * sizeof(branch));
    memmove(&source->branches[from], &source->branches[from + count],
            (source->used - from - count) * sizeof(branch));
  }
  target->used += count;
  source->used -= count;
}

void tree_encode(const node *it, uint8_t bytes[NODE_BYTES]) {
  memset(bytes, 0, NODE_BYTES);
  bytes[0] = it->leaf ? LEAF : INTERNAL;
  for (unsigned index = 0; index < it->used; index++) {
    if (it->leaf) {
      const extent *one = &it->extents[index];
      slot stored = {.offset = one->offset, .count = one->count, .address = one->address};
      encode_extent(&stored, index, bytes);
    } else {
      const branch *one = &it->branches[index];
      slot stored = {.offset = one->offset, .count = (uint32_t)(one->end - one->offset),
                     .address = one->child->address};
      encode_entry(&stored, index, bytes);
    }
  }
}
