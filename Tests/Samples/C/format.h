/* SPDX-License-Identifier: Apache-2.0
 *
 * The structures of an image, decoded: "File layout" in Specs/VCI.md. Decoders decide nothing.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdbool.h>
#include <stdint.h>

enum {
  BLOCK = 512,          /* bytes of a block */
  HEADER_BYTES = 1024,
  HEADER_BLOCKS = 2,
  NODE_BLOCKS = 8,
  NODE_BYTES = NODE_BLOCKS * BLOCK,
  MAX_EXTENTS = 107,    /* of a leaf */
  MAX_ENTRIES = 204,    /* of an internal node */
  MAX_LEVELS = 16,      /* VCI-NODE-012 */
  BITS_PER_BLOCK = BLOCK * 8
};

#define DISK_END (UINT64_C(1) << 54)                   /* VCI-EXT-002 */
#define MAX_SPAN UINT32_MAX                            /* disk blocks below an entry */
#define MAX_BLOCKS ((UINT64_C(4294967296) - 2) * 4096) /* VCI-HDR-003 */

enum { DYNAMIC = 1, FIXED = 2 };
enum { INTERNAL = 1, LEAF = 2 };

typedef struct {
  uint64_t blocks;
  uint8_t unclean;
  uint32_t type;
  uint64_t root;
  uint64_t map;
  uint32_t map_blocks;
  uint8_t uuid[16];
  uint8_t mod_uuid[16];
} header;

typedef struct {
  uint64_t blocks;
  uint64_t free;
  uint64_t metadata;
  uint64_t data;
} counters;

/* A slot of a node: an extent of a leaf or an entry of an internal node. */
typedef struct {
  uint64_t offset;  /* first disk block */
  uint32_t count;
  uint64_t address; /* first file block of the data, or of the child */
  uint8_t flags;    /* of an extent */
  bool linked;      /* an extent has an LRU link */
} slot;

/* Numbers at a place, little endian. */
uint32_t get32(const uint8_t *from);
uint64_t get64(const uint8_t *from);
void put32(uint8_t *to, uint32_t value);
void put64(uint8_t *to, uint64_t value);

/* 1 + n / 4096, rounded up. */
uint64_t map_blocks_of(uint64_t blocks);

/* Whether `count` blocks from `address` on are in range: "Terms" in Specs/VCI.md. */
bool in_range(uint64_t address, uint64_t count, uint64_t blocks);

/* Signature and version have offsets of their own; they are looked at before anything else. */
void decode_header(const uint8_t bytes[HEADER_BYTES], header *into);
void encode_header(const header *from, uint8_t bytes[BLOCK]);
void decode_counters(const uint8_t bytes[BLOCK], counters *into);
void encode_counters(const counters *from, uint8_t bytes[BLOCK]);

void decode_extent(const uint8_t node[NODE_BYTES], unsigned index, slot *into);
void decode_entry(const uint8_t node[NODE_BYTES], unsigned index, slot *into);
void encode_extent(const slot *from, unsigned index, uint8_t node[NODE_BYTES]);
void encode_entry(const slot *from, unsigned index, uint8_t node[NODE_BYTES]);

/* Makes both LRU links of an extent 0: "no list kept". */
void clear_links(uint8_t node[NODE_BYTES], unsigned index);

#endif
