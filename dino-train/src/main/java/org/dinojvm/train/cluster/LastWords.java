package org.dinojvm.train.cluster;

import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * How a process ends that cannot end otherwise, because a run of TensorFlow's does not return.
 *
 * @param words is told why, in one line
 * @param end ends the process with an exit code, without waiting for anything
 */
public record LastWords(Consumer<String> words, IntConsumer end) {

  /** On standard error, as other errors. */
  public static LastWords ofThisProcess() {
    return new LastWords(
        message -> System.err.println("dino: " + message), Runtime.getRuntime()::halt);
  }

  /** Says why and ends the process. */
  void end(WorkerLostException loss) {
    words.accept(loss.getMessage());
    end.accept(WorkerLostException.EXIT_CODE);
  }
}
