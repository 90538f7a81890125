package org.dinojvm.train.cluster;

import java.time.Duration;
import org.tensorflow.Session;
import org.tensorflow.proto.RunOptions;

/**
 * The time limit of a run, after which TensorFlow gives up waiting for other workers.
 *
 * @param limit none where it is zero
 */
public record RunLimits(Duration limit) {

  /** No limit. */
  static final RunLimits NONE = new RunLimits(Duration.ZERO);

  /** Gives a run its limit. */
  public Session.Runner on(Session.Runner runner) {
    return limit.isZero()
        ? runner
        : runner.setOptions(RunOptions.newBuilder().setTimeoutInMs(limit.toMillis()).build());
  }
}
