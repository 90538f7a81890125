package org.dinojvm.visual;

/**
 * One number for each patch of a picture.
 *
 * @param values by row and column
 * @param columns patches in a row
 */
record PatchMap(float[] values, int columns) {

  int rows() {
    return values.length / columns;
  }

  /** The mean of maps of one size. */
  static PatchMap mean(PatchMap... maps) {
    float[] mean = new float[maps[0].values.length];
    for (PatchMap map : maps) {
      for (int patch = 0; patch < mean.length; patch++) {
        mean[patch] += map.values[patch] / maps.length;
      }
    }
    return new PatchMap(mean, maps[0].columns);
  }

  /** The same map from 0, its least value, to 1, its largest; all 0 where they are equal. */
  PatchMap stretched() {
    float least = Float.POSITIVE_INFINITY;
    float most = Float.NEGATIVE_INFINITY;
    for (float value : values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    float range = Math.max(most - least, Float.MIN_NORMAL);
    float[] stretched = new float[values.length];
    for (int patch = 0; patch < values.length; patch++) {
      stretched[patch] = (values[patch] - least) / range;
    }
    return new PatchMap(stretched, columns);
  }

  /**
   * The value at a point in patches (0.5 is the first patch's center), between centers bilinear.
   */
  float at(float x, float y) {
    float left = Math.max(0, Math.min(columns - 1, x - 0.5f));
    float top = Math.max(0, Math.min(rows() - 1, y - 0.5f));
    int column = Math.min((int) left, Math.max(0, columns - 2));
    int row = Math.min((int) top, Math.max(0, rows() - 2));
    float upper = between(row, column, left - column);
    float lower = between(Math.min(row + 1, rows() - 1), column, left - column);
    return upper + (top - row) * (lower - upper);
  }

  private float between(int row, int column, float part) {
    float from = values[row * columns + column];
    float to = values[row * columns + Math.min(column + 1, columns - 1)];
    return from + part * (to - from);
  }
}
