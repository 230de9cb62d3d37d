# 06: a tool that is killed leaves no draft, or one that the next run removes; other files stay.
printf 'size: 50000000\nfill 0+50000000 = 41\n' >r.vcir
for delay in 0.02 0.05 0.1 0.2; do
  "$VCIFUZZ" corpus assemble r.vcir --output "out-$delay.vci" >log 2>&1 &
  sleep $delay
  kill -9 $! 2>/dev/null || true
  wait $! || true
done
echo mine >.vci-mine.draft
echo other >out.vci.4711.draft
left=.vci-0123456789abcdef0123456789abcdef.draft
echo left >$left
echo 'size: 512' >small.vcir
run 0 "$VCIFUZZ" corpus assemble small.vcir --output out.vci
equal "$(ls -A | grep -c '^\.vci-[0-9a-f]*\.draft$' || true)" 0
equal "$(cat .vci-mine.draft)$(cat out.vci.4711.draft)" mineother

# One that somebody writes is locked, and stays.
echo busy >$left
run 0 flock $left "$VCIFUZZ" corpus assemble small.vcir --output again.vci
equal "$(cat $left)" busy
