# 06: what replaces a file keeps its mode -> a private file stays private, at the end and on the way.
umask 022
"$VCI" create cache.vci --size 2MiB >log
echo 'size: 512' >r.vcir

for file in target copy.vci text.vcir; do echo secret >$file; chmod 600 $file; done
run 0 "$VCI" read cache.vci --block 0 --count 1 --output target
equal "$(stat -c %a target)" 600
run 0 "$VCIFUZZ" corpus assemble r.vcir --output copy.vci --force
equal "$(stat -c %a copy.vci)" 600
run 0 "$VCIFUZZ" corpus disassemble cache.vci --output text.vcir --force
equal "$(stat -c %a text.vcir)" 600

# More than usual, and what runs as another is dropped.
chmod 6664 target
run 0 "$VCI" read cache.vci --block 0 --count 1 --output target
equal "$(stat -c %a target)" 664

# A new file has what the process leaves to everybody.
run 0 "$VCI" read cache.vci --block 0 --count 1 --output new
equal "$(stat -c %a new)" 644
(umask 077; "$VCI" read cache.vci --block 0 --count 1 --output private)
equal "$(stat -c %a private)" 600

# Owner and group, where the process may set them.
if [ "$(id -u)" = 0 ]; then
  chown 1234:2345 target
  run 0 "$VCI" read cache.vci --block 0 --count 1 --output target
  equal "$(stat -c %u:%g:%a target)" 1234:2345:664
fi

# A name as long as names can be has room for its draft.
long=$(printf 'n%.0s' {1..255})
run 0 "$VCIFUZZ" corpus assemble r.vcir --output "$long"
