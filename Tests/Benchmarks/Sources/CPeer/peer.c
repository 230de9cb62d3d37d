#include "peer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// The numbers of the format, in blocks unless they say otherwise.
enum {
  BLOCK_BYTES = 512,
  HEADER_BYTES = 1024,
  HEADER_BLOCKS = 2,
  NODE_BYTES = 4096,
  NODE_BLOCKS = 8,
  BITS_PER_MAP_BLOCK = 4096,
  MAP_HEADER_BYTES = 512,
  LEVELS = 16,
};
static const uint64_t MOST_BLOCKS = (((uint64_t)1 << 32) - 2) * BITS_PER_MAP_BLOCK;
static const uint64_t DISK_END = (uint64_t)1 << 54;

#define BIT(rule) ((uint64_t)1 << (rule))

// Rules of class corruption that every open judges: they end the check at the end of their group.
static const uint64_t REFUSED_BY_OPEN =
  BIT(VCI_FILE_001) | BIT(VCI_FILE_005) | BIT(VCI_HDR_001) | BIT(VCI_HDR_002) | BIT(VCI_HDR_003)
  | BIT(VCI_HDR_004) | BIT(VCI_HDR_005) | BIT(VCI_HDR_006) | BIT(VCI_HDR_007) | BIT(VCI_HDR_008)
  | BIT(VCI_HDR_009) | BIT(VCI_MAP_001) | BIT(VCI_MAP_002) | BIT(VCI_MAP_003) | BIT(VCI_MAP_004);

// Corruptions of a node by itself: an open judges the root's, a touch those of other nodes.
static const uint64_t OF_A_NODE =
  BIT(VCI_NODE_001) | BIT(VCI_NODE_006) | BIT(VCI_NODE_007) | BIT(VCI_NODE_009) | BIT(VCI_INT_001)
  | BIT(VCI_INT_002) | BIT(VCI_EXT_001) | BIT(VCI_EXT_002);

static const uint64_t ADVICE =
  BIT(VCI_FILE_002) | BIT(VCI_FILE_003) | BIT(VCI_FILE_004) | BIT(VCI_HDR_010) | BIT(VCI_HDR_011)
  | BIT(VCI_HDR_012) | BIT(VCI_MAP_006) | BIT(VCI_MAP_007) | BIT(VCI_NODE_008) | BIT(VCI_NODE_010)
  | BIT(VCI_EXT_008);
static const uint64_t SUMMARY =
  BIT(VCI_MAP_005) | BIT(VCI_MAP_009) | BIT(VCI_MAP_010) | BIT(VCI_LRU_001) | BIT(VCI_LRU_002);

// What a crash leaves in the bits: of class summary in a dirty image.
static const uint64_t BITS_AFTER_A_CRASH =
  BIT(VCI_MAP_008) | BIT(VCI_NODE_003) | BIT(VCI_EXT_004) | BIT(VCI_OCC_001);

// MARK: Bytes

static inline uint32_t load32(const uint8_t *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t load64(const uint8_t *p) {
  return (uint64_t)load32(p) | (uint64_t)load32(p + 4) << 32;
}

static bool is_zero(const uint8_t *p, size_t count) {
  while (count >= 32) {
    if ((load64(p) | load64(p + 8) | load64(p + 16) | load64(p + 24)) != 0) return false;
    p += 32;
    count -= 32;
  }
  while (count >= 8) {
    if (load64(p) != 0) return false;
    p += 8;
    count -= 8;
  }
  while (count > 0) {
    if (*p != 0) return false;
    p += 1;
    count -= 1;
  }
  return true;
}

// How many of the bits from `first` on and before `end` are set; whole words may be read.
static uint64_t count_bits(const uint8_t *bitmap, uint64_t first, uint64_t end) {
  if (first >= end) return 0;
  uint64_t word = first / 64;
  uint64_t last = (end - 1) / 64;
  uint64_t mask = ~(uint64_t)0 << (first % 64);
  uint64_t last_mask = ~(uint64_t)0 >> (63 - (end - 1) % 64);
  uint64_t count = 0;
  for (; word < last; word++) {
    uint64_t bits = load64(bitmap + word * 8) & mask;
    if (bits != 0) count += (uint64_t)__builtin_popcountll(bits);
    mask = ~(uint64_t)0;
  }
  return count + (uint64_t)__builtin_popcountll(load64(bitmap + last * 8) & mask & last_mask);
}

// A sum of an offset and a count, without bound.
struct end {
  uint64_t low;
  bool carry;
};

static inline struct end end_of(uint64_t offset, uint32_t count) {
  struct end end = { offset + count, false };
  end.carry = end.low < offset;
  return end;
}

static inline bool is_past(struct end a, struct end b) {
  return a.carry != b.carry ? a.carry : a.low > b.low;
}

static inline bool is_past_disk(struct end end) {
  return end.carry || end.low > DISK_END;
}

// MARK: What a check keeps

// A run of blocks that a part of the image claims, in walk order until it is sorted.
struct claim {
  uint64_t first;
  uint32_t count;
  // The place in walk order, for extents.
  uint32_t index;
};

struct claims {
  struct claim *items;
  size_t count, capacity;
};

struct links {
  uint64_t previous, next;
};

// A node that was read, and the range of its used entries.
struct node {
  uint64_t address;
  uint64_t first;
  struct end end;
  bool has_used;
  // Slots up to the last entry that is not all zero.
  uint8_t slots;
};

// A node of the way from the root to where the walk is.
struct frame {
  const uint8_t *bytes;
  uint64_t address;
  int slot, slots;
};

struct check {
  const uint8_t *bytes;
  size_t size;
  uint64_t broken;
  bool is_touched;
  bool is_out_of_memory;

  bool is_dirty;
  uint64_t blocks, file_blocks;
  uint64_t root, map, map_blocks;
  const uint8_t *bitmap;
  uint64_t set_bits, stored_metadata, stored_data;

  struct node *nodes;
  size_t node_count, node_capacity;
  // Open addressing: the index of a node plus 1, or 0.
  uint32_t *table;
  size_t table_size;
  uint64_t table_seed;

  struct claims extents;
  struct links *links;
  size_t links_capacity;
  bool has_links;
  int leaf_level;
};

static void breaks(struct check *check, enum vci_peer_rule rule) {
  check->broken |= BIT(rule);
}

// Breaks a rule of stage touch: what lies below is unknown.
static void touches(struct check *check, enum vci_peer_rule rule) {
  check->broken |= BIT(rule);
  check->is_touched = true;
}

// Makes room for one more item; answers whether there is memory.
static bool reserve(void **items, size_t count, size_t *capacity, size_t item_size) {
  if (count < *capacity) return true;
  if (count >= UINT32_MAX / 2) return false;
  size_t wanted = *capacity == 0 ? 64 : *capacity * 2;
  void *grown = realloc(*items, wanted * item_size);
  if (grown == NULL) return false;
  *items = grown;
  *capacity = wanted;
  return true;
}

static void add_claim(
  struct check *check, struct claims *claims, uint64_t first, uint32_t count
) {
  void *items = claims->items;
  if (!reserve(&items, claims->count, &claims->capacity, sizeof *claims->items)) {
    check->is_out_of_memory = true;
    return;
  }
  claims->items = items;
  claims->items[claims->count] = (struct claim){ first, count, (uint32_t)claims->count };
  claims->count += 1;
}

// MARK: Header and map

static uint64_t map_blocks_for(uint64_t blocks) {
  return 1 + blocks / BITS_PER_MAP_BLOCK + (blocks % BITS_PER_MAP_BLOCK != 0);
}

// Whether `count` blocks from `first` on lie from block 2 on and before `end`.
static inline bool is_within(uint64_t first, uint64_t count, uint64_t end) {
  return first >= HEADER_BLOCKS && count <= end && first <= end - count;
}

static void judge_probe(struct check *check) {
  static const uint8_t signature[4] = { 0x56, 0x43, 0x49, 0x00 };
  if (check->size < HEADER_BYTES) {
    breaks(check, VCI_FILE_001);
  } else if (memcmp(check->bytes, signature, sizeof signature) != 0) {
    breaks(check, VCI_HDR_001);
  } else if (load32(check->bytes + 4) != 1) {
    breaks(check, VCI_HDR_002);
  }
}

// Judges where map and root lie, of a header whose number of blocks is legal.
static void judge_places(struct check *check) {
  uint64_t blocks = check->blocks;
  bool root_is_legal = is_within(check->root, NODE_BLOCKS, blocks);
  if (!root_is_legal) breaks(check, VCI_HDR_006);
  bool map_is_legal = false;
  if (check->map_blocks != map_blocks_for(blocks)) {
    breaks(check, VCI_HDR_009);
  } else if (!is_within(check->map, check->map_blocks, blocks)) {
    breaks(check, VCI_HDR_007);
  } else {
    map_is_legal = true;
  }
  if (root_is_legal && map_is_legal && check->root < check->map + check->map_blocks
      && check->map < check->root + NODE_BLOCKS) {
    breaks(check, VCI_HDR_008);
  }
  if (map_is_legal && check->map + check->map_blocks > check->file_blocks) {
    breaks(check, VCI_FILE_005);
  }
  if (root_is_legal && check->root + NODE_BLOCKS > check->file_blocks) {
    breaks(check, VCI_FILE_005);
  }
}

static void judge_header(struct check *check) {
  const uint8_t *header = check->bytes;
  check->blocks = load64(header + 8);
  check->root = load64(header + 21);
  check->map = load64(header + 29);
  check->map_blocks = load32(header + 37);
  check->file_blocks = check->size / BLOCK_BYTES;
  uint8_t unclean_shutdown = header[16];
  uint32_t cache_type = load32(header + 17);

  if (check->size % BLOCK_BYTES != 0) breaks(check, VCI_FILE_002);
  if (unclean_shutdown > 1) breaks(check, VCI_HDR_004);
  check->is_dirty = unclean_shutdown == 1;
  if (check->is_dirty) breaks(check, VCI_SHD_001);
  if (cache_type != 1 && cache_type != 2) breaks(check, VCI_HDR_005);
  if (is_zero(header + 41, 16)) breaks(check, VCI_HDR_011);
  if (!is_zero(header + 73, 951)) breaks(check, VCI_HDR_010);

  uint64_t blocks = check->blocks;
  if (blocks > MOST_BLOCKS
      || blocks < HEADER_BLOCKS + map_blocks_for(blocks) + NODE_BLOCKS) {
    breaks(check, VCI_HDR_003);
    return;
  }
  if (blocks % BITS_PER_MAP_BLOCK != 0) breaks(check, VCI_HDR_012);
  if (check->size > blocks * BLOCK_BYTES) breaks(check, VCI_FILE_003);
  if (cache_type == 2 && check->size < blocks * BLOCK_BYTES) breaks(check, VCI_FILE_004);
  judge_places(check);
}

static void judge_map(struct check *check) {
  static const uint8_t magic[4] = { 0x56, 0x42, 0x4c, 0x4b };
  const uint8_t *map = check->bytes + check->map * BLOCK_BYTES;
  if (memcmp(map, magic, sizeof magic) != 0) {
    breaks(check, VCI_MAP_001);
    return;
  }
  if (load32(map + 4) != 1) {
    breaks(check, VCI_MAP_002);
    return;
  }
  if (!is_zero(map + 40, 472)) breaks(check, VCI_MAP_007);
  uint64_t blocks = check->blocks;
  if (load64(map + 8) != blocks) {
    breaks(check, VCI_MAP_003);
    return;
  }
  uint64_t free_blocks = load64(map + 16);
  check->stored_metadata = load64(map + 24);
  check->stored_data = load64(map + 32);
  // Each is subtracted from what is left, so no sum can wrap.
  uint64_t rest = blocks;
  bool adds_up = free_blocks <= rest;
  if (adds_up) rest -= free_blocks;
  adds_up = adds_up && check->stored_metadata <= rest;
  if (adds_up) rest -= check->stored_metadata;
  if (!adds_up || check->stored_data != rest) breaks(check, VCI_MAP_004);

  check->bitmap = map + MAP_HEADER_BYTES;
  check->set_bits = count_bits(check->bitmap, 0, blocks);
  if (free_blocks != blocks - check->set_bits) breaks(check, VCI_MAP_005);
  uint64_t bits = (check->map_blocks - 1) * BITS_PER_MAP_BLOCK;
  if (count_bits(check->bitmap, blocks, bits) != 0) breaks(check, VCI_MAP_006);
}

// MARK: Nodes by themselves

// Where the fields of an entry stand.
struct layout {
  int slots, size, offset, count, address;
};
static const struct layout LEAF = { 107, 38, 18, 26, 30 };
static const struct layout INTERNAL = { 204, 20, 0, 8, 12 };

// Judges the entries of a node, notes their range in `node`; answers which rules they break.
static inline uint64_t scan_entries(
  const uint8_t *bytes, const struct layout layout, bool order_is_judged, struct node *node
) {
  uint64_t order = layout.size == 38 ? BIT(VCI_EXT_001) : BIT(VCI_INT_001);
  uint64_t bound = layout.size == 38 ? BIT(VCI_EXT_002) : BIT(VCI_INT_002);
  uint64_t broken = 0;
  bool has_unused = false;
  struct end previous = { 0, false };
  for (int slot = 0; slot < layout.slots; slot++) {
    const uint8_t *entry = bytes + 1 + slot * layout.size;
    uint32_t count = load32(entry + layout.count);
    uint64_t address = load64(entry + layout.address);
    if (count == 0 && address == 0) {
      if (!has_unused) {
        has_unused = true;
        // Mostly nothing follows the first unused entry.
        node->slots = (uint8_t)slot;
        if (is_zero(entry, (size_t)(bytes + NODE_BYTES - entry))) return broken;
      }
      if (!is_zero(entry, (size_t)layout.size)) broken |= BIT(VCI_NODE_008);
    } else if (count == 0 || address == 0) {
      broken |= BIT(VCI_NODE_007);
    } else {
      uint64_t offset = load64(entry + layout.offset);
      struct end next = end_of(offset, count);
      if (has_unused) broken |= BIT(VCI_NODE_006);
      if (order_is_judged && (previous.carry || offset < previous.low)) broken |= order;
      if (order_is_judged && is_past_disk(next)) broken |= bound;
      if (!node->has_used || offset < node->first) node->first = offset;
      if (!node->has_used || is_past(next, node->end)) node->end = next;
      node->has_used = true;
      previous = next;
    }
  }
  node->slots = (uint8_t)layout.slots;
  const uint8_t *padding = bytes + 1 + layout.slots * layout.size;
  if (!is_zero(padding, (size_t)(bytes + NODE_BYTES - padding))) broken |= BIT(VCI_NODE_008);
  return broken;
}

// Judges a node by itself; answers which rules it breaks.
static uint64_t scan(const uint8_t *bytes, int level, struct node *node) {
  uint64_t broken = 0;
  switch (bytes[0]) {
  case 1:
    broken = scan_entries(bytes, INTERNAL, level < LEVELS, node);
    if (!node->has_used) broken |= BIT(VCI_NODE_009);
    return broken;
  case 2:
    broken = scan_entries(bytes, LEAF, true, node);
    if (!node->has_used && level > 1) broken |= BIT(VCI_NODE_010);
    return broken;
  default:
    return BIT(VCI_NODE_001);
  }
}

// MARK: Nodes that were read

static size_t table_slot(const struct check *check, uint64_t address) {
  uint64_t mixed = (address ^ check->table_seed) * 0x9e3779b97f4a7c15;
  mixed = (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9;
  return (size_t)(mixed ^ mixed >> 32) & (check->table_size - 1);
}

// The node at `address`, or a null pointer where none was read there.
static const struct node *find_node(const struct check *check, uint64_t address) {
  size_t slot = table_slot(check, address);
  while (check->table[slot] != 0) {
    const struct node *node = &check->nodes[check->table[slot] - 1];
    if (node->address == address) return node;
    slot = (slot + 1) & (check->table_size - 1);
  }
  return NULL;
}

static void enter_node(struct check *check, size_t index) {
  size_t slot = table_slot(check, check->nodes[index].address);
  while (check->table[slot] != 0) slot = (slot + 1) & (check->table_size - 1);
  check->table[slot] = (uint32_t)(index + 1);
}

static bool grow_table(struct check *check) {
  size_t wanted = check->table_size == 0 ? 16 : check->table_size * 2;
  uint32_t *table = calloc(wanted, sizeof *table);
  if (table == NULL) return false;
  free(check->table);
  check->table = table;
  check->table_size = wanted;
  for (size_t index = 0; index < check->node_count; index++) enter_node(check, index);
  return true;
}

// Keeps a node that was read; answers where, or a null pointer where memory runs out.
static struct node *add_node(struct check *check, const struct node *node) {
  void *nodes = check->nodes;
  if (!reserve(&nodes, check->node_count, &check->node_capacity, sizeof *check->nodes)) {
    check->is_out_of_memory = true;
    return NULL;
  }
  check->nodes = nodes;
  if (check->node_count * 2 >= check->table_size && !grow_table(check)) {
    check->is_out_of_memory = true;
    return NULL;
  }
  check->nodes[check->node_count] = *node;
  enter_node(check, check->node_count);
  check->node_count += 1;
  return &check->nodes[check->node_count - 1];
}

// MARK: Walk

static void keep_extent(struct check *check, const uint8_t *entry) {
  uint64_t previous = load64(entry);
  uint64_t next = load64(entry + 8);
  void *links = check->links;
  if (!reserve(&links, check->extents.count, &check->links_capacity, sizeof *check->links)) {
    check->is_out_of_memory = true;
    return;
  }
  check->links = links;
  check->links[check->extents.count] = (struct links){ previous, next };
  if ((previous | next) != 0) check->has_links = true;
  add_claim(check, &check->extents, load64(entry + 30), load32(entry + 26));
}

// Judges and keeps the used extents of a leaf.
static void take_leaf(struct check *check, const uint8_t *bytes, int slots, int level) {
  if (check->leaf_level == 0) check->leaf_level = level;
  if (check->leaf_level != level) breaks(check, VCI_NODE_011);
  const uint8_t *entry = bytes + 1;
  const uint8_t *end = entry + slots * LEAF.size;
  for (; entry < end; entry += LEAF.size) {
    uint32_t count = load32(entry + LEAF.count);
    uint64_t address = load64(entry + LEAF.address);
    if (count == 0 || address == 0) continue;
    if (entry[16] != 0) touches(check, VCI_EXT_007);
    if (entry[17] != 0) breaks(check, VCI_EXT_008);
    if (!is_within(address, count, check->blocks)) {
      touches(check, VCI_EXT_003);
    } else if (address + count > check->file_blocks) {
      touches(check, VCI_FILE_006);
    } else {
      keep_extent(check, entry);
    }
  }
}

// Reads the child at `address`, which is inside of cache and file, and was not read before.
static const struct node *read_child(struct check *check, uint64_t address, int level) {
  const uint8_t *bytes = check->bytes + address * BLOCK_BYTES;
  struct node node = { .address = address };
  uint64_t broken = scan(bytes, level, &node);
  check->broken |= broken;
  if ((broken & OF_A_NODE) != 0) check->is_touched = true;
  if (count_bits(check->bitmap, address, address + NODE_BLOCKS) != NODE_BLOCKS) {
    breaks(check, VCI_NODE_003);
  }
  return add_node(check, &node);
}

// Judges the next used entry of the last frame; answers how many frames there are then.
static int step(struct check *check, struct frame *frames, int level) {
  struct frame *frame = &frames[level - 1];
  if (frame->slot == frame->slots) return level - 1;
  const uint8_t *entry = frame->bytes + 1 + frame->slot * INTERNAL.size;
  frame->slot += 1;
  uint32_t count = load32(entry + INTERNAL.count);
  uint64_t address = load64(entry + INTERNAL.address);
  if (count == 0 || address == 0) return level;
  if (level == LEVELS) {
    touches(check, VCI_NODE_012);
    return level - 1;
  }
  if (!is_within(address, NODE_BLOCKS, check->blocks)) {
    touches(check, VCI_NODE_002);
    return level;
  }
  if (address + NODE_BLOCKS > check->file_blocks) {
    touches(check, VCI_FILE_006);
    return level;
  }
  const struct node *child = find_node(check, address);
  bool is_followed = child == NULL;
  if (is_followed) {
    child = read_child(check, address, level + 1);
    if (child == NULL) return level;
  } else {
    breaks(check, VCI_NODE_004);
    for (int above = 0; above < level; above++) {
      if (frames[above].address == address) check->is_touched = true;
    }
  }
  uint64_t offset = load64(entry + INTERNAL.offset);
  if (child->has_used && (child->first < offset || is_past(child->end, end_of(offset, count)))) {
    touches(check, VCI_INT_003);
  }
  if (!is_followed) return level;
  const uint8_t *bytes = check->bytes + address * BLOCK_BYTES;
  if (bytes[0] == 2) take_leaf(check, bytes, child->slots, level + 1);
  if (bytes[0] != 1) return level;
  frames[level] = (struct frame){ bytes, address, 0, child->slots };
  return level + 1;
}

static void walk(struct check *check) {
  const uint8_t *bytes = check->bytes + check->root * BLOCK_BYTES;
  if (bytes[0] == 2) {
    take_leaf(check, bytes, check->nodes[0].slots, 1);
    return;
  }
  struct frame frames[LEVELS];
  frames[0] = (struct frame){ bytes, check->root, 0, check->nodes[0].slots };
  int level = 1;
  while (level > 0 && !check->is_out_of_memory) level = step(check, frames, level);
}

// Judges of the root what an open judges; answers what the full check adds.
static uint64_t judge_root(struct check *check) {
  struct node node = { .address = check->root };
  uint64_t broken = scan(check->bytes + check->root * BLOCK_BYTES, 1, &node);
  check->broken |= broken & OF_A_NODE;
  add_node(check, &node);
  return broken & ~OF_A_NODE;
}

// MARK: Ownership

static bool is_sorted(const struct claims *claims) {
  for (size_t index = 1; index < claims->count; index++) {
    if (claims->items[index].first < claims->items[index - 1].first) return false;
  }
  return true;
}

// Sorts claims by their first block, digit by digit.
static void sort(struct check *check, struct claims *claims) {
  if (is_sorted(claims)) return;
  struct claim *from = claims->items;
  struct claim *to = malloc(claims->capacity * sizeof *to);
  if (to == NULL) {
    check->is_out_of_memory = true;
    return;
  }
  uint64_t largest = 0;
  for (size_t index = 0; index < claims->count; index++) largest |= from[index].first;
  for (int shift = 0; shift < 64 && largest >> shift != 0; shift += 8) {
    size_t starts[257] = { 0 };
    for (size_t index = 0; index < claims->count; index++) {
      starts[(from[index].first >> shift & 255) + 1] += 1;
    }
    for (int digit = 0; digit < 256; digit++) starts[digit + 1] += starts[digit];
    for (size_t index = 0; index < claims->count; index++) {
      to[starts[from[index].first >> shift & 255]++] = from[index];
    }
    struct claim *other = from;
    from = to;
    to = other;
  }
  claims->items = from;
  free(to);
}

struct run {
  uint64_t first, end;
};

// The union of sorted claims from `*index` on, up to the first gap.
static struct run next_run(const struct claims *claims, size_t *index, bool *overlaps) {
  const struct claim *claim = &claims->items[*index];
  struct run run = { claim->first, claim->first + claim->count };
  for (*index += 1; *index < claims->count; *index += 1) {
    claim = &claims->items[*index];
    if (claim->first > run.end) break;
    if (claim->first < run.end) *overlaps = true;
    uint64_t end = claim->first + claim->count;
    if (end > run.end) run.end = end;
  }
  return run;
}

// What the claims own, and how many of those blocks have their bit set.
struct owned {
  uint64_t metadata, data, set;
};

// All metadata: header and map come first, the root is the first of the nodes.
static void claim_metadata(struct check *check, struct claims *metadata) {
  add_claim(check, metadata, 0, HEADER_BLOCKS);
  add_claim(check, metadata, check->map, (uint32_t)check->map_blocks);
  for (size_t index = 0; index < check->node_count; index++) {
    add_claim(check, metadata, check->nodes[index].address, NODE_BLOCKS);
  }
  if (!check->is_out_of_memory) sort(check, metadata);
}

// Judges the bits of a run of data, and what of it is metadata; `place` goes along with the runs.
static void take_data(
  struct check *check, struct run data, const struct run *metadata, size_t runs, size_t *place,
  struct owned *owned
) {
  uint64_t set = count_bits(check->bitmap, data.first, data.end);
  uint64_t blocks = data.end - data.first;
  if (set != blocks) breaks(check, VCI_EXT_004);
  while (*place < runs && metadata[*place].end <= data.first) *place += 1;
  for (size_t index = *place; index < runs && metadata[index].first < data.end; index++) {
    struct run shared = metadata[index];
    if (shared.first < data.first) shared.first = data.first;
    if (shared.end > data.end) shared.end = data.end;
    breaks(check, VCI_EXT_005);
    blocks -= shared.end - shared.first;
    set -= count_bits(check->bitmap, shared.first, shared.end);
    *place = index;
  }
  owned->data += blocks;
  owned->set += set;
}

// Adds up the metadata as runs, `runs` having room for all of them; answers how many there are.
static size_t take_metadata(
  struct check *check, const struct claims *metadata, struct run *runs, struct owned *owned
) {
  size_t count = 0;
  bool overlaps = false;
  for (size_t index = 0; index < metadata->count;) {
    struct run run = next_run(metadata, &index, &overlaps);
    owned->metadata += run.end - run.first;
    owned->set += count_bits(check->bitmap, run.first, run.end);
    runs[count++] = run;
  }
  if (overlaps) breaks(check, VCI_NODE_005);
  return count;
}

static struct owned judge_claims(struct check *check) {
  struct owned owned = { 0, 0, 0 };
  struct claims metadata = { NULL, 0, 0 };
  claim_metadata(check, &metadata);
  sort(check, &check->extents);
  struct run *runs =
    check->is_out_of_memory ? NULL : malloc(metadata.count * sizeof *runs);
  if (runs == NULL) {
    check->is_out_of_memory = true;
    free(metadata.items);
    return owned;
  }
  size_t count = take_metadata(check, &metadata, runs, &owned);
  free(metadata.items);
  size_t place = 0;
  bool overlaps = false;
  for (size_t index = 0; index < check->extents.count;) {
    struct run data = next_run(&check->extents, &index, &overlaps);
    take_data(check, data, runs, count, &place, &owned);
  }
  if (overlaps) breaks(check, VCI_EXT_006);
  free(runs);
  return owned;
}

static void judge_map_bits(struct check *check) {
  const struct run parts[] = {
    { 0, HEADER_BLOCKS },
    { check->map, check->map + check->map_blocks },
    { check->root, check->root + NODE_BLOCKS },
  };
  for (size_t index = 0; index < sizeof parts / sizeof *parts; index++) {
    struct run part = parts[index];
    if (count_bits(check->bitmap, part.first, part.end) != part.end - part.first) {
      breaks(check, VCI_MAP_008);
    }
  }
}

static void judge_totals(struct check *check, struct owned owned) {
  bool leaks = check->set_bits > owned.set;
  if (leaks) breaks(check, VCI_OCC_001);
  uint64_t stored[2] = { check->stored_metadata, check->stored_data };
  bool is_kept[2];
  for (int exchanged = 0; exchanged < 2; exchanged++) {
    uint64_t metadata = stored[exchanged];
    uint64_t data = stored[1 - exchanged];
    is_kept[exchanged] = leaks
      ? metadata >= owned.metadata && data >= owned.data
      : metadata == owned.metadata && data == owned.data;
  }
  if (is_kept[0]) return;
  breaks(check, is_kept[1] && stored[0] != stored[1] ? VCI_MAP_010 : VCI_MAP_009);
}

// MARK: List

// Finds sorted extents by their address: a search by halves inside of one bucket of addresses.
struct index {
  const struct claim *extents;
  uint32_t *starts;
  uint64_t buckets;
  int shift;
};

static bool make_index(struct index *index, const struct claims *extents) {
  uint64_t largest = extents->items[extents->count - 1].first;
  index->extents = extents->items;
  index->shift = 0;
  while (largest >> index->shift > (uint64_t)extents->count * 2) index->shift += 1;
  index->buckets = (largest >> index->shift) + 1;
  index->starts = malloc((size_t)(index->buckets + 1) * sizeof *index->starts);
  if (index->starts == NULL) return false;
  uint64_t bucket = 0;
  for (size_t place = 0; place < extents->count; place++) {
    uint64_t own = extents->items[place].first >> index->shift;
    while (bucket <= own) index->starts[bucket++] = (uint32_t)place;
  }
  while (bucket <= index->buckets) index->starts[bucket++] = (uint32_t)extents->count;
  return true;
}

// The place of the extent at `address`, or UINT32_MAX.
static uint32_t find_extent(const struct index *index, uint64_t address) {
  uint64_t bucket = address >> index->shift;
  if (bucket >= index->buckets) return UINT32_MAX;
  uint32_t low = index->starts[bucket];
  uint32_t high = index->starts[bucket + 1];
  uint32_t end = high;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (index->extents[middle].first < address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < end && index->extents[low].first == address ? low : UINT32_MAX;
}

// What the links of all extents come to.
struct list {
  uint32_t *successors;
  uint32_t head;
  size_t heads, tails, answered;
};

// Follows each next link by one step; answers whether all links lead to extents.
static bool gather_list(const struct check *check, const struct index *index, struct list *list) {
  const struct claim *extents = check->extents.items;
  size_t count = check->extents.count;
  for (uint32_t place = 0; place < count; place++) {
    struct links links = check->links[extents[place].index];
    list->successors[place] = UINT32_MAX;
    if (links.previous == 0) {
      list->heads += 1;
      list->head = place;
    }
    if (links.next == 0) {
      list->tails += 1;
      continue;
    }
    uint32_t next = find_extent(index, links.next);
    if (next == UINT32_MAX) return false;
    list->successors[place] = next;
    if (check->links[extents[next].index].previous == extents[place].first) list->answered += 1;
  }
  // Where every previous link answers a next link, all of them lead to extents.
  if (list->answered == count - list->heads) return true;
  for (size_t place = 0; place < count; place++) {
    uint64_t previous = check->links[place].previous;
    if (previous != 0 && find_extent(index, previous) == UINT32_MAX) return false;
  }
  return true;
}

// Whether the links, all of which lead to extents, form one list.
static bool is_one_list(const struct list *list, size_t count) {
  if (list->heads != 1 || list->tails != 1 || list->answered != count - 1) return false;
  size_t length = 1;
  uint32_t place = list->head;
  while (list->successors[place] != UINT32_MAX && length <= count) {
    place = list->successors[place];
    length += 1;
  }
  return length == count;
}

// Judges the list; the extents are sorted.
static void judge_list(struct check *check) {
  size_t count = check->extents.count;
  for (size_t place = 1; place < count; place++) {
    if (check->extents.items[place].first == check->extents.items[place - 1].first) return;
  }
  struct index index;
  if (!make_index(&index, &check->extents)) {
    check->is_out_of_memory = true;
    return;
  }
  struct list list = { .successors = malloc(count * sizeof *list.successors) };
  if (list.successors == NULL) {
    check->is_out_of_memory = true;
  } else if (!gather_list(check, &index, &list)) {
    breaks(check, VCI_LRU_002);
  } else if (!is_one_list(&list, count)) {
    breaks(check, VCI_LRU_001);
  }
  free(list.successors);
  free(index.starts);
}

// MARK: All together

static void judge_tree(struct check *check, uint64_t root_advice) {
  check->broken |= root_advice;
  judge_map_bits(check);
  walk(check);
  if (check->is_out_of_memory) return;
  struct owned owned = judge_claims(check);
  if (check->is_out_of_memory || check->is_touched) return;
  judge_totals(check, owned);
  if (!check->is_dirty && check->has_links) judge_list(check);
}

static void judge(struct check *check) {
  judge_probe(check);
  if (check->broken != 0) return;
  judge_header(check);
  if ((check->broken & REFUSED_BY_OPEN) != 0) return;
  judge_map(check);
  if ((check->broken & REFUSED_BY_OPEN) != 0) return;
  uint64_t root_advice = judge_root(check);
  if (check->is_out_of_memory || (check->broken & OF_A_NODE) != 0) return;
  judge_tree(check, root_advice);
}

static void give(const struct check *check, struct vci_peer_result *out) {
  uint64_t after_a_crash = check->is_dirty ? BITS_AFTER_A_CRASH : 0;
  uint64_t summary = SUMMARY | after_a_crash;
  uint64_t leak = BIT(VCI_OCC_001) & ~after_a_crash;
  uint64_t others = summary | leak | ADVICE | BIT(VCI_SHD_001);
  out->broken[VCI_CORRUPTION] = check->broken & ~others;
  out->broken[VCI_SUMMARY] = check->broken & summary;
  out->broken[VCI_LEAK] = check->broken & leak;
  out->broken[VCI_DIRTY] = check->broken & BIT(VCI_SHD_001);
  out->broken[VCI_ADVICE] = check->broken & ADVICE;
  if ((check->broken & (BIT(VCI_FILE_001) | BIT(VCI_HDR_001))) != 0) {
    out->exit_code = 5;
  } else if ((check->broken & BIT(VCI_HDR_002)) != 0) {
    out->exit_code = 6;
  } else if (out->broken[VCI_CORRUPTION] != 0) {
    out->exit_code = 2;
  } else if ((out->broken[VCI_SUMMARY] | out->broken[VCI_LEAK]) != 0) {
    out->exit_code = 3;
  } else {
    out->exit_code = out->broken[VCI_DIRTY] != 0 ? 4 : 0;
  }
}

int vci_peer_check(const uint8_t *bytes, size_t size, struct vci_peer_result *out) {
  struct check check = { .bytes = bytes, .size = size };
  // A seed that no image can know keeps one from making its nodes collide; no answer depends on it.
  check.table_seed = (uint64_t)(uintptr_t)&check ^ (uint64_t)time(NULL) << 32;
  judge(&check);
  free(check.nodes);
  free(check.table);
  free(check.links);
  free(check.extents.items);
  if (check.is_out_of_memory) return -1;
  give(&check, out);
  return 0;
}
