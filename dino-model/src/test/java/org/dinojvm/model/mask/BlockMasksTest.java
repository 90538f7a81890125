package org.dinojvm.model.mask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/** Block masks against the statistics of iBOT's published loader. */
class BlockMasksTest {

  private static final int SIDE = 14;

  /** At ratio 0.4 a corner patch is masked in 5 % of masks, the middle in 74 %. */
  @Test
  void blocksLieWhereThePublishedOnesDo() {
    int crops = 1500;
    boolean[][] masks = draw(crops, 0.4f);
    int corner = 0;
    int middle = 0;
    double sum = 0;
    for (boolean[] mask : masks) {
      int count = 0;
      for (boolean masked : mask) {
        count += masked ? 1 : 0;
      }
      assertTrue(count <= 0.4 * SIDE * SIDE, () -> "too many patches");
      sum += count;
      corner += mask[0] ? 1 : 0;
      middle += mask[SIDE / 2 * SIDE + SIDE / 2] ? 1 : 0;
    }
    assertEquals(0.05, (double) corner / crops, 0.02);
    assertEquals(0.74, (double) middle / crops, 0.04);
    assertTrue(sum / crops > 0.36 * SIDE * SIDE, "too few patches");
  }

  @Test
  void nothingIsMaskedWhereNothingIsAskedFor() {
    for (boolean[] mask : draw(8, 0)) {
      for (boolean masked : mask) {
        assertTrue(!masked);
      }
    }
  }

  private static boolean[][] draw(int crops, float ratio) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> uniform =
          tf.random.statelessRandomUniform(
              tf.constant(new int[] {crops, BlockMasks.NUMBERS}), tf.constant(new long[] {3, 4}));
      Operand<TFloat32> targets =
          tf.fill(tf.constant(new int[] {crops}), tf.constant(ratio * SIDE * SIDE));
      Operand<TBool> masks = BlockMasks.ibot(SIDE, SIDE).of(tf, targets, uniform);
      try (Session session = new Session(graph);
          Result result = session.runner().fetch(masks).run()) {
        TBool drawn = (TBool) result.get(0);
        boolean[][] all = new boolean[crops][SIDE * SIDE];
        for (int crop = 0; crop < crops; crop++) {
          for (int patch = 0; patch < SIDE * SIDE; patch++) {
            all[crop][patch] = drawn.getBoolean(crop, patch);
          }
        }
        return all;
      }
    }
  }
}
