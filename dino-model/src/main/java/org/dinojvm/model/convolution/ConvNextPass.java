package org.dinojvm.model.convolution;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.ArrayList;
import java.util.List;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Params;
import org.dinojvm.model.PatchGrid;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A forward pass of a ConvNeXt.
 *
 * <p>Letters in shapes: B pictures, h × w positions of a stage, D its features.
 *
 * @param norm weights of the final norm
 * @param stages what each gave
 */
public record ConvNextPass(Ops tf, Params norm, List<Stage> stages) implements Backbone.Pass {

  /**
   * What a stage gave.
   *
   * @param map [B, h, w, D]
   * @param dim D
   */
  record Stage(Operand<TFloat32> map, PatchGrid grid, int dim) {}

  /** The final norm of the last stage's mean, [B, D]. */
  @Override
  public Operand<TFloat32> features() {
    return normed(mean(last()));
  }

  /** The last stage's mean and its positions, each after the final norm: [B, 1 + h·w, D]. */
  @Override
  public Operand<TFloat32> tokens() {
    return withMean(last(), features(), patchTokens());
  }

  @Override
  public Operand<TFloat32> patchTokens() {
    Stage last = last();
    Operand<TFloat32> rows = tf.reshape(last.map, tf.constant(new int[] {-1, last.dim}));
    return tf.reshape(normed(rows), last.grid.map(tf, last.dim));
  }

  /**
   * What the last stages gave, each preceded by its mean; only the last stage has a norm.
   *
   * @param count how many stages, from the end
   * @return {@code count} tensors [B, 1 + h·w, D] of the stage's own h, w and D, the last one last
   */
  @Override
  public List<Operand<TFloat32>> intermediateLayers(int count) {
    int depth = stages.size();
    checkArgument(
        count >= 1 && count <= depth, "%s stages asked for, must be 1 to %s", count, depth);
    List<Operand<TFloat32>> layers = new ArrayList<>();
    for (Stage stage : stages.subList(depth - count, depth - 1)) {
      layers.add(withMean(stage, mean(stage), stage.map));
    }
    layers.add(tokens());
    return layers;
  }

  private Stage last() {
    return stages.get(stages.size() - 1);
  }

  /** [B, D]. */
  private Operand<TFloat32> mean(Stage stage) {
    return tf.math.mean(stage.map, tf.constant(new int[] {1, 2}));
  }

  /** [B, D] and [B, h, w, D] → [B, 1 + h·w, D]. */
  private Operand<TFloat32> withMean(Stage stage, Operand<TFloat32> mean, Operand<TFloat32> map) {
    return tf.concat(
        List.of(
            tf.expandDims(mean, tf.constant(1)), tf.reshape(map, stage.grid.rows(tf, stage.dim))),
        tf.constant(1));
  }

  /** [n, D] → [n, D]. */
  private Operand<TFloat32> normed(Operand<TFloat32> rows) {
    return Layers.layerNorm(tf, norm, rows, last().dim, ConvNext.NORM_EPSILON);
  }
}
