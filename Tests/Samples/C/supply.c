/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks for nodes and data. A change copies a path, so places for a whole path are held back: of
 * reserve and pending nodes together there are always as many as the tree has levels. New nodes,
 * those that are no copies, come from elsewhere.
 */
#include <assert.h>
#include <stdlib.h>

#include "memory.h"
#include "writer_parts.h"

enum { MORE_RESERVE = 32, BLOCKS_PER_RESERVE = 1024 };

unsigned reserve_target(const writer *it) {
  uint64_t more = it->image.header.blocks / BLOCKS_PER_RESERVE;
  return it->levels + (more < MORE_RESERVE ? (unsigned)more : MORE_RESERVE);
}

/* Has the disk allocate the place of a node behind the file's end, so that it can be written when
 * the disk is full. Where it can't, the file's end is the cache's end (VCI-WR-005). */
static bool back(writer *it, uint64_t address) {
  static const uint8_t zeros[NODE_BYTES];
  failure why;
  if (address + NODE_BLOCKS <= file_blocks(&it->image.file)) return true;
  if (file_write(&it->image.file, address * BLOCK, zeros, NODE_BYTES, &why)) return true;
  space_give(&it->space, address, NODE_BLOCKS);
  space_cut(&it->space, file_blocks(&it->image.file));
  return false;
}

/* A place that is not held back. */
static bool take_place(writer *it, uint64_t *address) {
  while (space_take(&it->space, NODE_BLOCKS, address)) {
    if (back(it, *address)) return true;
  }
  return false;
}

void balance_reserve(writer *it) {
  unsigned target = reserve_target(it);
  while (it->reserved < target && take_place(it, &it->reserve[it->reserved])) it->reserved++;
  while (it->reserved > target) {
    space_give(&it->space, it->reserve[--it->reserved], NODE_BLOCKS);
  }
}

bool take_copy(writer *it, uint64_t *address) {
  if (take_place(it, address)) return true;
  if (it->reserved == 0) return false;
  *address = it->reserve[--it->reserved];
  return true;
}

static void give_places(writer *it, const uint64_t *addresses, unsigned count) {
  while (count > 0) space_give(&it->space, addresses[--count], NODE_BLOCKS);
}

/* Whether places for a path of `levels` nodes are held back, or will be after a flush. */
static bool holds_path(writer *it, unsigned levels) {
  while (it->reserved + it->pending_nodes < levels) {
    if (!take_place(it, &it->reserve[it->reserved])) return false;
    it->reserved++;
  }
  return true;
}

bool take_nodes(writer *it, unsigned count, unsigned levels, uint64_t *addresses) {
  unsigned taken = 0;
  while (taken < count && take_place(it, &addresses[taken])) taken++;
  if (taken == count && holds_path(it, levels)) return true;
  give_places(it, addresses, taken);
  return false;
}

/* Adds blocks to those that are free after the next flush. */
static void add_pending(writer *it, uint64_t address, uint64_t count, bool is_node) {
  it->pending =
      grown(it->pending, it->pending_count, &it->pending_capacity, sizeof *it->pending);
  it->pending[it->pending_count++] = (pending_run){{address, count}, is_node};
  it->pending_nodes += is_node;
}

static void return_place(writer *it, uint64_t address) {
  if (it->reserved < reserve_target(it)) it->reserve[it->reserved++] = address;
  else space_give(&it->space, address, NODE_BLOCKS);
}

void release_place(writer *it, uint64_t address, bool durable) {
  if (durable) add_pending(it, address, NODE_BLOCKS, true);
  else return_place(it, address);
}

void release_node(writer *it, node *gone) {
  release_place(it, gone->address, gone->durable);
  free(gone);
}

void release_data(writer *it, uint64_t address, uint64_t count, bool fresh) {
  assert(count <= it->data_blocks);
  it->data_blocks -= count;
  if (fresh) space_give(&it->space, address, count);
  else if (count > 0) add_pending(it, address, count, false);
}

void settle(writer *it) {
  for (size_t index = 0; index < it->pending_count; index++) {
    const pending_run *one = &it->pending[index];
    if (one->is_node) return_place(it, one->run.address);
    else space_give(&it->space, one->run.address, one->run.count);
  }
  it->pending_count = it->pending_nodes = 0;
  balance_reserve(it);
}
