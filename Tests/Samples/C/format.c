/* SPDX-License-Identifier: Apache-2.0 */
#include "format.h"

#include <string.h>

enum { EXTENT_BYTES = 38, ENTRY_BYTES = 20, LINK_BYTES = 16 };

uint32_t get32(const uint8_t *from) {
  return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

uint64_t get64(const uint8_t *from) {
  return get32(from) | (uint64_t)get32(from + 4) << 32;
}

void put32(uint8_t *to, uint32_t value) {
  for (int index = 0; index < 4; index++) to[index] = (uint8_t)(value >> (8 * index));
}

void put64(uint8_t *to, uint64_t value) {
  put32(to, (uint32_t)value);
  put32(to + 4, (uint32_t)(value >> 32));
}

uint64_t map_blocks_of(uint64_t blocks) {
  return 1 + blocks / BITS_PER_BLOCK + (blocks % BITS_PER_BLOCK != 0);
}

bool in_range(uint64_t address, uint64_t count, uint64_t blocks) {
  return address >= HEADER_BLOCKS && address < blocks && count <= blocks - address;
}

void decode_header(const uint8_t bytes[HEADER_BYTES], header *into) {
  into->blocks = get64(bytes + 8);
  into->unclean = bytes[16];
  into->type = get32(bytes + 17);
  into->root = get64(bytes + 21);
  into->map = get64(bytes + 29);
  into->map_blocks = get32(bytes + 37);
  memcpy(into->uuid, bytes + 41, 16);
  memcpy(into->mod_uuid, bytes + 57, 16);
}

void encode_header(const header *from, uint8_t bytes[BLOCK]) {
  memcpy(bytes, "VCI", 4);
  put32(bytes + 4, 1);
  put64(bytes + 8, from->blocks);
  bytes[16] = from->unclean;
  put32(bytes + 17, from->type);
  put64(bytes + 21, from->root);
  put64(bytes + 29, from->map);
  put32(bytes + 37, from->map_blocks);
  memcpy(bytes + 41, from->uuid, 16);
  memcpy(bytes + 57, from->mod_uuid, 16);
}

void decode_counters(const uint8_t bytes[BLOCK], counters *into) {
  into->blocks = get64(bytes + 8);
  into->free = get64(bytes + 16);
  into->metadata = get64(bytes + 24);
  into->data = get64(bytes + 32);
}

void encode_counters(const counters *from, uint8_t bytes[BLOCK]) {
  memcpy(bytes, "VBLK", 4);
  put32(bytes + 4, 1);
  put64(bytes + 8, from->blocks);
  put64(bytes + 16, from->free);
  put64(bytes + 24, from->metadata);
  put64(bytes + 32, from->data);
}

void decode_extent(const uint8_t node[NODE_BYTES], unsigned index, slot *into) {
  const uint8_t *at = node + 1 + index * EXTENT_BYTES;
  into->linked = get64(at) != 0 || get64(at + 8) != 0;
  into->flags = at[16];
  into->offset = get64(at + 18);
  into->count = get32(at + 26);
  into->address = get64(at + 30);
}

void decode_entry(const uint8_t node[NODE_BYTES], unsigned index, slot *into) {
  const uint8_t *at = node + 1 + index * ENTRY_BYTES;
  into->linked = false;
  into->flags = 0;
  into->offset = get64(at);
  into->count = get32(at + 8);
  into->address = get64(at + 12);
}

void encode_extent(const slot *from, unsigned index, uint8_t node[NODE_BYTES]) {
  uint8_t *at = node + 1 + index * EXTENT_BYTES;
  memset(at, 0, EXTENT_BYTES);
  put64(at + 18, from->offset);
  put32(at + 26, from->count);
  put64(at + 30, from->address);
}

void encode_entry(const slot *from, unsigned index, uint8_t node[NODE_BYTES]) {
  uint8_t *at = node + 1 + index * ENTRY_BYTES;
  put64(at, from->offset);
  put32(at + 8, from->count);
  put64(at + 12, from->address);
}

void clear_links(uint8_t node[NODE_BYTES], unsigned index) {
  memset(node + 1 + index * EXTENT_BYTES, 0, LINK_BYTES);
}
