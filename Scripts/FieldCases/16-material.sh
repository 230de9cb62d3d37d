# 16: any image is material: what comes of it is broken, edited, made a recipe and made smaller without a trap.
run 0 "$VCIFUZZ" hostile --material 1000 --corpus "$CASES/../../Corpus"
has out ' 0 recipes of other bytes'
run 0 "$VCIFUZZ" hostile --material 100 --seed 2 --corpus "$CASES/../../Corpus"
