#!/usr/bin/env bash
# serve-clients.sh MODEL DIR: 16 clients send pictures and what is none to dino serve; its memory and what it answers.
#
#   ROUNDS=10   lines of the table; each client sends 20 files in one
#
# Memory is the process's resident set (/proc/PID/status, so Linux only). Needs curl.

set -euo pipefail

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
model=$(realpath "${1:?names the model}")
data=$(realpath "${2:?names the folder of pictures}")
dino=${DINO:-$root/dino}

work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
"$dino" --version >/dev/null # builds what is missing
"$dino" index --model "$model" --data "$data" --output "$work/index" >/dev/null 2>&1
"$dino" serve --model "$model" --index "$work/index" --port 0 >"$work/out" 2>"$work/err" &
pid=$!
until grep -q http "$work/out"; do sleep 0.2; done
address=$(sed -n 's/^open \(http[^ ]*\).*/\1/p' "$work/out")

mapfile -t pictures < <(find "$data" -type f | sort | head -n 200)
head -c 30000000 /dev/zero >"$work/huge"
head -c 5000 /dev/urandom >"$work/noise"
head -c 600 "${pictures[0]}" >"$work/broken"
: >"$work/empty"

client() {
  for ((i = 0; i < 20; i++)); do
    case $((i % 5)) in
      0) file=$work/noise ;;
      1) file=$work/broken ;;
      *) file=${pictures[$((($1 * 20 + i) % ${#pictures[@]}))]} ;;
    esac
    [ "$i" -ne 10 ] || file=$work/huge
    [ "$i" -ne 11 ] || file=$work/empty
    curl -s -o /dev/null -w '%{http_code}\n' --data-binary "@$file" "${address}look" || echo closed
    curl -s -o /dev/null -w '%{http_code}\n' --path-as-is "${address}thumbnail/../../../etc/passwd" || echo closed
  done
}

printf '%6s %14s  %s\n' round 'resident MiB' 'answers'
for ((round = 1; round <= ${ROUNDS:-10}; round++)); do
  clients=()
  for ((c = 0; c < 16; c++)); do
    client "$c" >"$work/answers.$c" &
    clients+=($!)
  done
  wait "${clients[@]}"
  resident=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status")
  printf '%6d %14d  %s\n' "$round" $((resident / 1024)) "$(sort "$work"/answers.* | uniq -c | tr -s ' \n' ' ')"
done
