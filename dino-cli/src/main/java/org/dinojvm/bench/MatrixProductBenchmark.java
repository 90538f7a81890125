package org.dinojvm.bench;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.Locale;
import org.dinojvm.bench.MatrixProduct.Size;
import org.dinojvm.serve.Precision;
import org.dinojvm.serve.ThreadSettings;

/** Times matrix products: the arithmetic limit of a machine. */
public final class MatrixProductBenchmark {

  /**
   * What was measured.
   *
   * @param m rows of the first matrix and of the product
   * @param k columns of the first matrix, rows of the second
   * @param n columns of the second matrix and of the product
   * @param precision {@code float32} or {@code bf16}
   * @param threads that computed
   * @param gflopPerSecond 2·m·n·k by the median time, in 10⁹
   * @param bestGflopPerSecond by the shortest time
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Result(
      long m,
      long k,
      long n,
      String precision,
      int threads,
      double gflopPerSecond,
      double bestGflopPerSecond) {}

  private MatrixProductBenchmark() {}

  /**
   * Times one size of product.
   *
   * @param threads that compute; 0 for all cores
   * @param runs products to time, after two that are not
   */
  public static Result run(Size size, Precision precision, int threads, int runs) {
    try (MatrixProduct product = new MatrixProduct(size, precision, threads)) {
      Timing timing = Timing.of(runs, product::run);
      return new Result(
          size.m(),
          size.k(),
          size.n(),
          precision.name().toLowerCase(Locale.ROOT),
          new ThreadSettings(threads, 0).threadsOrCores(),
          size.flop() / timing.median() / 1e9,
          size.flop() / timing.best() / 1e9);
    }
  }
}
