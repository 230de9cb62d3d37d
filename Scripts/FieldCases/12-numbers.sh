# 12: numbers, units, sizes, slashes -> each answered with what is wrong; 1.5GiB is taken.
run 0 "$VCI" create a.vci --size 1.5GiB --json
equal "$(jq .bytes out)" 1610612736
run 64 "$VCI" create b.vci --size 1.0000000001GiB; has err "a whole number of bytes"
run 64 "$VCI" create b.vci --size -1; has err "--size takes a number from 0 on, not -1"
run 64 "$VCI" create b.vci --size=-1; has err "a size is not less than 0"
run 64 "$VCI" create b.vci --size 1GB; has err "'GB' is no unit"
run 64 "$VCI" create b.vci --size 512; has err "--size takes 10752 bytes to"
run 64 "$VCI" create b.vci --size 16EiB; has err "less than 16EiB"
run 64 "$VCI" read a.vci --block -1 --count 1; has err "--block takes a number from 0 on, not -1"
run 64 "$VCI" read a.vci --block x --count 1; has err "a whole number is needed"
run 64 "$VCI" read a.vci --block 18446744073709551616 --count 1; has err "too large"
run 64 "$VCIFUZZ" --iterations 10 --seed -1; has err "--seed takes a number from 0 on, not -1"
for command in "check" "info" "dump" "extents" "read --block 0 --count 1" "write --block 0" "discard --block 0 --count 1"; do
  run 64 "$VCI" $command a.vci/ ; has err "ends in a slash"
done
run 64 "$VCI" create new/ --size 2MiB; has err "ends in a slash"
run 64 "$VCI" read a.vci --block 0 --count 1 --output out/; has err "ends in a slash"
run 64 "$VCI" check ""; has err "A name is needed"
[ ! -e b.vci ] && [ ! -e new ] || { echo "a file was made"; exit 1; }
