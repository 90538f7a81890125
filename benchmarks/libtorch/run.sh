#!/usr/bin/env bash
# run.sh B fp32|bf16 STEPS [--forward] [--attention sdpa|math]   or   run.sh gemm
# LIBTORCH=djl|bytedeco picks the native build, MALLOC=jemalloc|glibc the allocator.
set -euo pipefail
cd "$(dirname "$0")"
[ -f target/libtorch-dino-peer-1.jar ] || mvn -q -B package
natives=$PWD/target/djl/pytorch/cpu/linux-x86_64
opts=(-Xmx256m -XX:+UseSerialGC -Dorg.bytedeco.javacpp.maxBytes=0 -Dorg.bytedeco.javacpp.maxPhysicalBytes=0)
if [ "${LIBTORCH:-djl}" = djl ]; then
  export LD_LIBRARY_PATH=$natives${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  opts+=(-Dorg.bytedeco.javacpp.pathsFirst=true "-Djava.library.path=$natives")
else
  export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # libgomp's spinning starves OpenBLAS's own threads
fi
jemalloc=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2
if [ "${MALLOC:-jemalloc}" = jemalloc ] && [ -f $jemalloc ]; then
  export LD_PRELOAD=$jemalloc
  export MALLOC_CONF=${MALLOC_CONF:-thp:always,oversize_threshold:0,background_thread:true,dirty_decay_ms:-1,muzzy_decay_ms:-1}
fi
exec java "${opts[@]}" -cp "target/classes:target/lib/*" peer.Main "$@"
