package org.dinojvm.data.source;

/** Is told now and then how far a long job over pictures is. */
@FunctionalInterface
public interface Progress {

  /** Ignores all reports. */
  Progress NONE = (done, total) -> {};

  /**
   * {@code done} of {@code total} pictures are finished.
   *
   * @throws java.util.concurrent.CancellationException to end the job, which passes it on
   */
  void report(int done, int total);
}
