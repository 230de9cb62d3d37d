/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

static unsigned long long ull(uint64_t value) {
  return value;
}

/* VCI-NODE-006 and VCI-NODE-007: collects the used slots. */
static bool collect(const uint8_t bytes[NODE_BYTES], disk_node *into, failure *why) {
  unsigned slots = into->leaf ? MAX_EXTENTS : MAX_ENTRIES;
  bool gap = false;
  for (unsigned index = 0; index < slots; index++) {
    slot one;
    if (into->leaf) decode_extent(bytes, index, &one);
    else decode_entry(bytes, index, &one);
    if ((one.count == 0) != (one.address == 0)) {
      return broken(why, "VCI-NODE-007", "slot %u of the node at %llu is half-zero", index,
                    ull(into->address));
    }
    if (one.count == 0) {
      gap = true;
      continue;
    }
    if (gap) {
      return broken(why, "VCI-NODE-006", "slot %u of the node at %llu follows a gap", index,
                    ull(into->address));
    }
    into->slots[into->used++] = one;
    into->linked = into->linked || one.linked;
  }
  return true;
}

/* VCI-EXT-002 and VCI-INT-002. */
static bool require_end(const disk_node *node, const slot *one, failure *why) {
  if (one->offset < DISK_END && one->count <= DISK_END - one->offset) return true;
  return broken(why, node->leaf ? "VCI-EXT-002" : "VCI-INT-002",
                "%u blocks from %llu on end behind 2^54", one->count, ull(one->offset));
}

/* VCI-EXT-001 and VCI-INT-001. The end of `before` is known to be no more than 2^54. */
static bool require_order(const disk_node *node, const slot *before, const slot *one,
                          failure *why) {
  if (one->offset >= before->offset + before->count) return true;
  return broken(why, node->leaf ? "VCI-EXT-001" : "VCI-INT-001",
                "block %llu comes behind block %llu", ull(one->offset), ull(before->offset));
}

static bool require_ascent(const disk_node *node, failure *why) {
  /* entries that must not exist have no order. */
  if (!node->leaf && node->level == MAX_LEVELS) return true;
  for (unsigned index = 0; index < node->used; index++) {
    const slot *one = &node->slots[index];
    if (!require_end(node, one, why)) return false;
    if (index > 0 && !require_order(node, one - 1, one, why)) return false;
  }
  return true;
}

bool node_decode(const uint8_t bytes[NODE_BYTES], uint64_t address, unsigned level, disk_node *into,
                 failure *why) {
  into->address = address;
  into->level = level;
  into->leaf = bytes[0] == LEAF;
  into->linked = false;
  into->used = 0;
  if (bytes[0] != INTERNAL && bytes[0] != LEAF) {
    return broken(why, "VCI-NODE-001", "the node at %llu has the type %u", ull(address), bytes[0]);
  }
  if (!collect(bytes, into, why) || !require_ascent(into, why)) return false;
  if (!into->leaf && into->used == 0) {
    return broken(why, "VCI-NODE-009", "the internal node at %llu is empty", ull(address));
  }
  return true;
}

unsigned node_find(const disk_node *node, uint64_t block) {
  unsigned low = 0, high = node->used;
  while (low < high) {
    unsigned middle = low + (high - low) / 2;
    const slot *one = &node->slots[middle];
    if (one->offset + one->count <= block) low = middle + 1;
    else high = middle;
  }
  return low;
}

bool node_is_inside(const disk_node *child, const slot *entry) {
  uint64_t end = entry->offset + entry->count;
  for (unsigned index = 0; index < child->used; index++) {
    const slot *one = &child->slots[index];
    if (one->offset < entry->offset || one->offset > end || one->count > end - one->offset) {
      return false;
    }
  }
  return true;
}
