/* SPDX-License-Identifier: Apache-2.0 */
#include "space.h"

#include <assert.h>
#include <stdlib.h>

#include "format.h"
#include "memory.h"

struct free_run {
  block_run run;
  uint64_t priority; /* no less than those below */
  uint64_t longest;  /* of this run and those below */
  uint64_t nodes;    /* room for nodes in this run and those below */
  free_run *left;
  free_run *right;
};

/* Spreads addresses evenly (SplitMix64), so that the treap is balanced whatever they are. */
static uint64_t priority_of(uint64_t address) {
  uint64_t mixed = address + UINT64_C(0x9e3779b97f4a7c15);
  mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
  return mixed ^ (mixed >> 31);
}

static uint64_t longest_of(const free_run *tree) {
  return tree == NULL ? 0 : tree->longest;
}

static uint64_t nodes_of(const free_run *tree) {
  return tree == NULL ? 0 : tree->nodes;
}

/* Computes anew what a run says of those below. */
static void sum_up(free_run *tree) {
  tree->longest = tree->run.count;
  if (longest_of(tree->left) > tree->longest) tree->longest = longest_of(tree->left);
  if (longest_of(tree->right) > tree->longest) tree->longest = longest_of(tree->right);
  tree->nodes = tree->run.count / NODE_BLOCKS + nodes_of(tree->left) + nodes_of(tree->right);
}

/* Splits into the runs that start before `address` and the others. */
static void split(free_run *tree, uint64_t address, free_run **before, free_run **others) {
  if (tree == NULL) {
    *before = *others = NULL;
    return;
  }
  if (tree->run.address < address) {
    split(tree->right, address, &tree->right, others);
    *before = tree;
  } else {
    split(tree->left, address, before, &tree->left);
    *others = tree;
  }
  sum_up(tree);
}

/* Joins two trees of which one lies before the other. */
static free_run *join(free_run *before, free_run *behind) {
  if (before == NULL) return behind;
  if (behind == NULL) return before;
  free_run *top = before->priority > behind->priority ? before : behind;
  if (top == before) before->right = join(before->right, behind);
  else behind->left = join(before, behind->left);
  sum_up(top);
  return top;
}

static void add(space *in, uint64_t address, uint64_t count) {
  if (count == 0) return;
  free_run *before, *others, *added = must(calloc(1, sizeof *added));
  added->run = (block_run){address, count};
  added->priority = priority_of(address);
  sum_up(added);
  split(in->root, address, &before, &others);
  in->root = join(join(before, added), others);
}

/* Removes the run that starts at `address`. */
static void drop(space *in, uint64_t address) {
  free_run *before, *one, *others;
  split(in->root, address, &before, &others);
  split(others, address + 1, &one, &others);
  assert(one != NULL && one->left == NULL && one->right == NULL);
  free(one);
  in->root = join(before, others);
}

/* The last run that starts at or before `address`; of no blocks if there is none. */
static block_run run_before(const space *in, uint64_t address) {
  block_run found = {0, 0};
  for (const free_run *at = in->root; at != NULL;) {
    if (at->run.address <= address) {
      found = at->run;
      at = at->right;
    } else {
      at = at->left;
    }
  }
  return found;
}

bool space_claim(space *in, uint64_t address, uint64_t count) {
  block_run from = run_before(in, address);
  uint64_t inside = address - from.address;
  if (from.count == 0 || inside >= from.count || count > from.count - inside) return false;
  drop(in, from.address);
  add(in, from.address, inside);
  add(in, address + count, from.count - inside - count);
  return true;
}

bool space_take(space *in, uint64_t count, uint64_t *address) {
  const free_run *at = in->root;
  if (longest_of(at) < count) return false;
  for (;;) {
    if (longest_of(at->left) >= count) at = at->left;
    else if (at->run.count >= count) break;
    else at = at->right;
  }
  *address = at->run.address;
  return space_claim(in, *address, count);
}

void space_give(space *in, uint64_t address, uint64_t count) {
  uint64_t end = address + count;
  block_run before = run_before(in, address);
  block_run behind = run_before(in, end);
  assert(before.count == 0 || before.address + before.count <= address);
  assert(behind.count == 0 || behind.address <= before.address || behind.address == end);
  if (behind.count > 0 && behind.address == end) {
    drop(in, behind.address);
    end += behind.count;
  }
  if (before.count > 0 && before.address + before.count == address) {
    drop(in, before.address);
    address = before.address;
  }
  add(in, address, end - address);
}

uint64_t space_longest(const space *in) {
  return longest_of(in->root);
}

uint64_t space_node_room(const space *in) {
  return nodes_of(in->root);
}

static void clear(free_run *tree) {
  if (tree == NULL) return;
  clear(tree->left);
  clear(tree->right);
  free(tree);
}

void space_cut(space *in, uint64_t address) {
  block_run across = run_before(in, address);
  if (across.count > 0 && across.address < address && across.address + across.count > address) {
    drop(in, across.address);
    add(in, across.address, address - across.address);
  }
  free_run *kept, *gone;
  split(in->root, address, &kept, &gone);
  clear(gone);
  in->root = kept;
}

void space_clear(space *in) {
  clear(in->root);
  in->root = NULL;
}
