# 14: wrong numbers in manifests and cases are named as such: the line, the field, the value.
mkdir c c/hdr
line='{"schema":2,"area":"hdr","id":"x","title":"t","rules":[],"faults":[],"findings":[{"rule":"VCI-HDR-001","class":"corruption","stage":"probe","path":"header.signature","offset":OFFSET,"length":"4"}],"exit":EXIT,"probe":{"answers":["not-mine"],"rules":["VCI-HDR-001"]},"openForReading":REFUSED,"openForWriting":REFUSED,"reads":[],"damage":[],"stored":false,"bytes":SIZE,"bytesOnDisk":"0","crc32":"00000000","edits":[]}'
line=${line//REFUSED/'{"answers":["refused"],"rules":["VCI-HDR-001"]}'}
says() { # says OFFSET EXIT SIZE TEXT
  local text=${line/OFFSET/$1}
  text=${text/EXIT/$2}
  # A line that is empty counts.
  printf '\n%s\n' "${text/SIZE/$3}" >c/manifest.jsonl
  run 1 "$VCIFUZZ" corpus list --corpus c
  has err "$4"
}
says '"0"' 5 '"9007199254740993.5"' "manifest.jsonl:2: 'bytes': '9007199254740993.5' is no whole number"
says '"0"' 5 '"-1"' "manifest.jsonl:2: 'bytes': '-1' is no whole number"
says '"18446744073709551616"' 5 '"0"' "manifest.jsonl:2: 'findings[0].offset': '18446744073709551616' is no whole number"
says '"0"' 4294967296 '"0"' "manifest.jsonl:2: 'exit': 4294967296 is no whole number"
says 0 5 '"0"' "manifest.jsonl:2: 'findings[0].offset': expected to decode String but found number"
says '"0"' 5 null "manifest.jsonl:2: 'bytes' is null"
printf '%s\n' "${line/OFFSET/0}" >c/manifest.jsonl
run 1 "$VCIFUZZ" corpus list --corpus c
has err 'manifest.jsonl:1: it is no JSON'

# A case.
printf '# by hand\ncase: 5\nseed: 2.5\n' >case.vcir
sed -i '$a iteration: 1\ntarget: all\nkind: blind\nbase: x\nsize: 0' case.vcir
run 1 "$VCIFUZZ" replay case.vcir
has err "case.vcir:3: seed: 2.5 is no whole number from 0 to 18446744073709551615"
sed -i 's/case: 5/case: 2/' case.vcir
run 1 "$VCIFUZZ" minimize case.vcir
has err "case.vcir:2: a case of schema 2; this version reads 5"
echo 'size: 0' >recipe.vcir
run 1 "$VCIFUZZ" replay recipe.vcir
has err "recipe.vcir: it is no case of vcifuzz: it has no line case: 5"
# One of an earlier version is not read, and says how to make it again.
echo '{"schema": 3, "seed": "7", "iteration": "4711"}' >case.json
run 1 "$VCIFUZZ" replay case.json
has err "vcifuzz replay --seed 7 --iteration 4711"
run 1 "$VCIFUZZ" corpus assemble case.json --output none.vci
has err "it is JSON, as cases of earlier versions are"
head -c 300000 /dev/zero | tr '\0' '[' >deep.json
run 1 "$VCIFUZZ" replay deep.json
has err 'deep.json: it is no case of vcifuzz'
(printf '{"a":'; head -c 300000 /dev/zero | tr '\0' '[') >deep.json
run 1 "$VCIFUZZ" replay deep.json
has err 'deep.json: it is JSON'
