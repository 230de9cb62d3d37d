# 15: an export passes over what the file system can't hold, says so in the list, and always writes the list.
corpus=$CASES/../../Corpus
total=$(wc -l <"$corpus/manifest.jsonl")
complete() { # complete FOLDER: each line of the list has a file, or says that there is none
  equal "$(wc -l <"$1/verdicts.jsonl")" "$total"
  python3 - "$1" <<'PYTHON'
import json, os, sys
folder = sys.argv[1]
lines = [json.loads(line) for line in open(folder + "/verdicts.jsonl")]
wrong = [line["image"] for line in lines
         if ("leftOut" in line) == os.path.exists(os.path.join(folder, line["image"]))]
left = sum("leftOut" in line for line in lines)
print(left, "left out, wrong:", wrong)
sys.exit(1 if wrong or not 0 < left < len(lines) else 0)
PYTHON
}

# The largest file is one of 2,000 KiB, which the list fits into.
(ulimit -f 2000; run 0 "$VCIFUZZ" corpus export --corpus "$corpus" --out limited)
complete limited
has err 'left out: cannot resize'

(ulimit -f 1000; run 0 "$VCIFUZZ" generate --count 100 --out images)
equal "$(grep -c leftOut images/verdicts.jsonl)" "$(grep -c ': left out: ' err)"

# Interrupted, there is a list of what is there.
code=0
timeout -s INT 0.2 "$VCIFUZZ" corpus export --corpus "$corpus" --out part >log 2>err || code=$?
[ -s part/verdicts.jsonl ] || [ $code = 124 ] && [ -e part/verdicts.jsonl ] || { echo "no list"; exit 1; }

# Files that are there end it, and the list has what came before.
mkdir -p taken/$(tail -n 1 "$corpus/manifest.jsonl" | python3 -c 'import json; print(json.loads(input())["area"])')
touch taken/$(tail -n 1 "$corpus/manifest.jsonl" | python3 -c 'import json; v = json.loads(input()); print(v["area"] + "/" + v["id"] + ".vci")')
run 1 "$VCIFUZZ" corpus export --corpus "$corpus" --out taken
equal "$(wc -l <taken/verdicts.jsonl)" $((total - 1))

small_disk 4m
run 0 "$VCIFUZZ" corpus export --corpus "$corpus" --out disk/v
complete disk/v
has err 'No space left on device'
small_disk 4m other
run 0 "$VCIFUZZ" generate --count 300 --out other/g
has err 'No space left on device'
equal "$(grep -c leftOut other/g/verdicts.jsonl)" "$(grep -c ': left out: ' err)"
