#include "image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct image new_image(uint64_t blocks, uint64_t file_blocks) {
  struct image image = { NULL, (size_t)file_blocks * 512, 4200 * 512 };
  image.bytes = calloc(1, image.room);
  if (image.bytes == NULL || image.size > image.room) abort();
  static const uint8_t signature[4] = { 0x56, 0x43, 0x49, 0x00 };
  static const uint8_t magic[4] = { 0x56, 0x42, 0x4c, 0x4b };
  memcpy(image.bytes, signature, sizeof signature);
  put(&image, 4, 1, 4);
  put(&image, 8, blocks, 8);
  put(&image, 17, 1, 4);
  put(&image, 21, 4, 8);
  put(&image, 29, 2, 8);
  put(&image, 37, 2, 4);
  put(&image, 41, 0x1122334455667788, 8);
  memcpy(image.bytes + 1024, magic, sizeof magic);
  put(&image, 1028, 1, 4);
  put(&image, 1032, blocks, 8);
  return image;
}

void free_image(struct image *image) {
  free(image->bytes);
  image->bytes = NULL;
}

void put(struct image *image, size_t offset, uint64_t number, int width) {
  for (int index = 0; index < width; index++) {
    image->bytes[offset + (size_t)index] = (uint8_t)(number >> (index * 8));
  }
}

void resize(struct image *image, size_t size) {
  if (size > image->room) abort();
  image->size = size;
}

void set_bit(struct image *image, uint64_t block, int value) {
  uint8_t *byte = &image->bytes[1536 + block / 8];
  uint8_t bit = (uint8_t)(1u << (block % 8));
  *byte = value ? (uint8_t)(*byte | bit) : (uint8_t)(*byte & ~bit);
}

void clear(struct image *image, uint64_t block) {
  memset(image->bytes + block * 512, 0, 4096);
}

void leaf(struct image *image, uint64_t block) { put(image, (size_t)block * 512, 2, 1); }

void internal(struct image *image, uint64_t block) { put(image, (size_t)block * 512, 1, 1); }

void extent(
  struct image *image, uint64_t block, int slot, uint64_t offset, uint32_t blocks, uint64_t address
) {
  put(image, SLOT(block, slot) + 18, offset, 8);
  put(image, SLOT(block, slot) + 26, blocks, 4);
  put(image, SLOT(block, slot) + 30, address, 8);
}

void entry(
  struct image *image, uint64_t block, int slot, uint64_t offset, uint32_t blocks, uint64_t child
) {
  put(image, ENTRY(block, slot), offset, 8);
  put(image, ENTRY(block, slot) + 8, blocks, 4);
  put(image, ENTRY(block, slot) + 12, child, 8);
}

void link_extent(
  struct image *image, uint64_t block, int slot, uint64_t previous, uint64_t next
) {
  put(image, SLOT(block, slot), previous, 8);
  put(image, SLOT(block, slot) + 8, next, 8);
}

void count(struct image *image, uint64_t metadata, uint64_t data) {
  put(image, 1040, 4096 - metadata - data, 8);
  put(image, 1048, metadata, 8);
  put(image, 1056, data, 8);
  for (uint64_t block = 0; block < metadata + data; block++) set_bit(image, block, 1);
}

struct image leaf_image(void) {
  struct image image = new_image(4096, 17);
  leaf(&image, 4);
  extent(&image, 4, 0, 100, 1, 12);
  extent(&image, 4, 1, 200, 2, 13);
  extent(&image, 4, 2, 300, 2, 15);
  count(&image, 12, 5);
  return image;
}

struct image tree_image(void) {
  struct image image = new_image(4096, 32);
  internal(&image, 4);
  leaf(&image, 12);
  leaf(&image, 20);
  entry(&image, 4, 0, 100, 100, 12);
  entry(&image, 4, 1, 300, 100, 20);
  extent(&image, 12, 0, 100, 1, 28);
  extent(&image, 12, 1, 150, 1, 29);
  extent(&image, 20, 0, 300, 1, 30);
  extent(&image, 20, 1, 350, 1, 31);
  count(&image, 28, 4);
  return image;
}
