package org.dinojvm.model.family;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.convolution.ResNet;
import org.tensorflow.ndarray.Shape;

/** ResNets as in torchvision. */
public final class ResNets implements BackboneFamily {

  private static final ImmutableMap<String, Integer> LAYERS =
      ImmutableMap.of("resnet18", 18, "resnet34", 34, "resnet50", 50);

  /** Layers by the number of basic blocks in the third stage; 50 has six bottlenecks there. */
  private static final ImmutableMap<Integer, Integer> BASIC = ImmutableMap.of(2, 18, 6, 34);

  @Override
  public String name() {
    return "resnet";
  }

  @Override
  public ImmutableMap<String, String> archs() {
    return LAYERS.keySet().stream()
        .collect(ImmutableMap.toImmutableMap(arch -> arch, arch -> arch));
  }

  @Override
  public void validate(BackboneSettings settings) {
    String fixed = "is for ViTs, " + settings.arch() + " has a fixed form; leave it at 0";
    require(settings.embedDim() == 0, "embed_dim", settings.embedDim(), fixed);
    require(settings.depth() == 0, "depth", settings.depth(), fixed);
    require(settings.numHeads() == 0, "num_heads", settings.numHeads(), fixed);
  }

  @Override
  public ResNet create(BackboneSettings settings, int imageSize) {
    return new ResNet(LAYERS.get(settings.arch()));
  }

  @Override
  public ImmutableMap<String, Integer> facts(BackboneSettings settings) {
    return ImmutableMap.of();
  }

  @Override
  public Optional<Recognized> recognize(Map<String, Shape> weights) {
    if (!weights.containsKey("conv1.weight")) {
      return Optional.empty();
    }
    int blocks = WeightShapes.count(weights, "layer3");
    boolean bottleneck = weights.containsKey("layer1.0.conv3.weight");
    Integer layers = bottleneck ? (blocks == 6 ? Integer.valueOf(50) : null) : BASIC.get(blocks);
    checkArgument(
        layers != null,
        "a ResNet of %s with %s blocks in layer3; there are resnet18, resnet34 and resnet50",
        bottleneck ? "bottlenecks" : "basic blocks",
        blocks);
    return Optional.of(
        new Recognized(
            ImmutableMap.of("arch", "resnet" + layers), new ResNet(layers).embedDim(), 0, false));
  }
}
