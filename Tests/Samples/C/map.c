/* SPDX-License-Identifier: Apache-2.0 */
#include "map.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 64 * 1024 };

/* The block of the bitmap that is being filled with bits. All before it are written. */
typedef struct {
  file *file;
  uint64_t start; /* byte of the file at which the bitmap starts */
  uint64_t block; /* of the bitmap */
  uint8_t bits[BLOCK];
  failure *why;
} map_writer;

static bool write_block(map_writer *to) {
  uint8_t before[BLOCK];
  uint64_t offset = to->start + to->block * BLOCK;
  if (!file_read(to->file, offset, before, BLOCK, to->why)) return false;
  if (memcmp(before, to->bits, BLOCK) == 0) return true;
  return file_write(to->file, offset, to->bits, BLOCK, to->why);
}

static bool is_zero(const uint8_t *bytes, uint64_t count) {
  for (uint64_t index = 0; index < count; index++) {
    if (bytes[index] != 0) return false;
  }
  return true;
}

/* Makes blocks of the bitmap zero that are not. Holes of the file are passed over. */
static bool clear_blocks(map_writer *to, uint64_t from, uint64_t end) {
  static const uint8_t zeros[PIECE];
  static uint8_t bytes[PIECE];
  uint64_t last = to->start + end * BLOCK;
  uint64_t at = file_next_data(to->file, to->start + from * BLOCK, last);
  while (at < last) {
    uint64_t piece = last - at < PIECE ? last - at : PIECE;
    if (!file_read(to->file, at, bytes, piece, to->why)) return false;
    if (!is_zero(bytes, piece) && !file_write(to->file, at, zeros, piece, to->why)) return false;
    at = file_next_data(to->file, at + piece, last);
  }
  return true;
}

/* Writes the current block and goes on to a later one; what lies between has no bits. */
static bool go_to(map_writer *to, uint64_t block) {
  if (block == to->block) return true;
  if (!write_block(to) || !clear_blocks(to, to->block + 1, block)) return false;
  memset(to->bits, 0, BLOCK);
  to->block = block;
  return true;
}

static bool set_bits(map_writer *to, const block_run *run) {
  uint64_t end = run->address + run->count;
  for (uint64_t at = run->address; at < end;) {
    if (!go_to(to, at / BITS_PER_BLOCK)) return false;
    uint64_t bit = at % BITS_PER_BLOCK;
    if (bit == 0 && end - at >= BITS_PER_BLOCK) {
      memset(to->bits, 0xff, BLOCK);
      at += BITS_PER_BLOCK;
    } else {
      to->bits[bit / 8] |= (uint8_t)(1u << (bit % 8));
      at++;
    }
  }
  return true;
}

static int by_address(const void *one, const void *other) {
  uint64_t a = ((const block_run *)one)->address, b = ((const block_run *)other)->address;
  return (a > b) - (a < b);
}

/* The reserved bytes of the map's header stay as they are. */
static bool write_counters(file *it, const header *head, const counters *sums, failure *why) {
  uint8_t bytes[BLOCK];
  if (!file_read(it, head->map * BLOCK, bytes, BLOCK, why)) return false;
  encode_counters(sums, bytes);
  return file_write(it, head->map * BLOCK, bytes, BLOCK, why);
}

bool map_write(file *it, const header *head, block_run *owned, size_t count, uint64_t metadata,
               failure *why) {
  map_writer to = {.file = it, .start = (head->map + 1) * BLOCK, .why = why};
  uint64_t sum = 0;
  qsort(owned, count, sizeof *owned, by_address);
  for (size_t index = 0; index < count; index++) {
    if (!set_bits(&to, &owned[index])) return false;
    sum += owned[index].count;
  }
  if (!go_to(&to, head->map_blocks - 1)) return false;
  counters sums = {.blocks = head->blocks, .free = head->blocks - sum, .metadata = metadata,
                   .data = sum - metadata};
  return write_counters(it, head, &sums, why);
}
