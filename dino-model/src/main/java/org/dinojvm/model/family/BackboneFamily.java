package org.dinojvm.model.family;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.Backbone;
import org.dinojvm.settings.Registry;
import org.tensorflow.ndarray.Shape;

/**
 * Backbones of one kind: their names, how they are built, which settings they take, and how their
 * weights are told from others'. A family is one class and its line in {@code
 * META-INF/services/org.dinojvm.model.family.BackboneFamily}.
 */
public interface BackboneFamily extends Registry.Entry {

  /** Normalization of what was trained on aerial pictures (DINOv3's SAT-493M), by key. */
  ImmutableMap<String, Object> AERIAL =
      ImmutableMap.of("mean", "0.430 0.411 0.296", "std", "0.213 0.156 0.143");

  /** The architectures, by every name that a user may write: the name that is stored. */
  ImmutableMap<String, String> archs();

  /**
   * Checks settings of one of its architectures together.
   *
   * @throws IllegalArgumentException naming key, value, rule and the way out
   */
  void validate(BackboneSettings settings);

  /** What a picture's sides must be a multiple of, in pixels; 1 for any. */
  default int stride(BackboneSettings settings) {
    return 1;
  }

  /** Whether its blocks can be computed again in the backward pass, see {@link Arithmetic}. */
  default boolean canRecompute() {
    return false;
  }

  /**
   * Builds the network.
   *
   * @param imageSize side in pixels of the square pictures that it is laid out for
   */
  Backbone create(BackboneSettings settings, int imageSize);

  /** What a model card says of the network besides its name, e.g. {@code blocks}: 12. */
  ImmutableMap<String, Integer> facts(BackboneSettings settings);

  /**
   * Recognizes weights of this family.
   *
   * @param weights shape by published name, without the names' root: {@code cls_token}
   * @return the network, or nothing where the weights are another family's
   * @throws IllegalArgumentException if they are of this family, and of no network that it can
   *     build
   */
  Optional<Recognized> recognize(Map<String, Shape> weights);

  /**
   * A network as its weights tell it.
   *
   * @param settings by key, those that make the network
   * @param embedDim number of features
   * @param imageSize side in pixels of the pictures that it is laid out for; 0 for any
   * @param hasHeads whether it has attention heads whose number the weights do not tell
   * @param pictures by key, settings of how it is to be shown pictures, where that is known and not
   *     as published for DINO: of the evaluation view, {@code mean} and {@code std}, and {@code
   *     global_crops_size}
   * @param label what people call the published network that it is, e.g. {@code DINOv2 ViT-S/14};
   *     empty for another
   */
  record Recognized(
      ImmutableMap<String, Object> settings,
      int embedDim,
      int imageSize,
      boolean hasHeads,
      ImmutableMap<String, Object> pictures,
      String label) {

    /** A network that is shown pictures as published for DINO. */
    public Recognized(
        ImmutableMap<String, Object> settings, int embedDim, int imageSize, boolean hasHeads) {
      this(settings, embedDim, imageSize, hasHeads, ImmutableMap.of(), "");
    }

    /** The same, shown pictures otherwise. */
    public Recognized wanting(ImmutableMap<String, Object> otherPictures) {
      return new Recognized(settings, embedDim, imageSize, hasHeads, otherPictures, label);
    }

    /** The same under the name that people know. */
    public Recognized named(String name) {
      return new Recognized(settings, embedDim, imageSize, hasHeads, pictures, name);
    }

    /**
     * The network's settings.
     *
     * @param numHeads attention heads of a block where weights do not tell them; 0 for the
     *     architecture's own, or none
     */
    public BackboneSettings with(int numHeads) {
      Map<String, Object> all = new LinkedHashMap<>(settings);
      if (hasHeads) {
        all.put("num_heads", numHeads);
      }
      return BackboneSettings.of(all);
    }
  }
}
