/* SPDX-License-Identifier: Apache-2.0
 *
 * A node as it stands in the file, and the rules that damage it as a whole.
 */
#ifndef NODE_H
#define NODE_H

#include "failure.h"
#include "format.h"

typedef struct {
  uint64_t address;
  unsigned level; /* the root has 1 */
  bool leaf;
  bool linked; /* some extent has an LRU link */
  unsigned used;
  slot slots[MAX_ENTRIES]; /* the used ones */
} disk_node;

/* Decodes a node, and applies the whole-node rules ("Sets of rules" in Specs/VCI.md). */
bool node_decode(const uint8_t bytes[NODE_BYTES], uint64_t address, unsigned level, disk_node *into,
                 failure *why);

/* The first used slot that ends behind `block`; `used` if there is none. */
unsigned node_find(const disk_node *node, uint64_t block);

/* Whether every used slot of a child lies inside the entry that leads to it (VCI-INT-003). */
bool node_is_inside(const disk_node *child, const slot *entry);

#endif
