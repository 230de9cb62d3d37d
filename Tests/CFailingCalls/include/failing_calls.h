/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes calls of the system fail, in the thread that asks for it: pread, pwrite, fsync, ftruncate,
 * posix_fallocate and close of the program that this is linked into.
 */
#ifndef FAILING_CALLS_H
#define FAILING_CALLS_H

/* How a call fails. */
enum {
  FAILING_ERROR, /* it does nothing, and ends with the error */
  FAILING_SHORT, /* pread and pwrite do half of what they are to do, at least a byte */
  FAILING_ZERO,  /* pwrite says that it has written 0 bytes */
  FAILING_CLOSE  /* close closes, as on Linux, and ends with the error; others do not fail */
};

/* From call `first` on, counted from 0 over those calls that can fail in this way, `count` calls fail. */
void failing_calls_begin(int how, int error, long first, long count);

/* No call fails any more. Returns how many did. */
long failing_calls_end(void);

#endif
