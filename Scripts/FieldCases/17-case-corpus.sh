# 17: a case goes into a corpus as it is, once a person has said what it shows.
cat >case-1-2.vcir <<'CASE'
case: 5
seed: 1
iteration: 2
target: all
corpus: 00000000
kind: breakage
base: plan
discrepancy: missed VCI-EXT-008: made up
rules: VCI-EXT-008
finding: VCI-EXT-008 advice at 0x812
exit: 0
read: 0+1 = hit 1 at 12

blocks: 4096
map: 2
leaf tree at 4
  extent 0+1 at 12

tree/extent[0].reserved = 1

operation: write 5+1 = 1
CASE
run 0 "$VCIFUZZ" replay case-1-2.vcir
has out 'operation: write 5+1 = 1'
run 1 "$VCIFUZZ" minimize case-1-2.vcir
has err 'the case does not fail any more'
mkdir -p c/ext
cp case-1-2.vcir c/ext/
run 1 "$VCIFUZZ" corpus build --corpus c
has err 'case-1-2.vcir: it has no title'
sed -i '1i title: a reserved byte that is not zero' c/ext/case-1-2.vcir
run 0 "$VCIFUZZ" corpus build --corpus c
run 0 "$VCIFUZZ" corpus verify --corpus c
equal "$(jq -r .id c/manifest.jsonl)" case-1-2
run 0 "$VCIFUZZ" replay c/ext/case-1-2.vcir

# The image beside a case counts, and is looked at before it is believed.
sed 's/reserved = 1/reserved = 2/; s/^exit/image: 6656\ncrc32: CRC\nexit/' case-1-2.vcir >other.vcir
sed -i "s/CRC/0x$(jq -r .crc32 c/manifest.jsonl)/" other.vcir
run 1 "$VCIFUZZ" replay other.vcir
has err 'other.vci.z'
cp c/ext/case-1-2.vci.z other.vci.z
run 0 "$VCIFUZZ" replay other.vcir
has out 'recipe drifted: the stored image is run, without a forecast'
run 1 "$VCIFUZZ" minimize other.vcir
has err 'its recipe makes another image than the stored one'
sed -i 's/crc32: 0x/crc32: 0x0/; s/crc32: 0x0./crc32: 0x1/' other.vcir
run 1 "$VCIFUZZ" replay other.vcir
