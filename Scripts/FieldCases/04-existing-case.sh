# 4: a file with the name of a case, and other bytes -> it is kept, and the case has another name.
mkdir found
for iteration in $(seq 0 9999); do echo mine >found/case-1-$iteration.json; done
"$VCIFUZZ" --time 2 --jobs 1 --artifacts found >out 2>err &
campaign=$!
until [ -n "$(pgrep -P $campaign)" ]; do sleep 0.02; done
sleep 0.1
kill -SEGV "$(pgrep -P $campaign)"
code=0
wait $campaign || code=$?
grep -A 4 '^finding' out | head -n 5
equal $code 77
case=$(sed -n 's/^  case: //p' out | head -n 1)
case $case in found/case-1-*-2.json) ;; *) echo "it is stored as $case"; exit 1 ;; esac
equal "$(cat "${case%-2.json}.json")" mine
has "$case" '"trapped"'
[ -f "${case%.json}.vci.z" ]
