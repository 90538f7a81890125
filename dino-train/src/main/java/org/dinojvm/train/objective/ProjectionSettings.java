package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.atLeast;

import org.dinojvm.model.Backbone;
import org.dinojvm.model.head.Heads;
import org.dinojvm.model.head.MlpHead;
import org.dinojvm.settings.Setting;

/** Widths of the MLP between backbone and loss. Each method has defaults of its own. */
public record ProjectionSettings(
    @Setting(
            value = "2048",
            unit = "features",
            doc =
                "Width of the projector's hidden layers; each method has a default of its own, see docs/methods.md.",
            source = "dino-jvm")
        int projectionHiddenDim,
    @Setting(
            value = "256",
            unit = "features",
            doc = "Width of the projector's output; each method has a default of its own.",
            source = "dino-jvm")
        int projectionDim) {

  /** Checks both values. */
  public ProjectionSettings {
    atLeast("projection_hidden_dim", projectionHiddenDim, 1);
    atLeast("projection_dim", projectionDim, 1);
  }

  /** The expander of Barlow Twins and VICReg on a backbone; its last layer has no bias. */
  MlpHead expander(Backbone backbone) {
    return Heads.expander(backbone.embedDim(), projectionHiddenDim, projectionDim, false);
  }

  /** SimCLR's projector on a backbone. */
  MlpHead simClr(Backbone backbone) {
    return Heads.simClr(backbone.embedDim(), projectionHiddenDim, projectionDim);
  }
}
