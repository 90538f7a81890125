package org.dinojvm.eval;

import java.util.IdentityHashMap;
import java.util.List;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.serve.FeatureModel;

/**
 * A model and what it is evaluated on, for all evaluations of it in turn: features that one of them
 * asked for are there for the others. For one thread.
 */
public final class EvaluationInputs {

  private final FeatureModel model;
  private final EvaluationData data;
  private final Progress progress;
  private final IdentityHashMap<List<Picture>, float[][]> features = new IdentityHashMap<>();

  /**
   * Inputs; the model stays the caller's to close.
   *
   * @param progress hears of each batch of pictures; may cancel
   */
  public EvaluationInputs(FeatureModel model, EvaluationData data, Progress progress) {
    this.model = model;
    this.data = data;
    this.progress = progress;
  }

  /** What is evaluated. */
  public FeatureModel model() {
    return model;
  }

  /** Pictures, with and without labels. */
  public EvaluationData data() {
    return data;
  }

  /** For long work other than {@link #features}; what it throws is passed on. */
  public Progress progress() {
    return progress;
  }

  /**
   * The model's features by its evaluation view, computed once for each list.
   *
   * @param pictures a list of {@link #data}, by identity
   * @return [N, D], one row a picture, not normalized; shared, so not to be changed
   * @throws IllegalArgumentException naming the picture that cannot be read
   */
  public float[][] features(List<Picture> pictures) {
    return features.computeIfAbsent(
        pictures, missing -> new FeatureExtractor(model, progress).extract(missing));
  }
}
