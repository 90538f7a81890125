package org.dinojvm.explore.report;

import java.util.Optional;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.eval.math.UnitRows;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelInfo;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/**
 * What a model with patches sees in one picture.
 *
 * <p>Letters in shapes: h × w patches, D features.
 *
 * @param side of the square that the model saw, in pixels
 * @param rows h
 * @param columns w
 * @param attention [heads, h · w], of the class token in the last block; no heads for a model
 *     without attention
 * @param tokens [h · w, D], each of length 1; empty for a model without tokens
 */
public record PatchView(
    int side, int rows, int columns, float[][] attention, Optional<float[][]> tokens) {

  /** Patches of a side that a page shows at most, unless the model sees more by itself. */
  private static final int MOST_PATCHES = 28;

  /** Whether there is anything to show of a model. */
  public static boolean appliesTo(FeatureModel model) {
    return model.info().patchSize() > 0 && (model.info().numHeads() > 0 || model.hasTokens());
  }

  /**
   * The side of the square that is shown to a model: twice its evaluation view for finer maps, but
   * no more than 28 patches, unless that view has more.
   */
  public static int side(ModelInfo info) {
    int patch = info.patchSize();
    int own = Math.max(1, info.imageSize() / patch);
    return patch * Math.max(own, Math.min(2 * own, MOST_PATCHES));
  }

  /** How a picture becomes that square: as the model's evaluation view does it. */
  public static EvalView view(ModelInfo info) {
    int side = side(info);
    EvalView.Fit fit = Optional.ofNullable(info.evalFit()).orElse(EvalView.Fit.CROP);
    return new EvalView(side, side, fit, info.evalInterpolation());
  }

  /**
   * Looks at a picture.
   *
   * @param pixels of {@link #view}, RGB in 0…1
   */
  public static PatchView of(FeatureModel model, float[] pixels) {
    int side = side(model.info());
    int patches = side / model.info().patchSize();
    try (TFloat32 images = TFloat32.tensorOf(Shape.of(1, side, side, 3), DataBuffers.of(pixels))) {
      return new PatchView(
          side,
          patches,
          patches,
          model.info().numHeads() > 0 ? attention(model, images) : new float[0][],
          model.hasTokens() ? Optional.of(tokens(model, images)) : Optional.empty());
    }
  }

  /** [heads, h · w] of [1, H, W, 3]. */
  private static float[][] attention(FeatureModel model, TFloat32 images) {
    try (TFloat32 attention = model.attention(images)) {
      return rows(
          attention,
          Math.toIntExact(attention.shape().get(1)),
          Math.toIntExact(attention.shape().get(2) * attention.shape().get(3)));
    }
  }

  /** [h · w, D] of [1, H, W, 3]. */
  private static float[][] tokens(FeatureModel model, TFloat32 images) {
    try (TFloat32 tokens = model.tokens(images)) {
      return UnitRows.of(
          rows(
              tokens,
              Math.toIntExact(tokens.shape().get(1) * tokens.shape().get(2)),
              Math.toIntExact(tokens.shape().get(3))));
    }
  }

  private static float[][] rows(TFloat32 tensor, int count, int width) {
    FloatDataBuffer values = tensor.asRawTensor().data().asFloats();
    float[][] rows = new float[count][width];
    for (int row = 0; row < count; row++) {
      values.offset((long) row * width).read(rows[row]);
    }
    return rows;
  }
}
