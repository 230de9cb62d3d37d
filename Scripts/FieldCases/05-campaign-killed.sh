# 5: a campaign is killed -> its jobs end too, soon, and nothing of it stays in TMPDIR.
mkdir tmp
TMPDIR=$PWD/tmp "$VCIFUZZ" --iterations 100000000 --jobs 2 >out 2>err &
campaign=$!
until [ "$(pgrep -P $campaign | wc -l)" = 2 ]; do sleep 0.02; done
jobs=$(pgrep -P $campaign)
kill -KILL $campaign
wait $campaign || true
sleep 1.5
for job in $jobs; do
  # What nobody has asked for the end of is there still, and does nothing.
  case $(sed 's/.*) //; s/ .*//' /proc/$job/stat 2>/dev/null || true) in
    "" | Z) ;;
    *) echo "job $job runs on"; kill -KILL $job; exit 1 ;;
  esac
done
equal "$(ls tmp)" ""
