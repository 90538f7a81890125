package org.dinojvm.train.objective;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/**
 * The views of a batch, normalized and crop-major: crop 0 of all pictures, then crop 1, ….
 *
 * <p>Letters in shapes: B pictures, n local crops, S and s the sides of global and local crops.
 *
 * @param global two crops of each picture, [2B, S, S, 3], or one for an objective that takes one
 * @param byResolution all crops, one tensor [m, H, W, 3] for each resolution, the global ones first
 * @param count number of views of a picture
 * @param draws random numbers of [0, 1) for each global crop, [2B, {@link Objective#draws}]; absent
 *     where the objective asks for none
 * @param masks which patches of the global crops are masked, [2B, N]; absent in training, where
 *     they follow from the draws
 */
public record Views(
    Operand<TFloat32> global,
    ImmutableList<Operand<TFloat32>> byResolution,
    int count,
    Optional<Operand<TFloat32>> draws,
    Optional<Operand<TBool>> masks) {

  /** Views without draws and masks. */
  public Views(Operand<TFloat32> global, ImmutableList<Operand<TFloat32>> byResolution, int count) {
    this(global, byResolution, count, Optional.empty(), Optional.empty());
  }

  /** The same with random numbers, if there are any. */
  public Views drawing(Optional<Operand<TFloat32>> numbers) {
    return new Views(global, byResolution, count, numbers, masks);
  }

  /** The same with given masks. */
  public Views masked(Operand<TBool> which) {
    return new Views(global, byResolution, count, draws, Optional.of(which));
  }

  /** The local crops, [nB, s, s, 3], if there are any and all crops have not the same size. */
  public Optional<Operand<TFloat32>> local() {
    return byResolution.size() == 1 ? Optional.empty() : Optional.of(byResolution.get(1));
  }

  /**
   * Views of two kinds; crops of one resolution become one tensor, which BatchNorm in a backbone
   * would notice.
   *
   * @param local [n·B, s, s, 3]; absent if there are none
   * @param count number of views of a picture
   */
  public static Views of(
      Ops tf, Operand<TFloat32> global, Optional<Operand<TFloat32>> local, int count) {
    List<Operand<TFloat32>> kinds = Stream.concat(Stream.of(global), local.stream()).toList();
    boolean alike = local.isPresent() && local.get().shape().get(1) == global.shape().get(1);
    return new Views(
        global,
        alike
            ? ImmutableList.of(tf.concat(kinds, tf.constant(0)))
            : kinds.stream().collect(toImmutableList()),
        count);
  }
}
