/* SPDX-License-Identifier: Apache-2.0 */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The class of damage that goes with a rule. */
static const char *class_of(const char *rule) {
  static const char *const classes[][2] = {
    {"VCI-FILE-001", "not-vci"}, {"VCI-HDR-001", "not-vci"}, {"VCI-HDR-002", "version"},
    {"VCI-FILE", "size"},        {"VCI-HDR", "header"},      {"VCI-SHD", "state"},
    {"VCI-MAP", "bitmap"},       {"VCI-NODE", "tree"},       {"VCI-INT", "tree"},
    {"VCI-EXT", "extent"},
  };
  for (unsigned index = 0; index < sizeof classes / sizeof *classes; index++) {
    if (strncmp(rule, classes[index][0], strlen(classes[index][0])) == 0) return classes[index][1];
  }
  return "other";
}

static void set(failure *why, const char *rule, const char *class_name, const char *format,
                va_list arguments) {
  why->rule = rule;
  why->class_name = class_name;
  vsnprintf(why->message, sizeof why->message, format, arguments);
}

bool broken(failure *why, const char *rule, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  set(why, rule, class_of(rule), format, arguments);
  va_end(arguments);
  return false;
}

bool refused(failure *why, const char *class_name, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  set(why, NULL, class_name, format, arguments);
  va_end(arguments);
  return false;
}
