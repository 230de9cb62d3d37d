/* SPDX-License-Identifier: Apache-2.0
 *
 * Write and discard. What was cached of the blocks goes first, so that whatever happens then, no
 * older bytes are served.
 */
#include <string.h>

#include "writer_parts.h"

enum { PIECE_BLOCKS = 2048, GOOD_RUN = 32, MOST_ATTEMPTS = 8 };

/* A part of a request that is being stored. Blocks from `low` to its own were stored before, and
 * are not evicted for it. */
typedef struct {
  uint64_t low;
  uint64_t block;
  uint64_t count;
  const uint8_t *bytes;
  losses *losses;
} piece;

/* Takes the lowest run that holds all of a piece, or else the longest; shorter ones than `least`
 * are not taken. Returns the number of blocks. */
static uint64_t take_data(writer *it, uint64_t count, uint64_t least, uint64_t *address) {
  uint64_t longest = space_longest(&it->space);
  if (longest == 0 || (longest < least && longest < count)) return 0;
  if (longest < count) count = longest;
  return space_take(&it->space, count, address) ? count : 0;
}

/* Writes data to free blocks. `full` tells that the disk has no space for it; the cache ends at the
 * file's end then (VCI-WR-005). */
static bool store_data(writer *it, const piece *from, uint64_t address, uint64_t count, bool *full,
                       failure *why) {
  if (file_write(&it->image.file, address * BLOCK, from->bytes, count * BLOCK, why)) return true;
  *full = strcmp(why->class_name, "space") == 0;
  space_give(&it->space, address, count);
  if (*full) space_cut(&it->space, file_blocks(&it->image.file));
  return false;
}

/* Stores the first blocks of a piece where there is room for them, and maps them. */
static change store_run(writer *it, const piece *from, uint64_t address, uint64_t count,
                        failure *why) {
  extent added = {from->block, (uint32_t)count, address, true};
  change result = insert_extent(it, &added, why);
  if (result != CHANGED) space_give(&it->space, address, count);
  return result;
}

/* Makes a place for a piece in file and tree. Each attempt gives up more. */
static bool make_place(writer *it, const piece *from, change lack, unsigned attempt, bool *found,
                       failure *why) {
  extent added = {from->block, 1, 0, true};
  if (lack == NO_NODE && attempt % 2 == 1) {
    return make_slot(it, &added, from->low, from->block, from->losses, found, why);
  }
  return make_room(it, from->count, from->low, from->block, from->losses, found, why);
}

/* Stores the first blocks of a piece. `stored` is 0 if there is no place for any. */
static bool store_piece(writer *it, const piece *from, uint64_t *stored, failure *why) {
  *stored = 0;
  for (unsigned attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    uint64_t address;
    change lack = NO_INDEX;
    bool full = false, found = true;
    uint64_t wanted = tree_gap(it->root, from->block, from->count);
    uint64_t count = take_data(it, wanted, attempt == 0 ? GOOD_RUN : 1, &address);
    if (count > 0 && store_data(it, from, address, count, &full, why)) {
      lack = store_run(it, from, address, count, why);
      if (lack == CHANGED) *stored = count;
      if (lack != NO_NODE) return lack != FAILED;
    } else if (count > 0 && !full) {
      return false;
    }
    if (!make_place(it, from, lack, attempt, &found, why)) return false;
    if (!found && attempt > 0) return true;
  }
  return true;
}

/* Caches blocks before 2^54. */
static bool write_blocks(writer *it, piece rest, uint64_t *taken, failure *why) {
  uint64_t left = rest.count;
  *taken = 0;
  while (left > 0) {
    uint64_t stored;
    rest.count = left < PIECE_BLOCKS ? left : PIECE_BLOCKS;
    if (!remove_blocks(it, rest.block, rest.block + rest.count, rest.losses, why)) return false;
    if (!store_piece(it, &rest, &stored, why)) return false;
    /* A request larger than the cache is taken in part. */
    if (stored == 0 && *taken > 0) return true;
    if (stored == 0) {
      stored = rest.count;
      rest.losses->dropped(rest.losses->context, rest.block, stored);
    }
    rest.block += stored;
    rest.bytes += stored * BLOCK;
    *taken += stored;
    left -= stored;
  }
  return true;
}

bool writer_write(writer *it, uint64_t block, uint64_t count, const uint8_t *bytes, losses *to,
                  uint64_t *taken, failure *why) {
  uint64_t inside = block >= DISK_END ? 0 : DISK_END - block;
  if (inside > count) inside = count;
  *taken = 0;
  if (inside > 0) {
    piece all = {block, block, inside, bytes, to};
    if (!begin_change(it, why) || !write_blocks(it, all, taken, why)) return false;
  }
  /* "Requests" in Specs/VCI.md: the others are dropped. */
  if (*taken == inside && inside < count) {
    to->dropped(to->context, block + inside, count - inside);
    *taken = count;
  }
  return true;
}

bool writer_discard(writer *it, uint64_t block, uint64_t count, failure *why) {
  if (block >= DISK_END) return true;
  uint64_t end = count < DISK_END - block ? block + count : DISK_END;
  const extent *first = tree_next(it->root, block);
  if (first == NULL || first->offset >= end) return true;
  return begin_change(it, why) && remove_blocks(it, block, end, NULL, why);
}
