package org.dinojvm.data;

/** Hears how far a long job over files or pictures has come. */
@FunctionalInterface
public interface Progress {

  /** Nobody listens. */
  Progress NONE = (done, total) -> {};

  /**
   * {@code done} of {@code total} are finished.
   *
   * @throws java.util.concurrent.CancellationException to end the job, which passes it on
   */
  void report(int done, int total);
}
