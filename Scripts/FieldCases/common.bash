# What the cases share. The current folder is empty and the case's own; "$VCI" and "$VCIFUZZ" are the tools.

# run CODE COMMAND...: runs the command, its output in ./out and ./err, and fails where it ends otherwise.
run() {
  local wanted=$1 code=0
  shift
  "$@" >out 2>err || code=$?
  printf '$'; printf ' %q' "$@"; echo "   -> $code"
  head -c 4000 out | head -n 20 | cat -v | cut -c 1-300
  head -c 4000 err | head -n 20 | cat -v | cut -c 1-300
  [ "$code" = "$wanted" ] || { echo "exit $code, expected $wanted"; exit 1; }
}

# has FILE TEXT, lacks FILE TEXT: whether a line of the file has the text.
has() { grep -qaF -- "$2" "$1" || { echo "$1 lacks: $2"; exit 1; }; }
lacks() { ! grep -qaF -- "$2" "$1" || { echo "$1 has: $2"; exit 1; }; }

# equal A B: whether two words are the same.
equal() { [ "$1" = "$2" ] || { echo "'$1' where '$2' is right"; exit 1; }; }

# skip REASON: ends a case that this machine cannot show.
skip() { echo "$1"; exit 77; }

# need_root REASON: skips the case unless it runs as root.
need_root() { [ "$(id -u)" = 0 ] || skip "$1 needs root"; }

# small_disk SIZE [FOLDER]: mounts an empty file system of that size; it is unmounted at the end.
small_disk() {
  need_root "a file system of $1"
  mkdir -p "${2:-disk}"
  mount -t tmpfs -o "size=$1" tmpfs "${2:-disk}" || skip "no file system can be mounted"
}

# zeros COUNT: so many blocks of zeros on standard output; noise COUNT: of something else, always the same.
zeros() { head -c $(($1 * 512)) /dev/zero; }
noise() { python3 -c 'import random, sys
random.seed(1); sys.stdout.buffer.write(random.randbytes(int(sys.argv[1]) * 512))' "$1"; }

# failing_calls: builds the library that makes calls fail (see failing.c); failing NAME=VALUE... COMMAND...
# runs a command with it: failing FAIL_CALL=flock FAIL_ERRNO=37 "$VCI" check x.vci
failing_calls() {
  command -v cc >/dev/null || skip "there is no C compiler"
  cc -shared -fPIC -O1 -w -o failing.so "$CASES/failing.c" -ldl || skip "cc builds no shared library"
}
failing() { env LD_PRELOAD="$PWD/failing.so" "$@"; }
