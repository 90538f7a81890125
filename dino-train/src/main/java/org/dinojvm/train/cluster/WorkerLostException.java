package org.dinojvm.train.cluster;

/**
 * Another worker is gone, does not answer, or cannot be reached, so that the run cannot go on in
 * this process. The last checkpoint is whole; workers that are started again go on from it.
 */
public final class WorkerLostException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * What a process should exit with upon it: supervisors such as Kubeflow's operator start those
   * again that exit with 128 or more, and older ones only upon a few codes, of which this is one.
   */
  public static final int EXIT_CODE = 138;

  public WorkerLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
