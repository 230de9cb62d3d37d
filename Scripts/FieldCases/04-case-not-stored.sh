# 4: a finding is made while the folder for cases is full, replaced by a file, or may not be written -> the
# campaign goes on, tells of it with its replay line and why it is not stored, and ends with 77.
small_disk 64k disk
head -c 1M /dev/zero >disk/fill 2>/dev/null || true

# campaign FOLDER [COMMAND]: a campaign in the middle of which a job dies of a fault of its own, behind the
# command. Where it dies between two iterations that is no finding: tried until it is one.
campaign() {
  local campaign code
  for _ in 1 2 3 4 5 6; do
    # What the command of a try before has left there.
    if [ -f "$1" ]; then rm "$1"; fi
    "$VCIFUZZ" --time 4 --jobs 2 --artifacts "$1" >out 2>err &
    campaign=$! code=0
    until [ -n "$(pgrep -P $campaign)" ] || ! kill -0 $campaign; do sleep 0.02; done
    sleep 1
    "${2:-true}"
    kill -SEGV "$(pgrep -P $campaign | head -n 1)" || true
    wait $campaign || code=$?
    if [ $code != 0 ]; then break; fi
  done
  grep -A 4 "^finding" out | head -n 20 || true; cat err
  equal $code 77
  has out ": trapped"
  # Each iteration is counted once, that of the finding too.
  local count
  count=$(sed -n 's/^time is up after \([0-9]*\) iterations: .*/\1/p' out)
  has out "time is up after $count iterations: 0-$((count - 1))"
  has out "  replay: vcifuzz replay --seed 1 --iteration "
}

campaign disk/found
has out "  case: not stored: "
has out "No space left on device"

replace() { rm -rf found; echo mine >found; }
campaign found replace
has out "Not a directory"
equal "$(cat found)" mine

campaign kept
case=$(sed -n 's/^  case: //p' out | head -n 1)
[ -f "$case" ] || { echo "$case is not there"; exit 1; }
