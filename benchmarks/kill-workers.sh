#!/usr/bin/env bash
# kill-workers.sh [FOLDER]: several workers on this machine, one of which is killed at random moments, chief included; their
# supervisor (--restart) starts all again. The last checkpoint is held against that of the same run left alone, byte for byte.
# Exit code 1 if they differ, or if the others did not end by themselves within the limit.
#
#   WORKERS=2      how many
#   KILLS=20       how often
#   SIGNAL=KILL    or STOP: a frozen worker, which the others must notice within TIMEOUT
#   TIMEOUT=20     seconds, --worker_timeout; three times that are waited for the first step, and for a worker that never comes
#   EPOCHS=150     of 5 steps, with the embedded birds
#   PAUSE=45       seconds at most from a start to the next kill; a start alone takes some fifteen
#   SEED=1         of the moments
#   DINO=./dino    the launcher
#
# FOLDER, new, gets the runs and their output; without one, a temporary folder that is removed.

set -euo pipefail

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
dino=${DINO:-$root/dino}
workers=${WORKERS:-2}
kills=${KILLS:-20}
signal=${SIGNAL:-KILL}
limit=${TIMEOUT:-20}
epochs=${EPOCHS:-150}
data=$root/dino-data/src/main/resources/clipart/train/bird
RANDOM=${SEED:-1}

if [ $# -gt 0 ]; then
  mkdir "$1"
  work=$(realpath "$1")
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
cd "$work"

settings=(--data "$data" --arch vit_tiny --embed_dim 32 --depth 2 --num_heads 2 --patch_size 8
  --global_crops_size 32 --local_crops_size 16 --local_crops_number 2 --eval_crop_size 32 --eval_resize_size 32
  --out_dim 64 --head_hidden_dim 48 --head_bottleneck_dim 16 --use_bn_in_head true
  --batch_size_per_gpu $((8 / workers)) --epochs "$epochs" --warmup_epochs 1 --lr 0.01 --log_every_steps 1
  --checkpoint_every_steps 1 --saveckp_freq 0 --tensorboard false --fuse false
  --threads 1 --parallel_ops 1 --num_workers 1 --worker_timeout "$limit" --worker_wait $((3 * limit)))

train() { exec "$dino" train "${settings[@]}" --output "$1" --local_workers "$workers" --restart "$2"; }
now() { date +%s%N; }
seconds() { printf '%d.%02d' $(($1 / 1000000000)) $(($1 % 1000000000 / 10000000)); }
newest() { [ ! -d "$1/checkpoints" ] || find "$1/checkpoints" -mindepth 1 -maxdepth 1 -name 'step-*' | sort | tail -n 1; }
step_of() { local name=${1##*step-}; echo $((10#${name:-0})); }
worker() { pgrep -P "$supervisor" -f -- "--worker $1\$" || true; }
alive() { kill -0 "$1" 2>/dev/null && [ "$(ps -o stat= -p "$1" | cut -c1)" != Z ]; }

echo "one run of $workers workers left alone ..."
begin=$(now)
(train whole 0) >whole.txt 2>&1
last=$(step_of "$(newest whole)")
took=$(($(now) - begin))
echo "$last steps in $(seconds $took) s"

echo "the same run with $kills times SIG$signal ..."
(train killed "$kills") >killed.txt 2>&1 &
supervisor=$!
trap 'kill $supervisor 2>/dev/null || true' INT TERM
longest=0
for kill in $(seq "$kills"); do
  # Anywhere from the start of the processes on, but not before there are any.
  until [ -n "$(worker 0)" ] && [ -n "$(worker $((workers - 1)))" ]; do
    kill -0 $supervisor 2>/dev/null || break 2
    sleep 0.1
  done
  sleep $((RANDOM % (${PAUSE:-45}))).$((RANDOM % 10))
  victim=$((RANDOM % workers))
  other=$(((victim + 1) % workers))
  pid=$(worker $victim)
  witness=$(worker $other)
  if [ -z "$pid" ] || [ -z "$witness" ]; then continue; fi
  step=$(step_of "$(newest killed)")
  kill -"$signal" "$pid" || continue
  begin=$(now)
  while alive "$witness"; do
    if [ $(($(now) - begin)) -gt $(((3 * limit + 40) * 1000000000)) ]; then
      echo "worker $other did not notice"
      kill -KILL "$witness"
      exit 1
    fi
    sleep 0.1
  done
  took=$(($(now) - begin))
  [ $took -le $longest ] || longest=$took
  echo "SIG$signal $kill of worker $victim after step $step: worker $other ended after $(seconds $took) s"
  while alive "$pid"; do sleep 0.2; done # a frozen one is ended by the supervisor
done
wait $supervisor || { tail -n 5 killed.txt; exit 1; }

grep -h 'last together' killed.txt | tail -n 1 || true
echo "the others ended within $(seconds $longest) s"
if cmp -s "$(newest whole)/model.data-00000-of-00001" "$(newest killed)/model.data-00000-of-00001"; then
  echo "both end after step $(step_of "$(newest killed)") with the same weights, byte for byte"
else
  echo "the weights differ"
  exit 1
fi
