/* SPDX-License-Identifier: Apache-2.0
 *
 * Probe and open: the rules of stage probe and open, group by group as "When each rule is checked"
 * in Specs/VCI.md has them. Each function stops at the first that is broken.
 */
#include <string.h>

#include "image.h"

static unsigned long long ull(uint64_t value) {
  return value;
}

/* The group of probe: VCI-FILE-001, VCI-HDR-001, VCI-HDR-002. */
static bool require_probe(const file *it, uint8_t bytes[HEADER_BYTES], failure *why) {
  if (it->bytes < HEADER_BYTES) {
    return broken(why, "VCI-FILE-001", "the file has %llu bytes", ull(it->bytes));
  }
  if (!file_read(it, 0, bytes, HEADER_BYTES, why)) return false;
  if (memcmp(bytes, "VCI", 4) != 0) {
    return broken(why, "VCI-HDR-001", "the signature is %08x", get32(bytes));
  }
  if (get32(bytes + 4) != 1) {
    return broken(why, "VCI-HDR-002", "the version is %u", get32(bytes + 4));
  }
  return true;
}

/* VCI-HDR-003, VCI-HDR-004, VCI-HDR-005: single fields. */
static bool require_fields(const header *it, failure *why) {
  uint64_t least = HEADER_BLOCKS + map_blocks_of(it->blocks) + NODE_BLOCKS;
  if (it->blocks > MAX_BLOCKS || it->blocks < least) {
    return broken(why, "VCI-HDR-003", "the cache has %llu blocks", ull(it->blocks));
  }
  if (it->unclean > 1) return broken(why, "VCI-HDR-004", "the flag is %u", it->unclean);
  if (it->type != DYNAMIC && it->type != FIXED) {
    return broken(why, "VCI-HDR-005", "the type is %u", it->type);
  }
  return true;
}

/* VCI-HDR-006 to VCI-HDR-009, VCI-FILE-005: where map and root lie. The size of the map comes
 * first, as it silences what is computed from it. */
static bool require_places(const image *it, failure *why) {
  const header *head = &it->header;
  if (head->map_blocks != map_blocks_of(head->blocks)) {
    return broken(why, "VCI-HDR-009", "the map has %u blocks", head->map_blocks);
  }
  if (!in_range(head->root, NODE_BLOCKS, head->blocks)) {
    return broken(why, "VCI-HDR-006", "the root is at %llu", ull(head->root));
  }
  if (!in_range(head->map, head->map_blocks, head->blocks)) {
    return broken(why, "VCI-HDR-007", "the map is at %llu", ull(head->map));
  }
  if (head->root < head->map + head->map_blocks && head->map < head->root + NODE_BLOCKS) {
    return broken(why, "VCI-HDR-008", "map and root overlap");
  }
  if (head->root + NODE_BLOCKS > it->file_blocks ||
      head->map + head->map_blocks > it->file_blocks) {
    return broken(why, "VCI-FILE-005", "the file ends before map or root do");
  }
  return true;
}

/* The group of the map: VCI-MAP-001 to VCI-MAP-004. */
static bool require_map(image *it, failure *why) {
  uint8_t bytes[BLOCK];
  if (!file_read(&it->file, it->header.map * BLOCK, bytes, BLOCK, why)) return false;
  if (memcmp(bytes, "VBLK", 4) != 0) return broken(why, "VCI-MAP-001", "the magic is wrong");
  if (get32(bytes + 4) != 1) {
    return broken(why, "VCI-MAP-002", "the map's version is %u", get32(bytes + 4));
  }
  counters *sums = &it->counters;
  decode_counters(bytes, sums);
  if (sums->blocks != it->header.blocks) {
    return broken(why, "VCI-MAP-003", "the map is of %llu blocks", ull(sums->blocks));
  }
  bool fits = sums->free <= sums->blocks && sums->metadata <= sums->blocks - sums->free;
  if (!fits || sums->data != sums->blocks - sums->free - sums->metadata) {
    return broken(why, "VCI-MAP-004", "the counters do not add up");
  }
  return true;
}

/* The group of the root. */
static bool require_root(image *it, failure *why) {
  uint8_t bytes[NODE_BYTES];
  it->levels = 1;
  return file_read(&it->file, it->header.root * BLOCK, bytes, NODE_BYTES, why) &&
         node_decode(bytes, it->header.root, 1, &it->path[0], why);
}

/* compared byte by byte, nil included. */
static bool require_state(const header *it, const uint8_t *expected, failure *why) {
  if (expected == NULL || memcmp(it->mod_uuid, expected, 16) == 0) return true;
  return refused(why, "not-up-to-date", "the cache agrees with another state of the disk");
}

static bool require_image(image *it, const uint8_t *expected, failure *why) {
  uint8_t bytes[HEADER_BYTES];
  if (!require_probe(&it->file, bytes, why)) return false;
  decode_header(bytes, &it->header);
  it->file_blocks = file_blocks(&it->file);
  return require_fields(&it->header, why) && require_places(it, why) && require_map(it, why) &&
         require_root(it, why) && require_state(&it->header, expected, why);
}

bool image_probe(const char *path, failure *why) {
  uint8_t bytes[HEADER_BYTES];
  file it;
  if (!file_open(&it, path, READING, why)) return false;
  bool mine = require_probe(&it, bytes, why);
  file_close(&it);
  return mine;
}

bool image_open(image *it, const char *path, purpose wanted, const uint8_t *expected,
                failure *why) {
  if (!file_open(&it->file, path, wanted, why)) return false;
  if (file_lock(&it->file, wanted, why) && require_image(it, expected, why)) return true;
  file_close(&it->file);
  return false;
}

void image_close(image *it) {
  file_close(&it->file);
}
