package org.dinojvm.train.run;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.dinojvm.checkpoint.Checkpoint;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.files.IoFailures;
import org.tensorflow.Session;

/**
 * Saves a run. When that fails, as on a full disk, training goes on with the last good checkpoint
 * kept, and the state of a later step is tried soon again.
 */
public final class Saver {

  /** Between attempts, so that a failing disk does not slow training down. */
  private static final Duration PAUSE = Duration.ofMinutes(1);

  private final RunSummary run;
  private final Checkpoints checkpoints;
  private final Checkpoint checkpoint;
  private final RunPosition position;
  private final Session session;
  private final Listeners listeners;

  private boolean failing;
  private long lastWarning;

  public Saver(
      RunSummary run,
      Checkpoints checkpoints,
      Checkpoint checkpoint,
      RunPosition position,
      Session session,
      Listeners listeners) {
    this.run = run;
    this.checkpoints = checkpoints;
    this.checkpoint = checkpoint;
    this.position = position;
    this.session = session;
    this.listeners = listeners;
  }

  /** Whether saving fails and it is time to try and, if need be, warn again. */
  public boolean isRetryDue() {
    return failing && System.nanoTime() - lastWarning >= PAUSE.toNanos();
  }

  /** Saves the state after {@code trained} steps; nothing if that is impossible at present. */
  public Optional<Path> trySave(long trained) {
    try {
      return Optional.of(save(trained));
    } catch (IOException e) {
      if (!failing || isRetryDue()) { // or else the log would be flooded
        listeners.warned(
            "%s. Training goes on and tries again; %s".formatted(e.getMessage(), lastGood()));
        lastWarning = System.nanoTime();
      }
      failing = true;
      return Optional.empty();
    }
  }

  /**
   * Saves the state after {@code trained} steps, the last ones of this session.
   *
   * @throws IOException if it is lost
   */
  public Path saveLast(long trained) throws IOException {
    try {
      return save(trained);
    } catch (IOException e) {
      throw new IOException(
          "%s. The steps since the last checkpoint are lost; %s. Make room or restore access, then"
                  .formatted(e.getMessage(), lastGood())
              + " run the same command to go on",
          e);
    }
  }

  /** Saves under another number of steps, beside the checkpoint that was restored. */
  public Path saveRenumbered(long trained) throws IOException {
    return write(trained);
  }

  private Path save(long trained) throws IOException {
    Path saved = write(trained);
    prune();
    return saved;
  }

  private Path write(long trained) throws IOException {
    long pictures = trained * run.batchTotal();
    position.set(session, trained, pictures, run.config());
    Path saved =
        checkpoints.save(
            trained,
            aside -> {
              checkpoint.save(session, aside);
              run.config().write(aside.resolve(Checkpoints.CONFIG));
            });
    if (failing) {
      listeners.warned("saving works again: " + saved);
      failing = false;
    }
    return saved;
  }

  private void prune() {
    try {
      checkpoints.prune(
          run.config().run().keepCheckpoints(),
          run.config().run().saveckpFreq() * run.stepsPerEpoch());
    } catch (IOException e) {
      listeners.warned(
          "an old checkpoint cannot be removed: %s; training goes on"
              .formatted(IoFailures.reason(e)));
    }
  }

  private String lastGood() {
    return checkpoints
        .newest()
        .map(newest -> "the last good checkpoint is " + newest)
        .orElse("there is no checkpoint yet");
  }
}
