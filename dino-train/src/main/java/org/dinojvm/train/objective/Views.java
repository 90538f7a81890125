package org.dinojvm.train.objective;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The views of a batch, normalized and crop-major: crop 0 of all pictures, then crop 1, ….
 *
 * <p>Letters in shapes: B pictures, n local crops, S and s the sides of global and local crops.
 *
 * @param global two crops of each picture, [2B, S, S, 3]
 * @param byResolution all crops, one tensor [m, H, W, 3] for each resolution, the global ones first
 * @param count number of views of a picture, 2 + n
 */
public record Views(
    Operand<TFloat32> global, ImmutableList<Operand<TFloat32>> byResolution, int count) {

  /**
   * Views of two kinds; crops of one resolution become one tensor, which BatchNorm in a backbone
   * would notice.
   *
   * @param local [n·B, s, s, 3]; absent if there are none
   * @param localCrops n
   */
  public static Views of(
      Ops tf, Operand<TFloat32> global, Optional<Operand<TFloat32>> local, int localCrops) {
    List<Operand<TFloat32>> kinds = Stream.concat(Stream.of(global), local.stream()).toList();
    boolean alike = local.isPresent() && local.get().shape().get(1) == global.shape().get(1);
    return new Views(
        global,
        alike
            ? ImmutableList.of(tf.concat(kinds, tf.constant(0)))
            : kinds.stream().collect(toImmutableList()),
        2 + localCrops);
  }
}
