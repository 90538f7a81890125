package org.dinojvm.eval.linear;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Part of a training set that is kept aside to choose settings by: of each class the same share, at
 * least one picture where there are two.
 *
 * @param kept indices to learn from
 * @param aside indices to choose by
 */
record HeldOut(int[] kept, int[] aside) {

  static HeldOut of(int[] labels, int classes, double share, long seed) {
    List<List<Integer>> members = new ArrayList<>();
    for (int label = 0; label < classes; label++) {
      members.add(new ArrayList<>());
    }
    for (int picture = 0; picture < labels.length; picture++) {
      members.get(labels[picture]).add(picture);
    }
    Random random = new Random(seed);
    List<Integer> kept = new ArrayList<>();
    List<Integer> aside = new ArrayList<>();
    for (List<Integer> ofClass : members) {
      Collections.shuffle(ofClass, random);
      int count = ofClass.size() < 2 ? 0 : (int) Math.max(1, Math.round(share * ofClass.size()));
      aside.addAll(ofClass.subList(0, count));
      kept.addAll(ofClass.subList(count, ofClass.size()));
    }
    return new HeldOut(sorted(kept), sorted(aside));
  }

  private static int[] sorted(List<Integer> indices) {
    return indices.stream().mapToInt(Integer::intValue).sorted().toArray();
  }

  /** Some rows, in the order of their indices. */
  static float[][] rows(float[][] all, int[] indices) {
    float[][] some = new float[indices.length][];
    for (int i = 0; i < some.length; i++) {
      some[i] = all[indices[i]];
    }
    return some;
  }

  /** Some labels, in the order of their indices. */
  static int[] labels(int[] all, int[] indices) {
    int[] some = new int[indices.length];
    for (int i = 0; i < some.length; i++) {
      some[i] = all[indices[i]];
    }
    return some;
  }
}
