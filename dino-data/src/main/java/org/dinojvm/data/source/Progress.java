package org.dinojvm.data.source;

/** Is told now and then how far a long job over pictures is. */
@FunctionalInterface
public interface Progress {

  /** Ignores all reports. */
  Progress NONE = (done, total) -> {};

  /** {@code done} of {@code total} pictures are finished. */
  void report(int done, int total);
}
