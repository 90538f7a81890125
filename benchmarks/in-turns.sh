#!/usr/bin/env bash
# in-turns.sh step|forward|serve: this program and libtorch (PyTorch's library; benchmarks/libtorch) do the same work in
# turns. Prints each round to standard error and a Markdown table of medians to standard output.
#
#   step           the full training step of ViT-S/16
#   forward        its backbone's forward pass, in the arithmetic of training; libtorch's weights are of the wanted type
#   serve          the same by an export, MODEL=savedmodels/NAME; no share of the limit
#
#   BATCHES="4 8"                  32 for forward and serve
#   PRECISIONS="float32 bf16"
#   STEPS=6                        timed in a run, a process; two more before them
#   ROUNDS=3                       runs of each program
#   WITH=                          a command that starts each run, e.g. taskset or one that keeps the machine quiet
#
# A ratio is libtorch's seconds by ours, the median over rounds: above 1 we are faster. The limit is the median of 2048-cubed
# matrix products between our steps. Memory is the process's largest resident set, of the rounds the median.

set -euo pipefail

what=${1:-}
case $what in
  step) batches=${BATCHES:-4 8} ;;
  forward | serve) batches=${BATCHES:-32} ;;
  *) sed -n '2,20p' "$0"; exit 2 ;;
esac
root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
steps=${STEPS:-6}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

number() { sed -n "s/.*\"$1\":\([0-9.E+-]*\).*/\1/p" "$work/ours.json"; }

# Seconds, GiB, share of the limit, limit in GFLOP/s; a dash for what was not measured.
ours() { # batch precision
  local command=("$root/dino" bench "$what" --batch "$1" --precision "$2" --json)
  case $what in
    step) command+=(--arch vit_small/16 --steps "$steps" --limit) ;;
    forward) command+=(--arch vit_small/16 --runs "$steps" --limit) ;;
    serve) command+=(--model "$MODEL" --calls "$steps") ;;
  esac
  ${WITH:-} "${command[@]}" >"$work/ours.json" 2>"$work/ours.err" || { cat "$work/ours.err" >&2; exit 1; }
  local seconds
  if [ "$what" = serve ]; then seconds=$(number median_seconds); else seconds=$(number median_step_seconds); fi
  echo "$seconds $(number peak_rss_bytes) $(number gflop) $(number limit_gflop_per_second)" |
    awk '{ if (NF == 4) printf "%.4f %.2f %.4f %.1f\n", $1, $2 / 2^30, $3 / $1 / $4, $4; else printf "%.4f %.2f - -\n", $1, $2 / 2^30 }'
}

# Seconds and GiB.
peer() { # batch precision
  local type=$2 flags=()
  [ "$type" = bf16 ] || type=fp32
  [ "$what" = step ] || flags=(--forward)
  ${WITH:-} "$root/benchmarks/libtorch/run.sh" "$1" "$type" $((steps + 2)) ${flags[@]+"${flags[@]}"} 2>"$work/peer.err" |
    sed -n 's/.*median \([0-9.]*\) s.* \([0-9.]*\) GiB$/\1 \2/p'
}

printf 'precision batch round ours-s ours-GiB share limit libtorch-s libtorch-GiB\n' >&2
for precision in ${PRECISIONS:-float32 bf16}; do
  for batch in $batches; do
    for ((round = 1; round <= ${ROUNDS:-3}; round++)); do
      echo "$precision $batch $round $(ours "$batch" "$precision") $(peer "$batch" "$precision")" |
        tee -a "$work/rounds" >&2
    done
  done
done

awk '
  function median(values, n,   i, j, t) {
    for (i = 2; i <= n; i++) for (j = i; j > 1 && values[j] < values[j - 1]; j--) { t = values[j]; values[j] = values[j - 1]; values[j - 1] = t }
    return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
  }
  function of(name, key,   i, list, n) { n = count[key]; for (i = 1; i <= n; i++) list[i] = value[key, name, i]; return median(list, n) }
  {
    key = $2 " | " $1
    if (!(key in count)) order[++keys] = key
    i = ++count[key]; batch[key] = $2
    value[key, "ours", i] = $4; value[key, "peer", i] = $8; value[key, "ratio", i] = $8 / $4
    value[key, "gib", i] = $5; value[key, "peergib", i] = $9
    if ($6 != "-") { limited = 1; value[key, "share", i] = 100 * $6; value[key, "peershare", i] = 100 * $6 * $4 / $8; value[key, "limit", i] = $7 }
  }
  END {
    print "| batch | arithmetic | s, dino | s, libtorch | images/s, dino | images/s, libtorch | ratio |" (limited ? " GFLOP/s, limit | of it, dino | of it, libtorch |" : "") " GiB, dino | GiB, libtorch |"
    print "|---|---|---|---|---|---|---|" (limited ? "---|---|---|" : "") "---|---|"
    for (k = 1; k <= keys; k++) {
      key = order[k]; a = of("ours", key); b = of("peer", key)
      line = sprintf("| %s | %.2f | %.2f | %.2f | %.2f | %.2f |", key, a, b, batch[key] / a, batch[key] / b, of("ratio", key))
      if (limited) line = line sprintf(" %.0f | %.0f %% | %.0f %% |", of("limit", key), of("share", key), of("peershare", key))
      print line sprintf(" %.2f | %.2f |", of("gib", key), of("peergib", key))
    }
  }' "$work/rounds"
