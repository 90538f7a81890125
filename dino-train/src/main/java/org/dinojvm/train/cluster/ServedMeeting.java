package org.dinojvm.train.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.tensorflow.Session;

/** A meeting of workers that each have a server, in one session of each. */
final class ServedMeeting implements Meeting {

  private static final long DONE = 0;
  private static final long BUSY = 1;

  private final Cluster cluster;
  private final Session session;
  private final Limits limits;
  private final LastWords lastWords;
  private final Agenda agenda;
  private final Losses losses;
  private boolean hasTrained;

  ServedMeeting(
      Cluster cluster, Session session, Limits limits, LastWords lastWords, Agenda agenda) {
    this.cluster = cluster;
    this.session = session;
    this.limits = limits;
    this.lastWords = lastWords;
    this.agenda = agenda;
    losses = new Losses(cluster);
  }

  @Override
  public boolean isChief() {
    return cluster.rank() == 0;
  }

  @Override
  public void agree(Own mine) throws IOException {
    Fingerprint own = mine.fingerprint();
    long[][] all =
        together(
            "when they started",
            limits.firstRun(),
            run -> agenda.fingerprints().of(session, run, own.numbers()));
    for (int rank = 0; rank < cluster.size(); rank++) {
      int other = isChief() ? rank : 0; // the chief holds all against its own
      List<String> differences = own.differences(all[other]);
      if (!differences.isEmpty()) {
        leave();
        throw new IllegalArgumentException(
            "this worker and %s do not train the same: %s. Give all the same"
                .formatted(cluster.name(other), String.join(", ", differences)));
      }
      if (!Arrays.equals(all[rank], all[0])) {
        leave();
        throw new IllegalArgumentException(
            "%s does not train the same as the chief; it says what differs"
                .formatted(cluster.name(rank)));
      }
    }
  }

  @Override
  public void takeOverFromChief() {
    together(
        "when they took the chief's weights",
        limit(),
        run -> {
          agenda.state().takeOver(session, run);
          return true;
        });
  }

  @Override
  public boolean makeEqual() {
    long own = agenda.state().checksum(session);
    long[][] all =
        together("comparing weights", limit(), run -> agenda.numbers().of(session, run, own));
    for (long[] checksum : all) {
      if (checksum[0] != all[0][0]) {
        takeOverFromChief();
        return false;
      }
    }
    return true;
  }

  @Override
  public <T> T step(long number, Function<RunLimits, T> run) {
    T result = together("in step " + number, limit(), run);
    hasTrained = true;
    return result;
  }

  /** Up to the first step, all may still be compiling or reading. */
  private Duration limit() {
    return hasTrained ? limits.run() : limits.firstRun();
  }

  @Override
  public void whileChiefSaves(ChiefsWork work) throws IOException {
    whileChief(work, loss -> {});
  }

  @Override
  public void whileChiefEvaluates(ChiefsWork work) throws IOException {
    whileChief(work, lastWords::end);
  }

  @SuppressWarnings("try") // it is held, and else not used
  private void whileChief(ChiefsWork work, Consumer<WorkerLostException> onLoss)
      throws IOException {
    if (!isChief()) {
      while (exchanged(DONE) != DONE) {
        // The chief is alive and still at it.
      }
      return;
    }
    try (Pulse pulse = Pulse.start(() -> exchanged(BUSY), onLoss)) {
      work.run();
    }
    exchanged(DONE);
  }

  private long exchanged(long chiefs) {
    return together(
        "while the chief saved or evaluated",
        limits.run(),
        run -> agenda.numbers().of(session, run, chiefs)[0][0]);
  }

  @Override
  @SuppressWarnings("IllegalCatch") // TensorFlow's errors have no other type in common
  public void leave() {
    try {
      agenda.numbers().of(session, new RunLimits(limits.run()), DONE);
    } catch (RuntimeException e) {
      // Another has left already, and so has no need of this worker any more.
    }
  }

  /** Runs what all take part in, within limits. */
  @SuppressWarnings("IllegalCatch") // TensorFlow's errors have no other type in common
  private <T> T together(String what, Duration limit, Function<RunLimits, T> run) {
    return watched(
        limit,
        () -> {
          try {
            T result = run.apply(new RunLimits(limit));
            losses.together(what);
            return result;
          } catch (RuntimeException e) {
            throw losses.explain(e, limit);
          }
        });
  }

  /** Where TensorFlow's own limit does not reach, this process ends. */
  @SuppressWarnings("try") // it is held, and else not used
  private <T> T watched(Duration limit, Supplier<T> run) {
    try (Timer timer =
        Timer.start(Limits.halt(limit), () -> lastWords.end(losses.loss(limit, null)))) {
      return run.get();
    }
  }
}
