package org.dinojvm.eval;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.math.Whitening;

/**
 * Features of pictures that are searched or learned from, the index, and of others seen likewise:
 * whatever post-processing learns, it learns on the index.
 */
public final class FeatureSpace {

  private final Function<List<Picture>, float[][]> features;
  private final Optional<Whitening> whitening;
  private final float[][] index;

  /**
   * Learns on the index.
   *
   * @param power of the eigenvalues that principal components are divided by; none to whiten
   *     nothing
   */
  FeatureSpace(
      Function<List<Picture>, float[][]> features, List<Picture> indexed, OptionalDouble power) {
    this.features = features;
    float[][] plain = features.apply(indexed);
    this.whitening =
        power.isPresent()
            ? Optional.of(Whitening.learn(plain, power.getAsDouble()))
            : Optional.empty();
    this.index = processed(plain);
  }

  /**
   * The index's features.
   *
   * @return [N, D], one row a picture, not normalized; shared, so not to be changed
   */
  public float[][] index() {
    return index;
  }

  /**
   * Features of other pictures.
   *
   * @param pictures a list of {@link EvaluationInputs#data}, by identity
   * @return [Q, D], one row a picture, not normalized; shared, so not to be changed
   */
  public float[][] of(List<Picture> pictures) {
    return processed(features.apply(pictures));
  }

  /**
   * Rows that an evaluation made itself, such as of copies, seen likewise.
   *
   * @param rows [Q, D] features of the same kind
   * @return [Q, D]
   */
  public float[][] processed(float[][] rows) {
    return whitening.map(known -> known.apply(rows)).orElse(rows);
  }
}
