package org.dinojvm.eval;

import java.io.IOException;

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

  /** Gives each row in turn. */
  void forEach(Consumer consumer) throws IOException;
}
