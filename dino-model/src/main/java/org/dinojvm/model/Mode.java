package org.dinojvm.model;

import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.types.TInt64;

/**
 * How a network runs.
 *
 * @param batchStatistics whether BatchNorm normalises by the batch (training; in DINO the teacher
 *     too) or by its running statistics (evaluation)
 * @param dropPathRate stochastic depth of the last block, 0 for none; student only
 * @param seed [2] seed of this forward pass's stochastic depth; needed when the rate is above 0
 * @param arithmetic of the backbone
 */
public record Mode(
    boolean batchStatistics,
    double dropPathRate,
    Optional<Operand<TInt64>> seed,
    Arithmetic arithmetic) {

  /** Running statistics, no stochastic depth. */
  public static final Mode EVALUATION = new Mode(false, 0, Optional.empty(), Arithmetic.PLAIN);

  /** Batch statistics, no stochastic depth: the teacher while training. */
  public static final Mode TEACHER = new Mode(true, 0, Optional.empty(), Arithmetic.PLAIN);

  /** Batch statistics and stochastic depth: the student. */
  public static Mode student(double dropPathRate, Operand<TInt64> seed) {
    return new Mode(true, dropPathRate, Optional.of(seed), Arithmetic.PLAIN);
  }

  /** The same with another arithmetic. */
  public Mode in(Arithmetic other) {
    return new Mode(batchStatistics, dropPathRate, seed, other);
  }
}
