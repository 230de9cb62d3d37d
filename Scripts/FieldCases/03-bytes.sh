# 03: a name that is no UTF-8 -> that file and no other, in both tools; JSON has its bytes.
name=$'q\xff.vci' other=$'q\xfe.vci'
run 0 "$VCI" create "$name" --size 2MiB
equal "$(ls | grep -c vci)" 1
[ -e "$name" ] || { echo "another file was made"; exit 1; }
cp "$name" "$other"
noise 2 | run 0 "$VCI" write "$name" --block 5
cmp -s "$name" "$other" && { echo "nothing was written"; exit 1; }
run 0 "$VCI" read "$name" --block 5 --count 2 --output $'out\xff'
cmp <(noise 2) $'out\xff'
run 0 "$VCI" discard "$name" --block 5 --count 1
run 0 "$VCI" extents "$name"
run 0 "$VCI" info "$name"
has out 'q\xff.vci'
run 0 "$VCI" check --json "$name" "$other"
equal "$(jq -r .imageBytes out | tr '\n' ' ')" "71ff2e766369 71fe2e766369 "
run 0 "$VCI" info --json "$name"
equal "$(jq -r .imageBytes out)" 71ff2e766369

# Names that end in characters which stand for bytes inside of the tools are their own.
odd=$'\xf4\x8f\xbf\xbf.vci'
run 0 "$VCI" create "$odd" --size 2MiB
[ -e "$odd" ] || { echo "another file was made"; exit 1; }

run 0 "$VCIFUZZ" corpus disassemble "$name" --output $'r\xff.vcir'
run 0 "$VCIFUZZ" corpus assemble $'r\xff.vcir' --output $'again\xff.vci'
cmp "$name" $'again\xff.vci'
run 0 "$VCIFUZZ" corpus assemble $'r\xff.vcir'
cmp "$name" $'r\xff.vci'
run 0 "$VCIFUZZ" generate --count 2 --seed 1 --out $'many\xff'
[ -e $'many\xff/verdicts.jsonl' ] || { echo "no list in the folder that was named"; exit 1; }
mkdir $'tmp\xff'
TMPDIR=$PWD/$'tmp\xff' run 0 "$VCIFUZZ" --iterations 2000 --jobs 2 --artifacts $'found\xff'
[ -z "$(ls $'tmp\xff')" ] || { echo "something is left in TMPDIR"; exit 1; }
