package org.dinojvm.data;

import static org.dinojvm.settings.Rules.require;

import org.dinojvm.settings.Setting;

/** How a picture is shown to the network in evaluation and serving. */
public record EvalViewSettings(
    @Setting(
            value = "256",
            unit = "pixels",
            doc = "Evaluation view: length that the shorter side is resized to.",
            source = "eval_knn.py")
        int evalResizeSize,
    @Setting(
            value = "224",
            unit = "pixels",
            doc = "Evaluation view: side of the centre crop.",
            source = "eval_knn.py")
        int evalCropSize,
    @Setting(
            value = "crop",
            doc =
                "How the evaluation view makes a picture square: crop its centre, as published, or squash it, so that nothing of it is lost.",
            source = "dino-jvm")
        EvalView.Fit evalFit) {

  /** Checks that the crop fits. */
  public EvalViewSettings {
    require(
        evalResizeSize >= evalCropSize,
        "eval_resize_size",
        evalResizeSize,
        "must be at least eval_crop_size = " + evalCropSize);
  }

  /** The view. */
  public EvalView view() {
    return new EvalView(evalResizeSize, evalCropSize, evalFit);
  }
}
