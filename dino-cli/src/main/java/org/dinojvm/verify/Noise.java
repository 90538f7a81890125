package org.dinojvm.verify;

/**
 * Numbers in [−1, 1) that look random, a function of seed, tensor and element, and the same on
 * every machine: the last step of SplitMix64 (Steele et al. 2014).
 */
public record Noise(long seed, long tensor) {

  /** The number at an element, a multiple of 2⁻²³. */
  public float at(long element) {
    long z = (seed << 48) + (tensor << 32) + element + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return ((int) (z >>> 40) - 8388608) * 0x1p-23f;
  }
}
