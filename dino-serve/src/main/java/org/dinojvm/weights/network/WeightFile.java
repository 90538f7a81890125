package org.dinojvm.weights.network;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.model.family.BackboneFamily;
import org.dinojvm.weights.FileBytes;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.HuggingFaceConfig;
import org.dinojvm.weights.names.PublishedNames;
import org.dinojvm.weights.names.PublishedWeights;
import org.dinojvm.weights.names.RenamedWeights;
import org.dinojvm.weights.torch.TorchFile;

/**
 * The weights of one network under their published names, from any file that holds them: PyTorch's
 * or safetensors, known by content and not by extension; a full training checkpoint, a plain
 * backbone, or a file of timm or Hugging Face, known by their names.
 *
 * @param weights by published name, e.g. {@code backbone.blocks.0.attn.qkv.weight} or {@code
 *     head.mlp.0.weight}, in the file's order; {@link PublishedNames#toProject} makes parameters of
 *     them
 * @param ignored names in the file that belong to a classifier or the like, not to DINO
 * @param settings what the file says of the network beside its weights, by the names of this
 *     project's settings: in the metadata of a safetensors file that this project wrote, in Hugging
 *     Face's files beside it, or by its name
 */
public record WeightFile(
    ImmutableMap<String, Weight> weights,
    ImmutableList<String> ignored,
    ImmutableMap<String, String> settings) {
  private static final String DATA_PARALLEL = "module.";

  /** Keys under which others than DINO keep a model's weights. */
  private static final List<String> WRAPPERS = List.of("state_dict", "model");

  private static final int MAX_SHARING = 4;

  /** In the names of DINOv3's files that were trained on aerial pictures. */
  private static final String AERIAL_NAME = "sat493m";

  /** What the published linear evaluation saves. */
  private static final ImmutableSet<String> LINEAR_CLASSIFIER =
      ImmutableSet.of("linear.weight", "linear.bias");

  /** Reads a file; of a full checkpoint, the teacher. */
  public static WeightFile read(Path file) {
    return read(file, "teacher");
  }

  /**
   * Reads a file.
   *
   * @param file also the index of sharded safetensors, or a folder of Hugging Face's that holds one
   *     or {@code model.safetensors}
   * @param checkpointKey which network to take of a full checkpoint, {@code teacher} or {@code
   *     student}; not used for a file that holds one network only
   * @throws IllegalArgumentException naming the file and what was expected and found
   */
  public static WeightFile read(Path file, String checkpointKey) {
    Path found = Files.isDirectory(file) ? Shards.fileIn(file) : file;
    if (Shards.isIndex(found)) {
      Shards shards = Shards.read(found);
      try {
        return published(found, shards.tensors(), ImmutableMap.of());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(found + ": " + e.getMessage(), e);
      }
    }
    return FileBytes.parse(found, bytes -> read(found, bytes, checkpointKey));
  }

  /** Whether a folder holds weights as Hugging Face's do. */
  public static boolean isFolderOfWeights(Path folder) {
    return Files.isDirectory(folder) && Shards.find(folder).isPresent();
  }

  /** What is read for a path: the file itself, or an index and its shards. */
  public static ImmutableList<Path> filesOf(Path file) {
    Path found = Files.isDirectory(file) ? Shards.fileIn(file) : file;
    return Shards.isIndex(found) ? Shards.read(found).files() : ImmutableList.of(found);
  }

  private static WeightFile read(Path file, FileBytes bytes, String checkpointKey) {
    if (!Safetensors.isSafetensors(bytes) && TorchFile.recognizes(bytes)) {
      Object root = TorchFile.parse(bytes);
      checkArgument(
          root instanceof Map,
          "expected weights by name, found %s; save a model's state_dict()",
          describe(root));
      Map<?, ?> network = network((Map<?, ?>) root, checkpointKey);
      requireOwnBytes(network, bytes.size());
      return published(file, network, ImmutableMap.of());
    }
    Safetensors safetensors = Safetensors.parse(bytes);
    return published(file, safetensors.tensors(), safetensors.settings());
  }

  /** Tensors may be views of one storage, as tied weights are; all views of all would be a bomb. */
  private static void requireOwnBytes(Map<?, ?> network, long available) {
    long taken = 0;
    for (Object value : network.values()) {
      taken += value instanceof Weight weight ? weight.byteSize() : 0;
    }
    checkArgument(
        taken <= MAX_SHARING * available,
        "the weights take %s bytes, over %s times those of the file, by being views of each other",
        taken,
        MAX_SHARING);
  }

  private static Map<?, ?> network(Map<?, ?> content, String checkpointKey) {
    if (content.get(checkpointKey) instanceof Map<?, ?> network) {
      return network;
    }
    checkArgument(
        !(content.get("teacher") instanceof Map) && !(content.get("student") instanceof Map),
        "the checkpoint has no '%s', only %s",
        checkpointKey,
        Messages.printable(content.keySet().toString()));
    for (String wrapper : WRAPPERS) {
      if (content.get(wrapper) instanceof Map<?, ?> network) {
        return network;
      }
    }
    return content;
  }

  private static WeightFile published(
      Path file, Map<?, ?> network, ImmutableMap<String, String> settings) {
    Map<String, Weight> weights = withoutWrapperNames(network);
    checkArgument(
        !weights.keySet().equals(LINEAR_CLASSIFIER),
        "a linear classifier %s on top of features, no backbone: give the backbone's own file",
        weights.get("linear.weight"));
    ImmutableMap<String, String> told =
        settings.isEmpty()
            ? settingsAround(file, PublishedWeights.areHuggingFace(weights))
            : settings;
    RenamedWeights renamed = PublishedWeights.of(weights, told);
    checkArgument(
        !renamed.weights().isEmpty(),
        "a classifier alone (%s), no backbone: give the backbone's own file",
        Messages.list(renamed.ignored()));
    return new WeightFile(renamed.weights(), renamed.ignored(), told);
  }

  /** What the file's name and the files beside it say; the latter know better. */
  private static ImmutableMap<String, String> settingsAround(Path file, boolean huggingFace) {
    Map<String, String> settings = new LinkedHashMap<>();
    Path absolute = file.toAbsolutePath();
    String names = absolute.getParent().getFileName() + "/" + absolute.getFileName();
    if (names.contains(AERIAL_NAME)) {
      BackboneFamily.AERIAL.forEach((key, value) -> settings.put(key, value.toString()));
    }
    if (huggingFace) {
      settings.putAll(HuggingFaceConfig.settingsBeside(file));
    }
    return ImmutableMap.copyOf(settings);
  }

  /** The weights without {@code module.}, and a weight-normed layer under its first names. */
  private static Map<String, Weight> withoutWrapperNames(Map<?, ?> network) {
    checkArgument(!network.isEmpty(), "no weights in the file");
    Map<String, Weight> weights = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : network.entrySet()) {
      String key = Messages.printable(String.valueOf(entry.getKey()));
      checkArgument(
          entry.getKey() instanceof String && entry.getValue() instanceof Weight,
          "expected weights by name, found %s under '%s'",
          describe(entry.getValue()),
          key);
      String name = plainName((String) entry.getKey());
      checkArgument(
          weights.put(name, (Weight) entry.getValue()) == null, "two weights are named %s", key);
    }
    return weights;
  }

  private static String plainName(String name) {
    String plain = name.startsWith(DATA_PARALLEL) ? name.substring(DATA_PARALLEL.length()) : name;
    return plain
        .replace(".parametrizations.weight.original0", ".weight_g")
        .replace(".parametrizations.weight.original1", ".weight_v");
  }

  private static String describe(Object value) {
    if (value instanceof Map<?, ?> map) {
      return "a map of " + map.size();
    }
    if (value instanceof List<?> list) {
      return "a list of " + list.size();
    }
    if (value instanceof Weight weight) {
      return "a tensor " + weight;
    }
    return value == null ? "None" : "a " + value.getClass().getSimpleName();
  }
}
