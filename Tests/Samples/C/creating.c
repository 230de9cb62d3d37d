/* SPDX-License-Identifier: Apache-2.0
 *
 * Create (VCI-WR-006). The header comes last: what a crash leaves before is no VCI.
 */
#include <string.h>

#include "map.h"
#include "writer.h"

enum { LEAST_BLOCKS = 21 }; /* smaller images have no room */

/* Lays the image out as "File layout" in Specs/VCI.md draws it. */
static header plan(uint64_t blocks, bool fixed, const uint8_t uuid[16]) {
  header head = {.blocks = blocks, .type = fixed ? FIXED : DYNAMIC, .map = HEADER_BLOCKS,
                 .map_blocks = (uint32_t)map_blocks_of(blocks)};
  head.root = head.map + head.map_blocks;
  memcpy(head.uuid, uuid, 16);
  return head;
}

/* Writes the root, an empty leaf. It is the end of the file, or a part of what was allocated. */
static bool write_root(file *it, const header *head, failure *why) {
  uint8_t bytes[NODE_BYTES] = {LEAF};
  return file_write(it, head->root * BLOCK, bytes, NODE_BYTES, why);
}

static bool write_header(file *it, const header *head, failure *why) {
  uint8_t bytes[HEADER_BYTES] = {0};
  encode_header(head, bytes);
  return file_write(it, 0, bytes, HEADER_BYTES, why);
}

static bool fill(file *it, const header *head, failure *why) {
  uint64_t metadata = head->root + NODE_BLOCKS;
  block_run owned = {0, metadata};
  if (head->type == FIXED && !file_allocate(it, head->blocks * BLOCK, why)) return false;
  return write_root(it, head, why) && map_write(it, head, &owned, 1, metadata, why) &&
         file_sync(it, why) && write_header(it, head, why) && file_sync(it, why);
}

bool image_create(const char *path, uint64_t blocks, bool fixed, const uint8_t uuid[16],
                  failure *why) {
  if (blocks < LEAST_BLOCKS || blocks > MAX_BLOCKS) {
    return refused(why, "argument", "no image of %llu blocks can be made",
                   (unsigned long long)blocks);
  }
  file it;
  header head = plan(blocks, fixed, uuid);
  if (!file_create(&it, path, why)) return false;
  bool done = fill(&it, &head, why) && file_sync_name(path, why);
  if (!done) file_remove(&it, path);
  file_close(&it);
  return done;
}
