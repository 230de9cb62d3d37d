# 4, 5: jobs are killed every 200 ms -> the campaign goes on, makes no finding of it, and ends with 0, with the
# report of a campaign whose jobs are left alone.
"$VCIFUZZ" --iterations 20000 --target check --jobs 2 >alone 2>err
"$VCIFUZZ" --iterations 20000 --target check --jobs 2 >out 2>err &
campaign=$!
kills=0
while kill -0 $campaign 2>/dev/null; do
  for job in $(pgrep -P $campaign); do kill -KILL $job && kills=$((kills + 1)); done 2>/dev/null
  sleep 0.2
done
code=0
wait $campaign || code=$?
tail -n 1 out; cat err; echo "$kills jobs killed"
equal $code 0
cmp out alone
