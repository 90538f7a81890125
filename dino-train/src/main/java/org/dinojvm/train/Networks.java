package org.dinojvm.train;

import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.DinoHead;
import org.dinojvm.model.MultiCropNetwork;
import org.dinojvm.model.ResNet;
import org.dinojvm.model.VisionTransformer;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;

/** The network that a configuration describes, the same in training, export and evaluation. */
public final class Networks {

  private Networks() {}

  /** Backbone and head for a configuration. */
  public static MultiCropNetwork of(TrainConfig config) {
    Backbone backbone = backbone(config);
    DinoHead head =
        new DinoHead(
            backbone.embedDim(),
            config.headHiddenDim(),
            config.headBottleneckDim(),
            config.outDim(),
            config.useBnInHead(),
            config.normLastLayer());
    return new MultiCropNetwork(backbone, head);
  }

  /** How a configuration's networks compute while they train. */
  public static Arithmetic arithmetic(TrainConfig config) {
    boolean bf16 = config.precision() == TrainConfig.Precision.BF16;
    return new Arithmetic(
        bf16 ? TBfloat16.class : TFloat32.class, config.fuse(), config.recompute());
  }

  private static Backbone backbone(TrainConfig config) {
    if (!config.arch().isVit()) {
      return new ResNet(config.arch().depth());
    }
    return new VisionTransformer(
        config.patchSize(),
        config.backboneDim(),
        config.backboneDepth(),
        config.backboneHeads(),
        config.globalCropsSize());
  }
}
