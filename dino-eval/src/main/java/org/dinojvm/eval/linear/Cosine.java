package org.dinojvm.eval.linear;

/** The published schedule of a linear probe's rate: half a cosine from the rate to 0. */
public final class Cosine {

  private Cosine() {}

  /**
   * The rate at a time; never 0, since the last time is {@code all − 1}.
   *
   * @param rate at first
   * @param now epochs or iterations so far
   * @param all of the whole training
   */
  public static double at(double rate, int now, int all) {
    return rate * 0.5 * (1 + Math.cos(Math.PI * now / all));
  }
}
