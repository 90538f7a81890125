#!/usr/bin/env bash
# flat-memory.sh [FOLDER]: native and Java memory and the step time over 2,000 steps of a small network.
#
#   STEPS=2000     how many; a line each tenth of them
#   DATA=DIR       pictures; the embedded clip-art unless given
#
# Native memory is the process's resident set (/proc/PID/status, so Linux only); Java memory is what a full collection leaves.
# FOLDER, new, gets the run; without one, a temporary folder that is removed.

set -euo pipefail

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
steps=${STEPS:-2000}
data=$(realpath "${DATA:-$root/dino-data/src/main/resources/clipart/train}")
every=$((steps / 10))
batch=32

if [ $# -gt 0 ]; then
  mkdir "$1"
  work=$(realpath "$1")
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
cd "$work"

pictures=$(find "$data" -type f | wc -l)
epochs=$(((steps + pictures / batch - 1) / (pictures / batch)))
# The network of the quickstart, k-NN tests and checkpoints included.
JAVA_OPTS="${JAVA_OPTS--Xmx1g}" "$root/dino" train --config "$root/configs/quickstart.yaml" --data "$data" --output run \
  --batch_size_per_gpu $batch --epochs $epochs --log_every_steps $every \
  --eval_train "$data" --eval_val "$data" --eval_every_epochs $((epochs / 10 + 1)) >run.txt 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null || true; [ $# -gt 0 ] || rm -rf "$work"' EXIT

status() { sed -n "s/^$1:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$pid/status"; }
heap() { jcmd $pid GC.run >/dev/null && jcmd $pid GC.heap_info | sed -n 's/.*total [0-9]*K, used \([0-9]*\)K.*/\1/p' | head -n 1; }

printf '%6s %14s %14s %14s %8s\n' step 'resident MiB' 'Java live MiB' 'ms a step' threads
seen=0
while kill -0 $pid 2>/dev/null; do
  sleep 0.2
  lines=$(wc -l 2>/dev/null <run/log.jsonl || echo 0)
  if [ "$lines" -gt "$seen" ] && resident=$(status VmRSS) && [ -n "$resident" ]; then
    seen=$lines
    threads=$(status Threads)
    live=$(heap 2>/dev/null || echo 0)
    tail -n 1 run/log.jsonl | sed 's/.*"step":\([0-9]*\).*"images_per_second":\([0-9.]*\).*/\1 \2/' |
      awk -v r="$resident" -v j="${live:-0}" -v b=$batch -v t="$threads" \
        '{printf "%6d %14.0f %14.1f %14.1f %8d\n", $1, r / 1024, j / 1024, 1000 * b / $2, t}'
  fi
done
code=0
wait $pid || code=$?
[ $code -eq 0 ] || { cat run.txt; exit $code; }
