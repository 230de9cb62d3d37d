# 03: a folder of a corpus, and a file in it, whose names are no UTF-8 -> that folder; the file is named.
mkdir -p $'c\xff/area'
printf 'id: a\ntitle: a fresh image\nrules: VCI-HDR-001\nexit: 0\nread: 0+8 = miss 8\nblocks: 4096\nmap: 2\nleaf tree at 4\n' >$'c\xff/area/a.vcir'
run 0 "$VCIFUZZ" corpus build --corpus $'c\xff'
run 0 "$VCIFUZZ" corpus verify --corpus $'c\xff'
run 0 "$VCIFUZZ" corpus list --corpus $'c\xff'
run 0 "$VCIFUZZ" corpus export --corpus $'c\xff' --out $'e\xff'
[ -e $'e\xff/area/a.vci' ] || { echo "no image in the folder that was named"; exit 1; }
printf x >$'c\xff/area/stray\xff.txt'
run 77 "$VCIFUZZ" corpus verify --corpus $'c\xff'
has out 'stray\xff.txt'
run 0 "$VCIFUZZ" --iterations 500 --corpus $'c\xff'
