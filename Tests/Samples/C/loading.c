/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening for writing: the whole tree is checked (VCI-RD-003). Map and counters are never trusted:
 * what is free follows from the tree, and close writes them anew. So it does not matter here
 * whether the image is dirty, nor whether bits are wrong.
 */
#include <stdlib.h>

#include "memory.h"
#include "writer_parts.h"

static unsigned long long ull(uint64_t value) {
  return value;
}

/* Whether a node that was loaded stands at an address. */
static bool has_node_at(const node *root, uint64_t address) {
  if (root == NULL) return false;
  if (root->address == address) return true;
  for (unsigned index = 0; !root->leaf && index < root->used; index++) {
    if (has_node_at(root->branches[index].child, address)) return true;
  }
  return false;
}

/* VCI-NODE-004 and VCI-NODE-005: no other node, and not the map, has the blocks of a node. */
static bool claim_node(writer *it, uint64_t address, failure *why) {
  if (space_claim(&it->space, address, NODE_BLOCKS)) return true;
  if (has_node_at(it->root, address)) {
    return broken(why, "VCI-NODE-004", "two entries lead to the node at %llu", ull(address));
  }
  return broken(why, "VCI-NODE-005", "the node at %llu overlaps other metadata", ull(address));
}

/* VCI-NODE-011. */
static bool require_level(writer *it, unsigned level, failure *why) {
  if (it->levels == 0) it->levels = level;
  if (it->levels == level) return true;
  return broken(why, "VCI-NODE-011", "leaves are on the levels %u and %u", it->levels, level);
}

static bool load_extents(writer *it, node *leaf, const disk_node *from, failure *why) {
  if (!require_level(it, from->level, why)) return false;
  for (unsigned index = 0; index < from->used; index++) {
    const slot *one = &from->slots[index];
    if (!require_data(&it->image, one, why)) return false;
    leaf->extents[leaf->used++] = (extent){one->offset, one->count, one->address, false};
  }
  return true;
}

static bool load_children(writer *it, node *parent, const disk_node *from, failure *why);

/* Makes a node that was read one of the tree, with all below it. */
static bool load_node(writer *it, node *into, const disk_node *from, failure *why) {
  into->durable = true;
  into->linked = from->linked;
  return from->leaf ? load_extents(it, into, from, why) : load_children(it, into, from, why);
}

static bool load_children(writer *it, node *parent, const disk_node *from, failure *why) {
  unsigned level = from->level + 1;
  if (level > MAX_LEVELS) return broken(why, "VCI-NODE-012", "a node is at level 17");
  disk_node *child = &it->image.path[level - 1];
  for (unsigned index = 0; index < from->used; index++) {
    const slot *entry = &from->slots[index];
    if (!require_child_place(&it->image, entry->address, why)) return false;
    if (!claim_node(it, entry->address, why)) return false;
    if (!image_read_child(&it->image, entry, level, child, why)) return false;
    node *loaded = node_new(child->leaf, entry->address);
    branch_add(parent, parent->used, entry->offset, entry->offset + entry->count, loaded);
    if (!load_node(it, loaded, child, why)) return false;
  }
  return true;
}

/* Whether blocks are shared with a node. */
static bool overlaps_node(const node *root, uint64_t address, uint64_t count) {
  if (root->address < address + count && address < root->address + NODE_BLOCKS) return true;
  for (unsigned index = 0; !root->leaf && index < root->used; index++) {
    if (overlaps_node(root->branches[index].child, address, count)) return true;
  }
  return false;
}

/* VCI-EXT-005 and VCI-EXT-006: nothing else has the blocks of an extent. */
static bool claim_data(writer *it, const extent *one, failure *why) {
  it->data_blocks += one->count;
  if (space_claim(&it->space, one->address, one->count)) return true;
  const header *head = &it->image.header;
  bool on_map = head->map < one->address + one->count &&
                one->address < head->map + head->map_blocks;
  if (on_map || overlaps_node(it->root, one->address, one->count)) {
    return broken(why, "VCI-EXT-005", "data at %llu overlaps metadata", ull(one->address));
  }
  return broken(why, "VCI-EXT-006", "data at %llu overlaps other data", ull(one->address));
}

/* All metadata claims its blocks before any data does ("Ownership" in Specs/VCI.md). */
static bool claim_extents(writer *it, const node *root, failure *why) {
  for (unsigned index = 0; index < root->used; index++) {
    bool done = root->leaf ? claim_data(it, &root->extents[index], why)
                           : claim_extents(it, root->branches[index].child, why);
    if (!done) return false;
  }
  return true;
}

bool load_tree(writer *it, failure *why) {
  const header *head = &it->image.header;
  const disk_node *root = &it->image.path[0];
  space_give(&it->space, HEADER_BLOCKS, head->blocks - HEADER_BLOCKS);
  space_claim(&it->space, head->map, head->map_blocks);
  space_claim(&it->space, head->root, NODE_BLOCKS);
  it->root = node_new(root->leaf, head->root);
  return load_node(it, it->root, root, why) && claim_extents(it, it->root, why);
}

static uint64_t count_nodes(const node *root) {
  uint64_t sum = 1;
  for (unsigned index = 0; !root->leaf && index < root->used; index++) {
    sum += count_nodes(root->branches[index].child);
  }
  return sum;
}

bool require_room(const writer *it, failure *why) {
  const header *head = &it->image.header;
  uint64_t metadata = HEADER_BLOCKS + head->map_blocks + NODE_BLOCKS * count_nodes(it->root);
  bool places = space_node_room(&it->space) >= it->levels;
  bool blocks = head->blocks - metadata > (uint64_t)NODE_BLOCKS * it->levels;
  if (places && blocks) return true;
  return refused(why, "no-room", "no path of %u nodes can be copied", it->levels);
}
