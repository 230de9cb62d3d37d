/* SPDX-License-Identifier: Apache-2.0
 *
 * A full cache: which blocks go. A hand goes round the disk, so each has its turn.
 */
#include "writer_parts.h"

enum { LARGEST_BATCH = 2048, PART = 64, LEAST_FOR_BATCH = 128 };

void tell_evicted(losses *to, uint64_t block, uint64_t count) {
  if (to != NULL) to->evicted(to->context, block, count);
}

/* more than is needed, as each eviction needs a flush. */
static uint64_t batch(const writer *it, uint64_t wanted) {
  uint64_t more = it->data_blocks / PART;
  if (more > LARGEST_BATCH) more = LARGEST_BATCH;
  return it->data_blocks < LEAST_FOR_BATCH || more < wanted ? wanted : more;
}

/* The next extent from a block on that is not kept; NULL if there is none. */
static const extent *next_victim(const writer *it, uint64_t block, uint64_t low, uint64_t high) {
  const extent *one = tree_next(it->root, block);
  if (one != NULL && one->offset >= low && one->offset < high) one = tree_next(it->root, high);
  return one;
}

bool make_room(writer *it, uint64_t wanted, uint64_t low, uint64_t high, losses *to, bool *found,
               failure *why) {
  uint64_t left = batch(it, wanted);
  *found = it->pending_count > 0;
  while (left > 0) {
    const extent *one = next_victim(it, it->hand, low, high);
    if (one == NULL) one = next_victim(it, 0, low, high);
    if (one == NULL) break;
    uint64_t start = one->offset, count = one->count < left ? one->count : left;
    if (!remove_blocks(it, start, start + count, to, why)) return false;
    tell_evicted(to, start, count);
    it->hand = start + count;
    left -= count;
    *found = true;
  }
  return writer_flush(it, why);
}

bool make_slot(writer *it, const extent *added, uint64_t low, uint64_t high, losses *to,
               bool *found, failure *why) {
  path along;
  *found = false;
  change result = copy_path_for(it, added, &along, why);
  if (result != CHANGED) return result != FAILED;
  const node *leaf = along.nodes[along.depth - 1];
  for (unsigned slot = 0; slot < leaf->used; slot++) {
    extent one = leaf->extents[slot];
    if (one.offset >= low && one.offset < high) continue;
    *found = true;
    if (!remove_blocks(it, one.offset, one.offset + one.count, to, why)) return false;
    tell_evicted(to, one.offset, one.count);
    return true;
  }
  return true;
}
