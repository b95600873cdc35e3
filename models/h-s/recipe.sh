#!/usr/bin/env bash
# Rebuilds models/h-s. Without arguments: weights and errors from the labels that lie here (minutes).
#   recipe.sh structures   new structures of the same kinds, in work/ (needs DFT for the first model: half an hour)
#   recipe.sh labels       DFT labels of them (hours of one core)
#   recipe.sh weights      training.extxyz -> model.csp
#   recipe.sh errors       model.csp on held-out.extxyz
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
csp=${CSP:-$here/../../csp}
# The limits leave out what collapsed in the search; no label here is beyond them.
train() { "$csp" train --data "$@" --largest-force 20 --largest-pressure 450 --hold-out 0 --epochs 700 --max-seconds 3600 --seed 1; }

# Space groups of random crystals: those whose number three divides are kept for the held-out structures.
ours=$(seq 1 230 | awk '$1 % 3 != 0' | paste -sd,)
theirs=$(seq 1 230 | awk '$1 % 3 == 0' | paste -sd,)

# random NAME GROUPS FORMULA VOLUME COUNT SEED
random() { "$csp" generate --formula "$3" --groups "$2" --volume "$4" --min-distance-factor 0.95 --count "$5" --seed "$6" --out "work/$1.extxyz"; }

# relaxed NAME GROUPS FORMULA VOLUME COUNT SEED PRESSURES...: every second one as it is, every other one displaced.
relaxed() {
    local name=$1 groups=$2 formula=$3 volume=$4 count=$5 seed=$6 p
    shift 6
    for p in "$@"; do
        random "$name-$p" "$groups" "$formula" "$volume" "$count" $((seed + p))
        "$csp" relax --model work/first.csp --in "work/$name-$p.extxyz" --pressure "$p" --out "work/$name-$p-relaxed.extxyz"
        "$csp" displace --in "work/$name-$p-relaxed.extxyz" --amplitude 0.02:0.1 --strain 0.02 --seed $((seed + p)) --out "work/$name-$p-displaced.extxyz"
    done
}

displaced() { # NAME SEED COUNT a b c
    "$csp" displace --in Im-3m.vasp --supercell "$4" "$5" "$6" --amplitude 0.03:0.15 --strain 0.03 --volume-per-atom 2.95:4.9 --count "$3" --seed "$2" --out "work/$1.extxyz"
}

label() { "$csp" label --labeler labels.conf --jobs "$(nproc)" --in "$1" --out "$2"; }

structures() {
    mkdir -p work
    # What a search meets: labels of a run from nothing.
    "$csp" run ../../hocon/h3s-from-scratch.conf --out work/search
    "$csp" report work/search --dataset work/search.extxyz
    # What a search does not meet: displaced cells, random crystals of other compositions.
    displaced im-4 1 20 1 1 1
    displaced im-8 2 8 1 1 2
    random r4 "$ours" SH3 12:20 16 3
    random r8 "$ours" S2H6 24:40 6 4
    random h2s "$ours" SH2 10.5:17 3 5
    random h4s2 "$ours" S2H4 21:34 2 6
    random hs "$ours" SH 9:14.5 2 7
    random s2 "$ours" S2 14.6:24 2 9
    random h4 "$ours" H4 6.5:11 2 10
    random h4s "$ours" SH4 13.5:22 2 11
    cat work/{im-4,im-8,r4,r8,h2s,h4s2,hs,s2,h4,h4s}.extxyz > work/first-structures.extxyz
    label work/first-structures.extxyz work/first-labels.extxyz
    train work/search.extxyz work/first-labels.extxyz --out work/first.csp
    # Crystals that the first model takes for stable, from 20 to 300 GPa.
    relaxed t4 "$ours" SH3 12:20 5 11000 20 60 90 115 145 170 200 230 270 300
    relaxed t8 "$ours" S2H6 24:40 3 12000 50 110 150 190 240
    relaxed t6 "$ours" SH3 12:20 8 15000 60 85 110 135 160 185 210 240
    relaxed h4 "$theirs" SH3 12:20 4 19000 55 80 105 130 160 195 240
    relaxed h8 "$theirs" S2H6 24:40 3 19500 70 120 150 180 220
    "$csp" displace --in Im-3m.vasp --amplitude 0.03:0.12 --strain 0.02 --volume-per-atom 3.1:4.5 --count 16 --seed 901 --out work/him-4.extxyz
    "$csp" displace --in Im-3m.vasp --supercell 1 1 2 --amplitude 0.03:0.12 --strain 0.02 --volume-per-atom 3.1:4.5 --count 5 --seed 902 --out work/him-8.extxyz
}

labels() {
    cat work/t?-*-relaxed.extxyz work/t?-*-displaced.extxyz > work/more-structures.extxyz
    cat work/h?-*-relaxed.extxyz work/h?-*-displaced.extxyz work/him-?.extxyz > work/held-out-structures.extxyz
    label work/more-structures.extxyz work/more-labels.extxyz
    label work/held-out-structures.extxyz held-out.extxyz
    cat work/search.extxyz work/first-labels.extxyz work/more-labels.extxyz > training.extxyz
}

weights() { train training.extxyz --out model.csp; }

errors() { "$csp" evaluate --model model.csp --in held-out.extxyz --parity parity.png; }

for step in "${@:-weights errors}"; do
    for one in $step; do "$one"; done
done
