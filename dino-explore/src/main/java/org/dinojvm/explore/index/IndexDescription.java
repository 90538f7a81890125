package org.dinojvm.explore.index;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.Map;
import org.dinojvm.serve.FeatureModel;

/**
 * What an index holds; kept with each of its commits.
 *
 * @param data the folder, list or TFRecords that it mirrors, absolute
 * @param root what the pictures' names are seen from, absolute
 * @param model where the model was opened from, absolute
 * @param fingerprint of its weights
 * @param arch its architecture
 * @param dimensions number of features
 * @param quantized whether the graph is searched by features of a byte each
 */
public record IndexDescription(
    Path data,
    Path root,
    Path model,
    String fingerprint,
    String arch,
    int dimensions,
    boolean quantized) {

  private static final String FORMAT = "dino.format";
  private static final String FORMAT_NUMBER = "1";
  private static final String DATA = "dino.data";
  private static final String ROOT = "dino.root";
  private static final String MODEL = "dino.model";
  private static final String FINGERPRINT = "dino.fingerprint";
  private static final String ARCH = "dino.arch";
  private static final String DIMENSIONS = "dino.dimensions";
  private static final String QUANTIZED = "dino.quantized";

  /** Makes paths absolute, so that the index may be opened from elsewhere. */
  public IndexDescription {
    data = data.toAbsolutePath().normalize();
    root = root.toAbsolutePath().normalize();
    model = model.toAbsolutePath().normalize();
  }

  /** Of pictures by a model. */
  public static IndexDescription of(
      Path data, Path root, Path modelPath, FeatureModel model, boolean quantized) {
    return new IndexDescription(
        data,
        root,
        modelPath,
        model.fingerprint(),
        model.info().arch(),
        model.info().embedDim(),
        quantized);
  }

  /** As Lucene keeps it. */
  ImmutableMap<String, String> commitData() {
    return ImmutableMap.<String, String>builder()
        .put(FORMAT, FORMAT_NUMBER)
        .put(DATA, data.toString())
        .put(ROOT, root.toString())
        .put(MODEL, model.toString())
        .put(FINGERPRINT, fingerprint)
        .put(ARCH, arch)
        .put(DIMENSIONS, Integer.toString(dimensions))
        .put(QUANTIZED, Boolean.toString(quantized))
        .buildOrThrow();
  }

  /**
   * Reads it back.
   *
   * @throws IllegalArgumentException if the index is none of this project's
   */
  static IndexDescription read(Path index, Map<String, String> commit) {
    checkArgument(
        FORMAT_NUMBER.equals(commit.get(FORMAT)),
        "%s is a Lucene index, but not one of pictures that this version writes: index into a new"
            + " folder",
        index);
    return new IndexDescription(
        Path.of(commit.get(DATA)),
        Path.of(commit.get(ROOT)),
        Path.of(commit.get(MODEL)),
        commit.get(FINGERPRINT),
        commit.get(ARCH),
        Integer.parseInt(commit.get(DIMENSIONS)),
        Boolean.parseBoolean(commit.get(QUANTIZED)));
  }

  /**
   * Refuses to go on with an index of other pictures, of another model or of other precision.
   *
   * @param now what is asked for
   */
  void checkContinues(Path index, IndexDescription now) {
    checkArgument(
        data.equals(now.data),
        "%s holds pictures of %s, not of %s: give that --data, or choose another --output",
        index,
        data,
        now.data);
    checkModel(index, now.fingerprint, now.arch);
    checkArgument(
        quantized == now.quantized,
        "%s holds features of %s: choose another --output, or go on %s --quantize",
        index,
        quantized ? "a byte each" : "full precision",
        quantized ? "with" : "without");
  }

  /**
   * Refuses a model whose features are not those of the index.
   *
   * @throws IllegalArgumentException naming both
   */
  void checkModel(Path index, String otherFingerprint, String otherArch) {
    checkArgument(
        fingerprint.equals(otherFingerprint),
        "%s holds features of other weights (%s from %s) than this model's (%s): give that --model,"
            + " or index the pictures anew into another folder",
        index,
        arch,
        model,
        otherArch);
  }
}
