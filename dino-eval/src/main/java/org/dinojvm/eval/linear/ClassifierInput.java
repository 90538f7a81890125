package org.dinojvm.eval.linear;

import java.util.Arrays;
import java.util.List;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.FeatureKind;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.readout.LinearClassifier;

/** What a kept classifier sees of pictures. */
public final class ClassifierInput {

  private ClassifierInput() {}

  /**
   * Features of pictures by the recipe of a classifier.
   *
   * @return [N, D]
   * @throws IllegalArgumentException naming the picture that cannot be read, or if the model has no
   *     such features
   */
  public static float[][] of(
      LinearClassifier classifier, FeatureModel model, List<Picture> pictures) {
    if (classifier.blocks() == 0) {
      return new FeatureExtractor(model, Progress.NONE).extract(pictures);
    }
    FeatureRecipe recipe = new FeatureRecipe(classifier.blocks(), classifier.mean());
    float[][][][] blocks =
        new FeatureExtractor(model, FeatureKind.LAST4, Progress.NONE).extractBlocks(pictures);
    return Arrays.stream(blocks).map(recipe::of).toArray(float[][]::new);
  }
}
