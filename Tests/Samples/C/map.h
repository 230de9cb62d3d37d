/* SPDX-License-Identifier: Apache-2.0
 *
 * The block map, written anew from what is owned.
 */
#ifndef MAP_H
#define MAP_H

#include <stddef.h>

#include "file.h"
#include "format.h"
#include "space.h"

/* Writes bits and counters. The runs that are owned don't overlap, and are sorted here. Of the file
 * only those blocks of the map are written that change. */
bool map_write(file *it, const header *head, block_run *owned, size_t count, uint64_t metadata,
               failure *why);

#endif
