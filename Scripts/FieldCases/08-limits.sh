# 08: limits of processes, memory and descriptors, closed streams -> vci works; vcifuzz says what it lacks.
run 0 "$VCI" create x.vci --size 2MiB
(ulimit -n 4; exec "$VCI" check x.vci) >out 2>err
has out "x.vci: clean"
(ulimit -n 4; ulimit -v 1000000; exec "$VCI" check x.vci) >out 2>err
has out "x.vci: clean"
timeout 5 "$VCI" check x.vci >&- 2>err && { echo "nobody could hear that"; exit 1; }
timeout 5 "$VCI" check x.vci <&- >&- 2>&- && { echo "nobody could hear that"; exit 1; }
timeout 5 "$VCI" check x.vci <&- >out 2>&-
has out "x.vci: clean"

code=0; (ulimit -n 6; exec "$VCIFUZZ" --iterations 10) >out 2>err || code=$?
equal $code 1
has err "no process can be started: Too many open files"
run 0 "$VCIFUZZ" generate --count 1 --out one

need_root "a user with one process"
chmod 711 . .. ; chmod 644 x.vci
cp "$VCI" vci; cp "$VCIFUZZ" vcifuzz; chmod 755 vci vcifuzz
as_user() { timeout 10 setpriv --reuid=64321 --regid=64321 --clear-groups bash -c "$1"; }
as_user "cat x.vci >/dev/null" 2>/dev/null || skip "no other user can read the folder"
as_user "ulimit -u 1; exec ./vci check x.vci" >out 2>err
has out "x.vci: clean"
code=0; as_user "ulimit -u 1; exec ./vcifuzz --iterations 10 --artifacts none" >out 2>err || code=$?
equal $code 1
has err "no process can be started: Resource temporarily unavailable"
