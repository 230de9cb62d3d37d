# 12: libFuzzer's options -> as libFuzzer means them, or refused with what is taken.
run 0 "$VCIFUZZ" -runs=200 -seed=3 -jobs=0 -artifact_prefix=out-of-here/x-
has out "seed 3, iterations 200"
run 0 "$VCIFUZZ" -runs=-1 -max_total_time=1
has out "time is up after "
run 0 "$VCIFUZZ" -runs=64 -max_total_time=0
run 64 "$VCIFUZZ" -runs=64 -seed=0
has err "--seed 0"
for option in -workers=2 -max_len=100 -dict=words.txt -fork=1 -help=1; do
  run 64 "$VCIFUZZ" -runs=64 $option
  has err "${option%%=*}"
  has err "-max_total_time=N"
done
run 64 "$VCIFUZZ" -runs 64
has err "-runs=N"
