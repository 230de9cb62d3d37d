# 12: the name of a file that begins with a dash is no wish for help -> 64, and a word about it.
head -c 2000 /dev/zero >./-hash.vci
run 64 "$VCI" check *.vci
has err "./-hash.vci"
equal "$(wc -c <out)" 0
