package org.dinojvm.train.cluster;

import java.io.IOException;
import java.util.function.Function;

/**
 * What the workers of a run do together beside the step itself. All must do it in the same order.
 * Whatever fails because another worker is lost throws a {@link WorkerLostException}.
 */
public interface Meeting {

  /** Something that only the chief does: saving, evaluating. */
  @FunctionalInterface
  interface ChiefsWork {
    void run() throws IOException;
  }

  /** What this worker trains; reads the sizes of all pictures. */
  @FunctionalInterface
  interface Own {
    Fingerprint fingerprint() throws IOException;
  }

  /** Of a single worker: nothing to be done. */
  Meeting ALONE =
      new Meeting() {
        @Override
        public void agree(Own mine) {}

        @Override
        public void takeOverFromChief() {}

        @Override
        public boolean makeEqual() {
          return true;
        }

        @Override
        public <T> T step(long number, Function<RunLimits, T> run) {
          return run.apply(RunLimits.NONE);
        }

        @Override
        public void whileChiefSaves(ChiefsWork work) throws IOException {
          work.run();
        }

        @Override
        public void whileChiefEvaluates(ChiefsWork work) throws IOException {
          work.run();
        }

        @Override
        public void leave() {}
      };

  /** Whether this worker saves and evaluates. */
  default boolean isChief() {
    return true;
  }

  /**
   * Makes sure that all train the same.
   *
   * @param mine is asked only where there are others to agree with
   * @throws IllegalArgumentException on all of them, if one has other settings or pictures
   */
  void agree(Own mine) throws IOException;

  /** Gives all variables the chief's values. */
  void takeOverFromChief();

  /**
   * Holds the workers' variables against each other, and gives all the chief's if they differ.
   *
   * @return whether they were equal
   */
  boolean makeEqual();

  /**
   * Runs a step that all take part in.
   *
   * @param number of the step, from 1
   * @param run is given the limits for each of the step's runs
   */
  <T> T step(long number, Function<RunLimits, T> run);

  /** Lets the chief write files, however long it takes; the others wait as long as it lives. */
  void whileChiefSaves(ChiefsWork work) throws IOException;

  /** The same for work that may be cut short when another worker is lost. */
  void whileChiefEvaluates(ChiefsWork work) throws IOException;

  /** The last thing before a worker leaves: one that left earlier might break another's run. */
  void leave();
}
