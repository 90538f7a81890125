package org.dinojvm.train.cluster;

import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Waiting until the servers of all workers answer. TensorFlow would wait, too, but without a limit
 * and without a word.
 *
 * @param limit after which the wait is given up
 * @param betweenMessages that say who is missing
 * @param betweenCalls of all workers
 */
record Arrival(Duration limit, Duration betweenMessages, Duration betweenCalls) {

  /** A message each minute. */
  static Arrival within(Duration limit) {
    return new Arrival(limit, Duration.ofMinutes(1), Duration.ofMillis(500));
  }

  /**
   * Waits.
   *
   * @param news is told who is missing
   * @throws WorkerLostException if not all have come within the limit
   */
  void await(Cluster cluster, Consumer<String> news) {
    long begin = System.nanoTime();
    long told = begin;
    RollCall call = RollCall.of(cluster);
    while (!call.isComplete()) {
      long now = System.nanoTime();
      if (now - begin > limit.toNanos()) {
        throw new WorkerLostException(
            "waited %d s for all %d workers: %s; give up by --worker_wait"
                .formatted(limit.toSeconds(), cluster.size(), call.missing()),
            null);
      }
      if (now - told > betweenMessages.toNanos()) {
        told = now;
        news.accept(
            "waiting for all %d workers, %d s so far: %s"
                .formatted(
                    cluster.size(), Duration.ofNanos(now - begin).toSeconds(), call.missing()));
      }
      Uninterruptibles.sleepUninterruptibly(betweenCalls);
      call = RollCall.of(cluster);
    }
  }
}
