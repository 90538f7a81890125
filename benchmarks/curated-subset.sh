#!/usr/bin/env bash
# curated-subset.sh MODEL TRAIN VAL: trains on a diverse subset of TRAIN and on random ones of its size, and classifies VAL by TRAIN.
#
#   SHARE=10%     of the pictures
#   EPOCHS=300    of configs/quickstart.yaml; a subset has fewer steps in each
#   RANDOM_RUNS=3 random subsets, with other seeds
#
# MODEL is what the subset is chosen by. Ends with k-NN accuracy of each run, k = 20.

set -euo pipefail

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
model=$(realpath "${1:?names the model}")
train=$(realpath "${2:?names the folder of labelled pictures}")
val=$(realpath "${3:?names the folder of labelled pictures to classify}")
dino=${DINO:-$root/dino}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$dino" index --model "$model" --data "$train" --output "$work/index" >/dev/null 2>&1
"$dino" curate --index "$work/index" --output "$work/order" --subset "${SHARE:-10%}"
count=$(wc -l <"$work/order/subset.txt")
for ((seed = 1; seed <= ${RANDOM_RUNS:-3}; seed++)); do
  find "$train" -type f | sort | shuf -n "$count" --random-source=<(yes "$seed") >"$work/order/random-$seed.txt"
done

for list in "$work"/order/subset.txt "$work"/order/random-*.txt; do
  run=$work/$(basename "$list" .txt)
  (cd "$work" && "$dino" train --config "$root/configs/quickstart.yaml" --data "$list" --output "$run" --epochs "${EPOCHS:-300}" >"$run.log" 2>&1)
  printf '%-10s %s pictures: ' "$(basename "$run")" "$count"
  "$dino" knn --model "$run" --train "$train" --val "$val" --k 20 2>/dev/null | tail -n 1
done
