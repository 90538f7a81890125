#!/usr/bin/env bash
# worker-scaling.sh [OPTION ...]: what several workers cost on this machine, one thread and one core each (so that gRPC finds no idle
# one), the same pictures a worker. In turn, ROUNDS times: A one worker; B two that do not meet; C two that do. B − A is
# contention for memory, C − B communication, A/C the efficiency. Then the all-reduce alone, of the network's and the head's weights.
# Further options go to `dino train`, as --arch vit_small --patch_size 16 --batch_size_per_gpu 4.
#
#   ROUNDS=3  STEPS=12   of each; the least time of a step counts, the first two left out
#   DINO=./dino          the launcher

set -euo pipefail

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
dino=${DINO:-$root/dino}
steps=${STEPS:-12}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$dino" --version
cd "$work"

train() { # FOLDER CORE MORE...
  local folder=$1 cores=$2
  shift 2
  taskset -c "$cores" "$dino" train --data "$root/dino-data/src/main/resources/clipart/train" --arch vit_small --patch_size 16 \
    --batch_size_per_gpu 2 --epochs 1 --epoch_length "$steps" --warmup_epochs 0 --log_every_steps 1 --tensorboard false \
    --evaluations knn --eval_every_epochs 1000 --threads 1 --parallel_ops 1 --num_workers 1 "${options[@]}" --output "$folder" "$@" >"$folder.txt" 2>&1
}
least() { # seconds of the fastest step of some runs, by the pictures a step
  sed -n 's/.*"images_per_second":\([0-9.E]*\).*/\1/p' "${@:2}" | sed 1,2d | sort -g | tail -n 1 | awk -v n="$1" '{printf "%.3f", n / $1}'
}
options=("$@")
batch=2
for ((i = 1; i <= $#; i++)); do
  if [ "${!i}" = --batch_size_per_gpu ]; then
    j=$((i + 1))
    batch=${!j}
  fi
done

for round in $(seq "${ROUNDS:-3}"); do
  train a$round 0
  train b$round 0 &
  train c$round 1
  wait
  train d$round 0,1 --local_workers 2
done
a=$(least "$batch" a*/log.jsonl)
b=$(least "$batch" b*/log.jsonl c*/log.jsonl)
c=$(least $((2 * batch)) d*/log.jsonl)
awk -v a="$a" -v b="$b" -v c="$c" 'BEGIN {
  printf "A one worker %.3f s a step, B two apart %.3f s, C two together %.3f s\n", a, b, c
  printf "memory %.3f s, communication %.3f s, efficiency %.0f %%\n", b - a, c - b, 100 * a / c }'
taskset -c 0,1 "$dino" bench all-reduce --arch vit_small/16
