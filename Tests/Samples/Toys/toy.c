/* SPDX-License-Identifier: Apache-2.0
 *
 * A program for the tests of the loop in C; toy.py is the same program, and tells of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vci_port.h"

enum { MOST = 64 };

typedef struct {
  char path[1024], kind[8], uuid[37], mod_uuid[37];
  uint64_t blocks, cached[MOST];
  unsigned char data[MOST][VCI_PORT_BLOCK];
  int count;
} image_type;

static vci_port_outcome load(vci_port_call *call, const char *path, image_type **result) {
  FILE *file = fopen(path, "r");
  if (!file) return vci_port_refuse(call, NULL, "io", "%s", strerror(errno));
  image_type *image = calloc(1, sizeof *image);
  snprintf(image->path, sizeof image->path, "%s", path);
  if (fscanf(file, "toy %lu %7s %36s %36s", &image->blocks, image->kind, image->uuid,
             image->mod_uuid) != 4) {
    fclose(file);
    free(image);
    return vci_port_refuse(call, "VCI-HDR-001", "not-vci", "no toy");
  }
  while (image->count < MOST && fscanf(file, "%lu ", &image->cached[image->count]) == 1) {
    for (int place = 0; place < VCI_PORT_BLOCK; place++) {
      unsigned byte = 0;
      if (fscanf(file, "%2x", &byte) != 1) abort();
      image->data[image->count][place] = (unsigned char)byte;
    }
    image->count++;
  }
  fclose(file);
  *result = image;
  return VCI_PORT_OK;
}

static vci_port_outcome save(vci_port_call *call, const image_type *image) {
  FILE *file = fopen(image->path, "w");
  if (!file) return vci_port_error(call, "%s", strerror(errno));
  fprintf(file, "toy %lu %s %s %s\n", image->blocks, image->kind, image->uuid, image->mod_uuid);
  for (int index = 0; index < image->count; index++) {
    fprintf(file, "%lu ", image->cached[index]);
    for (int place = 0; place < VCI_PORT_BLOCK; place++)
      fprintf(file, "%02x", image->data[index][place]);
    fprintf(file, "\n");
  }
  return fclose(file) ? vci_port_error(call, "%s", strerror(errno)) : VCI_PORT_OK;
}

static void removed(image_type *image, uint64_t block) {
  for (int index = 0; index < image->count; index++) {
    if (image->cached[index] != block) continue;
    image->count--;
    size_t rest = (size_t)(image->count - index);
    memmove(image->cached + index, image->cached + index + 1, rest * sizeof *image->cached);
    memmove(image->data + index, image->data + index + 1, rest * sizeof *image->data);
    return;
  }
}

static void inserted(image_type *image, uint64_t block, const unsigned char *data) {
  removed(image, block);
  int index = image->count;
  while (index > 0 && image->cached[index - 1] > block) {
    image->cached[index] = image->cached[index - 1];
    memcpy(image->data[index], image->data[index - 1], VCI_PORT_BLOCK);
    index--;
  }
  image->cached[index] = block;
  memcpy(image->data[index], data, VCI_PORT_BLOCK);
  image->count++;
}

static vci_port_outcome toy_probe(vci_port_call *call, const char *path) {
  char start[4] = "";
  FILE *file = fopen(path, "r");
  if (!file) return vci_port_error(call, "%s", strerror(errno));
  size_t length = fread(start, 1, 4, file);
  fclose(file);
  if (length == 4 && !memcmp(start, "toy ", 4)) return VCI_PORT_OK;
  return vci_port_refuse(call, NULL, "not-vci", NULL);
}

static vci_port_outcome toy_open(vci_port_call *call, const char *path, vci_port_mode mode,
                                 const vci_port_uuid *expected, void **handle) {
  (void)mode;
  image_type *image = NULL;
  vci_port_outcome outcome = load(call, path, &image);
  if (outcome != VCI_PORT_OK) return outcome;
  if (expected && strcmp(expected->text, image->mod_uuid)) {
    free(image);
    return vci_port_refuse(call, NULL, "not-up-to-date", NULL);
  }
  *handle = image;
  return VCI_PORT_OK;
}

/* The bytes of a UUID's text as an image stores them. */
static void stored(const char *text, unsigned char *bytes) {
  static const int places[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  for (int index = 0; index < 16; index++) {
    if (*text == '-') text++;
    unsigned byte = 0;
    sscanf(text, "%2x", &byte);
    bytes[places[index]] = (unsigned char)byte;
    text += 2;
  }
}

static vci_port_outcome toy_info(vci_port_call *call, void *handle, vci_port_info *info) {
  (void)call;
  image_type *image = handle;
  *info = (vci_port_info){
    .version = 1, .fixed = !strcmp(image->kind, "fixed"), .blocks = image->blocks};
  stored(image->uuid, info->uuid);
  stored(image->mod_uuid, info->mod_uuid);
  return VCI_PORT_OK;
}

static vci_port_outcome toy_read(vci_port_call *call, void *handle, uint64_t block, uint64_t count) {
  static const unsigned char zeros[VCI_PORT_BLOCK];
  image_type *image = handle;
  printf("noise of a read\n");
  for (; block >= 100000 && count; block++, count--) {
    bool more = block % 2 ? vci_port_miss(call, block, 1) : vci_port_hit(call, block, 1, zeros);
    if (!more) return VCI_PORT_OK;
  }
  while (count) {
    if (block == 666)
      return vci_port_refuse(call, "VCI-EXT-003", NULL, "a \"quoted\" text,\n of \x01 two lines");
    if (block == 667) return vci_port_error(call, "index out of range");
    if (block == 668) return vci_port_unsupported(call, "wide-disks");
    if (block == 669) return VCI_PORT_OK;
    if (block == 670) vci_port_miss(call, block, count + 1);
    uint64_t length = count;
    const unsigned char *data = NULL;
    for (int index = 0; index < image->count; index++) {
      uint64_t other = image->cached[index];
      if (other == block) data = image->data[index];
      if (other > block && other - block < length) length = other - block;
    }
    for (uint64_t other = 666; other < 671; other++)
      if (other > block && other - block < length) length = other - block;
    if (data) {
      length = 1;
      vci_port_hit(call, block, 1, data);
    } else {
      vci_port_miss(call, block, length);
    }
    block += length;
    count -= length;
  }
  return VCI_PORT_OK;
}

static vci_port_outcome toy_extents(vci_port_call *call, const char *path) {
  image_type *image = NULL;
  vci_port_outcome outcome = load(call, path, &image);
  if (outcome != VCI_PORT_OK) return outcome;
  for (int index = 0; index < image->count; index++) vci_port_extent(call, image->cached[index], 1);
  free(image);
  return VCI_PORT_OK;
}

static vci_port_outcome toy_create(vci_port_call *call, const char *path, uint64_t blocks, bool fixed,
                                   const vci_port_uuid *uuid) {
  if (!access(path, F_OK)) return vci_port_refuse(call, NULL, "argument", "it exists");
  static image_type image;
  image = (image_type){.blocks = blocks, .mod_uuid = "00000000-0000-0000-0000-000000000000"};
  snprintf(image.path, sizeof image.path, "%s", path);
  snprintf(image.kind, sizeof image.kind, "%s", fixed ? "fixed" : "dynamic");
  snprintf(image.uuid, sizeof image.uuid, "%s", uuid->text);
  return save(call, &image);
}

static vci_port_outcome toy_write(vci_port_call *call, void *handle, uint64_t block, uint64_t count,
                                  const unsigned char *bytes) {
  image_type *image = handle;
  if (block == 667) return vci_port_error(call, "index out of range");
  if (count > 4) vci_port_written(call, count = 4);
  for (uint64_t index = 0; index < count; index++) {
    if (block + index == 700 || block + index >= UINT64_C(1) << 54) {
      removed(image, block + index);
      vci_port_dropped(call, block + index, 1);
    } else {
      inserted(image, block + index, bytes + index * VCI_PORT_BLOCK);
    }
  }
  return save(call, image);
}

static vci_port_outcome toy_discard(vci_port_call *call, void *handle, uint64_t block,
                                    uint64_t count) {
  image_type *image = handle;
  for (int index = image->count - 1; index >= 0; index--)
    if (image->cached[index] >= block && image->cached[index] - block < count)
      removed(image, image->cached[index]);
  return save(call, image);
}

static vci_port_outcome toy_flush(vci_port_call *call, void *handle) { return save(call, handle); }

static vci_port_outcome toy_set_moduuid(vci_port_call *call, void *handle,
                                        const vci_port_uuid *uuid) {
  image_type *image = handle;
  snprintf(image->mod_uuid, sizeof image->mod_uuid, "%s", uuid->text);
  return save(call, image);
}

static vci_port_outcome toy_close(vci_port_call *call, void *handle) {
  (void)call;
  free(handle);
  return VCI_PORT_OK;
}

static vci_port_outcome toy_check(vci_port_call *call, const char *path, vci_port_repair repair) {
  (void)repair;
  image_type *image = NULL;
  vci_port_outcome outcome = load(call, path, &image);
  if (outcome != VCI_PORT_OK) return outcome;
  free(image);
  vci_port_finding(call, "VCI-SHD-001", "dirty");
  vci_port_finding(call, "VCI-EXT-003", "corruption");
  vci_port_finding(call, "VCI-SHD-001", "dirty");
  return VCI_PORT_OK;
}

int main(int argc, char **argv) {
  static const vci_port_known known[] = {{"ext-003-end", "https://toy.example/1"}, {NULL, NULL}};
  static const vci_port_program program = {
    .name = "toy", .version = "0.1", .language = "a toy", .homepage = "https://toy.example",
    .features = VCI_PORT_MULTI_LEVEL_TREE | VCI_PORT_FIXED | VCI_PORT_MOD_UUID,
    .repairs = VCI_PORT_REPAIRS_LEAKS, .durability = "close", .max_blocks = UINT64_C(1) << 40,
    .known = known, .probe = toy_probe, .open = toy_open, .info = toy_info, .read = toy_read,
    .extents = toy_extents, .create = toy_create, .write = toy_write, .discard = toy_discard,
    .flush = toy_flush, .close = toy_close, .set_moduuid = toy_set_moduuid, .check = toy_check};
  return vci_port_main(argc, argv, &program);
}
