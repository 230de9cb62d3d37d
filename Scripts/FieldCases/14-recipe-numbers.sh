# 14: wrong numbers in manifests and cases are named as such: the line, the field, the value.
mkdir c c/hdr
line='{"area":"hdr","id":"x","title":"t","rules":[],"faults":[],"findings":[{"rule":"VCI-HDR-001","class":"corruption","offset":OFFSET}],"exit":EXIT,"reads":[],"stored":false,"size":SIZE,"crc32":"00000000","edits":[]}'
says() { # says OFFSET EXIT SIZE TEXT
  local text=${line/OFFSET/$1}
  text=${text/EXIT/$2}
  # A line that is empty counts.
  printf '\n%s\n' "${text/SIZE/$3}" >c/manifest.jsonl
  run 1 "$VCIFUZZ" corpus list --corpus c
  has err "$4"
}
says 0 5 9007199254740993.5 "manifest.jsonl:2: 'size': 9007199254740993.5 is no whole number"
says 0 5 -1 "manifest.jsonl:2: 'size': -1 is no whole number"
says 18446744073709551616 5 0 "manifest.jsonl:2: 'findings[0].offset': 18446744073709551616 is no whole number"
says 0 4294967296 0 "manifest.jsonl:2: 'exit': 4294967296 is no whole number"
says '"0"' 5 0 "manifest.jsonl:2: 'findings[0].offset': it is no number"
says 0 5 null "manifest.jsonl:2: 'size' is null"
printf '%s\n' "${line/OFFSET/0}" >c/manifest.jsonl
run 1 "$VCIFUZZ" corpus list --corpus c
has err 'manifest.jsonl:1: it is no JSON'

# A case.
echo '{"schema":2.5}' >case.json
run 1 "$VCIFUZZ" replay case.json
has err "case.json: it is not a case of vcifuzz: 'schema': 2.5 is no whole number"
echo '{"form":"minimized"}' >case.json
run 1 "$VCIFUZZ" replay case.json
has err "case.json: it is not a minimized case of vcifuzz: the key '"
head -c 300000 /dev/zero | tr '\0' '[' >deep.json
run 1 "$VCIFUZZ" replay deep.json
has err 'deep.json: it is not a case of vcifuzz'
