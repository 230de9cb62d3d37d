/* SPDX-License-Identifier: Apache-2.0
 *
 * The VCI test port, protocol 1, for programs in C: Specs/Port.md.
 *
 * FILL IN THIS
 * ============
 * Copy vci_port.h and vci_port.c into your project, write the functions that your program has, name
 * them in a `vci_port_program`, and hand that to `vci_port_main`. Leave out what you don't have: an
 * operation without a function is not declared, and nobody asks for it. A complete program:
 *
 *     #include "vci_port.h"
 *     #include "my_cache.h"
 *
 *     static vci_port_outcome my_probe(vci_port_call *call, const char *image) {
 *       if (my_cache_is_one(image)) return VCI_PORT_OK;
 *       return vci_port_refuse(call, "VCI-HDR-001", "not-vci", "%s is something else", image);
 *     }
 *
 *     static vci_port_outcome my_open(vci_port_call *call, const char *image, vci_port_mode mode,
 *                                     const vci_port_uuid *expected, void **handle) {
 *       (void)mode, (void)expected;
 *       *handle = my_cache_open(image);
 *       return *handle ? VCI_PORT_OK : vci_port_refuse(call, NULL, "header", "cannot open it");
 *     }
 *
 *     static vci_port_outcome my_read(vci_port_call *call, void *handle, uint64_t block,
 *                                     uint64_t count) {
 *       unsigned char bytes[VCI_PORT_BLOCK];
 *       for (uint64_t done = 0; done < count; done++) {
 *         bool more = my_cache_get(handle, block + done, bytes)
 *                         ? vci_port_hit(call, block + done, 1, bytes)
 *                         : vci_port_miss(call, block + done, 1);
 *         if (!more) break;
 *       }
 *       return VCI_PORT_OK;
 *     }
 *
 *     static vci_port_outcome my_close(vci_port_call *call, void *handle) {
 *       (void)call;
 *       my_cache_close(handle);
 *       return VCI_PORT_OK;
 *     }
 *
 *     int main(int argc, char **argv) {
 *       static const vci_port_program program = {
 *         .name = "my-cache", .version = "0.1",
 *         .features = VCI_PORT_MULTI_LEVEL_TREE | VCI_PORT_LOCKS,
 *         .probe = my_probe, .open = my_open, .read = my_read, .close = my_close,
 *       };
 *       return vci_port_main(argc, argv, &program);
 *     }
 *
 * What you need not think of: arguments, exit codes, JSON, names of handles, data files. What your
 * program prints on standard output goes to standard error, so that it is no answer by mistake. In
 * the simple form the first line of standard error has a meaning if an operation is refused: print
 * nothing before.
 *
 * Try it: `./my-cache caps`, `./my-cache read IMAGE 0 8 out`, or `./my-cache session`.
 *
 * It needs C11 and POSIX.1-2008.
 */
#ifndef VCI_PORT_H
#define VCI_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define VCI_PORT_PRINTF(place, first) __attribute__((format(printf, place, first)))
#else
#define VCI_PORT_PRINTF(place, first)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a block. */
#define VCI_PORT_BLOCK 512

/* The request that is being answered. It lasts until your function returns. */
typedef struct vci_port_call vci_port_call;

/* What each of your functions returns. Make all but the first by the functions further down. */
typedef enum {
  VCI_PORT_OK,
  VCI_PORT_REFUSED,         /* return vci_port_refuse(call, ...) */
  VCI_PORT_UNSUPPORTED,     /* return vci_port_unsupported(call, ...) */
  VCI_PORT_NOT_IMPLEMENTED, /* for an operation that you have in some builds only */
  VCI_PORT_ERROR            /* return vci_port_error(call, ...) */
} vci_port_outcome;

typedef enum { VCI_PORT_READ_ONLY, VCI_PORT_READ_WRITE } vci_port_mode;

typedef enum {
  VCI_PORT_REPAIR_NONE,
  VCI_PORT_REPAIR_PLAN,
  VCI_PORT_REPAIR_LEAKS,
  VCI_PORT_REPAIR_ALL
} vci_port_repair;

/* A UUID, as text and as the 16 bytes that stand in an image's header. */
typedef struct {
  char text[37];
  unsigned char stored[16];
} vci_port_uuid;

/* What a header says. */
typedef struct {
  uint32_t version;
  bool fixed;
  uint64_t blocks;
  bool dirty;
  unsigned char uuid[16];     /* as stored */
  unsigned char mod_uuid[16]; /* as stored */
} vci_port_info;

/* A failure that you know: the name of a vector or workload, and the address of the issue. */
typedef struct {
  const char *name;
  const char *issue;
} vci_port_known;

/* Features, to be joined with `|`. */
enum {
  VCI_PORT_MULTI_LEVEL_TREE = 1,
  VCI_PORT_WIDE_DISKS = 2,
  VCI_PORT_FIXED = 4,
  VCI_PORT_DIRTY_RECOVERY = 8,
  VCI_PORT_MOD_UUID = 16,
  VCI_PORT_LOCKS = 32
};

/* Modes of repair that `check` has, to be joined with `|`. */
enum { VCI_PORT_REPAIRS_LEAKS = 1, VCI_PORT_REPAIRS_ALL = 2 };

typedef struct {
  const char *name;            /* what the program is called */
  const char *version;         /* its version, such as "1.2"; not "main" or the like */
  const char *language;        /* may be NULL; then it is "C" */
  const char *homepage;        /* may be NULL */
  unsigned features;           /* VCI_PORT_MULTI_LEVEL_TREE and so on */
  unsigned repairs;            /* VCI_PORT_REPAIRS_LEAKS and so on */
  const char *durability;      /* "flush", "close" or "none"; needed if there is `write` */
  uint64_t max_blocks;         /* the largest disk that it takes; 0 if there is no limit */
  const vci_port_known *known; /* ends with {NULL, NULL}; may be NULL */

  /* VCI_PORT_OK if the file is a VCI; refuse if it is not. */
  vci_port_outcome (*probe)(vci_port_call *call, const char *image);

  /* Opens an image and stores in `*handle` whatever you like to get back. `expected` is the
   * modification UUID that the image must have, or NULL: it is never given to a program that has
   * not the feature `mod-uuid`. Opening for writing is declared if there is a `write`, `discard`,
   * `flush` or `set_moduuid`. */
  vci_port_outcome (*open)(vci_port_call *call, const char *image, vci_port_mode mode,
                           const vci_port_uuid *expected, void **handle);

  /* Fills in `info`. */
  vci_port_outcome (*info)(vci_port_call *call, void *handle, vci_port_info *info);

  /* Says from `block` on what is a hit and what a miss, by vci_port_hit and vci_port_miss, in
   * order. You may stop early; the caller asks for the rest. If you meet damage behind a block
   * that you have said something about, refuse: what you said is answered, and the refusal comes
   * when the rest is asked for. */
  vci_port_outcome (*read)(vci_port_call *call, void *handle, uint64_t block, uint64_t count);

  /* Says what is cached, by vci_port_extent, in ascending order. */
  vci_port_outcome (*extents)(vci_port_call *call, const char *image);

  /* Makes an image of `blocks` blocks. Its modification UUID is nil. */
  vci_port_outcome (*create)(vci_port_call *call, const char *image, uint64_t blocks, bool fixed,
                             const vci_port_uuid *uuid);

  /* Caches `count` blocks whose bytes are at `bytes`. If you take fewer, say so by
   * vci_port_written. */
  vci_port_outcome (*write)(vci_port_call *call, void *handle, uint64_t block, uint64_t count,
                            const unsigned char *bytes);

  /* Removes blocks from the cache. */
  vci_port_outcome (*discard)(vci_port_call *call, void *handle, uint64_t block, uint64_t count);

  /* Makes durable what was written. */
  vci_port_outcome (*flush)(vci_port_call *call, void *handle);

  /* Ends the use of an image. The handle is not used again, whatever you return. */
  vci_port_outcome (*close)(vci_port_call *call, void *handle);

  /* Stores the modification UUID of the disk. */
  vci_port_outcome (*set_moduuid)(vci_port_call *call, void *handle, const vci_port_uuid *uuid);

  /* Applies all rules, and says which are broken by vci_port_finding. */
  vci_port_outcome (*check)(vci_port_call *call, const char *image, vci_port_repair repair);
} vci_port_program;

/* Answers all requests. Returns the exit code of the process. */
int vci_port_main(int argc, char **argv, const vci_port_program *program);

/* Says no. `rule` is one that the image breaks, such as "VCI-EXT-003", or NULL; `class` is one of
 * the table in Specs/Port.md, such as "extent" or "locked", or NULL. At least one of them is
 * needed. The message is for people, and may be NULL. */
vci_port_outcome vci_port_refuse(vci_port_call *call, const char *rule, const char *class_name,
                                 const char *message, ...) VCI_PORT_PRINTF(4, 5);

/* Says that this needs a feature that the program does not have, such as "wide-disks". */
vci_port_outcome vci_port_unsupported(vci_port_call *call, const char *feature);

/* Says that the program caught an error of its own. It counts as a failure. */
vci_port_outcome vci_port_error(vci_port_call *call, const char *message, ...)
    VCI_PORT_PRINTF(2, 3);

/* For `read`: `count` blocks from `block` on are cached, and have these bytes; or are not cached.
 * Neighbours are joined. Returns false if no more can be answered at once: then return. */
bool vci_port_hit(vci_port_call *call, uint64_t block, uint64_t count, const void *bytes);
bool vci_port_miss(vci_port_call *call, uint64_t block, uint64_t count);

/* For `extents`. */
bool vci_port_extent(vci_port_call *call, uint64_t block, uint64_t count);

/* For `write`: how many blocks are done with, if not all; and, if you like, what is no longer
 * cached because of it. */
void vci_port_written(vci_port_call *call, uint64_t count);
void vci_port_evicted(vci_port_call *call, uint64_t block, uint64_t count);
void vci_port_dropped(vci_port_call *call, uint64_t block, uint64_t count);

/* For `check`: a rule that is broken, with its class "corruption", "summary", "leak", "dirty" or
 * "advice"; and, if you like, the exit code that `vci check` would have. */
void vci_port_finding(vci_port_call *call, const char *rule, const char *class_name);
void vci_port_check_exit(vci_port_call *call, int code);

#ifdef __cplusplus
}
#endif

#endif
