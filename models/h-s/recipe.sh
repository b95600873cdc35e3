#!/usr/bin/env bash
# Rebuilds models/h-s. Without arguments: errors of the weights that lie here.
#   recipe.sh structures   new structures of the same kinds, in work/ (needs DFT for the first model: half an hour)
#   recipe.sh labels       DFT labels of them (hours of one core)
#   recipe.sh teacher      a TensorNet made from nothing on training.extxyz (45 minutes of one core, 1 GB)
#   recipe.sh pool         some 10,000 structures without labels
#   recipe.sh lessons      the pool labelled by the mean of the teacher and four compact models, which it trains (10 minutes)
#   recipe.sh weights      training.extxyz and lessons -> model.csp (20 minutes)
#   recipe.sh errors       model.csp on held-out.extxyz, test.extxyz and other.extxyz
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
csp=${CSP:-$here/../../csp}
# The limits leave out what collapsed in the search; no label here is beyond them.
limits=(--largest-force 20 --largest-pressure 450 --max-seconds 7200)
train() { "$csp" train --data "$@" "${limits[@]}" --hold-out 0 --keep-last --threads 1; }

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
        "$csp" relax --model work/first-1.csp --in "work/$name-$p.extxyz" --pressure "$p" --out "work/$name-$p-relaxed.extxyz"
        "$csp" displace --in "work/$name-$p-relaxed.extxyz" --amplitude 0.02:0.1 --strain 0.02 --seed $((seed + p)) --out "work/$name-$p-displaced.extxyz"
    done
}

# selected NAME NUMBER [OPTIONS]: of all that `relaxed NAME` made those most worth a label, because models of the first labels differ on them and they are unlike others.
selected() {
    local name=$1 number=$2
    shift 2
    cat work/"$name"-*-relaxed.extxyz work/"$name"-*-displaced.extxyz > "work/candidates-$name.extxyz"
    "$csp" select --in "work/candidates-$name.extxyz" --model work/first-1.csp,work/first-2.csp,work/first-3.csp --known work/first-labels.extxyz "$@" \
        --count "$number" --out "work/selected-$name.extxyz"
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
    train work/search.extxyz work/first-labels.extxyz --epochs 700 --committee 3 --out work/first.csp
    # Crystals that the first model takes for stable, from 20 to 300 GPa.
    relaxed t4 "$ours" SH3 12:20 5 11000 20 60 90 115 145 170 200 230 270 300
    relaxed t8 "$ours" S2H6 24:40 3 12000 50 110 150 190 240
    relaxed t6 "$ours" SH3 12:20 8 15000 60 85 110 135 160 185 210 240
    # Where a search goes next. (Here chosen in several rounds from some 3,900, as the labels grew, by how much the models of then differed.)
    relaxed c4 "$ours" SH3 11.5:19 50 31000 45 60 75 90 105 120 135 150 165 180 195 210 225 240 255
    relaxed c8 "$ours" S2H6 23:38 80 51000 50 75 100 125 150 175 200 225 250
    selected c4 120
    selected c8 120
    # Large cells: many unlike neighbourhoods in one label. (Here 53 of 12 and 16 atoms, chosen from 1,579 in the same way, nine small ones with H2 squeezed below 0.67 Å,
    # 63 of 24 atoms by csp select from 764 displaced ones, and 21 nearly without symmetry.)
    relaxed c12 "$ours" S3H9 34:57 50 71000 45 75 105 135 165 195 225 255
    relaxed c16 "$ours" S4H12 46:76 50 72000 45 75 105 135 165 195 225 255
    relaxed c24 "$ours" S6H18 69:114 50 73000 50 63 76 89 102 115 128 141 154 167 180 193 206 219 232 245 258
    relaxed d24 1,2,4,5,7,8,13 S6H18 69:114 30 74000 52 80 108 136 164 192 220 248
    selected c12 25
    selected c16 28
    selected c24 63
    selected d24 21
    # Crystals near the lowest ones, at all pressures. (Here 207 of 4 and 8 atoms, chosen from 7,385 of the pool below by a forerunner of csp select: within 0.55 eV/atom
    # of Im-3m, where TensorNet and compact models of then differed most and neighbour distances were unlike those of other labels.)
    relaxed l4 "$ours" SH3 11.5:19 75 81000 45 60 75 90 105 120 135 150 165 180 195 210 225 240 255
    relaxed l8 "$ours" S2H6 23:38 80 82000 45 60 75 90 105 120 135 150 165 180 195 210 225 240 255
    selected l4 60 --window 200
    selected l8 150 --window 200
    # Other compositions, for searches that vary it.
    local number=0 composition
    for composition in SH2:9.5:15 S2H4:19:30 SH:7.5:12.5 S2H2:15:25 SH4:12.5:20 S2H8:25:40 S2:13:22 S4:26:44 H4:5.5:9.5 H6:8.5:14 S3H6:28:45 SH5:15:23 S3H3:22:37; do
        relaxed "o$number" "$ours" "${composition%%:*}" "${composition#*:}" 1 $((91000 + 1000 * number)) 60 110 150 190 240
        number=$((number + 1))
    done
    relaxed h4 "$theirs" SH3 12:20 4 19000 55 80 105 130 160 195 240
    relaxed h8 "$theirs" S2H6 24:40 3 19500 70 120 150 180 220
    "$csp" displace --in Im-3m.vasp --amplitude 0.03:0.12 --strain 0.02 --volume-per-atom 3.1:4.5 --count 16 --seed 901 --out work/him-4.extxyz
    "$csp" displace --in Im-3m.vasp --supercell 1 1 2 --amplitude 0.03:0.12 --strain 0.02 --volume-per-atom 3.1:4.5 --count 5 --seed 902 --out work/him-8.extxyz
}

labels() {
    cat work/[to][0-9]*-*-relaxed.extxyz work/t[0-9]*-*-displaced.extxyz work/selected-*.extxyz > work/more-structures.extxyz
    cat work/h?-*-relaxed.extxyz work/h?-*-displaced.extxyz work/him-?.extxyz > work/held-out-structures.extxyz
    label work/more-structures.extxyz work/more-labels.extxyz
    label work/held-out-structures.extxyz held-out.extxyz
    cat work/search.extxyz work/first-labels.extxyz work/more-labels.extxyz > training.extxyz
}

# (Here in five goes while the labels grew: 130 epochs on 400, 60 on 695, then with --energy-unit 12 60 on 825, 24 on 902 and 20 on all.)
teacher() { train training.extxyz --architecture tensornet --epochs 150 --out work/teacher.csp; }

# What the weights that lie here take for stable, the same displaced, displaced Im-3m, random crystals.
pool() {
    mkdir -p work/pool
    local p
    for p in 45 60 75 90 105 120 135 150 165 180 195 210 225 240 255; do
        minima "$p" SH3 11.5:19 75 1
        minima "$p" S2H6 23:38 80 2
        minima "$p" S3H9 34:57 12 3
        minima "$p" S4H12 46:76 14 4
    done
    cat work/pool/*-relaxed.extxyz > work/pool.extxyz
    "$csp" displace --in work/pool.extxyz --amplitude 0.02:0.1 --strain 0.025 --seed 51 --out work/pool-a.extxyz
    "$csp" displace --in work/pool.extxyz --amplitude 0.08:0.2 --strain 0.04 --seed 52 --out work/pool-b.extxyz
    "$csp" displace --in Im-3m.vasp --amplitude 0.02:0.15 --strain 0.03 --volume-per-atom 2.95:4.9 --count 150 --seed 53 --out work/pool-c.extxyz
    "$csp" displace --in Im-3m.vasp --supercell 1 1 2 --amplitude 0.02:0.15 --strain 0.03 --volume-per-atom 2.95:4.9 --count 60 --seed 54 --out work/pool-d.extxyz
    "$csp" generate --formula S2H6 --groups "$ours" --volume 23:38 --min-distance-factor 0.95 --count 300 --seed 55 --out work/pool-e.extxyz
    cat work/pool-?.extxyz >> work/pool.extxyz
}

# minima PRESSURE FORMULA VOLUME COUNT NUMBER
minima() {
    "$csp" generate --formula "$2" --groups "$ours" --volume "$3" --min-distance-factor 0.95 --count "$4" --seed $((31000 + $1 * 10 + $5)) --out "work/pool/$1-$5.extxyz"
    "$csp" relax --model model.csp --in "work/pool/$1-$5.extxyz" --pressure "$1" --max-evaluations 200 --out "work/pool/$1-$5-relaxed.extxyz"
}

# Compact models of the labels alone and the teacher err differently: their mean, which counts the teacher as much as the four others, is better than each.
# (Here seven: three of 825 labels and four of 902, beside a TensorNet that counts as much as four of them.)
lessons() {
    train training.extxyz --epochs 600 --committee 4 --out work/member.csp
    local teacher=work/teacher.csp
    "$csp" evaluate --model $teacher,$teacher,$teacher,$teacher,work/member-1.csp,work/member-2.csp,work/member-3.csp,work/member-4.csp \
        --in work/pool.extxyz --out work/lessons.extxyz
}

# Labels and lessons, then the labels alone. (Here the first step in three as labels and lessons grew: 110 epochs, 50, 60.)
weights() {
    local labels=(training.extxyz --held-out held-out.extxyz)
    train "${labels[@]}" --taught work/lessons.extxyz --replay-weight 0.05 --neurons 100 --epochs 220 --seed 5 --out work/student.csp
    train "${labels[@]}" --from work/student.csp --epochs 50 --learning-rate 5e-4 --seed 3 --out model.csp
}

errors() {
    "$csp" evaluate --model model.csp --in held-out.extxyz
    "$csp" evaluate --model model.csp --in test.extxyz --parity parity.png
    "$csp" evaluate --model model.csp --in other.extxyz
}

for step in "${@:-errors}"; do
    "$step"
done
