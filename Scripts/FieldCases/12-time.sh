# 12: --time -> the campaign ends when it is up, with the report of as many iterations as it names.
start=$SECONDS
run 0 "$VCIFUZZ" --time 2s --jobs 2
[ $((SECONDS - start)) -le 10 ] || { echo "it took $((SECONDS - start)) s"; exit 1; }
count=$(sed -n 's/^time is up after \([0-9]*\) iterations: 0-.*/\1/p' out)
[ "$count" -gt 0 ]
has out "nothing found in $count iterations"
tail -n +3 out >timed
run 0 "$VCIFUZZ" --iterations "$count"
tail -n +2 out | cmp - timed

run 0 "$VCIFUZZ" --time 1h --iterations 100
lacks out "time is up"
run 64 "$VCIFUZZ"
has err "--time"
for time in 0 -1 1.5h 5x 99999999999999999999 ""; do run 64 "$VCIFUZZ" --time="$time"; done
