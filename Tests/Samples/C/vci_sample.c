/* SPDX-License-Identifier: Apache-2.0
 *
 * The sample as a program of the test port (Specs/Port.md): its functions, for the loop.
 */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "memory.h"
#include "vci_port.h"
#include "writer.h"

enum { PIECE_BLOCKS = 128, MOST_BLOCKS_AT_ONCE = 1 << 17 };

/* A handle: an image that is open for reading, or one that is open for writing. */
typedef struct {
  image *reading;
  writer *writing;
} opened;

static vci_port_outcome say_no(vci_port_call *call, const failure *why) {
  return vci_port_refuse(call, why->rule, why->class_name, "%s", why->message);
}

static vci_port_outcome say(vci_port_call *call, bool done, const failure *why) {
  return done ? VCI_PORT_OK : say_no(call, why);
}

static vci_port_outcome probe(vci_port_call *call, const char *path) {
  failure why = {0};
  return say(call, image_probe(path, &why), &why);
}

static bool open_reading(opened *it, const char *path, const uint8_t *expected, failure *why) {
  it->reading = must(malloc(sizeof *it->reading));
  if (image_open(it->reading, path, READING, expected, why)) return true;
  free(it->reading);
  return false;
}

static bool open_writing(opened *it, const char *path, const uint8_t *expected, failure *why) {
  it->writing = writer_open(path, expected, why);
  return it->writing != NULL;
}

static vci_port_outcome open_image(vci_port_call *call, const char *path, vci_port_mode mode,
                                   const vci_port_uuid *expected, void **handle) {
  failure why = {0};
  const uint8_t *state = expected ? expected->stored : NULL;
  opened *it = must(calloc(1, sizeof *it));
  bool done = mode == VCI_PORT_READ_WRITE ? open_writing(it, path, state, &why)
                                          : open_reading(it, path, state, &why);
  if (done) *handle = it;
  else free(it);
  return say(call, done, &why);
}

static vci_port_outcome close_image(vci_port_call *call, void *handle) {
  opened *it = handle;
  failure why = {0};
  bool done = it->writing == NULL || writer_close(it->writing, &why);
  if (it->reading != NULL) image_close(it->reading);
  free(it->reading);
  free(it);
  return say(call, done, &why);
}

static vci_port_outcome info(vci_port_call *call, void *handle, vci_port_info *into) {
  const opened *it = handle;
  const header *head = it->writing ? writer_header(it->writing) : &it->reading->header;
  (void)call;
  *into = (vci_port_info){.version = 1, .fixed = head->type == FIXED, .blocks = head->blocks,
                          .dirty = head->unclean != 0};
  memcpy(into->uuid, head->uuid, 16);
  memcpy(into->mod_uuid, head->mod_uuid, 16);
  return VCI_PORT_OK;
}

/* Finds a block. Those from 2^54 on are misses ("Requests" in Specs/VCI.md). */
static bool find(opened *it, uint64_t block, uint64_t count, location *found, failure *why) {
  *found = (location){.count = count};
  if (block < DISK_END && it->writing) writer_find(it->writing, block, found);
  else if (block < DISK_END && !image_find(it->reading, block, found, why)) return false;
  if (found->count > count) found->count = count;
  return true;
}

/* Answers a hit piece by piece. `more` tells whether more may be answered. */
static bool deliver(vci_port_call *call, const file *from, uint64_t block, const location *found,
                    bool *more, failure *why) {
  static unsigned char bytes[PIECE_BLOCKS * BLOCK];
  for (uint64_t done = 0; done < found->count && *more;) {
    uint64_t piece = found->count - done < PIECE_BLOCKS ? found->count - done : PIECE_BLOCKS;
    uint64_t offset = (found->address + done) * BLOCK;
    if (!file_read(from, offset, bytes, piece * BLOCK, why)) return false;
    *more = vci_port_hit(call, block + done, piece, bytes);
    done += piece;
  }
  return true;
}

static vci_port_outcome read_blocks(vci_port_call *call, void *handle, uint64_t block,
                                    uint64_t count) {
  opened *it = handle;
  const file *from = it->writing ? writer_file(it->writing) : &it->reading->file;
  bool more = true;
  uint64_t hits = 0;
  while (more && count > 0 && hits < MOST_BLOCKS_AT_ONCE) {
    location found;
    failure why = {0};
    if (!find(it, block, count, &found, &why)) return say_no(call, &why);
    if (found.hit) {
      if (found.count > MOST_BLOCKS_AT_ONCE) found.count = MOST_BLOCKS_AT_ONCE;
      if (!deliver(call, from, block, &found, &more, &why)) return say_no(call, &why);
      hits += found.count;
    } else {
      more = vci_port_miss(call, block, found.count);
    }
    block += found.count;
    count -= found.count;
  }
  return VCI_PORT_OK;
}

/* Lists what is cached up to the first damage, for which it is refused. */
static vci_port_outcome extents(vci_port_call *call, const char *path) {
  failure why = {0};
  static image it;
  if (!image_open(&it, path, READING, NULL, &why)) return say_no(call, &why);
  bool done = true;
  for (uint64_t block = 0; done && block < DISK_END;) {
    location found;
    done = image_find(&it, block, &found, &why);
    if (done && found.hit) vci_port_extent(call, block, found.count);
    if (done) block += found.count;
  }
  image_close(&it);
  return done ? VCI_PORT_OK : say_no(call, &why);
}

static vci_port_outcome create(vci_port_call *call, const char *path, uint64_t blocks, bool fixed,
                               const vci_port_uuid *uuid) {
  failure why = {0};
  return say(call, image_create(path, blocks, fixed, uuid->stored, &why), &why);
}

static vci_port_outcome not_open_for_writing(vci_port_call *call) {
  return vci_port_refuse(call, NULL, "argument", "the image is open for reading only");
}

static void tell_evicted_to(void *call, uint64_t block, uint64_t count) {
  vci_port_evicted(call, block, count);
}

static void tell_dropped_to(void *call, uint64_t block, uint64_t count) {
  vci_port_dropped(call, block, count);
}

static vci_port_outcome write_blocks(vci_port_call *call, void *handle, uint64_t block,
                                     uint64_t count, const unsigned char *bytes) {
  writer *it = ((opened *)handle)->writing;
  losses to = {tell_evicted_to, tell_dropped_to, call};
  failure why = {0};
  uint64_t taken;
  if (it == NULL) return not_open_for_writing(call);
  if (!writer_write(it, block, count, bytes, &to, &taken, &why)) return say_no(call, &why);
  vci_port_written(call, taken);
  return VCI_PORT_OK;
}

static vci_port_outcome discard(vci_port_call *call, void *handle, uint64_t block,
                                uint64_t count) {
  writer *it = ((opened *)handle)->writing;
  failure why = {0};
  if (it == NULL) return not_open_for_writing(call);
  return say(call, writer_discard(it, block, count, &why), &why);
}

/* An image that is open for reading has nothing to be made durable. */
static vci_port_outcome flush(vci_port_call *call, void *handle) {
  writer *it = ((opened *)handle)->writing;
  failure why = {0};
  return say(call, it == NULL || writer_flush(it, &why), &why);
}

static vci_port_outcome set_moduuid(vci_port_call *call, void *handle, const vci_port_uuid *uuid) {
  writer *it = ((opened *)handle)->writing;
  failure why = {0};
  if (it == NULL) return not_open_for_writing(call);
  return say(call, writer_set_state(it, uuid->stored, &why), &why);
}

int main(int argc, char **argv) {
  static const vci_port_program program = {
    .name = "vci-sample",
    .version = "1.0",
    .features = VCI_PORT_MULTI_LEVEL_TREE | VCI_PORT_WIDE_DISKS | VCI_PORT_FIXED |
                VCI_PORT_DIRTY_RECOVERY | VCI_PORT_MOD_UUID | VCI_PORT_LOCKS,
    .durability = "flush",
    .probe = probe,
    .open = open_image,
    .info = info,
    .read = read_blocks,
    .extents = extents,
    .create = create,
    .write = write_blocks,
    .discard = discard,
    .flush = flush,
    .close = close_image,
    .set_moduuid = set_moduuid,
  };
  signal(SIGXFSZ, SIG_IGN); /* a limit of the file's size is an error of a write, EFBIG */
  return vci_port_main(argc, argv, &program);
}
