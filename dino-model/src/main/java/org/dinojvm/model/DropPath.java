package org.dinojvm.model;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.dinojvm.model.TokenLayers.Size;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * Stochastic depth (Huang et al. 2016) as in the published code: each residual branch of each
 * sample is dropped on its own, with a rate that grows linearly from 0 at the first block to the
 * full rate at the last; kept branches are divided by the keep rate.
 *
 * <p>Letters in shapes: B pictures, T tokens.
 */
public final class DropPath {

  /** A block's factors, [B·T, 1] each; none where they are 1. */
  record Factors(Optional<Operand<TFloat32>> attention, Optional<Operand<TFloat32>> mlp) {

    /** Nothing is dropped. */
    static final Factors NONE = new Factors(Optional.empty(), Optional.empty());
  }

  private final ImmutableList<Factors> blocks;

  private DropPath(ImmutableList<Factors> blocks) {
    this.blocks = blocks;
  }

  /** Draws the factors of one forward pass, all branches in one go. */
  static DropPath create(Ops tf, Mode mode, int depth, Size size) {
    ImmutableList.Builder<Factors> blocks = ImmutableList.builder();
    blocks.add(Factors.NONE); // the first block's rate is 0
    if (mode.dropPathRate() == 0 || depth == 1) {
      return new DropPath(blocks.build());
    }
    Operand<TFloat32> drawn = perPicture(tf, mode, depth, size.pictures());
    List<Operand<TFloat32>> branches =
        tf.unstack(drawn, 2L * depth).output().stream()
            .map(branch -> byRow(tf, branch, size))
            .toList();
    for (int block = 1; block < depth; block++) {
      blocks.add(
          new Factors(
              Optional.of(branches.get(2 * block)), Optional.of(branches.get(2 * block + 1))));
    }
    return new DropPath(blocks.build());
  }

  /** The factors of a block. */
  Factors of(int block) {
    return block < blocks.size() ? blocks.get(block) : Factors.NONE;
  }

  /** Factors by block and branch: [2·depth, B]. */
  static Operand<TFloat32> perPicture(Ops tf, Mode mode, int depth, Operand<TInt32> batch) {
    double[] rates = new double[2 * depth];
    for (int block = 0; block < depth; block++) {
      rates[2 * block] = mode.dropPathRate() * block / Math.max(1, depth - 1);
      rates[2 * block + 1] = rates[2 * block];
    }
    return perPicture(tf, mode, rates, batch);
  }

  /** Factors by branch, given the rate of each: [branches, B]. */
  private static Operand<TFloat32> perPicture(
      Ops tf, Mode mode, double[] rates, Operand<TInt32> batch) {
    float[][] keep = new float[rates.length][1];
    for (int branch = 0; branch < rates.length; branch++) {
      keep[branch][0] = (float) (1 - rates[branch]);
    }
    Operand<TFloat32> keepRates = tf.constant(keep);
    Operand<TFloat32> uniform = uniform(tf, mode, rates.length, batch);
    return tf.math.div(tf.math.floor(tf.math.add(keepRates, uniform)), keepRates);
  }

  /**
   * Numbers of [0, 1): [branches, B]. Workers deal the rows of one large batch out in turn, as they
   * do its pictures.
   */
  private static Operand<TFloat32> uniform(Ops tf, Mode mode, int branches, Operand<TInt32> batch) {
    int workers = mode.workers().count();
    if (workers == 1) {
      return tf.random.statelessRandomUniform(
          tf.stack(List.of(tf.constant(branches), batch)), seed(tf, mode));
    }
    Operand<TFloat32> ofAll = // [branches, B, workers]
        tf.random.statelessRandomUniform(
            tf.stack(List.of(tf.constant(branches), batch, tf.constant(workers))), seed(tf, mode));
    return tf.gather(ofAll, tf.constant(mode.workers().rank()), tf.constant(2));
  }

  /**
   * Draws the factors of branches whose rates do not follow the blocks of a Vision Transformer.
   *
   * @param rates of the branches
   * @return one by branch, [B]; none where the rate is 0
   */
  public static ImmutableList<Optional<Operand<TFloat32>>> branches(
      Ops tf, Mode mode, double[] rates, Operand<TInt32> batch) {
    ImmutableList.Builder<Optional<Operand<TFloat32>>> branches = ImmutableList.builder();
    if (mode.dropPathRate() == 0) {
      return branches.addAll(Collections.nCopies(rates.length, Optional.empty())).build();
    }
    List<? extends Operand<TFloat32>> drawn =
        tf.unstack(perPicture(tf, mode, rates, batch), (long) rates.length).output();
    for (int branch = 0; branch < rates.length; branch++) {
      branches.add(rates[branch] == 0 ? Optional.empty() : Optional.of(drawn.get(branch)));
    }
    return branches.build();
  }

  /**
   * The batch's seed, changed by purpose and pass. Draws of different shapes from one seed begin
   * alike, so passes at two resolutions would drop the same branches of the same pictures.
   */
  private static Operand<TInt64> seed(Ops tf, Mode mode) {
    String purpose = "drop_path." + mode.pass();
    long change = Hashing.murmur3_128().hashString(purpose, StandardCharsets.UTF_8).asLong();
    return tf.math.add(mode.seed().orElseThrow(), tf.constant(new long[] {change, 0}));
  }

  /** [B] to [B, T] to [B·T, 1]. */
  public static Operand<TFloat32> byRow(Ops tf, Operand<TFloat32> branch, Size size) {
    Operand<TFloat32> rows = tf.broadcastTo(tf.expandDims(branch, tf.constant(1)), size.with(tf));
    return tf.reshape(rows, tf.constant(new int[] {-1, 1}));
  }
}
