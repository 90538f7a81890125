package org.dinojvm.visual;

import com.google.common.collect.ImmutableList;
import java.awt.Color;

/**
 * Perceptually uniform colour maps: equal steps of the value look like equal steps.
 *
 * <p>By Nathaniel Smith and Stéfan van der Walt, dedicated to the public domain (CC0); here as ten
 * even supports with straight lines between.
 */
public enum ColorMap {
  /** Dark blue, green, yellow: what the published attention maps are drawn in. */
  VIRIDIS(
      0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b,
      0xfde725),
  /** Black, purple, orange, pale yellow. */
  INFERNO(
      0x000004, 0x1b0c41, 0x4a0c6b, 0x781c6d, 0xa52c60, 0xcf4446, 0xed6925, 0xfb9b06, 0xf7d13d,
      0xfcffa4);

  private final ImmutableList<Color> supports;

  ColorMap(Integer... supports) {
    this.supports =
        ImmutableList.copyOf(supports).stream()
            .map(Color::new)
            .collect(ImmutableList.toImmutableList());
  }

  /** The colour of a value, as 0xRRGGBB; below 0 and above 1 the ends. */
  public int rgb(double value) {
    double position = Math.max(0, Math.min(1, value)) * (supports.size() - 1);
    int lower = Math.min((int) position, supports.size() - 2);
    Color from = supports.get(lower);
    Color to = supports.get(lower + 1);
    double part = position - lower;
    return mix(from.getRed(), to.getRed(), part) << 16
        | mix(from.getGreen(), to.getGreen(), part) << 8
        | mix(from.getBlue(), to.getBlue(), part);
  }

  private static int mix(int from, int to, double part) {
    return (int) Math.round(from + part * (to - from));
  }
}
