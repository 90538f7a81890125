#!/usr/bin/env bash
# continued-pretraining.sh [DIR]: what going on from trained weights gains and what makes them forget. Prints a Markdown
# table: k-NN top-1 (k = 20) of the teacher before, after each epoch, and the change. About a minute a line on one core.
#
#   MODEL=savedmodels/clipart    what is gone on from; a SavedModel, run or file of weights
#   EPOCHS=5                     of each run
#   ONLY='lr|warm'               the lines whose name has this (a regular expression)
#
# Pictures and crops are the quickstart's. The first line is the recipe of docs/published-weights.md for this network, of
# which each other one changes what it is named after. The rate is for 256 pictures; from scratch it is 0.006 here.

set -euo pipefail

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
work=${1:-$(mktemp -d)}
model=${MODEL:-$root/savedmodels/clipart}
epochs=${EPOCHS:-5}
pictures=$root/dino-data/src/main/resources/clipart
mkdir -p "$work"
work=$(cd -P -- "$work" && pwd)
model=$(realpath -- "$model")
cd "$work" # where runs put their exports

# Without the head, as DINOv2's and DINOv3's files are, and with it, as DINO's full checkpoints.
"$root/dino" export --model "$model" --safetensors "$work/backbone.safetensors" --names timm >&2
"$root/dino" export --model "$model" --safetensors "$work/whole.safetensors" --names published >&2

top1() { sed -n "s/.*\"evaluation\":\"knn\".*\"top1_k20\":\([0-9.]*\).*/\1/p" "$1"; }

before=$("$root/dino" evaluate knn --model "$model" --train "$pictures/train" --val "$pictures/val" --k 20 --json |
  sed -n 's/.*"top1_k20":\([0-9.]*\).*/\1/p')

recipe=(--config "$root/configs/quickstart.yaml" --epochs "$epochs" --lr 0.0006 --warmup_epochs 1 --momentum_teacher 0.996
  --layer_decay 0.9 --weight_decay_end 0.04 --seed 0)

run() { # name, file, options
  local name=$1 file=$2
  shift 2
  if [[ ! $name =~ ${ONLY:-.} ]]; then return; fi
  local output=$work/${name//[^a-z0-9.]/-}
  "$root/dino" train --data "$pictures/train" --output "$output" --init "$work/$file.safetensors" "${recipe[@]}" \
    --eval_train "$pictures/train" --eval_val "$pictures/val" --eval_every_epochs 1 --evaluations 'knn' \
    --tensorboard false "$@" >"$output.log" 2>&1 || { tail -n 3 "$output.log" >&2; exit 1; }
  top1 "$output/evaluations.jsonl" | awk -v name="$name" -v before="$before" \
    '{ line = line sprintf(" %.1f", $1); last = $1 }
     END { printf "| %s | %.1f |%s | %+.1f |\n", name, before, line, last - before }'
}

echo "| | before | after each epoch | change |"
echo "|---|---|---|---|"
run 'the recipe' backbone
run 'lr 0.0002' backbone --lr 0.0002
run 'lr 0.002' backbone --lr 0.002
run 'lr 0.006, as from scratch' backbone --lr 0.006
run 'no warm-up' backbone --warmup_epochs 0
run 'warm-up 2' backbone --warmup_epochs 2
run 'EMA 0.99' backbone --momentum_teacher 0.99
run 'EMA 0.9995' backbone --momentum_teacher 0.9995
run 'no layer decay' backbone --layer_decay 1
run 'layer decay 0.7' backbone --layer_decay 0.7
run 'patch embedding 0.2' backbone --patch_embed_lr_mult 0.2
run 'freeze 2 of 4 blocks' backbone --freeze_blocks 2
run 'freeze the last layer for 2 epochs' backbone --freeze_last_layer 2
run 'with its head' whole
run 'with its head, lr 0.006' whole --lr 0.006
