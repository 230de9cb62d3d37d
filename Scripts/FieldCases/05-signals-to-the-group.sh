# 5: whoever ends a campaign signals its whole group -> from the heading on exit code 72 and the report of
# what was done, without a finding; before it, death by the signal. Signals of one second count as one.

# Behind a limit of time nobody else would end a group of its own.
trap 'kill -KILL $campaign 2>/dev/null || true' EXIT

# group SIGNAL...: signals to the group of a campaign, half a second after its heading.
group() {
  # A shell lets what it starts beside itself ignore interrupts, unless that is undone.
  setsid env --default-signal=INT,QUIT "$VCIFUZZ" --iterations 100000000 --jobs 2 --artifacts art >out 2>err &
  campaign=$!
  until grep -q schema out; do sleep 0.02; done
  sleep 0.5
  for signal in "$@"; do kill -"$signal" -$campaign; done
  code=0
  wait $campaign || code=$?
  head -n 2 out | tail -n 1; tail -n 1 out; cat err
}

for signals in TERM INT HUP "TERM TERM TERM INT"; do
  group $signals
  echo "$signals: $code"
  equal $code 72
  has out "interrupted after "
  has out "nothing found in "
  [ ! -e art ] || { echo "a case was stored"; exit 1; }
done

code=0
timeout --preserve-status 3 "$VCIFUZZ" --iterations 100000000 --jobs 2 >out 2>err || code=$?
equal $code 72

# A quit from the keyboard ends it without a report of a crash.
group QUIT
equal $code 131
lacks err "Crash"
lacks err "Program crashed"
equal "$(wc -c <err)" 0
