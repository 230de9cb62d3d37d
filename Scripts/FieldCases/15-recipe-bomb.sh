# 15: a small recipe can't write a terabyte, nor take memory or time without end -> refused, the line is named.
refused() { # refused TEXT: r.vcir is refused with these words, by all that read recipes
  run 1 "$VCIFUZZ" corpus assemble r.vcir --output out.vci
  has err "$1"
  [ ! -e out.vci ] || { echo "out.vci is there"; exit 1; }
  rm -rf c
  mkdir -p c/bomb
  cp r.vcir c/bomb/bomb.vcir
  run 1 "$VCIFUZZ" corpus build --corpus c
  has err "$1"
}
printf 'size: 1099511627776\npattern 0+1099511627776\n' >r.vcir
refused ':2: the image has 1099511627776 bytes outside of holes, and may have 1073741824'
# The data of 321 extents of 8 MiB; what is longer is a hole but for its ends.
python3 -c '
print("blocks: 1073741824\nmap: 2\ninternal tree at 1000000")
for leaf in range(3):
    print(f"entry {leaf * 2000000}+2000000")
for leaf in range(3):
    print(f"leaf tree/{leaf} at {1000008 + 8 * leaf}")
    for slot in range(107):
        print(f"extent {leaf * 2000000 + slot * 16384}+16384 at {2000000 + (leaf * 107 + slot) * 16384}")
' >r.vcir
refused 'the image has '
printf 'blocks: 1073741824\nmap: 2\nleaf tree at 1000000\nextent 0+200000000 at 2000000\n' >r.vcir
run 0 "$VCIFUZZ" corpus assemble r.vcir --output out.vci
[ "$(du -k out.vci | cut -f 1)" -lt 65536 ] || { echo "out.vci takes more than 64 MiB"; exit 1; }
rm out.vci
printf 'size: 1073741824\nfill 0+1073741824 = 41\n' >r.vcir
refused ':2: more than 67108864 bytes besides holes and data pattern'
python3 -c 'print("blocks: 4096\nmap: 2\nleaf tree at 4\n" + "refit\n" * 100000)' >r.vcir
refused ':260: more than 256 times refit'
{ echo "title: $(head -c 100000 /dev/zero | tr '\0' x)"; echo 'size: 0'; } >r.vcir
refused ':1: title: of more than 4096 bytes'
python3 -c 'print("finding: VCI-FILE-001 corruption at 0\n" * 5000 + "size: 0")' >r.vcir
refused ':1025: more than 1024 findings'

# A byte keeps its block in memory.
python3 -c 'print("size: 4000000000\n" + "\n".join("bytes %d = 1" % (i * 512) for i in range(3000)))' >r.vcir
run 1 "$VCIFUZZ" corpus assemble r.vcir --output out.vci --limit 1MiB
has err 'the image has 1536000 bytes outside of holes, and may have 1048576'

# Holes cost nothing, and more may be allowed.
printf 'size: 1099511627776\nfill 0+1099511627776 = 00\n' >r.vcir
run 0 "$VCIFUZZ" corpus assemble r.vcir --output hole.vci
printf 'size: 8192\npattern 0+8192\n' >r.vcir
run 1 "$VCIFUZZ" corpus assemble r.vcir --output out.vci --limit 4KiB
run 0 "$VCIFUZZ" corpus assemble r.vcir --output out.vci --limit 8KiB
