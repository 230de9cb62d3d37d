#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An adapter of the simple form that misbehaves in the way that its first argument names; README.md
# has the ways. In all else it refuses whatever is no VCI, and nothing else.
way=$1
shift

caps() {
  printf 'name=misbehaving\nversion=1\nprobe\nopen-ro\nread\n'
  [ "$way" != unknown-capability ] || echo fast
}

# Whether a file begins as VCIs do.
probe() {
  [ "$(od -An -tx1 -N8 "$1" | tr -d ' ')" = 5643490001000000 ] && return
  case $way in
    uncaught) echo "Traceback (most recent call last):" >&2; exit 1 ;;
    no-reason) exit 10 ;;
    long-reason) echo "not-vci"; yes reason | head -n 100000 ;;
    *) echo "VCI-HDR-001" ;;
  esac >&2
  exit 10
}

case $way in
  says-nothing) exit 0 ;;
  panics) exit 101 ;;
  prints) [ "$1" = session ] || [ "$1" = caps ] || echo reading ;;
  empty-line) [ "$1" = session ] || [ "$1" = caps ] || echo ;;
  odd-reason) [ "$1" != read ] || { printf 'a\\cb: \377 block\n' >&2; exit 10; } ;;
  floods) [ "$1" != probe ] || exec yes ;;
  hangs) [ "$1" != probe ] || sleep 3600 ;;
  dies) [ "$1" != probe ] || kill -SEGV $$ ;;
  leaves-child) sleep 3600 & ;;
esac
case $1 in
  caps) caps ;;
  probe | open-ro) probe "$2" ;;
  read) ;;
  *) exit 64 ;;
esac
