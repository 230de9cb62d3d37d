// A small reader of VCI images, written from Specs/VCI.md alone. It shares no code with the suite,
// and is what the suite's images are held against: each of the faults of FAULTS.md is one line
// here, which the environment variable FOREIGN_FAULT switches on. Without it the reader is right.
//
//   foreign-reader probe FILE
//   foreign-reader open FILE
//   foreign-reader read FILE BLOCK COUNT
//   foreign-reader extents FILE
//   foreign-reader batch             commands on standard input, an answer line each:
//     fault NUMBER                   ok
//     open PATH                      "mine taken", "mine refused RULE", "not-mine RULE"
//     read BLOCK COUNT [CUT...]      pieces, divided where the ascending disk blocks CUT say
//     extents                        "N", then BLOCK:COUNT:ADDRESS of each extent, then "damaged N"
//     digest F,F,... [BLOCK COUNT]...  for each of these faults what probe, open and the reads
//                                    answer, as two hashes: of behaviour, and of the rules named
//
// An answer to a read is a row of pieces: "h COUNT CRC32" a hit, "m COUNT" a miss, "r COUNT RULE" a
// refusal because of damage that reaches over COUNT blocks; "stuck", an answer of no blocks, ends
// the row, and so does "unreadable". Neighbours that are hits or misses are joined.

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 512u
#define NODE_BLOCKS 8u
#define NODE_BYTES 4096u
#define MOST_LEVELS 17u
#define LEVELS (FAULT(21) ? 17u : 16u)
#define DISK_END (UINT64_C(1) << 54)
#define MOST_BLOCKS ((UINT64_C(0x100000000) - 2) * 4096)

static unsigned fault;
#define FAULT(number) (fault == (number))

// The ID of a broken rule; NULL if none is broken.
typedef const char *Rule;

static const char unreadable[] = "unreadable";

struct Node {
  uint64_t address;  // 0: nothing is held
  uint8_t type;
  unsigned used;  // the used entries before the first unused one
  uint8_t bytes[NODE_BYTES];
};

struct Entry {
  uint64_t block, count, address;
  unsigned flags;
};

struct Image {
  int file;
  uint64_t size;         // bytes
  uint64_t file_blocks;  // whole blocks of the file
  uint64_t blocks, root, map, map_blocks;
  struct Node path[MOST_LEVELS];  // the node that was last checked at each level
};

enum Kind { HIT, MISS, REFUSED };

struct Answer {
  enum Kind kind;
  uint64_t count;    // blocks; of a refusal, those that are damaged from the first on
  uint64_t address;  // of the first block of a hit
  Rule rule;
  struct Entry extent;  // that was hit
};

static uint64_t little(const uint8_t *bytes, unsigned size) {
  uint64_t value = 0;
  while (size-- > 0) value = value << 8 | bytes[size];
  return value;
}

static bool all_zero(const uint8_t *bytes, size_t size) {
  while (size > 0)
    if (bytes[--size]) return false;
  return true;
}

// Whether a run of blocks lies at or after low and before end, without overflow.
static bool inside(uint64_t first, uint64_t count, uint64_t low, uint64_t end) {
  if (FAULT(28)) return first >= low && (int64_t)(first + count) <= (int64_t)end;
  return first >= low && first <= end && count <= end - first;
}

// Fills the buffer from the file; what the file does not have reads as zeros.
static bool read_at(const struct Image *image, uint64_t offset, uint8_t *buffer, size_t size) {
  memset(buffer, 0, size);
  if (offset > INT64_MAX - size) return false;
  size_t done = 0;
  while (done < size) {
    ssize_t got = pread(image->file, buffer + done, size - done, (off_t)(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    done += (size_t)got;
  }
  return true;
}

// Whether the file still has the size that it had when it was opened.
static bool unchanged(const struct Image *image) {
  struct stat status;
  return fstat(image->file, &status) == 0 && (uint64_t)status.st_size == image->size;
}

// MARK: Nodes

static unsigned slots(uint8_t type) {
  if (type == 1) return FAULT(20) ? 203 : 204;
  return FAULT(19) ? 106 : 107;
}

static struct Entry entry(const struct Node *node, unsigned slot) {
  if (node->type == 1) {
    const uint8_t *at = node->bytes + 1 + 20 * slot;
    return (struct Entry){little(at, 8), little(at + 8, 4), little(at + 12, 8), 0};
  }
  const uint8_t *at = node->bytes + 1 + 38 * slot;
  return (struct Entry){little(at + 18, 8), little(at + 26, 4), little(at + 30, 8), at[16]};
}

// The rules that concern a node by itself; finds out how many entries are used.
static Rule check_node(struct Node *node, unsigned level) {
  node->type = node->bytes[0];
  node->used = 0;
  if (node->type != 1 && node->type != 2) return "VCI-NODE-001";
  bool leaf = node->type == 2, ended = false;
  for (unsigned slot = 0; slot < slots(node->type); slot++) {
    struct Entry here = entry(node, slot);
    if (FAULT(14) && level > 1 && (here.count == 0 || here.address == 0)) break;
    if ((here.count == 0) != (here.address == 0)) return "VCI-NODE-007";
    if (here.count == 0) {
      ended = true;
    } else if (!ended) {
      node->used++;
    } else if (!FAULT(13)) {
      return "VCI-NODE-006";
    }
  }
  if (!leaf && node->used == 0) return "VCI-NODE-009";
  if (!leaf && level == LEVELS) return NULL;
  uint64_t end = 0;
  for (unsigned slot = 0; slot < node->used; slot++) {
    struct Entry here = entry(node, slot);
    if (here.block < end) return leaf ? "VCI-EXT-001" : "VCI-INT-001";
    if (!inside(here.block, here.count, 0, FAULT(24) ? DISK_END - 1 : DISK_END))
      return leaf ? "VCI-EXT-002" : "VCI-INT-002";
    if (FAULT(23) && slot > 0) continue;
    end = here.block + here.count;
  }
  return NULL;
}

// Reads and checks the node at an address, unless it is the one that is held for this level.
static Rule load(struct Image *image, unsigned level, uint64_t address) {
  struct Node *node = &image->path[level - 1];
  if (node->address == address) return NULL;
  node->address = 0;
  if (!read_at(image, address * BLOCK, node->bytes, NODE_BYTES)) return unreadable;
  Rule rule = check_node(node, level);
  if (!rule) node->address = address;
  return rule;
}

// Goes from the node at a level to the child that an entry names.
static Rule descend(struct Image *image, unsigned level, struct Entry parent) {
  uint64_t low = FAULT(16) ? image->map + image->map_blocks : 2;
  if (!inside(parent.address, NODE_BLOCKS, low, image->blocks)) return "VCI-NODE-002";
  uint64_t needed = FAULT(17) ? 1 : NODE_BLOCKS;
  if (!inside(parent.address, needed, 0, image->file_blocks)) return "VCI-FILE-006";
  for (unsigned above = 0; above < level; above++)
    if (image->path[above].address == parent.address) return "VCI-NODE-004";
  Rule rule = load(image, level + 1, parent.address);
  if (rule) return rule;
  const struct Node *child = &image->path[level];
  if (FAULT(22) && child->type == 1) return NULL;
  for (unsigned slot = 0; slot < child->used; slot++) {
    struct Entry here = entry(child, slot);
    if (!inside(here.block, here.count, parent.block, parent.block + parent.count))
      return "VCI-INT-003";
  }
  return NULL;
}

// MARK: Probe and open

static Rule probe(struct Image *image, uint8_t header[1024]) {
  if (!read_at(image, 0, header, 1024)) return unreadable;
  if (image->size < (FAULT(1) ? 73 : 1024)) return "VCI-FILE-001";
  if (memcmp(header, "VCI", 4) != 0) return "VCI-HDR-001";
  if (little(header + 4, 4) != 1) return "VCI-HDR-002";
  return NULL;
}

static Rule check_header(struct Image *image, const uint8_t header[1024]) {
  image->blocks = little(header + 8, 8);
  image->root = little(header + 21, 8);
  image->map = little(header + 29, 8);
  image->map_blocks = little(header + 37, 4);
  uint64_t type = little(header + 17, 4), needed = 1 + image->blocks / 4096;
  if (image->blocks % 4096 != 0) needed++;
  if (image->blocks > (FAULT(2) ? MOST_BLOCKS - 1 : MOST_BLOCKS)) return "VCI-HDR-003";
  if (2 + needed + NODE_BLOCKS > image->blocks) return "VCI-HDR-003";
  if (header[16] > (FAULT(11) ? 0 : 1)) return "VCI-HDR-004";
  if (type != 1 && type != 2) return "VCI-HDR-005";
  if (FAULT(12) && all_zero(header + 41, 16)) return "VCI-HDR-011";
  if (FAULT(9) && image->size > image->blocks * BLOCK) return "VCI-FILE-003";
  if (image->map_blocks != needed) return "VCI-HDR-009";
  if (!inside(image->root, NODE_BLOCKS, 2, FAULT(3) ? image->blocks - 1 : image->blocks))
    return "VCI-HDR-006";
  if (!inside(image->map, image->map_blocks, FAULT(4) ? 1 : 2, image->blocks))
    return "VCI-HDR-007";
  uint64_t map_end = image->map + image->map_blocks, root_end = image->root + NODE_BLOCKS;
  bool apart = FAULT(5) ? image->root < image->map || image->root >= map_end
                        : root_end <= image->map || image->root >= map_end;
  if (!apart) return "VCI-HDR-008";
  if (!inside(image->map, FAULT(6) ? 1 : image->map_blocks, 0, image->file_blocks))
    return "VCI-FILE-005";
  if (!inside(image->root, NODE_BLOCKS, 0, image->file_blocks)) return "VCI-FILE-005";
  return NULL;
}

static Rule check_map(const struct Image *image) {
  uint8_t map[BLOCK];
  if (!read_at(image, image->map * BLOCK, map, BLOCK)) return unreadable;
  if (memcmp(map, "VBLK", 4) != 0) return "VCI-MAP-001";
  if (little(map + 4, 4) != 1) return "VCI-MAP-002";
  if (little(map + 8, 8) != image->blocks) return "VCI-MAP-003";
  uint64_t free_blocks = little(map + 16, 8), metadata = little(map + 24, 8);
  uint64_t data = little(map + 32, 8), left = image->blocks;
  if (FAULT(10)) return free_blocks + metadata + data == left ? NULL : "VCI-MAP-004";
  if (free_blocks > left || metadata > left - free_blocks) return "VCI-MAP-004";
  return data == left - free_blocks - metadata ? NULL : "VCI-MAP-004";
}

static void close_image(struct Image *image) {
  if (image->file >= 0) close(image->file);
  image->file = -1;
}

// What probe and open found; the image is open if neither found anything.
struct Opened {
  Rule probe, open;
};

static struct Opened open_image(struct Image *image, const char *path) {
  struct Opened failed = {unreadable, unreadable};
  uint8_t header[1024];
  struct stat status;
  for (unsigned level = 0; level < MOST_LEVELS; level++) image->path[level].address = 0;
  image->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (image->file < 0) return failed;
  if (fstat(image->file, &status) != 0 || !S_ISREG(status.st_mode)) {
    close_image(image);
    return failed;
  }
  image->size = (uint64_t)status.st_size;
  image->file_blocks = (image->size + (FAULT(8) ? BLOCK - 1 : 0)) / BLOCK;
  struct Opened opened = {probe(image, header), NULL};
  if (opened.probe) opened.open = opened.probe;
  if (!opened.open) opened.open = check_header(image, header);
  if (!opened.open) opened.open = check_map(image);
  if (!opened.open) opened.open = load(image, 1, image->root);
  if (!unchanged(image)) opened = failed;
  if (opened.open) close_image(image);
  return opened;
}

// MARK: Reads

static struct Answer missed(uint64_t block, uint64_t end) {
  uint64_t count = end - block;
  return (struct Answer){.kind = MISS, .count = FAULT(26) ? (uint32_t)count : count};
}

static struct Answer refused(uint64_t block, uint64_t end, Rule rule) {
  return (struct Answer){.kind = REFUSED, .count = end - block, .rule = rule};
}

// The answer for a block that the extent in a slot of a leaf holds.
static struct Answer serve(
    const struct Image *image, const struct Node *leaf, unsigned slot, uint64_t block,
    uint64_t limit) {
  struct Entry extent = entry(leaf, slot);
  uint64_t end = extent.block + extent.count;
  if (!inside(extent.address, extent.count, 2, FAULT(7) ? image->blocks + 1 : image->blocks))
    return refused(block, end, "VCI-EXT-003");
  if (!inside(extent.address, extent.count, 0, image->file_blocks))
    return refused(block, end, "VCI-FILE-006");
  if (extent.flags & (FAULT(25) ? 1 : 0xff)) return refused(block, end, "VCI-EXT-007");
  struct Entry next = slot + 1 < leaf->used ? entry(leaf, slot + 1) : (struct Entry){0};
  if (FAULT(27) && next.address == extent.address + extent.count) end = next.block + next.count;
  if (end > limit) end = limit;
  uint64_t skipped = FAULT(29) ? (uint16_t)(block - extent.block) : block - extent.block;
  return (struct Answer){
      .kind = HIT, .count = end - block, .address = extent.address + skipped, .extent = extent};
}

// At the deepest level entries need not ascend. Returns whether one of them decides the answer.
static bool deepest(
    const struct Node *node, uint64_t block, uint64_t limit, struct Answer *answer) {
  uint64_t next = limit;
  for (unsigned slot = 0; slot < node->used; slot++) {
    struct Entry here = entry(node, slot);
    if (here.block <= block && block - here.block < here.count) {
      *answer = refused(block, here.block + here.count, "VCI-NODE-012");
      return true;
    }
    if (here.block > block && here.block < next) next = here.block;
  }
  *answer = missed(block, next);
  return next < limit;
}

// The first piece of the answer to a read: walks the tree from the block on, to the right.
static struct Answer read_piece(struct Image *image, uint64_t block, uint64_t count) {
  if (FAULT(30)) block = block * BLOCK / BLOCK;
  if (block >= DISK_END) return missed(0, count);
  uint64_t limit = count < DISK_END - block ? block + count : DISK_END;
  unsigned level = 1, slot[MOST_LEVELS] = {0};
  while (level > 0) {
    const struct Node *node = &image->path[level - 1];
    if (FAULT(15) && node->type == 2 && node->used == 0) break;
    if (node->type == 1 && level == LEVELS) {
      struct Answer answer;
      if (deepest(node, block, limit, &answer)) return answer;
      slot[level - 1] = node->used;
    }
    if (slot[level - 1] == node->used) {
      level--;
      continue;
    }
    unsigned here = slot[level - 1]++;
    struct Entry found = entry(node, here);
    if (found.block + found.count <= block) continue;
    if (found.block >= limit) break;
    bool holds = found.block <= block;
    if (node->type == 2)
      return holds ? serve(image, node, here, block, limit) : missed(block, found.block);
    Rule rule = descend(image, level, found);
    if (rule && !holds) return missed(block, found.block);
    if (rule) return refused(block, found.block + found.count, rule);
    slot[level++] = 0;
  }
  return missed(block, limit == DISK_END ? block + count : limit);
}

static uint64_t byte_offset(uint64_t address) {
  return FAULT(18) ? (uint32_t)(address * BLOCK) : address * BLOCK;
}

// MARK: CRC-32

static uint32_t crc_table[256];

static void make_crc_table(void) {
  for (uint32_t index = 0; index < 256; index++) {
    uint32_t value = index;
    for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
    crc_table[index] = value;
  }
}

static uint32_t crc_bytes(uint32_t crc, const uint8_t *bytes, size_t size) {
  crc = ~crc;
  while (size-- > 0) crc = crc_table[(crc ^ *bytes++) & 0xff] ^ crc >> 8;
  return ~crc;
}

static uint32_t apply(const uint32_t matrix[32], uint32_t vector) {
  uint32_t sum = 0;
  for (int bit = 0; vector; bit++, vector >>= 1)
    if (vector & 1) sum ^= matrix[bit];
  return sum;
}

// As many zeros as a hole has are added in as many steps as their number has bits.
static uint32_t crc_zeros(uint32_t crc, uint64_t size) {
  uint32_t step[32], square[32];
  for (int bit = 0; bit < 32; bit++) {
    uint32_t value = UINT32_C(1) << bit;
    step[bit] = crc_table[value & 0xff] ^ value >> 8;
  }
  for (crc = ~crc; size; size >>= 1) {
    if (size & 1) crc = apply(step, crc);
    for (int bit = 0; bit < 32; bit++) square[bit] = apply(step, step[bit]);
    memcpy(step, square, sizeof step);
  }
  return ~crc;
}

// Adds bytes of the file to a checksum; holes are not read.
static bool crc_file(const struct Image *image, uint64_t offset, uint64_t size, uint32_t *crc) {
  uint8_t buffer[65536];
  while (size > 0) {
    uint64_t part = size < sizeof buffer ? size : sizeof buffer;
    if (size >= sizeof buffer && offset < INT64_MAX) {
      off_t data = lseek(image->file, (off_t)offset, SEEK_DATA);
      uint64_t hole = data >= 0 ? (uint64_t)data - offset : errno == ENXIO ? size : 0;
      if (hole > 0) {
        part = hole < size ? hole : size;
        *crc = crc_zeros(*crc, part);
        offset += part;
        size -= part;
        continue;
      }
    }
    if (!read_at(image, offset, buffer, part)) return false;
    *crc = crc_bytes(*crc, buffer, part);
    offset += part;
    size -= part;
  }
  return true;
}

// MARK: Answers

// Neighbouring pieces of a kind, not yet printed.
struct Row {
  FILE *out;
  int kind;  // 0 none, 'h', 'm'
  uint64_t count;
  uint32_t crc;
};

static void print_row(struct Row *row) {
  if (row->kind == 'h') fprintf(row->out, "h %" PRIu64 " %08" PRIx32 " ", row->count, row->crc);
  if (row->kind == 'm') fprintf(row->out, "m %" PRIu64 " ", row->count);
  row->kind = 0;
}

static void add(struct Row *row, int kind, uint64_t count) {
  if (row->kind != kind) {
    print_row(row);
    row->kind = kind;
    row->count = 0;
    row->crc = 0;
  }
  row->count += count;
}

// Prints the whole answer to a read. The cuts are disk blocks at which pieces are divided.
static void answer_read(
    FILE *out, struct Image *image, uint64_t block, uint64_t count, const char *cuts) {
  struct Row row = {.out = out};
  while (count > 0) {
    struct Answer answer = read_piece(image, block, count);
    if (answer.kind == REFUSED && answer.count > count) answer.count = count;
    if (answer.count == 0 || answer.count > count || answer.rule == unreadable) {
      print_row(&row);
      fputs(answer.rule == unreadable ? "unreadable " : "stuck ", out);
      break;
    }
    if (answer.kind == REFUSED) {
      print_row(&row);
      fprintf(out, "r %" PRIu64 " %s ", answer.count, answer.rule);
      block += answer.count;
      count -= answer.count;
      continue;
    }
    uint64_t left = answer.count, address = answer.address;
    count -= left;
    while (left > 0) {
      char *after;
      uint64_t cut = strtoull(cuts, &after, 10), part = left;
      if (after != cuts && cut <= block) {
        if (cut == block) print_row(&row);
        cuts = after;
        continue;
      }
      if (after != cuts && cut - block < left) part = cut - block;
      add(&row, answer.kind == HIT ? 'h' : 'm', part);
      if (answer.kind == HIT) {
        if (!crc_file(image, byte_offset(address), part * BLOCK, &row.crc)) {
          print_row(&row);
          fputs("unreadable\n", out);
          return;
        }
        address += part;
      }
      block += part;
      left -= part;
    }
  }
  print_row(&row);
  fputs(unchanged(image) ? "\n" : "unreadable\n", out);
}

static void print_extents(FILE *out, struct Image *image) {
  uint64_t block = 0, number = 0, damaged = 0;
  for (int printing = 0; printing < 2; printing++) {
    if (printing) fprintf(out, "%" PRIu64, number);
    for (block = 0; block < DISK_END;) {
      struct Answer answer = read_piece(image, block, DISK_END - block);
      if (answer.count == 0) break;
      block += answer.count;
      if (printing && answer.kind == HIT)
        fprintf(out, " %" PRIu64 ":%" PRIu64 ":%" PRIu64, answer.extent.block, answer.extent.count,
                answer.extent.address);
      if (!printing) number += answer.kind == HIT;
      if (!printing) damaged += answer.kind == REFUSED;
    }
  }
  fprintf(out, " damaged %" PRIu64 "\n", damaged);
}

static void print_opened(FILE *out, struct Opened opened) {
  if (opened.probe == unreadable) {
    fputs("unreadable\n", out);
  } else if (opened.probe) {
    fprintf(out, "not-mine %s\n", opened.probe);
  } else if (opened.open) {
    fprintf(out, "mine refused %s\n", opened.open);
  } else {
    fputs("mine taken\n", out);
  }
}

// MARK: Digests

static uint64_t mix(uint64_t hash, uint64_t value) {
  for (int byte = 0; byte < 8; byte++) hash = (hash ^ (value >> 8 * byte & 0xff)) * 0x100000001b3u;
  return hash;
}

static uint64_t mix_rule(uint64_t hash, Rule rule) {
  for (const char *at = rule ? rule : "-"; *at; at++) hash = mix(hash, (uint8_t)*at);
  return hash;
}

// Hashes of behaviour (kinds, counts, places in the file) and of the rules that are named.
static void digest(FILE *out, struct Image *image, const char *path, const char *reads) {
  struct Opened opened = open_image(image, path);
  uint64_t hash = mix(mix(0xcbf29ce484222325u, opened.probe != NULL), opened.open != NULL);
  uint64_t rules = mix_rule(mix_rule(0xcbf29ce484222325u, opened.probe), opened.open);
  while (!opened.open) {
    char *after;
    uint64_t block = strtoull(reads, &after, 10);
    if (after == reads) break;
    uint64_t count = strtoull(after, &after, 10), joined = 0, place = 0;
    int kind = 0;
    reads = after;
    hash = mix(hash, 4);
    while (count > 0) {
      struct Answer answer = read_piece(image, block, count);
      if (answer.kind == REFUSED && answer.count > count) answer.count = count;
      bool stuck = answer.count == 0 || answer.count > count || answer.rule == unreadable;
      uint64_t offset = answer.kind == HIT ? byte_offset(answer.address) : 0;
      int now = stuck ? 4 : answer.kind == HIT ? 1 : answer.kind == MISS ? 2 : 3;
      bool joins = kind == now && (now != 1 || offset == place + joined * BLOCK);
      if (!joins) {
        if (kind) hash = mix(mix(mix(hash, (uint64_t)kind), joined), place);
        kind = now;
        joined = 0;
        place = offset;
      }
      if (answer.rule) rules = mix_rule(rules, answer.rule);
      if (stuck) break;
      joined += answer.count;
      block += answer.count;
      count -= answer.count;
    }
    if (kind) hash = mix(mix(mix(hash, (uint64_t)kind), joined), place);
  }
  close_image(image);
  fprintf(out, "%016" PRIx64 "/%016" PRIx64 " ", hash, rules);
}

// MARK: Commands

static int batch(struct Image *image) {
  char *line = NULL, *path = NULL;
  size_t room = 0;
  bool taken = false;
  for (ssize_t size; (size = getline(&line, &room, stdin)) > 0;) {
    if (line[size - 1] == '\n') line[size - 1] = 0;
    alarm(300);
    if (strncmp(line, "fault ", 6) == 0) {
      fault = (unsigned)strtoul(line + 6, NULL, 10);
      puts("ok");
    } else if (strncmp(line, "open ", 5) == 0) {
      free(path);
      path = strdup(line + 5);
      if (!path) return 1;
      close_image(image);
      struct Opened opened = open_image(image, path);
      taken = !opened.open;
      print_opened(stdout, opened);
    } else if (strncmp(line, "read ", 5) == 0 && taken) {
      char *after;
      uint64_t block = strtoull(line + 5, &after, 10), count = strtoull(after, &after, 10);
      answer_read(stdout, image, block, count, after);
    } else if (strcmp(line, "extents") == 0 && taken) {
      print_extents(stdout, image);
    } else if (strncmp(line, "digest ", 7) == 0 && path) {
      char *at = line + 7;
      const char *reads = at + strcspn(at, " ");
      unsigned before = fault;
      close_image(image);
      taken = false;
      while (at < reads) {
        fault = (unsigned)strtoul(at, &at, 10);
        digest(stdout, image, path, reads);
        if (*at++ != ',') break;
      }
      fault = before;
      puts("");
    } else {
      puts("error");
    }
    fflush(stdout);
  }
  close_image(image);
  free(line);
  free(path);
  return 0;
}

// A decimal number of 64 bits; anything else ends the program.
static uint64_t number(const char *text) {
  char *after;
  errno = 0;
  uint64_t value = strtoull(text, &after, 10);
  if (errno || *after || *text < '0' || *text > '9') {
    fprintf(stderr, "foreign-reader: '%s' is not a number of 64 bits\n", text);
    exit(2);
  }
  return value;
}

int main(int count, char **words) {
  static struct Image image = {.file = -1};
  const char *chosen = getenv("FOREIGN_FAULT");
  if (chosen && *chosen) fault = (unsigned)number(chosen);
  make_crc_table();
  const char *command = count > 1 ? words[1] : "";
  if (strcmp(command, "batch") == 0 && count == 2) return batch(&image);
  bool reads = strcmp(command, "read") == 0 && count == 5;
  bool lists = strcmp(command, "extents") == 0 && count == 3;
  if (!reads && !lists && !(strcmp(command, "open") == 0 && count == 3) &&
      !(strcmp(command, "probe") == 0 && count == 3)) {
    fputs("usage: foreign-reader probe|open|extents FILE, read FILE BLOCK COUNT, batch\n", stderr);
    return 2;
  }
  struct Opened opened = open_image(&image, words[2]);
  if (strcmp(command, "probe") == 0) {
    if (opened.probe)
      print_opened(stdout, opened);
    else
      puts("mine");
  } else if (opened.open || (!reads && !lists)) {
    print_opened(stdout, opened);
  } else if (lists) {
    print_extents(stdout, &image);
  } else {
    uint64_t block = number(words[3]), blocks = number(words[4]);
    if (blocks == 0 || block > UINT64_MAX - blocks) {
      fputs("foreign-reader: a read has a block at least, and ends before 2^64\n", stderr);
      return 2;
    }
    answer_read(stdout, &image, block, blocks, "");
  }
  close_image(&image);
  return opened.open ? 1 : 0;
}
