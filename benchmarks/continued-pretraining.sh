#!/usr/bin/env bash
# continued-pretraining.sh TRAIN VAL [DIR]: what going on from trained weights gains on other pictures, and what makes them
# forget. TRAIN and VAL have a sub-folder a class. Prints a Markdown table: k-NN top-1 (k = 20) of the teacher on VAL by TRAIN
# after each fifth of the run, and on the embedded clip-art at the end. A minute a line on two cores for 600 pictures.
#
#   MODEL=savedmodels/clipart    what is gone on from; a SavedModel, run or file of weights
#   EPOCHS=20                    of each run
#   ONLY='lr|warm'               the lines whose name has this (a regular expression)
#   CONFIG=configs/open-clipart.yaml    crops, network and all else that is not named here: the model's own recipe
#
# The first line is the recipe of docs/published-weights.md for this network, of which each other one changes what it is named
# after. The rate is for 256 pictures; from scratch it is 0.006 here.

set -euo pipefail

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
train=$(realpath -- "${1:?names the folder of pictures to go on with}")
val=$(realpath -- "${2:?names the folder of pictures to classify}")
work=${3:-$(mktemp -d)}
model=$(realpath -- "${MODEL:-$root/savedmodels/clipart}")
config=$(realpath -- "${CONFIG:-$root/configs/open-clipart.yaml}")
epochs=${EPOCHS:-20}
clipart=$root/dino-data/src/main/resources/clipart
mkdir -p "$work"
cd -P -- "$work" # where runs put their exports

# Without the head, as DINOv2's and DINOv3's files are, and with it, as DINO's full checkpoints.
"$root/dino" export --model "$model" --safetensors backbone.safetensors --names timm >&2
"$root/dino" export --model "$model" --safetensors whole.safetensors --names published >&2

top1() { sed -n "s/.*\"top1_k20\":\([0-9.]*\).*/\1/p"; }
knn() { "$root/dino" evaluate knn --model "$1" --train "$2" --val "$3" --k 20 --json | top1; }

run() { # name, options that are other than the recipe's
  local name=$1 key output
  shift
  if [[ ! $name =~ ${ONLY:-.} ]]; then return; fi
  output=${name//[^a-z0-9.]/-}
  local -A settings=([init]=backbone.safetensors [epochs]=$epochs [lr]=0.002 [warmup_epochs]=2 [momentum_teacher]=0.99
    [batch_size_per_gpu]=32 [layer_decay]=0.9 [weight_decay_end]=0.04 [seed]=0)
  while [ $# -gt 0 ]; do
    settings[${1#--}]=$2
    shift 2
  done
  local options=()
  for key in "${!settings[@]}"; do
    if [ -n "${settings[$key]}" ]; then options+=("--$key" "${settings[$key]}"); fi
  done
  "$root/dino" train --config "$config" --data "$train" --output "runs/$output" "${options[@]}" \
    --eval_train "$train" --eval_val "$val" --eval_every_epochs $((settings[epochs] / 5)) --evaluations 'knn(k=20)' \
    --tensorboard false >"$output.log" 2>&1 || { tail -n 3 "$output.log" >&2; exit 1; }
  printf '| %s |%s | %.1f |\n' "$name" "$(top1 <"runs/$output/evaluations.jsonl" | xargs printf ' %.1f')" \
    "$(knn "runs/$output" "$clipart/train" "$clipart/val")"
}

echo "| | after each fifth of the run | on the clip-art |"
echo "|---|---|---|"
printf '| before | %.1f | %.1f |\n' "$(knn "$model" "$train" "$val")" "$(knn "$model" "$clipart/train" "$clipart/val")"
run 'the recipe'
run 'from scratch' --init '' --layer_decay 1 --lr 0.006
run 'from scratch, five times as long' --init '' --layer_decay 1 --lr 0.006 --epochs $((epochs * 5))
run 'lr 0.0002' --lr 0.0002
run 'lr 0.0006' --lr 0.0006
run 'lr 0.006, as from scratch' --lr 0.006
run 'no warm-up' --warmup_epochs 0
run 'EMA 0.996' --momentum_teacher 0.996
run 'EMA 0.9' --momentum_teacher 0.9
run 'no layer decay' --layer_decay 1
run 'layer decay 0.7' --layer_decay 0.7
run 'freeze 3 of 6 blocks' --freeze_blocks 3
run 'with its head' --init whole.safetensors
