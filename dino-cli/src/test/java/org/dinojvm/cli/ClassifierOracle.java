package org.dinojvm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.weights.Safetensors;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * What a kept classifier must say of pictures, computed in plain Java from its file, and what an
 * export says that holds it.
 */
final class ClassifierOracle implements AutoCloseable {

  private static final int CLASS = 0;
  private static final int PATCHES = 1;

  private final FeatureModel model;
  private final Safetensors classifier;
  private final SavedModelBundle export;

  ClassifierOracle(Path run, Path classifier, Path export) {
    this.model = FeatureModel.open(run);
    this.classifier = Safetensors.read(classifier);
    this.export = SavedModelBundle.load(export.toString());
  }

  /** [C], the softmax of weights times the recipe's features, and a bias. */
  double[] probabilities(Path picture) throws IOException {
    float[] weight = classifier.tensor("weight").floats();
    float[] bias = classifier.tensor("bias").floats();
    double[] values = new double[bias.length];
    double sum = 0;
    try (TString encoded = encoded(picture);
        TFloat32 blocks = model.blocks(encoded)) { // [1, B, 2, D]
      long all = blocks.shape().get(1);
      long width = blocks.shape().get(3);
      long used = Math.min(all, Integer.parseInt(classifier.metadata().get("blocks")));
      boolean mean = Boolean.parseBoolean(classifier.metadata().get("mean"));
      long parts = used + (mean ? 1 : 0);
      for (int c = 0; c < values.length; c++) {
        double logit = bias[c];
        for (long part = 0; part < parts; part++) {
          long block = part < used ? all - used + part : all - 1;
          for (long i = 0; i < width; i++) {
            logit +=
                weight[(int) ((c * parts + part) * width + i)]
                    * (double) blocks.getFloat(0, block, part < used ? CLASS : PATCHES, i);
          }
        }
        values[c] = Math.exp(logit);
        sum += values[c];
      }
    }
    for (int c = 0; c < values.length; c++) {
      values[c] /= sum;
    }
    return values;
  }

  /** [C] of the signature classify, by the names that it gives. */
  double[] served(Path picture) throws IOException {
    try (TString encoded = encoded(picture);
        Result result = export.function("classify").call(Map.of("encoded", encoded))) {
      TFloat32 probabilities = (TFloat32) result.get("probabilities").orElseThrow();
      TString names = (TString) result.get("classes").orElseThrow();
      double[] values = new double[(int) probabilities.shape().get(1)];
      for (int c = 0; c < values.length; c++) {
        String name = names.getObject(0, c);
        values[Integer.parseInt(name.replaceAll("\\D", ""))] = probabilities.getFloat(0, c);
      }
      return values;
    }
  }

  private static TString encoded(Path picture) throws IOException {
    byte[][] contents = {Files.readAllBytes(picture)};
    return TString.tensorOfBytes(NdArrays.vectorOfObjects(contents));
  }

  @Override
  public void close() {
    export.close();
    model.close();
  }
}
