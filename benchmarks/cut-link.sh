#!/usr/bin/env bash
# cut-link.sh [SECONDS], as root: two workers in network namespaces of their own, the link between them cut for so long; 0, as
# without a number, is for good. Says how both ended, and when.
#
#   TIMEOUT=20   seconds, --worker_timeout
#   DINO=./dino  the launcher

set -euo pipefail

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
dino=${DINO:-$root/dino}
cut=${1:-0}
limit=${TIMEOUT:-20}
work=$(mktemp -d)
a=dino_a$$
b=dino_b$$
clean() {
  ip netns del $a 2>/dev/null || true
  ip netns del $b 2>/dev/null || true
  rm -rf "$work"
}
trap clean EXIT

"$dino" --version
cd "$work"
ip netns add $a
ip netns add $b
ip link add dino0 netns $a type veth peer name dino0 netns $b
ip -n $a addr add 10.77.0.1/24 dev dino0
ip -n $b addr add 10.77.0.2/24 dev dino0
for space in $a $b; do
  ip -n $space link set lo up
  ip -n $space link set dino0 up
done

train() {
  exec ip netns exec "$1" "$dino" train --data "$root/dino-data/src/main/resources/clipart/train/bird" \
    --arch vit_tiny --embed_dim 32 --depth 2 --num_heads 2 --patch_size 8 --global_crops_size 32 --local_crops_size 16 \
    --local_crops_number 2 --eval_crop_size 32 --eval_resize_size 32 --out_dim 64 --head_hidden_dim 48 \
    --head_bottleneck_dim 16 --batch_size_per_gpu 4 --epochs "${EPOCHS:-100}" --warmup_epochs 1 --log_every_steps 1 \
    --checkpoint_every_steps 5 --tensorboard false --fuse false --threads 1 --parallel_ops 1 --num_workers 1 \
    --workers 10.77.0.1:2222,10.77.0.2:2222 --worker "$2" --worker_timeout "$limit" --output "$2"
}
train $a 0 >0.txt 2>&1 &
first=$!
train $b 1 >1.txt 2>&1 &
second=$!
until [ -f 0/log.jsonl ] && [ "$(wc -l <0/log.jsonl)" -ge 8 ]; do
  kill -0 $first || { cat 0.txt 1.txt; exit 1; }
  sleep 0.2
done
echo "$(date +%T) cut after step $(wc -l <0/log.jsonl)"
ip -n $a link set dino0 down
SECONDS=0
if [ "$cut" != 0 ]; then
  sleep "$cut"
  ip -n $a link set dino0 up
  echo "$(date +%T) mended after $cut s"
fi
code=0
wait $first || code=$?
echo "worker 0 ended with code $code, $SECONDS s after the cut, after step $(wc -l <0/log.jsonl)"
code=0
wait $second || code=$?
echo "worker 1 ended with code $code, $SECONDS s after the cut"
grep -h '^dino: ' 0.txt 1.txt || true
ls 0/checkpoints
