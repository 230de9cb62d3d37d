// Tests of the plain checker: for every rule an image made by hand that breaks it, what is legal
// though odd, and blind mutants. Prints what fails, and exits with 1 where something does.
//
// Run: swift run --package-path Tests/Benchmarks --scratch-path .build-benchmarks CPeerTests

#include "image.h"
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;
static int runs = 0;
static uint64_t seen = 0;

// The findings of a result, as "RULE:class RULE:class", in the order of the rules.
static void describe(const struct vci_peer_result *result, char *text, size_t size) {
  size_t length = 0;
  text[0] = 0;
  for (int rule = 0; rule < VCI_PEER_RULE_COUNT; rule++) {
    for (int class_index = 0; class_index < VCI_PEER_CLASS_COUNT; class_index++) {
      if ((result->broken[class_index] >> rule & 1) == 0) continue;
      seen |= (uint64_t)1 << rule;
      length += (size_t)snprintf(
        text + length, size - length, "%s%s:%s", length == 0 ? "" : " ",
        vci_peer_rule_id(rule) + 4, vci_peer_class_name(class_index));
    }
  }
}

// Expects exactly these findings and this exit code.
static void expect(const char *name, const struct image *image, const char *findings, int code) {
  // An allocation of the exact size lets the address sanitizer see a read past the end.
  uint8_t *copy = malloc(image->size == 0 ? 1 : image->size);
  if (copy == NULL) abort();
  memcpy(copy, image->bytes, image->size);
  struct vci_peer_result result;
  memset(&result, 0xff, sizeof result);
  int status = vci_peer_check(copy, image->size, &result);
  free(copy);
  char text[2048];
  describe(&result, text, sizeof text);
  runs += 1;
  if (status == 0 && strcmp(text, findings) == 0 && result.exit_code == code) return;
  failures += 1;
  printf("%s\n  expected %d %s\n  found    %d %s\n", name, code, findings, result.exit_code, text);
}

// Expects the findings of an image that `change` made of a leaf with the extents 0, 1 and 2.
#define LEAF_CASE(name, findings, code, ...) \
  do { \
    struct image image = leaf_image(); \
    struct image *i = &image; \
    (void)i; \
    __VA_ARGS__; \
    expect(name, i, findings, code); \
    free_image(i); \
  } while (0)

// The same of a tree: root at 4, leaves at 12 and 20, each with two extents.
#define TREE_CASE(name, findings, code, ...) \
  do { \
    struct image image = tree_image(); \
    struct image *i = &image; \
    (void)i; \
    __VA_ARGS__; \
    expect(name, i, findings, code); \
    free_image(i); \
  } while (0)

static void test_file(void) {
  LEAF_CASE("clean", "", 0, (void)0);
  LEAF_CASE("empty file", "FILE-001:corruption", 5, i->size = 0);
  LEAF_CASE("1023 bytes", "FILE-001:corruption", 5, i->size = 1023);
  LEAF_CASE("1024 bytes", "FILE-005:corruption", 2, i->size = 1024);
  LEAF_CASE("part of a block", "FILE-002:advice", 0, i->size += 1);
  LEAF_CASE("too long", "FILE-003:advice", 0, resize(i, 4097 * 512));
  LEAF_CASE("full length", "", 0, resize(i, 4096 * 512));
  LEAF_CASE("fixed and short", "FILE-004:advice", 0, put(i, 17, 2, 4));
  LEAF_CASE("fixed and full", "", 0, put(i, 17, 2, 4); resize(i, 4096 * 512));
  LEAF_CASE("root cut off", "FILE-005:corruption", 2, i->size = 11 * 512);
  LEAF_CASE("last byte of the root cut off", "FILE-002:advice FILE-005:corruption", 2,
    i->size = 12 * 512 - 1);
  LEAF_CASE("data cut off", "FILE-006:corruption", 2, i->size = 16 * 512);
  LEAF_CASE("last byte of data cut off", "FILE-002:advice FILE-006:corruption", 2,
    i->size = 17 * 512 - 1);
  TREE_CASE("leaf cut off", "FILE-006:corruption", 2, i->size = 27 * 512);
}

static void test_header(void) {
  LEAF_CASE("signature", "HDR-001:corruption", 5, put(i, 3, 1, 1));
  LEAF_CASE("version", "HDR-002:corruption", 6, put(i, 4, 2, 4));
  LEAF_CASE("signature and version", "HDR-001:corruption", 5, put(i, 0, 0, 8));
  LEAF_CASE("no blocks", "HDR-003:corruption", 2, put(i, 8, 0, 8));
  LEAF_CASE("11 blocks", "HDR-003:corruption", 2, put(i, 8, 11, 8));
  LEAF_CASE("all blocks", "HDR-003:corruption", 2, put(i, 8, UINT64_MAX, 8));
  LEAF_CASE("one block too many", "HDR-003:corruption", 2, put(i, 8, 17592186036225, 8));
  LEAF_CASE("the most blocks", "HDR-009:corruption", 2, put(i, 8, 17592186036224, 8));
  LEAF_CASE("the most blocks, with a map of all", "FILE-005:corruption", 2,
    put(i, 8, 17592186036224, 8); put(i, 37, UINT32_MAX, 4); put(i, 29, 12, 8));
  LEAF_CASE("flag", "HDR-004:corruption", 2, put(i, 16, 2, 1));
  LEAF_CASE("cache type", "HDR-005:corruption", 2, put(i, 17, 0, 4));
  LEAF_CASE("cache type of a later byte", "HDR-005:corruption", 2, put(i, 17, 0x101, 4));
  LEAF_CASE("root in the header", "HDR-006:corruption", 2, put(i, 21, 1, 8));
  LEAF_CASE("root past the end", "HDR-006:corruption", 2, put(i, 21, 4089, 8));
  LEAF_CASE("root at the end", "FILE-005:corruption", 2, put(i, 21, 4088, 8));
  LEAF_CASE("root that wraps", "HDR-006:corruption", 2, put(i, 21, UINT64_MAX - 3, 8));
  LEAF_CASE("map in the header", "HDR-007:corruption", 2, put(i, 29, 1, 8));
  LEAF_CASE("map past the end", "HDR-007:corruption", 2, put(i, 29, 4095, 8));
  LEAF_CASE("map that wraps", "HDR-007:corruption", 2, put(i, 29, UINT64_MAX, 8));
  LEAF_CASE("map in the root", "HDR-008:corruption", 2, put(i, 29, 11, 8));
  LEAF_CASE("root in the map", "HDR-008:corruption", 2, put(i, 21, 3, 8));
  LEAF_CASE("map too large", "HDR-009:corruption", 2, put(i, 37, 3, 4));
  LEAF_CASE("reserved, first", "HDR-010:advice", 0, put(i, 73, 1, 1));
  LEAF_CASE("reserved, last", "HDR-010:advice", 0, put(i, 1023, 1, 1));
  LEAF_CASE("nil image UUID", "HDR-011:advice", 0, put(i, 41, 0, 8); put(i, 49, 0, 8));
  LEAF_CASE("half an image UUID", "", 0, put(i, 41, 0, 8); put(i, 49, 1, 8));
  LEAF_CASE("4095 blocks", "HDR-012:advice MAP-006:advice", 0,
    put(i, 8, 4095, 8); put(i, 1032, 4095, 8); put(i, 1040, 4078, 8); set_bit(i, 4095, 1));
  LEAF_CASE("dirty", "SHD-001:dirty", 4, put(i, 16, 1, 1));
  LEAF_CASE("much", "FILE-002:advice HDR-003:corruption HDR-005:corruption HDR-010:advice", 2,
    i->size += 1; put(i, 8, 0, 8); put(i, 17, 3, 4); put(i, 500, 7, 1); put(i, 21, 0, 8));
}

static void test_map(void) {
  LEAF_CASE("magic", "MAP-001:corruption", 2, put(i, 1027, 0x4c, 1); put(i, 1072, 1, 1));
  LEAF_CASE("version", "MAP-002:corruption", 2, put(i, 1028, 0, 4); put(i, 1072, 1, 1));
  LEAF_CASE("blocks", "MAP-003:corruption", 2, put(i, 1032, 4095, 8));
  LEAF_CASE("blocks and reserved", "MAP-003:corruption MAP-007:advice", 2,
    put(i, 1032, 4095, 8); put(i, 1535, 1, 1));
  LEAF_CASE("free", "MAP-004:corruption MAP-005:summary", 2, put(i, 1040, 4078, 8));
  LEAF_CASE("metadata", "MAP-004:corruption", 2, put(i, 1048, 13, 8));
  LEAF_CASE("a sum that wraps", "MAP-004:corruption", 2,
    put(i, 1048, (uint64_t)1 << 63, 8); put(i, 1056, ((uint64_t)1 << 63) + 17, 8));
  LEAF_CASE("free and metadata", "MAP-005:summary MAP-009:summary", 3,
    put(i, 1040, 4078, 8); put(i, 1048, 13, 8));
  LEAF_CASE("reserved", "MAP-007:advice", 0, put(i, 1064, 1, 1));
  LEAF_CASE("bit of the header", "MAP-005:summary MAP-008:corruption", 2, set_bit(i, 1, 0));
  LEAF_CASE("bit of the map", "MAP-005:summary MAP-008:corruption", 2, set_bit(i, 3, 0));
  LEAF_CASE("bit of the root", "MAP-005:summary MAP-008:corruption", 2, set_bit(i, 11, 0));
  LEAF_CASE("bit of the root, dirty", "SHD-001:dirty MAP-005:summary MAP-008:summary", 3,
    set_bit(i, 11, 0); put(i, 16, 1, 1));
  LEAF_CASE("metadata and data", "MAP-009:summary", 3, put(i, 1048, 13, 8); put(i, 1056, 4, 8));
  LEAF_CASE("exchanged", "MAP-010:summary", 3, put(i, 1048, 5, 8); put(i, 1056, 12, 8));
  LEAF_CASE("a leak that is counted", "OCC-001:leak", 3,
    set_bit(i, 100, 1); put(i, 1040, 4078, 8); put(i, 1056, 6, 8));
  LEAF_CASE("a leak that is counted, exchanged", "MAP-010:summary OCC-001:leak", 3,
    set_bit(i, 100, 1); put(i, 1040, 4078, 8); put(i, 1048, 6, 8); put(i, 1056, 12, 8));
  LEAF_CASE("a leak, too little data", "MAP-009:summary OCC-001:leak", 3,
    set_bit(i, 100, 1); put(i, 1040, 4078, 8); put(i, 1048, 14, 8); put(i, 1056, 4, 8));
  LEAF_CASE("a leak past the file's end", "MAP-005:summary OCC-001:leak", 3, set_bit(i, 4095, 1));
  LEAF_CASE("a leak, dirty", "SHD-001:dirty MAP-005:summary OCC-001:summary", 3,
    set_bit(i, 64, 1); put(i, 16, 1, 1));
}

static void test_leaf_root(void) {
  LEAF_CASE("type", "NODE-001:corruption", 2, put(i, ROOT, 3, 1));
  LEAF_CASE("gap", "NODE-006:corruption", 2, extent(i, 4, 4, 900, 1, 14));
  LEAF_CASE("half without a count", "NODE-007:corruption", 2, put(i, SLOT(4, 1) + 26, 0, 4));
  LEAF_CASE("half without an address", "NODE-007:corruption", 2, put(i, SLOT(4, 1) + 30, 0, 8));
  LEAF_CASE("half behind the last", "NODE-007:corruption", 2, put(i, SLOT(4, 106) + 30, 1, 8));
  LEAF_CASE("stray byte", "NODE-008:advice", 0, put(i, SLOT(4, 3) + 18, 1, 1));
  LEAF_CASE("stray byte in the last slot", "NODE-008:advice", 0, put(i, SLOT(4, 106), 1, 1));
  LEAF_CASE("padding", "NODE-008:advice", 0, put(i, ROOT + 4095, 1, 1));
  LEAF_CASE("order", "EXT-001:corruption", 2, put(i, SLOT(4, 1) + 18, 99, 8));
  LEAF_CASE("overlap", "EXT-001:corruption", 2, put(i, SLOT(4, 1) + 18, 100, 8));
  LEAF_CASE("adjacent", "", 0, put(i, SLOT(4, 1) + 18, 101, 8));
  LEAF_CASE("up to the disk's end", "", 0, put(i, SLOT(4, 2) + 18, ((uint64_t)1 << 54) - 2, 8));
  LEAF_CASE("past the disk's end", "EXT-002:corruption", 2,
    put(i, SLOT(4, 2) + 18, ((uint64_t)1 << 54) - 1, 8));
  LEAF_CASE("a sum that wraps", "EXT-002:corruption", 2, put(i, SLOT(4, 2) + 18, UINT64_MAX, 8));
  LEAF_CASE("behind a sum that wraps", "EXT-001:corruption EXT-002:corruption", 2,
    put(i, SLOT(4, 1) + 18, UINT64_MAX, 8); put(i, SLOT(4, 2) + 18, UINT64_MAX, 8));
  LEAF_CASE("a root that is refused silences the tree", "NODE-007:corruption", 2,
    put(i, SLOT(4, 1) + 26, 0, 4); put(i, SLOT(4, 0) + 16, 1, 1); put(i, ROOT + 4095, 1, 1);
    set_bit(i, 11, 0); set_bit(i, 4095, 1));
}

static void test_extents(void) {
  LEAF_CASE("data in the header", "EXT-003:corruption", 2, put(i, SLOT(4, 0) + 30, 1, 8));
  LEAF_CASE("data past the end", "EXT-003:corruption", 2, put(i, SLOT(4, 2) + 30, 4095, 8));
  LEAF_CASE("data at the end", "FILE-006:corruption", 2, put(i, SLOT(4, 2) + 30, 4094, 8));
  LEAF_CASE("data that wraps", "EXT-003:corruption", 2, put(i, SLOT(4, 0) + 30, UINT64_MAX, 8));
  LEAF_CASE("huge data", "EXT-003:corruption", 2, put(i, SLOT(4, 2) + 26, UINT32_MAX, 4));
  LEAF_CASE("bit of data", "MAP-005:summary EXT-004:corruption", 2, set_bit(i, 15, 0));
  LEAF_CASE("bit of data, dirty", "SHD-001:dirty MAP-005:summary EXT-004:summary", 3,
    set_bit(i, 16, 0); put(i, 16, 1, 1));
  LEAF_CASE("data in the root", "EXT-005:corruption OCC-001:leak", 2,
    put(i, SLOT(4, 0) + 30, 11, 8));
  LEAF_CASE("data in the map", "EXT-005:corruption OCC-001:leak", 2,
    put(i, SLOT(4, 0) + 30, 2, 8));
  LEAF_CASE("data in data", "EXT-006:corruption OCC-001:leak", 2, put(i, SLOT(4, 0) + 30, 14, 8));
  LEAF_CASE("two on one block of metadata",
    "EXT-005:corruption EXT-006:corruption OCC-001:leak", 2,
    put(i, SLOT(4, 0) + 30, 10, 8); put(i, SLOT(4, 1) + 30, 9, 8));
  LEAF_CASE("flags", "EXT-007:corruption", 2, put(i, SLOT(4, 1) + 16, 128, 1));
  LEAF_CASE("flags and totals", "EXT-007:corruption", 2,
    put(i, SLOT(4, 1) + 16, 1, 1); put(i, 1048, 13, 8); put(i, 1056, 4, 8));
  LEAF_CASE("reserved", "EXT-008:advice", 0, put(i, SLOT(4, 2) + 17, 1, 1));
  LEAF_CASE("far away, and flags", "EXT-003:corruption EXT-007:corruption", 2,
    put(i, SLOT(4, 2) + 30, UINT64_MAX, 8); put(i, SLOT(4, 2) + 16, 1, 1));
}

// Links the extents 0, 1 and 2 of a leaf at 4, at the blocks 12, 13 and 15: 15, 12, 13.
static void link_leaf(struct image *i) {
  link_extent(i, 4, 2, 0, 12);
  link_extent(i, 4, 0, 15, 13);
  link_extent(i, 4, 1, 12, 0);
}

static void test_list(void) {
  LEAF_CASE("one list", "", 0, link_leaf(i));
  LEAF_CASE("no list but one link", "LRU-001:summary", 3, link_extent(i, 4, 1, 12, 0));
  LEAF_CASE("not answered", "LRU-001:summary", 3, link_leaf(i); link_extent(i, 4, 1, 15, 0));
  LEAF_CASE("one left out", "LRU-001:summary", 3,
    link_extent(i, 4, 0, 0, 13); link_extent(i, 4, 1, 12, 0));
  LEAF_CASE("a ring", "LRU-001:summary", 3,
    link_extent(i, 4, 0, 15, 13); link_extent(i, 4, 1, 12, 15); link_extent(i, 4, 2, 13, 12));
  LEAF_CASE("a list and a ring", "LRU-001:summary", 3,
    link_extent(i, 4, 0, 13, 13); link_extent(i, 4, 1, 12, 12));
  LEAF_CASE("a ring of one", "LRU-001:summary", 3, link_extent(i, 4, 1, 13, 13));
  LEAF_CASE("next to nothing", "LRU-002:summary", 3, link_leaf(i); link_extent(i, 4, 1, 12, 16));
  LEAF_CASE("previous to nothing", "LRU-002:summary", 3,
    link_leaf(i); link_extent(i, 4, 2, 999999, 12));
  LEAF_CASE("huge links", "LRU-002:summary", 3, link_extent(i, 4, 2, UINT64_MAX, 0));
  LEAF_CASE("dirty", "SHD-001:dirty", 4, link_extent(i, 4, 2, 99, 98); put(i, 16, 1, 1));
  LEAF_CASE("two at one address", "EXT-006:corruption OCC-001:leak", 2,
    put(i, SLOT(4, 0) + 30, 13, 8); link_extent(i, 4, 2, 99, 98));
  LEAF_CASE("damaged elsewhere", "EXT-007:corruption", 2,
    put(i, SLOT(4, 0) + 16, 1, 1); link_extent(i, 4, 2, 99, 98));
}

static void test_nodes(void) {
  TREE_CASE("clean", "", 0, (void)0);
  TREE_CASE("fewer bits", "MAP-005:summary NODE-003:corruption", 2, set_bit(i, 19, 0));
  TREE_CASE("fewer bits, dirty", "SHD-001:dirty MAP-005:summary NODE-003:summary", 3,
    set_bit(i, 20, 0); put(i, 16, 1, 1));
  TREE_CASE("type", "NODE-001:corruption", 2, put(i, 12 * 512, 0, 1));
  // A node of no type was read: it owns its blocks, and its bits are judged.
  TREE_CASE("type and bits", "MAP-005:summary NODE-001:corruption NODE-003:corruption", 2,
    put(i, 12 * 512, 9, 1); set_bit(i, 12, 0));
  TREE_CASE("child in the header", "NODE-002:corruption", 2, put(i, ENTRY(4, 0) + 12, 1, 8));
  TREE_CASE("child past the end", "NODE-002:corruption", 2, put(i, ENTRY(4, 0) + 12, 4089, 8));
  TREE_CASE("child that wraps", "NODE-002:corruption", 2, put(i, ENTRY(4, 0) + 12, UINT64_MAX, 8));
  TREE_CASE("child past the file's end", "FILE-006:corruption", 2,
    put(i, ENTRY(4, 0) + 12, 4088, 8));
  TREE_CASE("shared", "NODE-004:corruption INT-003:corruption", 2,
    put(i, ENTRY(4, 1) + 12, 12, 8));
  TREE_CASE("a cycle by the root", "NODE-004:corruption INT-003:corruption", 2,
    put(i, ENTRY(4, 1) + 12, 4, 8));
  TREE_CASE("a child in the map", "NODE-001:corruption NODE-005:corruption", 2,
    put(i, ENTRY(4, 1) + 12, 2, 8));
  TREE_CASE("gap", "NODE-006:corruption", 2,
    extent(i, 20, 3, 350, 1, 31); extent(i, 20, 1, 0, 0, 0));
  TREE_CASE("half", "NODE-007:corruption", 2, put(i, SLOT(12, 1) + 26, 0, 4));
  TREE_CASE("half in the root", "NODE-007:corruption", 2, put(i, ENTRY(4, 1) + 8, 0, 4));
  TREE_CASE("gap in the root", "NODE-006:corruption", 2,
    entry(i, 4, 2, 300, 100, 20); entry(i, 4, 1, 0, 0, 0));
  TREE_CASE("half behind unused in the root", "NODE-007:corruption", 2,
    put(i, ENTRY(4, 203) + 8, 1, 4));
  TREE_CASE("stray byte in the root", "NODE-008:advice", 0, put(i, ENTRY(4, 2), 1, 8));
  TREE_CASE("padding of the root", "NODE-008:advice", 0, put(i, 4 * 512 + 4081, 1, 1));
  TREE_CASE("stray byte below", "NODE-008:advice", 0, put(i, SLOT(20, 9), 1, 1));
  TREE_CASE("internal without entries", "NODE-009:corruption", 2,
    clear(i, 20); put(i, 10240, 1, 1));
  TREE_CASE("root without entries", "NODE-009:corruption", 2, clear(i, 4); put(i, 2048, 1, 1));
  TREE_CASE("root of a half entry", "NODE-007:corruption NODE-009:corruption", 2,
    clear(i, 4); put(i, 2048, 1, 1); put(i, ENTRY(4, 0) + 8, 7, 4));
  TREE_CASE("an empty leaf, data leaks", "MAP-009:summary NODE-010:advice OCC-001:leak", 3,
    clear(i, 20); put(i, 10240, 2, 1); put(i, 1056, 1, 8); put(i, 1048, 31, 8));
  TREE_CASE("an empty leaf", "NODE-010:advice", 0,
    clear(i, 20); put(i, 10240, 2, 1); set_bit(i, 30, 0); set_bit(i, 31, 0);
    put(i, 1056, 2, 8); put(i, 1040, 4066, 8));
}

static void test_internal(void) {
  TREE_CASE("order", "INT-001:corruption", 2, put(i, ENTRY(4, 1), 199, 8));
  TREE_CASE("adjacent", "", 0, put(i, ENTRY(4, 1), 200, 8); put(i, ENTRY(4, 1) + 8, 200, 4));
  TREE_CASE("a range up to the disk's end", "INT-003:corruption", 2,
    put(i, ENTRY(4, 1), ((uint64_t)1 << 54) - 100, 8));
  TREE_CASE("a range past the disk's end", "INT-002:corruption", 2,
    put(i, ENTRY(4, 1), ((uint64_t)1 << 54) - 99, 8));
  TREE_CASE("a range that wraps", "INT-002:corruption", 2, put(i, ENTRY(4, 1), UINT64_MAX, 8));
  TREE_CASE("a child that starts before", "INT-003:corruption", 2, put(i, ENTRY(4, 0), 101, 8));
  TREE_CASE("a child that ends behind", "INT-003:corruption", 2, put(i, ENTRY(4, 1) + 8, 50, 4));
  TREE_CASE("a child that ends there", "", 0, put(i, ENTRY(4, 1) + 8, 51, 4));
  TREE_CASE("order in a leaf", "EXT-001:corruption", 2,
    put(i, SLOT(12, 0) + 18, 150, 8); put(i, SLOT(12, 1) + 18, 100, 8));
  TREE_CASE("past the disk in a leaf", "INT-003:corruption EXT-002:corruption", 2,
    put(i, SLOT(20, 1) + 18, ((uint64_t)1 << 54), 8));
  TREE_CASE("a sum that wraps in a leaf", "INT-003:corruption EXT-002:corruption", 2,
    put(i, SLOT(20, 1) + 18, UINT64_MAX, 8));
  TREE_CASE("data in a leaf", "EXT-005:corruption OCC-001:leak", 2,
    put(i, SLOT(12, 0) + 30, 27, 8));
  TREE_CASE("data of another leaf", "EXT-006:corruption OCC-001:leak", 2,
    put(i, SLOT(12, 0) + 30, 31, 8));
  TREE_CASE("a list over both leaves", "", 0,
    link_extent(i, 12, 0, 0, 31); link_extent(i, 20, 1, 28, 29); link_extent(i, 12, 1, 31, 30);
    link_extent(i, 20, 0, 29, 0));
  TREE_CASE("a list over one leaf", "LRU-001:summary", 3,
    link_extent(i, 12, 0, 0, 29); link_extent(i, 12, 1, 28, 0));
}

// Images whose nodes lie otherwise than those of `tree_image`.
static void test_places(void) {
  struct image image = new_image(4096, 44);
  // 4: root; 12: internal, ancestor of the leaf 20; the leaf 28 is on another level.
  internal(&image, 4);
  internal(&image, 12);
  leaf(&image, 20);
  leaf(&image, 28);
  entry(&image, 4, 0, 0, 1000, 12);
  entry(&image, 4, 1, 1000, 1000, 28);
  entry(&image, 12, 0, 0, 500, 20);
  extent(&image, 20, 0, 5, 2, 36);
  extent(&image, 28, 0, 1005, 2, 38);
  count(&image, 36, 4);
  expect("leaves on two levels", &image, "NODE-011:corruption", 2);
  entry(&image, 12, 1, 600, 100, 12);
  expect("a cycle by the node itself, too narrow", &image,
    "NODE-004:corruption NODE-011:corruption INT-003:corruption", 2);
  put(&image, 1048, 37, 8);
  put(&image, 1056, 3, 8);
  expect("a cycle silences the totals", &image,
    "NODE-004:corruption NODE-011:corruption INT-003:corruption", 2);
  entry(&image, 12, 1, 0, 0, 0);
  // The later of the two entries that name the leaf 20 is the root's.
  entry(&image, 4, 1, 0, 0, 0);
  entry(&image, 4, 1, 1000, 1000, 20);
  put(&image, SLOT(20, 0) + 18, 999, 8);
  expect("shared by an uncle", &image, "NODE-004:corruption INT-003:corruption", 2);
  // Nodes that overlap: 23 is a node of no type inside of 20.
  entry(&image, 4, 1, 1000, 1000, 23);
  put(&image, SLOT(20, 0) + 18, 5, 8);
  expect("a node in a node", &image, "NODE-001:corruption NODE-005:corruption", 2);
  free_image(&image);

  image = new_image(4096, 36);
  // A shared node, empty: NODE-010 comes with it; the totals are judged.
  internal(&image, 4);
  leaf(&image, 12);
  leaf(&image, 20);
  entry(&image, 4, 0, 0, 10, 12);
  entry(&image, 4, 1, 10, 10, 20);
  entry(&image, 4, 2, 20, 10, 20);
  extent(&image, 12, 0, 5, 2, 28);
  count(&image, 28, 2);
  expect("shared and empty", &image, "NODE-004:corruption NODE-010:advice", 2);
  put(&image, 1048, 27, 8);
  put(&image, 1056, 3, 8);
  expect("totals beside a shared node", &image,
    "MAP-009:summary NODE-004:corruption NODE-010:advice", 2);
  free_image(&image);

  image = new_image(4096, 40);
  // Two leaves that share the blocks 16 to 19: type and extent of the later one are half-zero
  // entries of the slots 53 and 54 of the earlier one.
  internal(&image, 4);
  leaf(&image, 12);
  leaf(&image, 16);
  entry(&image, 4, 0, 0, 10, 12);
  entry(&image, 4, 1, 10, 10, 16);
  extent(&image, 12, 0, 5, 2, 24);
  extent(&image, 16, 0, 15, 2, 26);
  count(&image, 24, 4);
  for (uint64_t block = 24; block < 28; block++) set_bit(&image, block, 1);
  expect("two leaves that overlap", &image,
    "NODE-005:corruption NODE-007:corruption", 2);
  free_image(&image);
}

// A chain of `levels` nodes from block 4 on, the last one a leaf.
static struct image chain(int levels) {
  uint64_t end = 4 + 8 * (uint64_t)levels;
  struct image image = new_image(4096, end + 1);
  for (int level = 1; level < levels; level++) {
    uint64_t block = 4 + 8 * (uint64_t)(level - 1);
    internal(&image, block);
    entry(&image, block, 0, 0, 100, block + 8);
  }
  leaf(&image, end - 8);
  extent(&image, end - 8, 0, 50, 1, end);
  count(&image, end, 1);
  return image;
}

static void test_levels(void) {
  struct image image = chain(16);
  expect("16 levels", &image, "", 0);
  free_image(&image);
  image = chain(17);
  expect("17 levels", &image, "NODE-012:corruption", 2);
  uint64_t last = 4 + 8 * 15;
  // Out of order, past the disk's end and out of range: at level 16 that is NODE-012 alone, but
  // INT-003 of the entry above counts these entries.
  entry(&image, last, 0, 60, 10, UINT64_MAX);
  entry(&image, last, 1, 60, 10, 4);
  expect("level 16 out of order", &image, "NODE-012:corruption", 2);
  entry(&image, last, 1, UINT64_MAX, 10, 4);
  expect("level 16 out of range", &image, "NODE-012:corruption INT-003:corruption", 2);
  entry(&image, last, 1, 0, 10, 0);
  expect("level 16, half", &image, "NODE-007:corruption NODE-012:corruption", 2);
  free_image(&image);
  image = chain(16);
  put(&image, last * 512, 1, 1);
  clear(&image, last);
  put(&image, last * 512, 1, 1);
  expect("level 16 without entries", &image, "NODE-009:corruption", 2);
  free_image(&image);
}

// Sets single bytes and whole fields of valid images at random: nothing may go wrong, and the same
// bytes get the same answer. What is found is counted by nobody.
static void test_mutants(void) {
  uint64_t state = 1;
  for (int run = 0; run < 10000; run++) {
    struct image image = run % 3 == 0 ? leaf_image() : run % 3 == 1 ? tree_image() : chain(17);
    for (int change = 0; change < 1 + run % 5; change++) {
      state = state * 6364136223846793005 + 1442695040888963407;
      uint64_t number = state >> 33;
      static const int widths[4] = { 1, 4, 8, 8 };
      // Mostly where something stands: header, map, nodes.
      size_t place = (size_t)(number % (number & 1 ? image.size - 8 : 2600));
      uint64_t value = number >> 8 & 1 ? number % 64 : state * (number >> 9 & 3);
      put(&image, place, value, widths[number >> 12 & 3]);
    }
    uint8_t *copy = malloc(image.size);
    if (copy == NULL) abort();
    memcpy(copy, image.bytes, image.size);
    struct vci_peer_result first, second;
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    if (vci_peer_check(copy, image.size, &first) != 0
        || vci_peer_check(copy, image.size, &second) != 0
        || memcmp(&first, &second, sizeof first) != 0) {
      failures += 1;
      printf("mutant %d gets two answers\n", run);
    }
    free(copy);
    free_image(&image);
  }
}

int main(void) {
  test_file();
  test_header();
  test_map();
  test_leaf_root();
  test_extents();
  test_list();
  test_nodes();
  test_internal();
  test_places();
  test_levels();
  test_mutants();
  for (int rule = 0; rule < VCI_PEER_RULE_COUNT; rule++) {
    if ((seen >> rule & 1) != 0) continue;
    failures += 1;
    printf("no image breaks %s\n", vci_peer_rule_id(rule));
  }
  printf("%d images, %d failures\n", runs, failures);
  return failures == 0 ? 0 : 1;
}
