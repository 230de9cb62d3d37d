# 11: what the lines say is true -> what a failed flush has lost is taken back by 'dropped'.
failing_calls
noise 5170 >data
for call in pwrite fsync; do
  for from in $(seq 1 9) 12 20; do
    "$VCI" create c.vci --size 2MiB --uuid 01234567-89ab-cdef-0123-456789abcdef >log
    code=0
    failing FAIL_CALL=$call FAIL_ERRNO=5 FAIL_FROM="$from" FAIL_FILE=c.vci \
      "$VCI" write c.vci --block 50 --input data >out 2>err || code=$?
    "$VCI" read c.vci --block 0 --count 6000 >hits
    echo "$call $from: exit $code; $(tail -n 1 out); $(grep -c hit hits || true) runs are cached"
    python3 - <<'P'
told, found = {}, set()
for line in open("out"):
    kind, block, count = line.split()
    for place in range(int(block), int(block) + int(count)): told[place] = kind
for line in open("hits"):
    kind, block, count = line.split()
    if kind == "hit": found |= set(range(int(block), int(block) + int(count)))
lies = [place for place, kind in told.items() if kind == "written" and place not in found]
assert not lies, f"{len(lies)} blocks are told as written and are not cached, as {lies[0]}"
P
    rm c.vci
  done
done

# What is told as discarded is: where that can't be made durable there is no such line.
"$VCI" create c.vci --size 2MiB >log
head -c 102400 data | "$VCI" write c.vci --block 0 >log
for from in $(seq 1 6); do
  cp c.vci d.vci
  code=0
  failing FAIL_CALL=fsync FAIL_ERRNO=5 FAIL_FROM="$from" FAIL_FILE=d.vci \
    "$VCI" discard d.vci --block 10 --count 20 >out 2>err || code=$?
  echo "fsync $from: exit $code; $(cat out)"
  if grep -q discarded out; then
    equal "$("$VCI" read d.vci --block 10 --count 20)" "miss 10 20"
  fi
done
