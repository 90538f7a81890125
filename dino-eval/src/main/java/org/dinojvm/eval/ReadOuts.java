package org.dinojvm.eval;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.math.Whitening;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.readout.ReadOut;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/** Features of a kind, as an export gives them. */
public final class ReadOuts {

  /** Pictures that are enough to whiten by; some times as many as there are features. */
  public static final int ENOUGH = 2_000;

  private ReadOuts() {}

  /**
   * What an export gives instead of the class token.
   *
   * @param model the same network
   * @param whitenedBy pictures whose features' principal components are whitened; none to leave
   *     features as they are
   * @param power see {@link FeatureOptions#whiteningPower}
   * @throws IllegalArgumentException if the model has no such features, or there are fewer than two
   *     pictures
   */
  public static ReadOut learn(
      FeatureModel model,
      FeatureKind kind,
      List<Picture> whitenedBy,
      double power,
      Progress progress) {
    Optional<ReadOut.Affine> map = Optional.empty();
    String words = kind.words();
    if (!whitenedBy.isEmpty()) {
      float[][] rows = new FeatureExtractor(model, kind, progress).extract(whitenedBy);
      map = Optional.of(Whitening.learn(rows, power).affine());
      words +=
          String.format(
              Locale.ROOT,
              ", whitened by the principal components of %,d pictures (power %s)",
              rows.length,
              power);
    }
    int classTokens = kind.classTokens();
    return new ReadOut(
        classTokens > 1 ? Math.min(classTokens, blocks(model)) : classTokens,
        kind.seesPatches(),
        map,
        words);
  }

  /** How many of the last blocks a model shows. */
  private static int blocks(FeatureModel model) {
    int side = model.info().imageSize();
    try (TFloat32 black = TFloat32.tensorOf(NdArrays.ofFloats(Shape.of(1, side, side, 3)));
        TFloat32 blocks = model.blocks(black)) {
      return (int) blocks.shape().get(1);
    } catch (UnsupportedOperationException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
