#!/usr/bin/env bash
# step-scaling.sh [FIGURE.svg]: seconds and memory of the training step by network, batch and cores, and what they predict for machines
# with more cores. Prints a Markdown table; with FIGURE.svg also draws it (needs Debian's gnuplot-nox).
#
#   NETWORKS="vit_tiny/16 vit_small/16 vit_base/16"   BATCHES="4 8 16 32"
#   CORES="1 2"                           each run is confined to so many; the prediction is by the last two
#   LONGEST=20                            seconds a step after which a network's larger batches are left out
#   PRECISION=float32   STEPS=2           timed in a run, a process; two more before them
#   DINO=./dino                           the launcher
#
# The prediction is Amdahl's law: what a step takes on n cores is serial + parallel / n, both from the two measured times (serial 0 where
# two cores are more than twice as fast). It knows nothing of memory that more cores must share, so it is an upper bound.

set -euo pipefail

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
dino=${DINO:-$root/dino}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

number() { sed -n "s/.*\"$1\":\([0-9.E+-]*\).*/\1/p" "$work/json"; }

measure() { # network batch cores
  taskset -c "0-$(($3 - 1))" "$dino" bench step --arch "$1" --batch "$2" --precision "${PRECISION:-float32}" --steps "${STEPS:-2}" \
    --limit --json >"$work/json" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
  seconds=$(number median_step_seconds)
  echo "$1 $2 $3 $seconds $(number peak_rss_bytes) $(number gflop) $(number limit_gflop_per_second)" | tee -a "$work/all" >&2
}

for network in ${NETWORKS:-vit_tiny/16 vit_small/16 vit_base/16}; do
  slowest=0
  for batch in ${BATCHES:-4 8 16 32}; do
    awk "BEGIN { exit !($slowest <= ${LONGEST:-20}) }" || break
    slowest=0
    for cores in ${CORES:-1 2}; do
      measure "$network" "$batch" "$cores"
      slowest=$(awk "BEGIN { print ($seconds > $slowest ? $seconds : $slowest) }" </dev/null)
    done
  done
done

echo '| network | batch | cores | s a step | images/s | GFLOP/s, limit | of it | GiB | images/s on 16 cores, at most | on 64 |'
echo '|---|---|---|---|---|---|---|---|---|---|'
awk '
  function predicted(n) { return batch / (serial + parallel / n) }
  {
    same = network == $1 && batch == $2
    line = sprintf("| `%s` | %d | %d | %.2f | %.2f | %.0f | %.0f %% | %.2f |", $1, $2, $3, $4, $2 / $4, $7, 100 * $6 / $4 / $7, $5 / 2 ^ 30)
    if (same) {
      parallel = (before - $4) / (1 / cores - 1 / $3)
      serial = $4 - parallel / $3
      if (serial < 0) { serial = 0; parallel = $4 * $3 }
      line = line sprintf(" %.0f | %.0f |", predicted(16), predicted(64))
    } else line = line " | |"
    print line
    network = $1; batch = $2; cores = $3; before = $4
  }' "$work/all"

[ $# -gt 0 ] || exit 0
# A block for each network and number of cores: batch, images/s, GiB.
awk '{ key = $1 ", " $3 (($3 == 1) ? " core" : " cores")
       if (!(key in lines)) keys[++n] = key
       lines[key] = lines[key] $2 " " $2 / $4 " " $5 / 2 ^ 30 "\n" }
     END { for (i = 1; i <= n; i++) printf "# %s\n%s\n\n", keys[i], lines[keys[i]] }' "$work/all" >"$work/curves"
curves() { # column
  local block=0 line
  sed -n 's/^# //p' "$work/curves" | while read -r line; do
    printf '%s "%s" index %d using 1:%d with linespoints lw 2 pt 7 ps 0.6 title "%s"' "$([ $block = 0 ] || echo ,)" "$work/curves" $block "$1" "$line"
    block=$((block + 1))
  done
}
gnuplot <<GNUPLOT
set terminal svg size 900,420 font "sans-serif,12" noenhanced background rgb "white"
set output "$1"
set multiplot layout 1,2
set logscale x 2
set xtics ($(echo ${BATCHES:-4 8 16 32} | tr ' ' ','))
set yrange [0:*]
set offsets graph 0.04, graph 0.04
set key below maxcols 2
set title "images/s by pictures a step"
plot $(curves 2)
set title "GiB, largest resident set, by pictures a step"
plot $(curves 3)
unset multiplot
GNUPLOT
