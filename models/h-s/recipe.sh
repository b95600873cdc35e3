#!/usr/bin/env bash
# Rebuilds models/h-s. Without arguments: errors of the weights that lie here.
#   recipe.sh structures   new structures of the same kinds, in work/ (needs DFT for the first model: half an hour)
#   recipe.sh labels       DFT labels of them (hours of one core)
#   recipe.sh teacher      the foundation model in the folder $FOUNDATION, fine-tuned on training.extxyz (50 minutes of one core, 4 GB)
#   recipe.sh lessons      some 6,700 structures labelled by the teacher and compact models (40 minutes)
#   recipe.sh weights      training.extxyz and lessons -> model.csp (4 minutes)
#   recipe.sh errors       model.csp on held-out.extxyz, test.extxyz and other.extxyz
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
csp=${CSP:-$here/../../csp}
# The limits leave out what collapsed in the search; no label here is beyond them.
limits=(--largest-force 20 --largest-pressure 450 --max-seconds 7200)
train() { "$csp" train --data "$@" "${limits[@]}" --hold-out 0 --epochs 700; }

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
    # Where a search goes next. (The labels here were chosen from 2,345 such crystals by how much teacher and compact model differed.)
    relaxed c4 "$ours" SH3 11.5:19 2 31000 45 60 75 90 105 120 135 150 165 180 195 210 225 240 255
    relaxed c8 "$ours" S2H6 23:38 4 51000 50 75 100 125 150 175 200 225 250
    relaxed h4 "$theirs" SH3 12:20 4 19000 55 80 105 130 160 195 240
    relaxed h8 "$theirs" S2H6 24:40 3 19500 70 120 150 180 220
    "$csp" displace --in Im-3m.vasp --amplitude 0.03:0.12 --strain 0.02 --volume-per-atom 3.1:4.5 --count 16 --seed 901 --out work/him-4.extxyz
    "$csp" displace --in Im-3m.vasp --supercell 1 1 2 --amplitude 0.03:0.12 --strain 0.02 --volume-per-atom 3.1:4.5 --count 5 --seed 902 --out work/him-8.extxyz
}

labels() {
    cat work/[tc]?-*-relaxed.extxyz work/[tc]?-*-displaced.extxyz > work/more-structures.extxyz
    cat work/h?-*-relaxed.extxyz work/h?-*-displaced.extxyz work/him-?.extxyz > work/held-out-structures.extxyz
    label work/more-structures.extxyz work/more-labels.extxyz
    label work/held-out-structures.extxyz held-out.extxyz
    cat work/search.extxyz work/first-labels.extxyz work/more-labels.extxyz > training.extxyz
}

teacher() {
    "$csp" model import "${FOUNDATION:?the folder of M3GNet-MatPES-PBE-v2025.1-PES}" --out work/foundation
    local fine=(--data training.extxyz "${limits[@]}" --hold-out 0 --threads 1)
    "$csp" train "${fine[@]}" --from work/foundation --epochs 20 --out work/teacher-1.csp
    "$csp" train "${fine[@]}" --from work/teacher-1.csp --epochs 30 --out work/teacher-2.csp
    "$csp" train "${fine[@]}" --from work/teacher-2.csp --epochs 20 --learning-rate 5e-4 --out work/teacher.csp
}

lessons() {
    mkdir -p work/pool
    local p
    for p in 45 60 75 90 105 120 135 150 165 180 195 210 225 240 255; do
        pool "$p" SH3 11.5:19 60 1
        pool "$p" S2H6 23:38 65 2
        pool "$p" S3H9 34:57 12 3
        pool "$p" S4H12 46:76 14 4
    done
    cat work/pool/*-relaxed.extxyz > work/pool.extxyz
    "$csp" displace --in work/pool.extxyz --amplitude 0.02:0.1 --strain 0.025 --seed 51 --out work/pool-a.extxyz
    "$csp" displace --in work/pool.extxyz --amplitude 0.08:0.2 --strain 0.04 --seed 52 --out work/pool-b.extxyz
    "$csp" displace --in Im-3m.vasp --amplitude 0.02:0.15 --strain 0.03 --volume-per-atom 2.95:4.9 --count 150 --seed 53 --out work/pool-c.extxyz
    "$csp" displace --in Im-3m.vasp --supercell 1 1 2 --amplitude 0.02:0.15 --strain 0.03 --volume-per-atom 2.95:4.9 --count 60 --seed 54 --out work/pool-d.extxyz
    "$csp" generate --formula S2H6 --groups "$ours" --volume 23:38 --min-distance-factor 0.95 --count 300 --seed 55 --out work/pool-e.extxyz
    cat work/pool-?.extxyz >> work/pool.extxyz
    # Compact models that learned from the teacher and then from the labels know more than it near the labels, and the mean of all more than each.
    lesson teacher
    tuned 1 1 --epochs 200
    tuned 2 2 --epochs 200
    lesson teacher tuned-1 tuned-2
    tuned 3 1 --epochs 200
    tuned 4 1 --epochs 60 --learning-rate 1e-3
    lesson teacher tuned-1 tuned-2 tuned-3 tuned-4
    tuned 5 1 --epochs 200
    tuned 6 1 --epochs 600 --batch 16
    lesson teacher tuned-1 tuned-2 tuned-3 tuned-4 tuned-5 tuned-6 tuned-6
}

# lesson MODELS...: the pool labelled by their mean
lesson() {
    local models
    models=$(printf ',work/%s.csp' "$@")
    "$csp" evaluate --model "${models:1}" --in work/pool.extxyz --out work/lessons.extxyz
}

# student SEED WEIGHT: from nothing, labels and lessons together
student() {
    "$csp" train --data training.extxyz --taught work/lessons.extxyz --replay-weight "$2" --held-out held-out.extxyz --keep-last "${limits[@]}" \
        --hold-out 0 --epochs 70 --seed "$1" --out work/student.csp
}

# tuned NUMBER SEED TRAINING...: a student, trained on with the labels alone
tuned() {
    local number=$1 seed=$2
    shift 2
    student "$seed" 0.1
    "$csp" train --data training.extxyz --from work/student.csp "${limits[@]}" --hold-out 0 --seed "$seed" "$@" --out "work/tuned-$number.csp"
}

# pool PRESSURE FORMULA VOLUME COUNT NUMBER
pool() {
    "$csp" generate --formula "$2" --groups "$ours" --volume "$3" --min-distance-factor 0.95 --count "$4" --seed $((31000 + $1 * 10 + $5)) --out "work/pool/$1-$5.extxyz"
    "$csp" relax --model model.csp --in "work/pool/$1-$5.extxyz" --pressure "$1" --max-evaluations 200 --out "work/pool/$1-$5-relaxed.extxyz"
}

weights() {
    student 1 0.03
    cp work/student.csp model.csp
}

errors() {
    "$csp" evaluate --model model.csp --in held-out.extxyz
    "$csp" evaluate --model model.csp --in test.extxyz --parity parity.png
    "$csp" evaluate --model model.csp --in other.extxyz
}

for step in "${@:-errors}"; do
    "$step"
done
