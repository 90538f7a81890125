package org.dinojvm.model.head;

import static org.dinojvm.settings.Rules.atLeast;

import org.dinojvm.settings.Setting;

/**
 * The projection head with prototypes, see {@link DinoHead}.
 *
 * @param outDim number of prototypes K
 * @param normLastLayer whether the rows of the last layer keep length 1
 * @param useBnInHead whether BatchNorm follows each hidden layer
 * @param headHiddenDim width of the two hidden layers
 * @param headBottleneckDim width in front of the last layer
 */
public record HeadSettings(
    @Setting(
            value = "65536",
            unit = "prototypes",
            doc =
                "Outputs of the head. Large ones suit large data sets; 1024 is enough for 20,000 pictures.")
        int outDim,
    @Setting(
            value = "true",
            doc =
                "Whether the weights of the head's last layer keep length 1. False performs better with vit_small and can be unstable.")
        boolean normLastLayer,
    @Setting(value = "false", doc = "Whether BatchNorm follows the head's first two layers.")
        boolean useBnInHead,
    @Setting(
            value = "2048",
            unit = "features",
            doc = "Width of the head's hidden layers.",
            source = "vision_transformer.py, DINOHead")
        int headHiddenDim,
    @Setting(
            value = "256",
            unit = "features",
            doc = "Width in front of the head's last layer.",
            source = "vision_transformer.py, DINOHead")
        int headBottleneckDim) {

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public HeadSettings {
    atLeast("out_dim", outDim, 2);
    atLeast("head_hidden_dim", headHiddenDim, 1);
    atLeast("head_bottleneck_dim", headBottleneckDim, 1);
  }

  /** The head on a backbone of so many features. */
  public DinoHead create(int embedDim) {
    return new DinoHead(
        embedDim, headHiddenDim, headBottleneckDim, outDim, useBnInHead, normLastLayer);
  }
}
