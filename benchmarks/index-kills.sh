#!/usr/bin/env bash
# index-kills.sh MODEL DIR [KILLS]: kills dino index again and again while it works, then holds the index against the folder.
#
#   KILLS      how often, 20 unless given
#   SEED=0     of the times at which it is killed
#   MOST=45    seconds after which it is killed at the latest, once it has begun to write; it commits every 20
#   COPIES=30  how often each picture is there, under other names and with other bytes, so that there is something to kill
#
# Says after each kill how large the index is, and ends with the number of those in the folder and in the index, which must
# be the same, and with recall.

set -euo pipefail

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
model=$(realpath "${1:?names the model}")
data=$(realpath "${2:?names the folder of pictures}")
kills=${3:-20}
RANDOM=${SEED:-0}
dino=${DINO:-$root/dino}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/pictures"
for ((copy = 0; copy < ${COPIES:-30}; copy++)); do
  cp -r "$data" "$work/pictures/$copy"
done
while IFS= read -r -d '' file; do
  printf '%s' "$file" >>"$file" # what follows a picture's end is not read
done < <(find "$work/pictures" -type f -print0)

"$dino" --version >/dev/null # builds what is missing
for ((kill = 1; kill <= kills; kill++)); do
  touch "$work/start"
  "$dino" index --model "$model" --data "$work/pictures" --output "$work/index" >/dev/null 2>&1 &
  pid=$!
  until [ -n "$(find "$work/index" -name 'segments_*' -newer "$work/start" 2>/dev/null)" ] || ! kill -0 "$pid" 2>/dev/null; do
    sleep 0.1
  done
  sleep "$((RANDOM % ${MOST:-45})).$((RANDOM % 10))"
  if kill -KILL "$pid" 2>/dev/null; then what=killed; else what="had finished"; fi
  wait "$pid" 2>/dev/null || true
  echo "$what, $kill: $(du -sk "$work/index" | cut -f1) kB"
done
"$dino" index --model "$model" --data "$work/pictures" --output "$work/index" --check
printf 'in the folder: %s\n' "$(find "$work/pictures" -type f | wc -l)"
