package org.dinojvm.weights.network;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.family.BackboneFamily;
import org.dinojvm.model.family.BackboneFamily.Recognized;
import org.dinojvm.model.family.Backbones;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.Shape;

/**
 * The network that weights belong to, as far as names and shapes tell.
 *
 * @param backbone as a family of backbones recognizes it
 * @param head empty for a backbone alone
 */
public record NetworkShape(Recognized backbone, Optional<Head> head) {

  /** The projection head. */
  public record Head(int hiddenDim, int bottleneckDim, int outDim, boolean batchNorm) {}

  private static final String BACKBONE = "backbone.";
  private static final String LAST_LAYER = "head.last_layer.weight_v";
  private static final String FIRST_LAYER = "head.mlp.0.weight";

  /**
   * Reads the network from the weights.
   *
   * @param published weights by published name
   * @throws IllegalArgumentException if they belong to none of the networks known here
   */
  public static NetworkShape of(Map<String, Weight> published) {
    return new NetworkShape(
        backbone(published),
        published.containsKey(LAST_LAYER) ? Optional.of(head(published)) : Optional.empty());
  }

  private static Recognized backbone(Map<String, Weight> published) {
    ImmutableMap<String, Shape> shapes =
        published.entrySet().stream()
            .filter(entry -> entry.getKey().startsWith(BACKBONE))
            .collect(
                toImmutableMap(
                    entry -> entry.getKey().substring(BACKBONE.length()),
                    entry -> entry.getValue().shape()));
    for (BackboneFamily family : Backbones.families()) {
      Optional<Recognized> recognized = family.recognize(shapes);
      if (recognized.isPresent()) {
        return recognized.get();
      }
    }
    throw new IllegalArgumentException(
        "no backbone known here: expected patch_embed.proj.weight of a Vision Transformer,"
            + " conv1.weight of a ResNet, or the names of an XCiT or a ConvNeXt,"
            + " found %s weights, such as %s; give the file of a backbone"
                .formatted(published.size(), Messages.list(published.keySet())));
  }

  private static Head head(Map<String, Weight> weights) {
    Shape last = shape(weights, LAST_LAYER);
    return new Head(
        (int) shape(weights, FIRST_LAYER).get(0),
        (int) last.get(1),
        (int) last.get(0),
        weights.containsKey("head.mlp.1.running_mean"));
  }

  private static Shape shape(Map<String, Weight> weights, String name) {
    Weight weight = weights.get(name);
    checkArgument(weight != null, "%s is missing", name);
    checkArgument(
        weight.shape().numDimensions() == 2 && weight.size() > 0,
        "%s is %s; expected 2 axes",
        name,
        weight);
    return weight.shape();
  }
}
