package org.dinojvm.eval;

import java.io.IOException;
import java.util.Arrays;

/** A matrix that need not be in memory: one row of features a picture. */
public interface FeatureRows {

  /** Takes a row, whose array may be used again for the next one. */
  @FunctionalInterface
  interface Consumer {
    void accept(int index, float[] row) throws IOException;
  }

  /** Number of rows. */
  int rows();

  /** Values in a row. */
  int width();

  /**
   * Some rows.
   *
   * @param from the first
   * @param to behind the last
   * @return [to − from, D]; not to be changed
   */
  default float[][] read(int from, int to) throws IOException {
    float[][] some = new float[to - from][];
    forEach(
        (index, row) -> {
          if (from <= index && index < to) {
            some[index - from] = row.clone();
          }
        });
    return some;
  }

  /**
   * Some of the rows, wherever they are.
   *
   * @param indices their numbers
   */
  default FeatureRows selected(int[] indices) {
    FeatureRows all = this;
    return new FeatureRows() {
      @Override
      public int rows() {
        return indices.length;
      }

      @Override
      public int width() {
        return all.width();
      }

      @Override
      public float[][] read(int from, int to) throws IOException {
        float[][] some = new float[to - from][];
        for (int i = from; i < to; i++) {
          some[i - from] = all.read(indices[i], indices[i] + 1)[0];
        }
        return some;
      }

      @Override
      public void forEach(Consumer consumer) throws IOException {
        for (int i = 0; i < indices.length; i++) {
          consumer.accept(i, read(i, i + 1)[0]);
        }
      }
    };
  }

  /** Rows that are in memory, [N, D]. */
  static FeatureRows of(float[][] rows) {
    return new FeatureRows() {
      @Override
      public int rows() {
        return rows.length;
      }

      @Override
      public int width() {
        return rows.length == 0 ? 0 : rows[0].length;
      }

      @Override
      public float[][] read(int from, int to) {
        return Arrays.copyOfRange(rows, from, to);
      }

      @Override
      public void forEach(Consumer consumer) throws IOException {
        for (int row = 0; row < rows.length; row++) {
          consumer.accept(row, rows[row]);
        }
      }
    };
  }

  /** Gives each row in turn. */
  void forEach(Consumer consumer) throws IOException;
}
