package org.dinojvm.train.cluster;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Something that happens after a time, unless it is closed before. */
final class Timer implements AutoCloseable {

  private static final ScheduledThreadPoolExecutor THREAD = thread();

  private final ScheduledFuture<?> pending;

  private Timer(ScheduledFuture<?> pending) {
    this.pending = pending;
  }

  private static ScheduledThreadPoolExecutor thread() {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "worker-limits");
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    return executor;
  }

  static Timer start(Duration time, Runnable event) {
    return new Timer(THREAD.schedule(event, time.toMillis(), TimeUnit.MILLISECONDS));
  }

  @Override
  public void close() {
    pending.cancel(false);
  }
}
