/* SPDX-License-Identifier: Apache-2.0
 *
 * The sample as a program of the test port (Specs/Port.md): its functions, for the loop.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "vci_port.h"

enum { PIECE_BLOCKS = 128, MOST_BLOCKS_AT_ONCE = 1 << 17 };

static vci_port_outcome say_no(vci_port_call *call, const failure *why) {
  return vci_port_refuse(call, why->rule, why->class_name, "%s", why->message);
}

static vci_port_outcome probe(vci_port_call *call, const char *path) {
  failure why = {0};
  return image_probe(path, &why) ? VCI_PORT_OK : say_no(call, &why);
}

static vci_port_outcome open_image(vci_port_call *call, const char *path, vci_port_mode mode,
                                   const vci_port_uuid *expected, void **handle) {
  failure why = {0};
  image *it = malloc(sizeof *it);
  if (it == NULL) return vci_port_error(call, "out of memory");
  (void)mode;
  if (!image_open(it, path, READING, expected ? expected->stored : NULL, &why)) {
    free(it);
    return say_no(call, &why);
  }
  *handle = it;
  return VCI_PORT_OK;
}

static vci_port_outcome info(vci_port_call *call, void *handle, vci_port_info *into) {
  const header *head = &((image *)handle)->header;
  (void)call;
  *into = (vci_port_info){.version = 1, .fixed = head->type == FIXED, .blocks = head->blocks,
                          .dirty = head->unclean != 0};
  memcpy(into->uuid, head->uuid, 16);
  memcpy(into->mod_uuid, head->mod_uuid, 16);
  return VCI_PORT_OK;
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
  image *it = handle;
  bool more = true;
  uint64_t hits = 0;
  while (more && count > 0 && hits < MOST_BLOCKS_AT_ONCE) {
    location found = {.count = count};
    failure why = {0};
    if (block < DISK_END && !image_find(it, block, &found, &why)) return say_no(call, &why);
    if (found.count > count) found.count = count;
    if (found.hit) {
      if (found.count > MOST_BLOCKS_AT_ONCE) found.count = MOST_BLOCKS_AT_ONCE;
      if (!deliver(call, &it->file, block, &found, &more, &why)) return say_no(call, &why);
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

static vci_port_outcome close_image(vci_port_call *call, void *handle) {
  (void)call;
  image_close(handle);
  free(handle);
  return VCI_PORT_OK;
}

int main(int argc, char **argv) {
  static const vci_port_program program = {
    .name = "vci-sample",
    .version = "1.0",
    .features = VCI_PORT_MULTI_LEVEL_TREE | VCI_PORT_WIDE_DISKS | VCI_PORT_MOD_UUID |
                VCI_PORT_LOCKS,
    .probe = probe,
    .open = open_image,
    .info = info,
    .read = read_blocks,
    .extents = extents,
    .close = close_image,
  };
  return vci_port_main(argc, argv, &program);
}
