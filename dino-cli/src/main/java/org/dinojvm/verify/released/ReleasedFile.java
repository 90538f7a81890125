package org.dinojvm.verify.released;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.Shape;

/**
 * A released file: what it is called, what it holds, and which network it must be taken for.
 *
 * @param name its name on the download page; of Hugging Face, that of the repository
 * @param arch the network by its name here
 * @param laidOutFor side in pixels of the pictures that its positions are for
 * @param backbone names and shapes
 * @param head names and shapes of a training checkpoint's head; empty for a backbone alone
 * @param form how they are wrapped
 */
public record ReleasedFile(
    String name,
    String arch,
    int laidOutFor,
    ImmutableMap<String, Shape> backbone,
    ImmutableMap<String, Shape> head,
    Form form) {

  /** How weights are wrapped. */
  public enum Form {
    /** A backbone's {@code state_dict}. */
    BACKBONE,
    /** The same under the key {@code state_dict}, as iBOT extracts backbones. */
    STATE_DICT,
    /** {@code student} and {@code teacher}; the student's names start with {@code module.}. */
    CHECKPOINT,
    /** The same where the network has BatchNorm: the teacher's names start with it, too. */
    CHECKPOINT_IN_PARALLEL,
    /** A folder with {@code model.safetensors}. */
    HUGGING_FACE
  }

  private static final String BACKBONE = "backbone.";
  private static final String HEAD = "head.";
  private static final String DATA_PARALLEL = "module.";

  private static final String BATCHES = ".num_batches_tracked";
  private static final String REPEATED_NORM = BACKBONE + "norms.3.";
  private static final String IBOT_LAST_LAYER = "last_layer2.weight_v";

  /** Only in the student of iBOT's checkpoints. */
  private static final String IBOT_MASK = "masked_embed";

  /** The values of the network that is to be taken, under the names of {@link #backbone}. */
  Map<String, Weight> values() {
    return ReleasedWeights.of(backbone, 1);
  }

  /** The backbone's, under published names here. */
  Map<String, Weight> published() {
    Map<String, Weight> weights = new LinkedHashMap<>(exported());
    weights.keySet().removeIf(key -> !key.startsWith(BACKBONE) || key.startsWith(REPEATED_NORM));
    return weights;
  }

  /** What is written out again under published names: all but counts of batches and iBOT's head. */
  Map<String, Weight> exported() {
    Map<String, Weight> weights = new LinkedHashMap<>();
    put(weights, BACKBONE, values());
    if (!isIbotHead()) {
      put(weights, HEAD, ReleasedWeights.of(head, 2));
    }
    weights.keySet().removeIf(key -> key.endsWith(BATCHES));
    return weights;
  }

  private boolean isIbotHead() {
    return head.containsKey(IBOT_LAST_LAYER);
  }

  private static void put(Map<String, Weight> weights, String prefix, Map<String, Weight> module) {
    module.forEach((key, weight) -> weights.put(prefix + key, weight));
  }

  /**
   * Writes the file.
   *
   * @return where it is; of Hugging Face, the folder
   */
  public Path write(Path folder) throws IOException {
    Path file = folder.resolve(name);
    switch (form) {
      case BACKBONE -> TorchWriter.write(file, values());
      case STATE_DICT -> TorchWriter.write(file, Map.of("state_dict", values()));
      case CHECKPOINT -> TorchWriter.write(file, checkpoint(""));
      case CHECKPOINT_IN_PARALLEL -> TorchWriter.write(file, checkpoint(DATA_PARALLEL));
      case HUGGING_FACE -> {
        Files.createDirectories(file);
        Safetensors.of(values()).write(file.resolve("model.safetensors"));
      }
    }
    return file;
  }

  private ImmutableMap<String, Map<String, Weight>> checkpoint(String teacherPrefix) {
    Map<String, Weight> student = new LinkedHashMap<>();
    put(student, DATA_PARALLEL + BACKBONE, ReleasedWeights.of(backbone, 3));
    put(student, DATA_PARALLEL + HEAD, ReleasedWeights.of(head, 4));
    if (isIbotHead()) {
      Shape mask = Shape.of(1, backbone.get("cls_token").get(2));
      put(
          student,
          DATA_PARALLEL + BACKBONE,
          ReleasedWeights.of(ImmutableMap.of(IBOT_MASK, mask), 5));
    }
    Map<String, Weight> teacher = new LinkedHashMap<>();
    put(teacher, teacherPrefix + BACKBONE, values());
    put(teacher, teacherPrefix + HEAD, ReleasedWeights.of(head, 2));
    return ImmutableMap.of("student", student, "teacher", teacher);
  }
}
