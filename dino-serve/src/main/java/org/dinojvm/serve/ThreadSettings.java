package org.dinojvm.serve;

import static org.dinojvm.settings.Rules.atLeast;

import org.dinojvm.settings.Setting;

/** Threads of TensorFlow's sessions. */
public record ThreadSettings(
    @Setting(
            value = "0",
            unit = "threads",
            doc =
                "Threads that one operation may use; 0 for all cores. For small networks 1 is faster.",
            source = "dino-jvm",
            mayChange = true)
        int threads,
    @Setting(
            value = "0",
            unit = "operations",
            doc =
                "Operations that may run at the same time; 0 for one more than cores, for some only"
                    + " wait.",
            source = "dino-jvm",
            mayChange = true)
        int parallelOps) {

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public ThreadSettings {
    atLeast("threads", threads, 0);
    atLeast("parallel_ops", parallelOps, 0);
  }

  /** How many threads an operation may use: the setting, or all cores for 0. */
  public int threadsOrCores() {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }
}
