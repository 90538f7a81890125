package org.dinojvm.serve;

/** Arithmetic of matrix products. */
public enum Precision {
  /** 32 bits throughout. */
  FLOAT32,
  /** 16 bits with float32's exponent; weights, sums, norms and softmax stay in float32. */
  BF16
}
