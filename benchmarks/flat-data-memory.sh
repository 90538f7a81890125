#!/usr/bin/env bash
# flat-data-memory.sh DIR: native memory of the input pipeline alone over 5 epochs of 2,000 pictures.
#
#   SECONDS_IN_ALL=120  at 100 pictures a second and more, enough for 5 epochs; ten lines in all
#
# The pictures are DIR's JPEGs, linked again and again under other names, and decoded anew each time. Memory is the process's resident
# set (/proc/PID/status, so Linux only).

set -euo pipefail

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
count=2000
duration=${SECONDS_IN_ALL:-120}
mapfile -t files < <(find "$(realpath "${1:?names the folder of the pictures}")" -type f -name '*.jpg' | sort)
[ "${#files[@]}" -gt 0 ] || { echo "no .jpg file in $1" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/pictures"
for ((i = 0; i < count; i++)); do ln -s "${files[i % ${#files[@]}]}" "$work/pictures/$i.jpg"; done

"$root/dino" --version >/dev/null # builds what is missing
JAVA_OPTS="${JAVA_OPTS--Xmx512m}" "$root/dino" bench data --data "$work/pictures" --seconds "$duration" --json >"$work/out.json" 2>"$work/err.txt" &
pid=$!
trap 'kill $pid 2>/dev/null || true; rm -rf "$work"' EXIT

status() { sed -n "s/^$1:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$pid/status"; }
printf '%8s %14s %8s\n' seconds 'resident MiB' threads
SECONDS=0
for ((line = 1; line <= 10; line++)); do
  while [ $SECONDS -lt $((line * duration / 10)) ]; do sleep 0.2; done
  kill -0 $pid 2>/dev/null || break
  printf '%8d %14d %8d\n' $SECONDS $(($(status VmRSS) / 1024)) "$(status Threads)"
done
wait $pid || { cat "$work/err.txt"; exit 1; }
images=$(sed 's/.*"images":\([0-9]*\).*/\1/' "$work/out.json")
awk -v i="$images" -v c=$count 'BEGIN {printf "%d pictures, %.1f epochs of %d\n", i, i / c, c}'
