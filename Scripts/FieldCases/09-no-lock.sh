# 9: where the system has no locks (ENOLCK, ENOSYS, EOPNOTSUPP) -> nobody writes, unless with --no-lock; who
# reads goes on, and is told. A call that was interrupted is made again.
failing_calls
"$VCI" create c.vci --size 2MiB >log
noise 20 | "$VCI" write c.vci --block 0 >log
cp c.vci before.vci
noise 4 >data
for code in 37 38 95; do
  export FAIL_CALL=flock FAIL_ERRNO=$code
  run 1 failing "$VCI" write c.vci --block 100 --input data
  has err "lock"; has err "--no-lock"
  run 1 failing "$VCI" discard c.vci --block 0 --count 1
  has err "--no-lock"
  cmp c.vci before.vci
  for command in "read c.vci --block 0 --count 1" "extents c.vci" "check c.vci"; do
    # shellcheck disable=SC2086
    run 0 failing "$VCI" $command
    equal "$(grep -c 'without a lock' err)" 1
    lacks out "without a lock"
  done
  run 0 failing "$VCI" info c.vci
  lacks err "lock"
done
run 0 failing "$VCI" write c.vci --block 100 --input data --no-lock
run 0 failing "$VCI" discard c.vci --block 0 --count 1 --no-lock
unset FAIL_CALL FAIL_ERRNO
run 0 "$VCI" check c.vci
run 0 failing FAIL_CALL=flock FAIL_ERRNO=4 FAIL_COUNT=3 "$VCI" write c.vci --block 100 --input data
lacks err "lock"

# Two writers: the second is refused as ever.
mkfifo pipe
"$VCI" write c.vci --block 0 <pipe >log & writer=$!
exec 9>pipe
# It asks for its lock before it reads.
for attempt in $(seq 100); do
  # A lock taken here to try it would be in the writer's way.
  grep -qs 'lock:.*FLOCK.*WRITE' /proc/$writer/fdinfo/* && break
  sleep 0.05
done
run 1 "$VCI" write c.vci --block 0 --input data
has err "in use"
exec 9>&-
wait $writer || true
