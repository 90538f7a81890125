package org.dinojvm.train.run;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a process should have been started with to train as fast as it could. TensorFlow and glibc
 * read these from the environment when the process starts, where Java cannot set them any more; the
 * launcher {@code dino} does.
 */
public final class LaunchAdvice {

  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

  private LaunchAdvice() {}

  /** What is missing, a line each with the remedy; nothing where all is as it should be. */
  public static ImmutableList<String> forThisProcess() {
    try {
      return Files.exists(PROCESSOR)
          ? of(System.getenv(), Files.readString(PROCESSOR))
          : ImmutableList.of();
    } catch (IOException e) {
      return ImmutableList.of(); // advice is not worth a failure
    }
  }

  /**
   * What is missing.
   *
   * @param environment variables of the process
   * @param processor content of {@code /proc/cpuinfo}
   */
  static ImmutableList<String> of(Map<String, String> environment, String processor) {
    ImmutableList.Builder<String> advice = ImmutableList.builder();
    if (processor.contains("avx512_bf16")
        && !environment.getOrDefault("XLA_FLAGS", "").contains("prefer_vector_width")) {
      advice.add(
          "steps take a few percent longer than they need on this processor: start Java with"
              + " XLA_FLAGS=--xla_cpu_prefer_vector_width=512 in the environment");
    }
    if (!environment.getOrDefault("GLIBC_TUNABLES", "").contains("glibc.malloc.hugetlb")) {
      advice.add(
          "steps take a few percent longer than they need without huge pages: start Java with"
              + " GLIBC_TUNABLES=glibc.malloc.hugetlb=1 in the environment");
    }
    return advice.build();
  }
}
