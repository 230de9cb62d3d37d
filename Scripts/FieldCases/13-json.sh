# 13: JSON that other languages read -> numbers of 64 bits are exact in all of them, and what fails is told
# of in one shape.

# A reader that knows numbers as JavaScript does.
cat >exact.py <<'PYTHON'
import json, sys
def number(digits):
    value = int(digits)
    assert abs(value) < 2**53, f"{digits} would be rounded"
    return value
for line in open("out"):
    json.loads(line, parse_int=number) if len(sys.argv) < 2 else None
if len(sys.argv) > 1:
    told = json.loads(open("out").read(), parse_int=number)
    print(*[told[key] for key in sys.argv[1:]])
PYTHON
run 0 "$VCIFUZZ" --iterations 5 --seed 9007199254740993 --json
equal "$(python3 exact.py seed)" 9007199254740993
run 0 "$VCIFUZZ" replay --seed 9007199254740993 --iteration 18446744073709551615 --json
python3 exact.py
run 0 "$VCI" create a.vci --size 2MiB --json
run 0 "$VCI" dump a.vci --node 36028797018963967 --json
python3 exact.py

# {"error":{"kind":…,"message":…},…,"exit":…}, of every command, and of each file of a check.
cat >shape.py <<'PYTHON'
import json, sys
told = [json.loads(line) for line in open("out")]
assert len(told) == 1, told
error = told[0]["error"]
assert sorted(error) == ["kind", "message"] and error["message"], error
assert told[0]["exit"] == int(sys.argv[1]), told[0]
print(error["kind"])
PYTHON
while read -r code tool line; do
  # shellcheck disable=SC2086
  run "$code" "${!tool}" $line --json
  python3 shape.py "$code"
done <<'LINES'
64 VCI chek
64 VCI check
64 VCI create b.vci --size 1
1 VCI check none.vci
1 VCI check .
1 VCI info none.vci
1 VCI create a.vci --size 2MiB
1 VCI read none.vci --block 0 --count 1
1 VCI write none.vci --block 0 --input a.vci
1 VCI discard none.vci --block 0 --count 1
1 VCI extents none.vci
1 VCI dump none.vci
64 VCIFUZZ --iterations x
1 VCIFUZZ replay none.vcir
1 VCIFUZZ minimize none.vcir
1 VCIFUZZ corpus verify --corpus none
1 VCIFUZZ corpus assemble none.vcir
1 VCIFUZZ corpus disassemble none.vci
1 VCIFUZZ corpus export --corpus none --out images
LINES

# What is interrupted says so in the same shape.
(exec "$VCIFUZZ" generate --count 1000000 --out made --json >out 2>err) & process=$!
sleep 0.5
kill -TERM "$process"
code=0; wait "$process" || code=$?
equal "$code" 72
tail -n 1 out >last; mv last out
python3 shape.py 72
(exec "$VCIFUZZ" generate --count 100000000 --shapes --json >out 2>err) & process=$!
sleep 0.5
kill -TERM "$process"
code=0; wait "$process" || code=$?
equal "$code" 72
python3 shape.py 72
