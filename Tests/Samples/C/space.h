/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs of free blocks, as a treap by address. Each run is maximal: no two of them touch. All
 * operations but the last two take O(log n) in the number of runs.
 */
#ifndef SPACE_H
#define SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct free_run free_run;

typedef struct {
  free_run *root;
} space;

/* A run of blocks of the file. */
typedef struct {
  uint64_t address;
  uint64_t count;
} block_run;

/* Takes exactly these blocks. Returns false, and takes none, unless all of them are free. */
bool space_claim(space *in, uint64_t address, uint64_t count);

/* Takes `count` blocks in a row, the lowest there are. */
bool space_take(space *in, uint64_t count, uint64_t *address);

/* Makes blocks free that are not. */
void space_give(space *in, uint64_t address, uint64_t count);

/* The length of the longest run; 0 if nothing is free. */
uint64_t space_longest(const space *in);

/* For how many nodes there is room: the sum of the runs' lengths by 8, rounded down. */
uint64_t space_node_room(const space *in);

/* Forgets all free blocks from `address` on. */
void space_cut(space *in, uint64_t address);

void space_clear(space *in);

#endif
