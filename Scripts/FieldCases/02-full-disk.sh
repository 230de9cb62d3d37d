# 2: a disk that is full is the cache's end -> what fits is cached, the rest evicts or is dropped, and said
# once on standard error; the image is closed, clean.
small_disk 1m disk

# What is cached is what the lines say, block for block.
told() {
  "$VCI" read "$1" --block 0 --count 20000 >hits
  python3 - <<'P'
cached = {}
for line in open("out"):
    kind, block, count = line.split()
    for place in range(int(block), int(block) + int(count)):
        cached[place] = kind == "written"
found = set()
for line in open("hits"):
    kind, block, count = line.split()
    if kind == "hit": found |= set(range(int(block), int(block) + int(count)))
told = {place for place, isCached in cached.items() if isCached}
extra = {place for place in found - told if place in cached}
assert not told - found and not extra, (sorted(told - found)[:5], sorted(extra)[:5])
print(len(found), "blocks are cached")
P
}

# An image on a disk that others have filled: one more block, then one that is cached already.
"$VCI" create disk/d.vci --size 2MiB >log
noise 100 | "$VCI" write disk/d.vci --block 0 >log
cat /dev/zero >disk/fill 2>/dev/null || true
noise 1 >block
run 0 "$VCI" write disk/d.vci --block 9000 --input block
has err "No space left on device"
equal "$(grep -c 'No space' err)" 1
run 0 "$VCI" check disk/d.vci
head -c 512 /dev/zero | tr '\0' x >block
run 0 "$VCI" write disk/d.vci --block 7 --input block
run 0 "$VCI" check disk/d.vci
"$VCI" read disk/d.vci --block 7 --count 1 --output got >hits
grep -q miss hits || cmp got block
run 0 "$VCI" discard disk/d.vci --block 3 --count 2
run 0 "$VCI" check disk/d.vci
"$VCI" read disk/d.vci --block 3 --count 2 | grep -qx 'miss 3 2'
rm disk/*

# A cache that is larger than its disk: its map is a hole, and most of the blocks fit.
"$VCI" create disk/d.vci --size 8MiB >log
noise 2030 >data
run 0 "$VCI" write disk/d.vci --block 0 --input data
has err "No space left on device"
told disk/d.vci
cached=$(awk '$1 == "hit" { sum += $3 } END { print sum }' hits)
[ "$cached" -gt 1900 ] || { echo "only $cached of 2030 blocks are cached"; exit 1; }
run 0 "$VCI" check disk/d.vci
"$VCI" read disk/d.vci --block 0 --count 2030 --output got >log
python3 - <<'P'
data, got = open("data", "rb").read(), open("got", "rb").read()
for line in open("hits"):
    kind, block, count = line.split()
    start, end = int(block) * 512, (int(block) + int(count)) * 512
    assert kind == "miss" or start >= len(data) or data[start:end] == got[start:end], line
P
# Once there is room the cache grows again.
mount -o remount,size=4m disk
run 0 "$VCI" write disk/d.vci --block 0 --input data
lacks err "space"
equal "$("$VCI" read disk/d.vci --block 0 --count 2030)" "hit 0 2030"
rm disk/*
mount -o remount,size=1m disk

# What is made anew fails, and leaves nothing.
run 1 "$VCI" create disk/f.vci --size 8MiB --type fixed
equal "$(ls disk)" ""
"$VCI" create big.vci --size 8MiB >log
"$VCI" write big.vci --block 0 --input data >log
noise 2030 >>data; "$VCI" write big.vci --block 0 --input data >log
run 1 "$VCI" read big.vci --block 0 --count 4060 --output disk/out
equal "$(ls -A disk)" ""
