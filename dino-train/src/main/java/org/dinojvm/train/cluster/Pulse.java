package org.dinojvm.train.cluster;

import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Tells the other workers every few seconds that the chief lives, while it does something else. */
final class Pulse implements AutoCloseable {

  private static final Duration BETWEEN = Duration.ofSeconds(2);

  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread;
  private volatile RuntimeException failure;

  private Pulse(Runnable beat, Consumer<WorkerLostException> onLoss) {
    thread = new Thread(() -> beats(beat, onLoss), "chief-pulse");
    thread.setDaemon(true);
  }

  /**
   * Starts it; the first beat comes after a pause.
   *
   * @param onLoss is told at once, on the pulse's thread; {@link #close} throws it afterwards
   */
  static Pulse start(Runnable beat, Consumer<WorkerLostException> onLoss) {
    Pulse pulse = new Pulse(beat, onLoss);
    pulse.thread.start();
    return pulse;
  }

  private void beats(Runnable beat, Consumer<WorkerLostException> onLoss) {
    try {
      while (!Uninterruptibles.awaitUninterruptibly(
          end, BETWEEN.toMillis(), TimeUnit.MILLISECONDS)) {
        beat.run();
      }
    } catch (WorkerLostException e) {
      failure = e;
      onLoss.accept(e);
    } catch (IllegalArgumentException | IllegalStateException e) {
      failure = e;
    }
  }

  /** Ends it, and waits for the last beat. */
  @Override
  public void close() {
    end.countDown();
    Uninterruptibles.joinUninterruptibly(thread);
    if (failure != null) {
      throw failure;
    }
  }
}
