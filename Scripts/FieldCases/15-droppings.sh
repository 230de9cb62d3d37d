# 15: what file managers and editors leave in a corpus is no difference, and no recipe.
corpus=$CASES/../../Corpus
mkdir -p c/hdr
grep '"area":"hdr"' "$corpus/manifest.jsonl" >c/manifest.jsonl
cp "$corpus"/hdr/* c/hdr/
for name in .DS_Store Thumbs.db desktop.ini .directory .nfs0000000000000001 .fuse_hidden0001 \
  ._hdr.vcir ._hdr.vci.z hdr.vcir~ .hdr.vcir.swp '.#hdr.vcir' .vci-0123456789abcdef0123456789abcdef.draft; do
  echo dropped >"c/hdr/$name"
done
echo dropped >c/.DS_Store
mkdir c/__MACOSX
echo dropped >c/__MACOSX/x.vcir
run 0 "$VCIFUZZ" corpus verify --corpus c
has out ' 0 differences'
run 0 "$VCIFUZZ" corpus build --corpus c
equal "$(cat 'c/hdr/._hdr.vci.z')" dropped

# Anything else is one.
echo more >c/hdr/more.txt
run 77 "$VCIFUZZ" corpus verify --corpus c
has out 'more.txt: not in the manifest'
