/* SPDX-License-Identifier: Apache-2.0
 *
 * The order of writes: flag; data and nodes; header; and at close links, map, flag. Each is durable
 * before the next (VCI-WR-002, VCI-WR-003).
 */
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "memory.h"
#include "writer_parts.h"

/* Writes block 0: flag, root and UUIDs. Its reserved bytes stay as they are. */
static bool write_sector(writer *it, failure *why) {
  encode_header(&it->image.header, it->sector);
  return file_write(&it->image.file, 0, it->sector, BLOCK, why) && file_sync(&it->image.file, why);
}

/* From here on the image is dirty, until it is closed. */
static bool set_flag(writer *it, failure *why) {
  it->image.header.unclean = 1;
  it->changed = write_sector(it, why);
  it->failed = !it->changed;
  return it->changed;
}

bool begin_change(writer *it, failure *why) {
  if (it->failed) return refused(why, "io", "an earlier change failed");
  if (!it->changed && !set_flag(it, why)) return false;
  if (it->reserved + it->pending_nodes < it->levels) balance_reserve(it);
  if (it->reserved + it->pending_nodes >= it->levels) return true;
  return refused(why, "space", "the disk has no space for the copy of a path");
}

/* Writes the nodes that were copied or made since the last flush. Below a durable node all are. */
static bool write_nodes(writer *it, const node *root, failure *why) {
  uint8_t bytes[NODE_BYTES];
  if (root->durable) return true;
  for (unsigned index = 0; !root->leaf && index < root->used; index++) {
    if (!write_nodes(it, root->branches[index].child, why)) return false;
  }
  tree_encode(root, bytes);
  return file_write(&it->image.file, root->address * BLOCK, bytes, NODE_BYTES, why);
}

static void mark_durable(node *root) {
  if (root->durable) return;
  root->durable = true;
  for (unsigned index = 0; index < root->used; index++) {
    if (root->leaf) root->extents[index].fresh = false;
    else mark_durable(root->branches[index].child);
  }
}

static bool save(writer *it, failure *why) {
  if (!write_nodes(it, it->root, why) || !file_sync(&it->image.file, why)) return false;
  it->image.header.root = it->root->address;
  return write_sector(it, why);
}

/* Whether header or tree differ from the durable ones. */
static bool is_unsaved(const writer *it) {
  return !it->root->durable || it->root->address != it->image.header.root || it->restated;
}

bool writer_flush(writer *it, failure *why) {
  if (it->failed) return refused(why, "io", "an earlier change failed");
  if (!is_unsaved(it)) return true;
  if (!save(it, why)) {
    it->failed = true;
    return false;
  }
  mark_durable(it->root);
  it->restated = false;
  settle(it);
  return true;
}

bool writer_set_state(writer *it, const uint8_t state[16], failure *why) {
  if (!begin_change(it, why)) return false;
  memcpy(it->image.header.mod_uuid, state, 16);
  it->restated = true;
  return writer_flush(it, why);
}

/* no list is kept, so the links that other writers left are removed, in place. */
static bool remove_links(writer *it, const node *root, failure *why) {
  uint8_t bytes[NODE_BYTES];
  for (unsigned index = 0; !root->leaf && index < root->used; index++) {
    if (!remove_links(it, root->branches[index].child, why)) return false;
  }
  if (!root->linked) return true;
  if (!file_read(&it->image.file, root->address * BLOCK, bytes, NODE_BYTES, why)) return false;
  for (unsigned index = 0; index < root->used; index++) clear_links(bytes, index);
  return file_write(&it->image.file, root->address * BLOCK, bytes, NODE_BYTES, why);
}

/* Runs that are owned. */
typedef struct {
  block_run *runs;
  size_t count;
  size_t capacity;
} ownership;

static void own(ownership *all, uint64_t address, uint64_t count) {
  all->runs = grown(all->runs, all->count, &all->capacity, sizeof *all->runs);
  all->runs[all->count++] = (block_run){address, count};
}

/* Adds all that a tree owns. Returns the number of its nodes. */
static uint64_t own_tree(ownership *all, const node *root) {
  uint64_t nodes = 1;
  own(all, root->address, NODE_BLOCKS);
  for (unsigned index = 0; index < root->used; index++) {
    if (root->leaf) own(all, root->extents[index].address, root->extents[index].count);
    else nodes += own_tree(all, root->branches[index].child);
  }
  return nodes;
}

static bool write_map(writer *it, failure *why) {
  const header *head = &it->image.header;
  ownership all = {0};
  own(&all, 0, HEADER_BLOCKS);
  own(&all, head->map, head->map_blocks);
  uint64_t nodes = own_tree(&all, it->root);
  uint64_t metadata = HEADER_BLOCKS + head->map_blocks + NODE_BLOCKS * nodes;
  bool done = map_write(&it->image.file, head, all.runs, all.count, metadata, why);
  free(all.runs);
  return done;
}

/* Makes an image that was changed clean. */
static bool finish(writer *it, failure *why) {
  if (!writer_flush(it, why) || !remove_links(it, it->root, why) || !write_map(it, why) ||
      !file_sync(&it->image.file, why)) {
    return false;
  }
  it->image.header.unclean = 0;
  return write_sector(it, why);
}

bool writer_close(writer *it, failure *why) {
  /* An image that was not changed stays as it is, byte for byte (VCI-WR-001). */
  bool done = !it->changed || finish(it, why);
  image_close(&it->image);
  tree_free(it->root);
  space_clear(&it->space);
  free(it->pending);
  free(it);
  return done;
}

static bool load(writer *it, failure *why) {
  return file_read(&it->image.file, 0, it->sector, BLOCK, why) && load_tree(it, why) &&
         require_room(it, why);
}

writer *writer_open(const char *path, const uint8_t *expected, failure *why) {
  writer *it = must(calloc(1, sizeof *it));
  failure unused;
  if (!image_open(&it->image, path, WRITING, expected, why)) {
    free(it);
    return NULL;
  }
  if (load(it, why)) return it;
  writer_close(it, &unused);
  return NULL;
}

const header *writer_header(const writer *it) {
  return &it->image.header;
}

const file *writer_file(const writer *it) {
  return &it->image.file;
}

void writer_find(const writer *it, uint64_t block, location *found) {
  const extent *next = tree_next(it->root, block);
  if (next == NULL) {
    *found = (location){.count = DISK_END - block};
  } else if (next->offset > block) {
    *found = (location){.count = next->offset - block};
  } else {
    uint64_t inside = block - next->offset;
    *found = (location){true, next->count - inside, next->address + inside};
  }
}
