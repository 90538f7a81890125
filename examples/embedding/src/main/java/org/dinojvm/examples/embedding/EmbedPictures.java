package org.dinojvm.examples.embedding;

import java.io.IOException;
import java.nio.file.Path;
import org.dinojvm.serve.FeatureModel;

/** Tells how alike two pictures are: {@code EmbedPictures MODEL PICTURE PICTURE}. */
public final class EmbedPictures {

  private EmbedPictures() {}

  /** Prints the cosine of the pictures' features, 1 for the same picture. */
  public static void main(String[] arguments) throws IOException {
    try (FeatureModel model = FeatureModel.open(Path.of(arguments[0]))) {
      float[] first = model.embed(Path.of(arguments[1]));
      float[] second = model.embed(Path.of(arguments[2]));
      System.out.printf(
          "%.4f%n", dot(first, second) / Math.sqrt(dot(first, first) * dot(second, second)));
    }
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * (double) b[i];
    }
    return sum;
  }
}
