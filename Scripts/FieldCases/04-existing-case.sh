# 4: a file with the name of a case, and other bytes -> it is kept, and the case has another name.
mkdir found
for iteration in $(seq 0 19999); do echo mine >found/case-1-$iteration.vcir; done
"$VCIFUZZ" --time 5 --jobs 1 --artifacts found >out 2>err &
campaign=$!
until [ -n "$(pgrep -P $campaign)" ] || ! kill -0 $campaign; do sleep 0.02; done
# A job that dies between two iterations is no finding: tried until there is one.
for _ in 1 2 3 4 5 6 7 8; do
  sleep 0.3
  kill -SEGV "$(pgrep -P $campaign)" || true
  sleep 0.7
  if [ -n "$(find found -name '*-2.vcir')" ]; then break; fi
done
code=0
wait $campaign || code=$?
grep -A 4 '^finding' out | head -n 5 || true; cat err
equal $code 77
case=$(sed -n 's/^  case: //p' out | head -n 1)
case $case in found/case-1-*-2.vcir) ;; *) echo "it is stored as $case"; exit 1 ;; esac
equal "$(cat "${case%-2.vcir}.vcir")" mine
has "$case" 'discrepancy: trapped'
# The case says how large the image beside it is; one of more than 64 MiB is not stored.
if grep -q '^image: ' "$case"; then stored=yes; else stored=no; fi
[ -f "${case%.vcir}.vci.z" ] || stored="$stored, and no image"
case $stored in yes | "no, and no image") ;; *) echo "does the case tell of an image: $stored"; exit 1 ;; esac
