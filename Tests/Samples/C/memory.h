/* SPDX-License-Identifier: Apache-2.0
 *
 * All memory of the writer grows with what the file really holds, never by a number in it. So want
 * of memory is no answer about an image, and ends the program.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

/* The memory, unless there is none. */
void *must(void *memory);

/* Makes room for one more element in an array; `capacity` counts elements. */
void *grown(void *array, size_t count, size_t *capacity, size_t size);

#endif
