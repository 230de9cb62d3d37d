/* SPDX-License-Identifier: Apache-2.0
 *
 * How a reader finds a block: one path of nodes, each checked when it is first met (VCI-RD-004).
 * Numbers of the file are never trusted; a path has at most 16 nodes, whatever they say.
 */
#include "image.h"

static unsigned long long ull(uint64_t value) {
  return value;
}

bool require_child_place(const image *it, uint64_t address, failure *why) {
  if (!in_range(address, NODE_BLOCKS, it->header.blocks)) {
    return broken(why, "VCI-NODE-002", "a node is at %llu", ull(address));
  }
  if (address + NODE_BLOCKS > it->file_blocks) {
    return broken(why, "VCI-FILE-006", "the node at %llu is behind the file's end", ull(address));
  }
  return true;
}

bool require_data(const image *it, const slot *extent, failure *why) {
  if (!in_range(extent->address, extent->count, it->header.blocks)) {
    return broken(why, "VCI-EXT-003", "data is at %llu", ull(extent->address));
  }
  if (extent->address + extent->count > it->file_blocks) {
    return broken(why, "VCI-FILE-006", "data at %llu is behind the file's end",
                  ull(extent->address));
  }
  if (extent->flags != 0) return broken(why, "VCI-EXT-007", "the flags are %u", extent->flags);
  return true;
}

bool image_read_child(const image *it, const slot *entry, unsigned level, disk_node *child,
                      failure *why) {
  uint8_t bytes[NODE_BYTES];
  if (!require_child_place(it, entry->address, why)) return false;
  if (!file_read(&it->file, entry->address * BLOCK, bytes, NODE_BYTES, why)) return false;
  if (!node_decode(bytes, entry->address, level, child, why)) return false;
  if (!node_is_inside(child, entry)) {
    return broken(why, "VCI-INT-003", "the node at %llu holds more than its entry says",
                  ull(entry->address));
  }
  return true;
}

static bool same_entry(const slot *one, const slot *other) {
  return one->offset == other->offset && one->count == other->count &&
         one->address == other->address;
}

/* Extends the path to `level` by the child of an entry, unless it leads there already. */
static bool step_down(image *it, const slot *entry, unsigned level, failure *why) {
  if (it->levels >= level && same_entry(&it->entries[level - 1], entry)) return true;
  it->levels = level - 1;
  for (unsigned index = 0; index < it->levels; index++) {
    if (it->path[index].address == entry->address) {
      return broken(why, "VCI-NODE-004", "the node at %llu leads to itself", ull(entry->address));
    }
  }
  if (!image_read_child(it, entry, level, &it->path[level - 1], why)) return false;
  it->entries[level - 1] = *entry;
  it->levels = level;
  return true;
}

/* entries at level 16 must not exist, and need not ascend. */
static bool find_in_last_level(const disk_node *node, uint64_t block, uint64_t end, location *found,
                               failure *why) {
  for (unsigned index = 0; index < node->used; index++) {
    const slot *one = &node->slots[index];
    if (one->offset > block && one->offset < end) end = one->offset;
    if (one->offset <= block && block - one->offset < one->count) {
      return broken(why, "VCI-NODE-012", "a node is at level 17");
    }
  }
  *found = (location){.count = end - block};
  return true;
}

bool image_find(image *it, uint64_t block, location *found, failure *why) {
  uint64_t end = DISK_END;
  for (unsigned level = 1; level <= MAX_LEVELS; level++) {
    const disk_node *node = &it->path[level - 1];
    if (!node->leaf && level == MAX_LEVELS) {
      return find_in_last_level(node, block, end, found, why);
    }
    unsigned index = node_find(node, block);
    const slot *one = &node->slots[index];
    if (index == node->used || one->offset > block) {
      *found = (location){.count = (index == node->used ? end : one->offset) - block};
      return true;
    }
    if (node->leaf) {
      if (!require_data(it, one, why)) return false;
      uint64_t inside = block - one->offset;
      *found = (location){true, one->count - inside, one->address + inside};
      return true;
    }
    end = one->offset + one->count;
    if (!step_down(it, one, level + 1, why)) return false;
  }
  return false; /* not reached: level 16 returns */
}
