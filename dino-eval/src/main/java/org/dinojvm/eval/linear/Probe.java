package org.dinojvm.eval.linear;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.dinojvm.data.source.Progress;

/**
 * Trains linear classifiers on features in memory, in batches of a random order.
 *
 * @param classes C
 * @param batch pictures of a step; an incomplete one at the end of an epoch is left out, unless it
 *     is the only one
 * @param iterations steps, over which each rate falls to 0 by half a cosine
 * @param seed of initial weights and order
 */
record Probe(int classes, int batch, int iterations, long seed, Progress progress) {

  private static final double MOMENTUM = 0.9; // eval_linear.py
  private static final double WEIGHT_DECAY = 0; // eval_linear.py

  /**
   * Trains one classifier for each recipe and rate.
   *
   * @param features for each recipe [N, D]
   * @param labels [N]
   * @param rates of a whole batch, not of 256 pictures
   * @return trained; the caller's to close
   */
  LinearHeads train(List<float[][]> features, int[] labels, double[] rates) {
    LinearHeads heads =
        new LinearHeads(
            features.stream().map(rows -> rows[0].length).toList(),
            rates.length,
            classes,
            MOMENTUM,
            WEIGHT_DECAY,
            seed);
    List<Integer> order = new ArrayList<>();
    Random random = new Random(seed);
    int size = Math.min(batch, labels.length);
    for (int i = 0; i < iterations; i++) {
      if (order.size() < size) {
        order.clear();
        for (int picture = 0; picture < labels.length; picture++) {
          order.add(picture);
        }
        Collections.shuffle(order, random);
      }
      List<Integer> next = order.subList(order.size() - size, order.size());
      int[] chosen = next.stream().mapToInt(Integer::intValue).toArray();
      next.clear();
      int now = i;
      heads.step(
          features.stream().map(rows -> HeldOut.rows(rows, chosen)).toList(),
          HeldOut.labels(labels, chosen),
          Arrays.stream(rates).map(rate -> Cosine.at(rate, now, iterations)).toArray());
      progress.report(i + 1, iterations);
    }
    return heads;
  }
}
