package org.dinojvm.eval.copies;

import org.dinojvm.eval.pixels.PillowResize;
import org.dinojvm.eval.pixels.RgbPicture;
import org.dinojvm.serve.FeatureModel;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TFloat32;

/**
 * A model's features of a picture made square without regard to its aspect: class token and patches
 * together, or of a model without tokens its features.
 *
 * @param side of the square in pixels
 */
record CopyDescriber(FeatureModel model, int side) {

  /** [2D], or [D] without tokens; not normalized. */
  float[] describe(RgbPicture picture) {
    try (TFloat32 image = PillowResize.BICUBIC.resize(picture, side, side).tensor()) {
      if (model.hasTokens()) {
        try (TFloat32 tokens = model.classAndPatchTokens(image)) {
          return CopyFeatures.of(tokens)[0];
        }
      }
      try (TFloat32 features = model.features(image)) {
        return StdArrays.array2dCopyOf(features)[0];
      }
    }
  }
}
