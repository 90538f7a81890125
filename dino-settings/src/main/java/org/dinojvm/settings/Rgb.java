package org.dinojvm.settings;

/** One number for each colour channel. */
public record Rgb(double red, double green, double blue) {

  /** [3], in the order red, green, blue. */
  public float[] toArray() {
    return new float[] {(float) red, (float) green, (float) blue};
  }
}
