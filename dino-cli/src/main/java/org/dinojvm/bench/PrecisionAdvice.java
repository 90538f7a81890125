package org.dinojvm.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.dinojvm.bench.MatrixProduct.Size;
import org.dinojvm.serve.Precision;
import org.dinojvm.train.config.TrainConfig;

/**
 * Whether bfloat16 is worth it on this machine: processors without instructions for it, and AMD's
 * in virtual machines that hide their caches, take longer over it than over float32.
 */
public final class PrecisionAdvice {

  private static final int SIDE = 1024;
  private static final int RUNS = 5;

  /** Products are not all of a step, and the rest is a little faster in bfloat16. */
  private static final double MUCH_SLOWER = 0.75;

  /** Where Linux lists a processor's caches, if it knows of any. */
  private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");

  private PrecisionAdvice() {}

  /** Times products, for a fraction of a second, where a run asks for bfloat16. */
  public static Optional<String> of(TrainConfig config) {
    if (config.compute().precision() != Precision.BF16) {
      return Optional.empty();
    }
    int threads = config.threads().threads();
    boolean cachesHidden = Files.exists(CACHES.getParent()) && Files.notExists(CACHES);
    return of(speed(Precision.FLOAT32, threads), speed(Precision.BF16, threads), cachesHidden);
  }

  private static double speed(Precision precision, int threads) {
    return MatrixProductBenchmark.run(Size.square(SIDE), precision, threads, RUNS).gflopPerSecond();
  }

  /**
   * What to say of speeds.
   *
   * @param float32 GFLOP/s of a matrix product
   * @param bfloat16 of the same in bfloat16
   * @param cachesHidden whether the machine tells nothing of its caches, which oneDNN takes for
   *     caches of a byte each on processors of AMD
   */
  static Optional<String> of(double float32, double bfloat16, boolean cachesHidden) {
    return bfloat16 >= MUCH_SLOWER * float32
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "matrix products are slower in bfloat16 than in float32 on this machine, %.0f and"
                    + " %.0f GFLOP/s: --precision float32 is faster here, with more memory%s",
                bfloat16,
                float32,
                cachesHidden
                    ? " (this virtual machine hides its processor's caches, without which bfloat16"
                        + " is several times slower than it could be)"
                    : ""));
  }
}
