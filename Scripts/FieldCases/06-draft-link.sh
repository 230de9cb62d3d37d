# 06: a link under the name that a draft was to have is not followed -> what it leads to is as before.
echo 'size: 512' >r.vcir
echo precious >precious

bash -c 'ln -s precious out.vci.$$.draft; exec "$VCIFUZZ" corpus assemble r.vcir --output out.vci' >log
equal "$(cat precious)" precious
equal "$(wc -c <out.vci)" 512

bash -c 'ln -s precious text.vcir.$$.draft; exec "$VCIFUZZ" corpus disassemble out.vci --output text.vcir' >log
equal "$(cat precious)" precious
equal "$(cat text.vcir)" 'size: 512'

mkdir c c/a
printf 'id: hole\ntitle: a hole\nrules: VCI-FILE-001\nfinding: VCI-FILE-001 corruption at 0x0\nexit: 5\nsize: 0\n' >c/a/hole.vcir
bash -c 'ln -s ../precious c/manifest.jsonl.$$.draft; ln -s ../../precious c/a/hole.vci.z.$$.draft
  exec "$VCIFUZZ" corpus build --corpus c' >log || cat log
equal "$(cat precious)" precious

# The name of the file itself may be a link: it is left alone, with --force too.
ln -s precious link.vci
run 1 "$VCIFUZZ" corpus assemble r.vcir --output link.vci
run 1 "$VCIFUZZ" corpus assemble r.vcir --output link.vci --force
"$VCI" create cache.vci --size 2MiB >log
run 1 "$VCI" read cache.vci --block 0 --count 1 --output link.vci
equal "$(cat precious)" precious
equal "$(readlink link.vci)" precious
