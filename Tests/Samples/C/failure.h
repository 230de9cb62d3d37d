/* SPDX-License-Identifier: Apache-2.0
 *
 * Why something was refused. Functions that may fail return false and fill in a `failure`.
 */
#ifndef FAILURE_H
#define FAILURE_H

#include <stdbool.h>

typedef struct {
  const char *rule;       /* a broken rule, such as "VCI-EXT-003"; NULL if none is */
  const char *class_name; /* of the table of Specs/Port.md */
  char message[160];
} failure;

/* Refuses for a broken rule. Returns false. */
bool broken(failure *why, const char *rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Refuses for another reason. Returns false. */
bool refused(failure *why, const char *class_name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
