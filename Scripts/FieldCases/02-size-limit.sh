# 2: a limit of the file's size (EFBIG), a quota (EDQUOT): as a full disk.
"$VCI" create c.vci --size 2MiB >log
noise 1000 >data
run 0 bash -c 'ulimit -f 100; exec "$VCI" write c.vci --block 0 --input data'
has err "too large"
run 0 "$VCI" check c.vci
cached=$("$VCI" read c.vci --block 0 --count 1000 | awk '$1 == "hit" { sum += $3 } END { print sum }')
[ "$cached" -gt 150 ] && [ "$cached" -lt 200 ] || { echo "$cached blocks are cached"; exit 1; }

# Whichever call the disk refuses, once or from then on: the write succeeds, and the image is clean. The first
# write sets the flag, the fourth is that of the header: they overwrite what is there.
failing_calls
for code in 28 122 27; do
  for call in "pwrite 2" "pwrite 3" "posix_fallocate 1" "posix_fallocate 2" "posix_fallocate 3"; do
    read -r call from <<<"$call"
    for count in 0 1; do
      [ "$call $count" != "pwrite 0" ] || continue
      "$VCI" create x.vci --size 2MiB >log
      "$VCI" write x.vci --block 50 --input data >log
      run 0 failing FAIL_CALL=$call FAIL_ERRNO=$code FAIL_FROM=$from FAIL_COUNT=$count FAIL_FILE=x.vci \
        "$VCI" write x.vci --block 0 --input data
      run 0 "$VCI" check x.vci
      rm x.vci
    done
  done
done
