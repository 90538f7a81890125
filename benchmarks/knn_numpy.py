#!/usr/bin/env python3
"""Exact cosine neighbours by numpy, blocks of queries: what `./dino bench knn` is compared with.

python3 benchmarks/knn_numpy.py [ROWS [QUERIES [WIDTH [K]]]]
"""
import resource
import sys
import time

import numpy as np

rows, queries, width, k = (list(map(int, sys.argv[1:])) + [200_000, 20_000, 384, 20][len(sys.argv) - 1 :])[:4]
random = np.random.default_rng(0)
index = random.random((rows, width), dtype=np.float32) - np.float32(0.5)
asked = random.random((queries, width), dtype=np.float32) - np.float32(0.5)

start = time.perf_counter()
index /= np.linalg.norm(index, axis=1, keepdims=True)
asked /= np.linalg.norm(asked, axis=1, keepdims=True)
block = max(1, min(1024, (1 << 27) // rows))
found = np.empty((queries, k), np.int64)
for first in range(0, queries, block):
    cosines = asked[first : first + block] @ index.T
    best = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(cosines, best, 1), axis=1, kind="stable")
    found[first : first + block] = np.take_along_axis(best, order, 1)
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"numpy, {queries:,} queries x {rows:,} rows x {width}, k {k}: {seconds:.1f} s, peak memory {peak:.0f} MiB")
