# 07: control characters in names, in every command -> one line, escaped; no byte that a terminal obeys.
evil=$'a.vci: clean\n\e[8mx'
printf junk >"$evil"

# Neither stream of the last command has a control character but ends of lines.
plain() {
  ! LC_ALL=C grep -qaP '[\x00-\x09\x0b-\x1f\x7f]' out err || { echo "a control character"; exit 1; }
  ! LC_ALL=C grep -qaP '\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]' out err ||
    { echo "a control character above ASCII"; exit 1; }
  ! grep -qa '^a.vci: clean$' out err || { echo "a forged line"; exit 1; }
}

run 5 "$VCI" check "$evil"; plain
has out 'a.vci: clean\n\u001b[8mx: not a VCI image'
for command in info extents dump; do
  code=0; "$VCI" $command "$evil" >out 2>err || code=$?
  plain
done
run 5 "$VCI" read "$evil" --block 0 --count 1; plain
noise 1 >in
run 5 "$VCI" write "$evil" --block 0 --input in; plain
run 5 "$VCI" discard "$evil" --block 0 --count 1; plain
run 1 "$VCI" create "$evil" --size 2MiB; plain
run 1 "$VCI" check $'gone\n\e[8m\u009b8m\u202e'; plain
run 64 "$VCI" $'chek\na.vci: clean'; plain
run 64 "$VCI" check $'--jsn\na.vci: clean' x; plain
run 64 "$VCI" create x --size $'1\na.vci: clean'; plain
run 64 "$VCI" create x --size 2MiB --uuid $'1\na.vci: clean'; plain
run 1 "$VCI" write "$evil" --block 0 --input $'none\na.vci: clean'; plain
run 5 "$VCI" check --json $'a.vci: clean\n\e[8mx'; plain
equal "$(jq -r .image out)" "$evil"

run 1 "$VCIFUZZ" replay "$evil"; plain
run 1 "$VCIFUZZ" minimize "$evil"; plain
run 1 "$VCIFUZZ" corpus assemble "$evil"; plain
run 1 "$VCIFUZZ" corpus verify --corpus "$evil"; plain
run 0 "$VCIFUZZ" generate --count 1 --out $'o\na.vci: clean'; plain
run 64 "$VCIFUZZ" --iterations 1 --target $'x\na.vci: clean'; plain

# Titles of recipes.
mkdir -p corpus/area
printf 'title: a \033[8m\302\233title\nblocks: 4096\nmap: 2\nleaf tree at 4\n' >corpus/area/a.vcir
"$VCIFUZZ" corpus build --corpus corpus >out 2>err || true; plain
"$VCIFUZZ" corpus list --corpus corpus >out 2>err || true; plain
