// Images in memory for the tests of the plain checker, laid out field by field.

#ifndef IMAGE_H
#define IMAGE_H

#include <stddef.h>
#include <stdint.h>

struct image {
  uint8_t *bytes;
  // What is handed to the checker; `room` is what there is.
  size_t size, room;
};

// Where the root, the slot of a leaf and the entry of an internal node stand, by the node's block.
#define ROOT (4 * 512)
#define SLOT(block, slot) ((size_t)(block) * 512 + 1 + 38 * (size_t)(slot))
#define ENTRY(block, slot) ((size_t)(block) * 512 + 1 + 20 * (size_t)(slot))

// A dynamic image with header and map, all else zero, in a file of `file_blocks` blocks.
struct image new_image(uint64_t blocks, uint64_t file_blocks);
void free_image(struct image *image);

// Writes a little-endian number of `width` bytes.
void put(struct image *image, size_t offset, uint64_t number, int width);
void resize(struct image *image, size_t size);
void set_bit(struct image *image, uint64_t block, int value);
// Clears all bytes of a node.
void clear(struct image *image, uint64_t block);

void leaf(struct image *image, uint64_t block);
void internal(struct image *image, uint64_t block);
void extent(
  struct image *image, uint64_t block, int slot, uint64_t offset, uint32_t blocks,
  uint64_t address);
void entry(
  struct image *image, uint64_t block, int slot, uint64_t offset, uint32_t blocks, uint64_t child);
// The links of an extent.
void link_extent(
  struct image *image, uint64_t block, int slot, uint64_t previous, uint64_t next);
// Sets the counters, and the bits of the first `metadata` + `data` blocks.
void count(struct image *image, uint64_t metadata, uint64_t data);

// 4096 blocks, the root at 4 a leaf: disk block 100 at 12, 200 and 201 at 13, 300 and 301 at 15.
struct image leaf_image(void);
// 4096 blocks, the root at 4 names the leaves 12, for the disk blocks 100 to 199, and 20, for 300
// to 399. They hold 100 at 28 and 150 at 29, and 300 at 30 and 350 at 31.
struct image tree_image(void);

#endif
