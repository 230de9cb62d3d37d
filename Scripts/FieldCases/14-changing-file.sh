# 14: errors name the place and the true reason; a file that changes under a check "could not be checked",
# and is never called damaged.
compiler=$(command -v cc || command -v clang) || skip "a C compiler is needed"
cat >shim.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* At read AT of a file, counted from 1, FILE gets SIZE bytes, or for "same" another byte 100; a read at
   byte BAD fails. */
static int calls;
static ssize_t reads(int fd, void *bytes, size_t count, off_t offset) {
  static ssize_t (*real)(int, void *, size_t, off_t);
  if (!real) real = (ssize_t (*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, "pread64");
  const char *at = getenv("AT"), *bad = getenv("BAD");
  if (at && ++calls == atoi(at)) {
    const char *size = getenv("SIZE");
    int other = open(getenv("FILE"), O_WRONLY);
    if (other < 0) abort();
    if (strcmp(size, "same") == 0 ? pwrite(other, "x", 1, 100) != 1 : ftruncate(other, atol(size)) != 0) abort();
    close(other);
  }
  if (bad && offset == atol(bad)) { errno = EIO; return -1; }
  return real(fd, bytes, count, offset);
}
ssize_t pread(int fd, void *bytes, size_t count, off_t offset) { return reads(fd, bytes, count, offset); }
ssize_t pread64(int fd, void *bytes, size_t count, off_t offset) { return reads(fd, bytes, count, offset); }
C
"$compiler" -shared -fPIC -o shim.so shim.c -ldl

run 0 "$VCI" create whole.vci --size 2MiB
noise 300 >data
run 0 "$VCI" write whole.vci --block 100 --input data
size=$(stat -c %s whole.vci)

# at READ SIZE COMMAND...: runs the command on image.vci, which has another size from that read on.
at() {
  cp whole.vci image.vci
  code=0
  AT=$1 SIZE=$2 FILE=image.vci LD_PRELOAD=$PWD/shim.so "${@:3}" >out 2>err || code=$?
  echo "read $1, $2 bytes: exit $code: $(head -c 150 err)"
}
for smaller in 0 700 2048 $((size - 512)); do
  for read in 1 2 3 4 5 6 7; do
    at "$read" "$smaller" "$VCI" check image.vci
    # Behind the last read there is nothing to notice but the size at the end.
    if [ "$(stat -c %s image.vci)" = "$size" ]; then equal "$code" 0; continue; fi
    equal "$code" 1
    has err "could not be checked"
    has err "$size"
    for command in info extents "read --block 100 --count 300" dump; do
      # shellcheck disable=SC2086
      at "$read" "$smaller" "$VCI" ${command%% *} image.vci $(echo "$command " | cut -s -d ' ' -f 2-)
      [ "$code" = 0 ] || [ "$code" = 1 ] || { echo "$command: exit $code"; exit 1; }
    done
  done
done
at 2 $((size + 4096)) "$VCI" check image.vci
equal "$code" 1
has err "somebody changes it"
at 2 same "$VCI" check image.vci
equal "$code" 1
has err "somebody changed it meanwhile"
at 2 700 "$VCI" check --json image.vci
equal "$code" 1
has out '"kind":"storage"'

# The byte is named, the first one too.
for byte in 0 1024; do
  code=0
  BAD=$byte LD_PRELOAD=$PWD/shim.so "$VCI" check whole.vci >out 2>err || code=$?
  equal "$code" 1
  has err "cannot read at byte $byte: "
  code=0
  BAD=$byte LD_PRELOAD=$PWD/shim.so "$VCI" info whole.vci >out 2>err || code=$?
  equal "$code" 1
  has err "cannot read at byte $byte: "
done

# The reason is the file's own.
mkfifo pipe
mkdir folder
ln -s loop loop
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
for file in pipe socket /dev/null; do
  run 1 "$VCI" check "$file"
  has err "neither a regular file nor a disk"
  lacks err "error"
done
run 1 "$VCI" check folder
has err "Is a directory"
run 1 "$VCI" check loop
has err "symbolic link"
run 1 "$VCI" check whole.vci/x
has err "Not a directory"
run 1 "$VCI" check "$(printf 'a%.0s' $(seq 300))"
has err "name too long"
run 1 "$VCI" write whole.vci --block 0 --input socket
has err "neither a file nor a pipe"
