# 12: --output - and /dev/stdout -> the bytes alone on standard output, misses as zeros, lines on standard error.
run 0 "$VCI" create a.vci --size 2MiB
noise 3 >in
run 0 "$VCI" write a.vci --block 1 --input in
run 0 "$VCI" write a.vci --block 10 --input - <in
{ zeros 1; cat in; zeros 6; cat in; zeros 2; } >right
for output in - /dev/stdout; do
  run 0 "$VCI" read a.vci --block 0 --count 15 --output $output
  cmp out right
  equal "$(tr '\n' ' ' <err)" "miss 0 1 hit 1 3 miss 4 6 hit 10 3 miss 13 2 "
done
"$VCI" read a.vci --block 0 --count 15 --output /dev/stdout 2>/dev/null | cmp - right
mkfifo pipe; cmp pipe right & "$VCI" read a.vci --block 0 --count 15 --output pipe >/dev/null; wait $!
run 0 "$VCI" read a.vci --block 0 --count 15 --output /dev/null
run 64 "$VCI" read a.vci --block 0 --count 1 --output - --json
{ "$VCI" read a.vci --block 0 --count 18446744073709551615 --output - 2>/dev/null || true; } |
  head -c 7680 | cmp - right
code=0; "$VCI" read a.vci --block 0 --count 15 --output - >/dev/full 2>err || code=$?
equal $code 1; has err "No space left"
run 0 "$VCIFUZZ" corpus disassemble a.vci --output -
grep -q '^blocks: 4096$' out

# Input and output that are one file.
cp a.vci before
run 64 "$VCI" read a.vci --block 0 --count 1 --output ./a.vci
ln a.vci hard; run 64 "$VCI" read a.vci --block 0 --count 1 --output hard
run 64 "$VCI" write a.vci --block 0 --input a.vci
run 64 "$VCI" write a.vci --block 0 <a.vci
run 64 "$VCIFUZZ" corpus disassemble a.vci --output a.vci --force
cp out recipe.vcir; "$VCIFUZZ" corpus disassemble a.vci >recipe.vcir; cp recipe.vcir kept
run 64 "$VCIFUZZ" corpus assemble recipe.vcir --output recipe.vcir --force
cmp recipe.vcir kept
code=0; "$VCI" extents a.vci >>a.vci 2>err || code=$?
equal $code 64
cmp a.vci before
