/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operation costs by a session of the test port, beside what the same costs by a call: probe,
 * and a read of one cached block. `ping` is what the session alone costs.
 *
 * usage: overhead PROGRAM IMAGE BLOCK
 *   PROGRAM  the sample; IMAGE has BLOCK cached. Prints medians of turns that follow one another.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "image.h"

enum { TURNS = 21, CALLS = 2000 };

static FILE *requests, *answers;
static const char *path;
static uint64_t block;
static char out[] = "/tmp/vci-overhead-XXXXXX";
static int out_file;

static void fail(const char *what) {
  fprintf(stderr, "overhead: %s\n", what);
  exit(1);
}

static void start(const char *program) {
  int to[2], from[2];
  if (pipe(to) != 0 || pipe(from) != 0) fail("no pipe");
  pid_t child = fork();
  if (child < 0) fail("no process");
  if (child == 0) {
    dup2(to[0], 0);
    dup2(from[1], 1);
    for (int i = 0; i < 2; i++) close(to[i]), close(from[i]);
    execl(program, program, "session", (char *)NULL);
    _exit(127);
  }
  close(to[0]), close(from[1]);
  requests = fdopen(to[1], "w");
  answers = fdopen(from[0], "r");
  if (requests == NULL || answers == NULL) fail("no stream");
}

/* Makes a request, whose answer must be ok. */
static void ask(const char *format, ...) {
  static unsigned long id;
  static char line[1 << 16];
  va_list arguments;
  va_start(arguments, format);
  fprintf(requests, "{\"id\": %lu, ", ++id);
  vfprintf(requests, format, arguments);
  fputs("}\n", requests);
  va_end(arguments);
  if (fflush(requests) != 0 || fgets(line, sizeof line, answers) == NULL) fail("the session ended");
  if (strstr(line, "\"ok\"") == NULL) fail(line);
}

static void ping(void) { ask("\"op\": \"ping\""); }

static void probe_by_session(void) { ask("\"op\": \"probe\", \"image\": \"%s\"", path); }

static void probe_by_call(void) {
  failure why;
  if (!image_probe(path, &why)) fail(why.message);
}

static void read_by_session(void) {
  ask("\"op\": \"read\", \"handle\": \"h\", \"block\": \"%" PRIu64 "\", \"count\": \"1\", \"file\": \"%s\"", block,
      out);
}

static image opened;

/* The block comes into a file, as the port has it. */
static void read_by_call(void) {
  location found;
  failure why;
  uint8_t bytes[512];
  if (!image_find(&opened, block, &found, &why) || !found.hit) fail("the block is not cached");
  if (!file_read(&opened.file, found.address * 512, bytes, 512, &why)) fail(why.message);
  if (pwrite(out_file, bytes, 512, 0) != 512) fail("no write");
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

typedef struct {
  const char *name;
  void (*call)(void);
  double turns[TURNS]; /* microseconds a call */
} measured;

int main(int argc, char **argv) {
  if (argc != 4) fail("usage: overhead PROGRAM IMAGE BLOCK");
  path = argv[2], block = strtoull(argv[3], NULL, 10);
  out_file = mkstemp(out);
  if (out_file < 0) fail("no file");
  start(argv[1]);
  ask("\"op\": \"hello\", \"protocol\": [1], \"features\": []");
  ask("\"op\": \"open\", \"image\": \"%s\", \"handle\": \"h\", \"mode\": \"ro\"", path);
  failure why;
  if (!image_open(&opened, path, READING, NULL, &why)) fail(why.message);

  measured all[] = {{.name = "ping by session", .call = ping},
                    {.name = "probe by session", .call = probe_by_session},
                    {.name = "probe by a call", .call = probe_by_call},
                    {.name = "read by session", .call = read_by_session},
                    {.name = "read by a call", .call = read_by_call}};
  size_t count = sizeof all / sizeof *all;
  for (int turn = 0; turn < TURNS; turn++)
    for (measured *one = all; one < all + count; one++) {
      double begun = now();
      for (int i = 0; i < CALLS; i++) one->call();
      one->turns[turn] = (now() - begun) / CALLS;
    }
  for (measured *one = all; one < all + count; one++) {
    qsort(one->turns, TURNS, sizeof *one->turns, compare);
    printf("%-18s %7.2f us\n", one->name, one->turns[TURNS / 2]);
  }
  unlink(out);
  return 0;
}
