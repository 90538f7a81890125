package org.dinojvm.weights;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tensorflow.ndarray.Shape;

/**
 * The network that weights belong to, as far as names and shapes tell. The number of attention
 * heads they do not tell: it cuts one and the same matrix into more or fewer pieces.
 *
 * @param head empty for a backbone alone
 */
public record NetworkShape(Backbone backbone, Optional<Head> head) {

  /** A Vision Transformer or a ResNet. */
  public sealed interface Backbone {}

  /**
   * A Vision Transformer.
   *
   * @param grid patches along a side of the square picture that the position embedding is laid out
   *     for
   */
  public record Vit(int patchSize, int embedDim, int depth, int grid) implements Backbone {
    /** Side in pixels of the picture that the position embedding is laid out for. */
    public int imageSize() {
      return grid * patchSize;
    }
  }

  /** A ResNet of torchvision. */
  public record ResNet(int layers) implements Backbone {}

  /** The projection head. */
  public record Head(int hiddenDim, int bottleneckDim, int outDim, boolean batchNorm) {}

  private static final String POSITIONS = "backbone.pos_embed";
  private static final String PATCHES = "backbone.patch_embed.proj.weight";
  private static final String STEM = "backbone.conv1.weight";
  private static final String LAST_LAYER = "head.last_layer.weight_v";
  private static final Pattern VIT_BLOCK = Pattern.compile("backbone\\.blocks\\.(\\d{1,3})\\..+");
  private static final Pattern RESNET_BLOCK =
      Pattern.compile("backbone\\.layer3\\.(\\d{1,3})\\..+");

  /** ResNet by the number of blocks in its third stage, from torchvision; 50 has three a block. */
  private static final ImmutableMap<Integer, Integer> BASIC = ImmutableMap.of(2, 18, 6, 34);

  /**
   * Reads the network from the weights.
   *
   * @param published weights by published name
   * @throws IllegalArgumentException if they belong to none of the networks known here
   */
  public static NetworkShape of(Map<String, Weight> published) {
    Backbone backbone;
    if (published.containsKey(PATCHES)) {
      backbone = vit(published);
    } else if (published.containsKey(STEM)) {
      backbone = resNet(published);
    } else {
      throw new IllegalArgumentException(
          "no backbone known here: expected patch_embed.proj.weight of a Vision Transformer or"
              + " conv1.weight of a ResNet, found %s weights, such as %s"
                  .formatted(published.size(), Messages.list(published.keySet())));
    }
    return new NetworkShape(
        backbone,
        published.containsKey(LAST_LAYER) ? Optional.of(head(published)) : Optional.empty());
  }

  /** Whether a published name belongs to the projection head. */
  public static boolean isHead(String name) {
    return name.startsWith("head.");
  }

  private static Vit vit(Map<String, Weight> weights) {
    Shape patches = shape(weights, PATCHES, 4);
    checkArgument(
        patches.get(1) == 3 && patches.get(2) == patches.get(3),
        "patch_embed.proj.weight is %s; expected [features, 3, patch, patch]",
        patches);
    Shape positions = shape(weights, POSITIONS, 3);
    long grid = Math.round(Math.sqrt(positions.get(1) - 1.0));
    checkArgument(
        grid >= 1 && grid * grid == positions.get(1) - 1,
        "pos_embed is %s; expected [1, 1 + n·n, features], one class token and a square grid",
        positions);
    return new Vit((int) patches.get(2), (int) patches.get(0), depth(weights), (int) grid);
  }

  private static ResNet resNet(Map<String, Weight> weights) {
    int blocks = count(weights, RESNET_BLOCK);
    boolean bottleneck = weights.containsKey("backbone.layer1.0.conv3.weight");
    Integer layers = bottleneck ? (blocks == 6 ? Integer.valueOf(50) : null) : BASIC.get(blocks);
    checkArgument(
        layers != null,
        "a ResNet of %s with %s blocks in layer3; there are resnet18, resnet34 and resnet50",
        bottleneck ? "bottlenecks" : "basic blocks",
        blocks);
    return new ResNet(layers);
  }

  private static Head head(Map<String, Weight> weights) {
    Shape last = shape(weights, LAST_LAYER, 2);
    return new Head(
        (int) shape(weights, "head.mlp.0.weight", 2).get(0),
        (int) last.get(1),
        (int) last.get(0),
        weights.containsKey("head.mlp.1.running_mean"));
  }

  private static int count(Map<String, Weight> weights, Pattern numbered) {
    return numbers(weights, numbered).stream().mapToInt(block -> block + 1).max().orElse(0);
  }

  private static Set<Integer> numbers(Map<String, Weight> weights, Pattern numbered) {
    return weights.keySet().stream()
        .map(numbered::matcher)
        .filter(Matcher::matches)
        .map(name -> Integer.valueOf(name.group(1)))
        .collect(Collectors.toSet());
  }

  /** One name could ask for hundreds of blocks, and a network of them takes long to build. */
  private static int depth(Map<String, Weight> weights) {
    Set<Integer> blocks = numbers(weights, VIT_BLOCK);
    for (int block = 0; block < blocks.size(); block++) {
      checkArgument(
          blocks.contains(block),
          "%s blocks have weights, but block %s has none",
          blocks.size(),
          block);
    }
    return blocks.size();
  }

  private static Shape shape(Map<String, Weight> weights, String name, int rank) {
    Weight weight = weights.get(name);
    checkArgument(weight != null, "%s is missing", name);
    checkArgument(
        weight.shape().numDimensions() == rank && weight.size() > 0,
        "%s is %s; expected %s axes",
        name,
        weight,
        rank);
    return weight.shape();
  }
}
