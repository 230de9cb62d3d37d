# 01: thousands of small findings fill the list -> the first of every rule stands in it, the worst first.
{
  echo "blocks: 4096"; echo "map: 2"; echo "internal tree at 4"
  for i in $(seq 0 9); do echo "  entry $((i * 1000))+1000"; done
  block=92
  for i in $(seq 0 9); do
    echo "leaf tree/$i at $((12 + 8 * i))"
    for j in $(seq 0 100); do
      flags=""
      if [ "$i" = 9 ] && [ "$j" = 100 ]; then flags=" flags 1"; fi
      echo "  extent $((i * 1000 + j))+1 at $block reserved 1$flags"
      block=$((block + 1))
    done
  done
} >hide.vcir
run 0 "$VCIFUZZ" corpus assemble hide.vcir

run 2 "$VCI" check --json hide.vci
cat >look.py <<'PYTHON'
import collections, json, sys
told = json.load(open("out"))
found = collections.Counter(finding["rule"] for finding in told["findings"])
print(told["counts"], dict(found), told.get("rules"))
assert told["findings"][0]["rule"] == "VCI-EXT-007", told["findings"][0]
assert told["rules"] == {"VCI-EXT-007": 1, "VCI-EXT-008": 1010}
assert found == {"VCI-EXT-007": 1, "VCI-EXT-008": 1000}
assert told["truncated"] is True
PYTHON
python3 look.py

# In text the corruption comes first, and what is left out is counted.
run 2 "$VCI" check hide.vci
equal "$(grep -a -m 1 -o 'VCI-[A-Z]*-[0-9]*' out)" VCI-EXT-007
has out "1011 findings, 1001 shown; not shown: VCI-EXT-008 10"

# A cap of its own: more than 1000 leaks in the bitmap, and behind them the counters, which are wrong too.
run 0 "$VCI" create leaks.vci --size 2MiB
python3 - <<'PYTHON'
with open("leaks.vci", "r+b") as image:
    image.seek(1536 + 8)
    image.write(b"\x55" * 504)
PYTHON
run 3 "$VCI" check --json leaks.vci
python3 - <<'PYTHON'
import json
told = json.load(open("out"))
rules = {finding["rule"] for finding in told["findings"]}
print(told["counts"], rules)
assert {"VCI-OCC-001", "VCI-MAP-005", "VCI-MAP-009"} >= rules >= {"VCI-OCC-001", "VCI-MAP-005"}
assert told["counts"]["leak"] == told["rules"]["VCI-OCC-001"] == 2016
assert sorted(rules) == sorted(told["rules"])
PYTHON
run 3 "$VCI" check leaks.vci
has out "not shown: VCI-OCC-001 101"
