package org.dinojvm.train.cluster;

import com.google.common.base.Strings;
import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.stream.Stream;

/** What TensorFlow's errors say of other workers, in one line that says who and since when. */
final class Losses {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

  /** Workers that see a loss must not be taken for lost by those that see it a moment later. */
  private static final Duration STAY = Duration.ofMillis(1500);

  private static final String OTHER_SIZE = "is joining a group with size";

  private final Cluster cluster;
  private volatile String lastTogether;

  Losses(Cluster cluster) {
    this.cluster = cluster;
    lastTogether = "never";
  }

  /** All workers took part in a run that has ended. */
  void together(String what) {
    lastTogether = "at " + TIME.format(Instant.now()) + ", " + what;
  }

  /** Whether it is another worker or the network that made a run fail. */
  static boolean isLoss(RuntimeException error) {
    String message = Strings.nullToEmpty(error.getMessage());
    return !message.contains(OTHER_SIZE)
        && Stream.of(
                "Collective ops is aborted by",
                "Operation timed out",
                "Collective has timed out",
                "incarnation", // it was lost and came back before this worker noticed
                "Socket closed",
                "Connection reset by peer",
                "failed to connect to all addresses")
            .anyMatch(message::contains);
  }

  /** What to throw in place of an error of a run that all take part in. */
  RuntimeException explain(RuntimeException error, Duration limit) {
    String message = Strings.nullToEmpty(error.getMessage());
    if (message.contains(OTHER_SIZE)) {
      return new IllegalArgumentException(
          "the workers do not agree on how many they are, here %d: give all the same --workers or TF_CONFIG"
              .formatted(cluster.size()),
          error);
    } else if (message.contains("Shape mismatch in the collective instance")) {
      return new IllegalArgumentException(
          "the workers do not compute the same: start all by the same command and version", error);
    }
    return isLoss(error) ? loss(limit, error) : error;
  }

  /** Finds out who is lost. */
  WorkerLostException loss(Duration limit, Throwable cause) {
    RollCall call = RollCall.of(cluster);
    String who =
        call.isComplete()
            ? "a worker has left and come back, or took longer than the %d s of --worker_timeout"
                .formatted(limit.toSeconds())
            : call.missing();
    WorkerLostException loss =
        new WorkerLostException(
            "%s; all workers were last together %s. The checkpoints are whole: start all again"
                    .formatted(who, lastTogether)
                + " to go on from the newest, or have --restart do it",
            cause);
    Uninterruptibles.sleepUninterruptibly(STAY);
    return loss;
  }
}
