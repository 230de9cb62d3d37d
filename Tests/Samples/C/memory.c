/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

void *must(void *memory) {
  if (memory == NULL) {
    fprintf(stderr, "vci-sample: out of memory\n");
    exit(70);
  }
  return memory;
}

void *grown(void *array, size_t count, size_t *capacity, size_t size) {
  if (count < *capacity) return array;
  *capacity = *capacity * 2 + 16;
  return must(realloc(array, *capacity * size));
}
