package org.dinojvm.model;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.types.TInt64;

/**
 * How a network runs.
 *
 * @param batchStatistics whether BatchNorm normalizes by the batch (training; in DINO the teacher
 *     too) or by its running statistics (evaluation)
 * @param gradients whether gradients will be taken through this pass. Without, what only a backward
 *     pass needs is left out of the graph
 * @param dropPathRate stochastic depth of the last block, 0 for none; student only
 * @param seed [2] seed of the batch's stochastic depth; needed when the rate is above 0
 * @param pass number of the forward pass among those of one seed, from 0; passes draw independently
 * @param arithmetic of the backbone
 * @param workers that train together; what is drawn for a picture does not depend on how many
 * @param sharedStatistics whether BatchNorm normalizes over the batches of all workers
 */
public record Mode(
    boolean batchStatistics,
    boolean gradients,
    double dropPathRate,
    Optional<Operand<TInt64>> seed,
    int pass,
    Arithmetic arithmetic,
    Workers workers,
    boolean sharedStatistics) {

  /** Running statistics, no stochastic depth, no gradients. */
  public static final Mode EVALUATION =
      new Mode(false, false, 0, Optional.empty(), 0, Arithmetic.PLAIN, Workers.ONE, true);

  /** Batch statistics, no stochastic depth, no gradients: the teacher while training. */
  public static final Mode TEACHER =
      new Mode(true, false, 0, Optional.empty(), 0, Arithmetic.PLAIN, Workers.ONE, true);

  public Mode {
    checkArgument(
        dropPathRate >= 0 && dropPathRate < 1,
        "drop path rate is %s, must be at least 0 and below 1",
        dropPathRate);
    checkArgument(
        dropPathRate == 0 || seed.isPresent(),
        "drop path rate is %s without a seed; give the batch's",
        dropPathRate);
  }

  /** Batch statistics, stochastic depth and gradients: the student. */
  public static Mode student(double dropPathRate, Operand<TInt64> seed) {
    return new Mode(
        true, true, dropPathRate, Optional.of(seed), 0, Arithmetic.PLAIN, Workers.ONE, true);
  }

  /** The same with another arithmetic. */
  public Mode in(Arithmetic other) {
    return new Mode(
        batchStatistics, gradients, dropPathRate, seed, pass, other, workers, sharedStatistics);
  }

  /** The same as one of several passes of one seed. */
  public Mode forPass(int number) {
    return new Mode(
        batchStatistics,
        gradients,
        dropPathRate,
        seed,
        number,
        arithmetic,
        workers,
        sharedStatistics);
  }

  /** The same without stochastic depth. */
  public Mode whole() {
    return new Mode(
        batchStatistics, gradients, 0, seed, pass, arithmetic, workers, sharedStatistics);
  }

  /** The same as one of several workers. */
  public Mode among(Workers others) {
    return new Mode(
        batchStatistics, gradients, dropPathRate, seed, pass, arithmetic, others, sharedStatistics);
  }

  /** The same with or without BatchNorm over the batches of all workers. */
  public Mode sharing(boolean statistics) {
    return new Mode(
        batchStatistics, gradients, dropPathRate, seed, pass, arithmetic, workers, statistics);
  }

  /** The workers over all of whose batches BatchNorm normalizes. */
  Workers ofStatistics() {
    return sharedStatistics ? workers : Workers.ONE;
  }
}
