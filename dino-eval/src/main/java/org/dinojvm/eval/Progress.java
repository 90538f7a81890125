package org.dinojvm.eval;

/** Hears how far a long job over pictures has come. */
@FunctionalInterface
public interface Progress {

  /** Hears nothing. */
  Progress NONE = (done, total) -> {};

  /** {@code done} of {@code total} pictures are finished. */
  void report(int done, int total);
}
