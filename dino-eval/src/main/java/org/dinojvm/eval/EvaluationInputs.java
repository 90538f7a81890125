package org.dinojvm.eval;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
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

  /** More are streamed to disk: 2²⁷ floats are 512 MiB. */
  private static final long VALUES_IN_MEMORY = 1L << 27;

  private record Streamed(FeatureKind kind, int pictures) {}

  private final FeatureModel model;
  private final EvaluationData data;
  private final Progress progress;
  private final FeatureOptions options;
  private final Optional<Path> output;
  private final Map<FeatureKind, IdentityHashMap<List<Picture>, float[][]>> features;
  private final Map<Streamed, FeatureRows> streamed;
  private final IdentityHashMap<List<Picture>, float[][][][]> blocks;
  private boolean baseline;

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
        new EnumMap<>(FeatureKind.class),
        new HashMap<>(),
        new IdentityHashMap<>());
  }

  private EvaluationInputs(
      FeatureModel model,
      EvaluationData data,
      Progress progress,
      FeatureOptions options,
      Optional<Path> output,
      Map<FeatureKind, IdentityHashMap<List<Picture>, float[][]>> features,
      Map<Streamed, FeatureRows> streamed,
      IdentityHashMap<List<Picture>, float[][][][]> blocks) {
    this.model = model;
    this.data = data;
    this.progress = progress;
    this.options = options;
    this.output = output;
    this.features = features;
    this.streamed = streamed;
    this.blocks = blocks;
  }

  /** The same, with other features; what was computed is shared. */
  public EvaluationInputs with(FeatureOptions other) {
    EvaluationInputs same =
        new EvaluationInputs(model, data, progress, other, output, features, streamed, blocks);
    same.baseline = baseline;
    return same;
  }

  /** The same, with a folder for files that an evaluation writes. */
  public EvaluationInputs writingTo(Optional<Path> folder) {
    return new EvaluationInputs(model, data, progress, options, folder, features, streamed, blocks);
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

  /** The same of a model that is only compared with: an evaluation keeps nothing of it. */
  public EvaluationInputs ofBaseline() {
    EvaluationInputs same = with(options);
    same.baseline = true;
    return same;
  }

  /** Whether the model is only compared with. */
  public boolean isBaseline() {
    return baseline;
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
   * What the last blocks say of pictures, computed once for each list, as the recipes of linear
   * classifiers want it; in memory.
   *
   * @param pictures a list of {@link #data}, by identity
   * @return [N, B, 2, D] as of {@link FeatureModel#blocks}; shared, so not to be changed
   * @throws IllegalArgumentException if the model has none, or naming the picture that cannot be
   *     read
   */
  public float[][][][] blocks(List<Picture> pictures) {
    return blocks.computeIfAbsent(
        pictures,
        missing -> new FeatureExtractor(model, FeatureKind.LAST4, progress).extractBlocks(missing));
  }

  /**
   * Features as {@link #features(List)}, on disk if they are many, in a file that the process
   * deletes when it ends.
   *
   * @param pictures a list of {@link #data}, by identity
   * @return [N, D], one row a picture, not normalized
   * @throws IllegalArgumentException naming the picture that cannot be read
   */
  public FeatureRows rows(List<Picture> pictures) {
    if ((long) pictures.size() * model.info().embedDim() < VALUES_IN_MEMORY) {
      return FeatureRows.of(features(pictures));
    }
    return streamed.computeIfAbsent(
        new Streamed(options.features(), System.identityHashCode(pictures)),
        missing ->
            SpooledFeatures.of(
                pictures, new FeatureExtractor(model, options.features(), progress)));
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
    return new FeatureSpace((List<Picture> some) -> features(some), index, options.whitening());
  }
}
