package org.dinojvm.eval;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.serve.FeatureModel;
import org.tensorflow.types.TFloat32;

/**
 * A model and what it is evaluated on, for all evaluations of it in turn: features that one of them
 * asked for are there for the others. For one thread.
 */
public final class EvaluationInputs {

  private final FeatureModel model;
  private final EvaluationData data;
  private final Progress progress;
  private final FeatureOptions options;
  private final Optional<Path> output;
  private final Map<FeatureKind, IdentityHashMap<List<Picture>, float[][]>> features;

  /**
   * Inputs; the model stays the caller's to close.
   *
   * @param progress hears of each batch of pictures; may cancel
   */
  public EvaluationInputs(FeatureModel model, EvaluationData data, Progress progress) {
    this(
        model,
        data,
        progress,
        FeatureOptions.DEFAULT,
        Optional.empty(),
        new EnumMap<>(FeatureKind.class));
  }

  private EvaluationInputs(
      FeatureModel model,
      EvaluationData data,
      Progress progress,
      FeatureOptions options,
      Optional<Path> output,
      Map<FeatureKind, IdentityHashMap<List<Picture>, float[][]>> features) {
    this.model = model;
    this.data = data;
    this.progress = progress;
    this.options = options;
    this.output = output;
    this.features = features;
  }

  /** The same, with other features; what was computed is shared. */
  public EvaluationInputs with(FeatureOptions other) {
    return new EvaluationInputs(model, data, progress, other, output, features);
  }

  /** The same, with a folder for files that an evaluation writes. */
  public EvaluationInputs writingTo(Optional<Path> folder) {
    return new EvaluationInputs(model, data, progress, options, folder, features);
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

  /** Which features, and what is done with them. */
  public FeatureOptions options() {
    return options;
  }

  /** A folder for files of an evaluation's own, where one is wanted; it exists. */
  public Optional<Path> output() {
    return output;
  }

  /**
   * The model's features by its evaluation view, of the kind that is asked for and as they are,
   * computed once for each list.
   *
   * @param pictures a list of {@link #data}, by identity
   * @return [N, D], one row a picture, not normalized; shared, so not to be changed
   * @throws IllegalArgumentException naming the picture that cannot be read
   */
  public float[][] features(List<Picture> pictures) {
    return features
        .computeIfAbsent(options.features(), kind -> new IdentityHashMap<>())
        .computeIfAbsent(
            pictures,
            missing -> new FeatureExtractor(model, options.features(), progress).extract(missing));
  }

  /**
   * Features of pictures that an evaluation made itself, of the kind that is asked for and as they
   * are; {@link FeatureSpace#processed} makes them comparable with an index.
   *
   * @param images [N, H, W, 3] RGB in 0…1
   * @return [N, D], not normalized
   */
  public float[][] features(TFloat32 images) {
    return new FeatureExtractor(model, options.features(), progress).extract(images);
  }

  /**
   * Features with the post-processing that is asked for, learned on some of the pictures.
   *
   * @param index pictures that are searched or learned from: a list of {@link #data}, by identity
   */
  public FeatureSpace space(List<Picture> index) {
    return new FeatureSpace((List<Picture> some) -> features(some), index, options.whiten());
  }
}
