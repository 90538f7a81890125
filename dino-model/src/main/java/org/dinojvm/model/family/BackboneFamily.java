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

  /** The architectures, by every name that a user may write: the name that is stored. */
  ImmutableMap<String, String> archs();

  /**
   * Checks settings of one of its architectures together.
   *
   * @throws IllegalArgumentException naming key, value, rule and the way out
   */
  void validate(BackboneSettings settings);

  /** What a picture's sides must be a multiple of, in pixels; 1 for any. */
  int stride(BackboneSettings settings);

  /** Whether its blocks can be computed again in the backward pass, see {@link Arithmetic}. */
  boolean canRecompute();

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
   * @param hasHeads whether it has attention heads whose number weights do not tell
   */
  record Recognized(
      ImmutableMap<String, Object> settings, int embedDim, int imageSize, boolean hasHeads) {

    /**
     * The network's settings.
     *
     * @param numHeads attention heads of a block where weights do not tell; 0 for the
     *     architecture's own
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
