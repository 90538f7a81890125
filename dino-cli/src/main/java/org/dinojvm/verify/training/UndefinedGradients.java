package org.dinojvm.verify.training;

import com.google.common.collect.ImmutableSet;

/**
 * Weights without influence on the loss. Their gradient is rounding noise, which Adam scales up, so
 * their values mean nothing: the key's part of an attention bias, which softmax cancels; and biases
 * in front of a BatchNorm, which takes the mean away.
 *
 * @param batchNorm whether the head has BatchNorm
 * @param adam whether the optimizer scales noise up
 */
record UndefinedGradients(boolean batchNorm, boolean adam) {

  private static final ImmutableSet<String> BEFORE_BATCH_NORM =
      ImmutableSet.of("head.mlp.0.bias", "head.mlp.3.bias", "backbone.norm.bias");

  /**
   * Whether a weight is the mean that a BatchNorm took of such a bias: what Adam makes of noise
   * there, it keeps.
   */
  boolean reach(String name) {
    return adam && name.startsWith("head.mlp.") && name.endsWith(".running_mean");
  }

  /** Whether none of a weight's elements has a gradient. */
  boolean cover(String name) {
    return batchNorm && BEFORE_BATCH_NORM.contains(name);
  }

  /** Whether an element of a weight has none. */
  boolean cover(String name, int index, int size) {
    boolean key = index >= size / 3 && index < 2 * (size / 3);
    return cover(name) || (key && name.endsWith("attn.qkv.bias"));
  }
}
