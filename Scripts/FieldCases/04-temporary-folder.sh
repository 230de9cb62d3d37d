# 4: TMPDIR is full, missing or may not be written when a campaign begins -> a sentence, and exit code 1. It
# fills or goes in the middle -> nothing happens.
small_disk 64k tmp
head -c 1M /dev/zero >tmp/fill 2>/dev/null || true
run 1 env TMPDIR=tmp "$VCIFUZZ" --iterations 100
has err "No space left on device"
equal "$(wc -l <err)" 1
run 1 env TMPDIR=nowhere "$VCIFUZZ" --iterations 100
has err "nowhere"
has err "No such file or directory"
run 0 env TMPDIR= "$VCIFUZZ" --iterations 100

small_disk 8m other
TMPDIR=other "$VCIFUZZ" --time 2 --jobs 2 >out 2>err &
until grep -q schema out; do sleep 0.02; done
sleep 0.2
head -c 16M /dev/zero >other/fill 2>/dev/null || true
# A tmpfs that is gone, as its name is.
umount -l other
code=0
wait $! || code=$?
tail -n 1 out; cat err
equal $code 0
