# 10: a command that fails before its first change -> every byte stays, the flag of a dirty image too.
"$VCI" create c.vci --size 2MiB >log
noise 20 | "$VCI" write c.vci --block 0 >log
python3 - <<'P'
bytes = bytearray(open("c.vci", "rb").read())
bytes[16] = 1  # fUncleanShutdown
open("dirty.vci", "wb").write(bytes)
P
cp dirty.vci before.vci
noise 1 >data; head -c 100 data >part
uuid=01234567-89ab-cdef-0123-456789abcdef

same() { cmp dirty.vci before.vci; }
: | run 1 "$VCI" write dirty.vci --block 0
has err "nothing is written"; same
: | run 1 "$VCI" write dirty.vci --block 0 --modification-uuid $uuid; same
cat part | run 1 "$VCI" write dirty.vci --block 0 --modification-uuid $uuid; same
: >empty
run 1 "$VCI" write dirty.vci --block 0 --input empty --modification-uuid $uuid; same
run 1 "$VCI" write dirty.vci --block 0 --input part; same
run 1 "$VCI" write dirty.vci --block 0 --input missing; same
run 1 "$VCI" write dirty.vci --block 0 --input .; same
run 64 "$VCI" write dirty.vci --block 18446744073709551615 --input before.vci; same
cat data data | run 1 "$VCI" write dirty.vci --block 18446744073709551615; same
run 1 "$VCI" write dirty.vci --block 0 --input data --expect $uuid; same
run 1 "$VCI" discard dirty.vci --block 0 --count 1 --expect $uuid; same
run 64 "$VCI" discard dirty.vci --block 0 --count 0; same
run 1 "$VCI" create dirty.vci --size 2MiB; same
run 1 "$VCI" create dirty.vci --size 2MiB --type fixed; same
run 0 "$VCI" read dirty.vci --block 0 --count 20; same
# A disk that fails at the first change.
failing_calls
run 1 failing FAIL_CALL=pwrite FAIL_ERRNO=5 FAIL_FILE=c.vci "$VCI" write c.vci --block 0 --input data
run 0 "$VCI" check c.vci
# Blocks that no cache holds are dropped, and nothing changes.
cp c.vci before.vci
run 0 "$VCI" write c.vci --block 18014398509481984 --input data
has out "dropped 18014398509481984 1"
cmp c.vci before.vci
# What succeeds mends.
run 0 "$VCI" write dirty.vci --block 0 --input data
run 0 "$VCI" check dirty.vci
