package org.dinojvm.serve.readout;

import static com.google.common.base.Preconditions.checkArgument;

/** Weights that an export's graph holds as constants. */
final class ConstantWeights {

  /** Graphs of more than 16 MiB are refused when they are opened. */
  private static final long MAX_BYTES = 15L << 20;

  private ConstantWeights() {}

  /**
   * Checks that a graph can hold them.
   *
   * @param what they are, for messages
   * @param weight [rows, columns]
   * @param wayOut what to do if they are too many
   */
  static void checkSize(String what, float[][] weight, String wayOut) {
    long bytes = (long) weight.length * weight[0].length * Float.BYTES;
    checkArgument(
        bytes <= MAX_BYTES,
        "%s has %s bytes of weights, an export holds at most %s: %s",
        what,
        bytes,
        MAX_BYTES,
        wayOut);
  }
}
