// Runs a program to its end, then prints on a line of its own what it took: processor time and time
// in seconds, the most memory that it held in bytes, and what it exited with, or -1.
//
// The system counts what a process holds before it turns into the program, which is what its parent
// held: so a small one like this must be the parent of whatever's memory is to be measured.
//
// usage: Timekeeper PROGRAM [ARGUMENT...]

#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double seconds(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: Timekeeper PROGRAM [ARGUMENT...]\n");
    return 64;
  }
  double start = now();
  pid_t child = fork();
  if (child < 0) {
    fprintf(stderr, "Timekeeper: %s\n", strerror(errno));
    return 1;
  }
  if (child == 0) {
    execvp(arguments[1], arguments + 1);
    fprintf(stderr, "%s: %s\n", arguments[1], strerror(errno));
    _exit(127);
  }
  int status = 0;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno == EINTR) continue;
    fprintf(stderr, "Timekeeper: %s\n", strerror(errno));
    return 1;
  }
  printf(
    "\n%.9f %.9f %lld %d\n", seconds(usage.ru_utime) + seconds(usage.ru_stime), now() - start,
    (long long)usage.ru_maxrss * 1024, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  return 0;
}
