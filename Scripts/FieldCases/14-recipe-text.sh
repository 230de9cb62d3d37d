# 14: a recipe that is none is told what is wrong, and where; one with a byte order mark is taken.
says() { # says TEXT RECIPE: the recipe is refused with these words
  run 1 "$VCIFUZZ" corpus assemble "$2" --output none.vci
  has err "$1"
}

printf '\xef\xbb\xbfsize: 512\r\n' >mark.vcir
run 0 "$VCIFUZZ" corpus assemble mark.vcir
equal "$(wc -c <mark.vci)" 512

: >empty.vcir
says 'empty.vcir: it is empty' empty.vcir
printf 'size: 512\n' | iconv -f UTF-8 -t UTF-16 >wide.vcir
says 'text in UTF-16' wide.vcir
printf 'size: 512\n' | iconv -f UTF-8 -t UTF-16BE >wide.vcir
says 'text in UTF-16' wide.vcir
"$VCI" create image.vci --size 2MiB >log
says 'it is a VCI image' image.vci
says 'it is compressed' "$CASES/../../Corpus/file/$(ls "$CASES/../../Corpus/file" | grep z$ | head -n 1)"
printf 'size: 512\n\xff\n' >latin.vcir
says 'no text in UTF-8, from byte 10 on' latin.vcir
printf 'hello world\nsize: 512\n' >hello.vcir
says "hello.vcir:1: 'hello world' is no line of a recipe" hello.vcir
printf 'size: 512\n\xef\xbb\xbfraw 0 = 1\n' >inside.vcir
says 'inside.vcir:2: a byte order mark' inside.vcir
printf '# so many\nsize: 9007199254740993.5\n' >number.vcir
says 'number.vcir:2: 9007199254740993.5 is no number' number.vcir
