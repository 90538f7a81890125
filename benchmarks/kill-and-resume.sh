#!/usr/bin/env bash
# kill-and-resume.sh [FOLDER]: kills a short run at random moments, resumes it each time, and holds its last checkpoint
# against that of the same run left alone, byte for byte. Exit code 1 if they differ or a kill left an unloadable run.
#
#   KILLS=20       how often
#   SIGNAL=KILL    or TERM, INT: those save before they end
#   THREADS=1      0 for all cores: then the weights agree within rounding, and the script says whether also byte for byte
#   EPOCHS=120     of 5 steps, with the embedded birds
#   SEED=1         of the moments
#   DATA=DIR       pictures; the embedded birds unless given
#
# FOLDER, new, gets the runs and their output; without one, a temporary folder that is removed.

set -euo pipefail

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
kills=${KILLS:-20}
signal=${SIGNAL:-KILL}
threads=${THREADS:-1}
data=$(realpath "${DATA:-$root/dino-data/src/main/resources/clipart/train/bird}")
epochs=${EPOCHS:-120}
RANDOM=${SEED:-1}

if [ $# -gt 0 ]; then
  mkdir "$1"
  work=$(realpath "$1")
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
cd "$work" # exports go to savedmodels/ below

# A small network, saved after each step, so that many kills meet a save.
settings=(--data "$data" --arch vit_tiny --embed_dim 32 --depth 2 --num_heads 2 --patch_size 8
  --global_crops_size 32 --local_crops_size 16 --local_crops_number 2 --eval_crop_size 32 --eval_resize_size 32
  --out_dim 64 --head_hidden_dim 48 --head_bottleneck_dim 16 --batch_size_per_gpu 8 --epochs "$epochs"
  --warmup_epochs 1 --warmup_teacher_temp_epochs 5 --lr 0.01 --log_every_steps 1 --checkpoint_every_steps 1 --saveckp_freq 0
  --threads "$threads" --parallel_ops "$threads" --num_workers "$threads")

train() { "$root/dino" train "${settings[@]}" --output "$1"; } # its process becomes Java
now() { date +%s%N; }
seconds() { printf '%d.%02d' $(($1 / 1000000000)) $(($1 % 1000000000 / 10000000)); }
saved() { [ ! -d "$1/checkpoints" ] || find "$1/checkpoints" -mindepth 1 -maxdepth 1 -name "$2"; }
newest() { saved "$1" 'step-*' | sort | tail -n 1; }
step_of() { local name=${1##*step-}; echo $((10#${name:-0})); }

"$root/dino" --version # builds first, if need be
echo "one run left alone ..."
begin=$(now)
train whole >whole.txt 2>&1 &
whole=$!
until [ -s whole/log.jsonl ]; do
  kill -0 $whole || { cat whole.txt; exit 1; }
  sleep 0.05
done
startup=$(($(now) - begin))
wait $whole
training=$(($(now) - begin - startup))
last=$(step_of "$(newest whole)")
echo "$last steps in $(seconds $training) s after $(seconds $startup) s of starting"

lines() { if [ -e broken/log.jsonl ]; then wc -l <broken/log.jsonl; else echo 0; fi; }

# Waits until session $2, process $1, trains or has ended, but $3 ns at most.
until_it_trains() {
  local end=$(($(now) + $3))
  until grep -q '^training \|^going on ' "$2"; do
    { kill -0 "$1" 2>/dev/null && [ "$(now)" -lt $end ]; } || return 0
    sleep 0.02
  done
}

# Waits until session $2, process $1, has trained $3 steps, or has ended.
after_steps() {
  until_it_trains "$1" "$2" 3600000000000
  local from
  from=$(lines)
  until [ "$(lines)" -ge $((from + $3)) ]; do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.02
  done
}

echo "the same run, SIG$signal at $kills random moments ..."
unloadable=0 finished=0
for ((k = 1; k <= kills; k++)); do
  : >"session-$k.txt"
  "$root/dino" train "${settings[@]}" --output broken >>"session-$k.txt" 2>&1 &
  pid=$!
  # One in four while the session starts; the others after some of its steps and a bit.
  if [ $((RANDOM % 4)) -eq 0 ]; then
    fraction=$((RANDOM % 1000))
    until_it_trains $pid "session-$k.txt" $((startup / 1000 * fraction))
    moment="0.$(printf %03d $fraction) of the time to start"
  else
    steps=$((RANDOM % (last / kills)))
    after_steps $pid "session-$k.txt" $steps
    sleep "0.$(printf %03d $((RANDOM % 300)))"
    moment="$steps steps and a bit"
  fi
  kill -s "$signal" $pid 2>/dev/null || finished=$((finished + 1))
  code=0
  wait $pid 2>/dev/null || code=$?
  printf 'kill %2d after %-27s exit code %3d, newest step %3d, unfinished saves: %d\n' \
    $k "$moment:" $code "$(step_of "$(newest broken)")" "$(saved broken '.saving-*' | wc -l)"
done
if ! train broken >session-last.txt 2>&1; then
  cat session-last.txt
  unloadable=1
fi
if grep -l 'cannot be read\|is damaged\|holds other files' session-*.txt; then unloadable=1; fi

echo "sessions that ended before their kill: $finished"
[ $unloadable -eq 0 ] && echo "no kill left an unloadable run" || echo "A KILL LEFT AN UNLOADABLE RUN"
[ "$(sed 's/.*"step":\([0-9]*\).*/\1/' broken/log.jsonl)" = "$(seq "$last")" ] &&
  echo "log.jsonl has each of the $last steps once" || { echo "LOG.JSONL HAS GAPS OR REPEATS"; unloadable=1; }

one=whole/checkpoints/$(basename "$(newest whole)") other=broken/checkpoints/$(basename "$(newest whole)")
# The file of a TensorFlow checkpoint is the tensors' bytes, one after the other in the order of their names.
if cmp "$one/model.data-00000-of-00001" "$other/model.data-00000-of-00001" && cmp "$one/model.index" "$other/model.index"; then
  echo "the last checkpoints are equal, byte for byte ($(stat -c %s "$one/model.data-00000-of-00001") bytes)"
else
  echo "THE LAST CHECKPOINTS DIFFER"
  exit 1
fi
exit $unloadable
