package org.dinojvm.serve.readout;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.Shape;

/**
 * A linear classifier on frozen features, as {@code dino evaluate linear} trains it and a file
 * keeps it: safetensors with {@code weight} and {@code bias}, and in its metadata the names of the
 * classes, what of the network it sees, and of which network.
 *
 * @param weight [C, D]
 * @param bias [C]
 * @param classes names
 * @param blocks how many of the last blocks' class tokens it sees, oldest first; 0 for the features
 *     as {@code FeatureModel.features} gives them
 * @param mean whether the mean of the last block's patch tokens follows
 * @param fingerprint of the network that it was trained on, see {@code FeatureModel.fingerprint}
 */
public record LinearClassifier(
    float[][] weight,
    float[] bias,
    ImmutableList<String> classes,
    int blocks,
    boolean mean,
    String fingerprint) {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String WEIGHT = "weight";
  private static final String BIAS = "bias";

  /** Checks that weights and names belong together. */
  public LinearClassifier {
    checkArgument(
        weight.length == classes.size() && bias.length == classes.size(),
        "a classifier with %s rows of weights and %s biases for %s classes",
        weight.length,
        bias.length,
        classes.size());
  }

  /** Writes it to a file, whole or not at all. */
  public void write(Path file) throws IOException {
    int width = weight[0].length;
    float[] flat = new float[weight.length * width];
    for (int row = 0; row < weight.length; row++) {
      System.arraycopy(weight[row], 0, flat, row * width, width);
    }
    new Safetensors(
            ImmutableMap.of(
                WEIGHT, Weight.of(Shape.of(weight.length, width), flat),
                BIAS, Weight.of(Shape.of(bias.length), bias)),
            ImmutableMap.of(
                "classes", JSON.writeValueAsString(classes),
                "blocks", Integer.toString(blocks),
                "mean", Boolean.toString(mean),
                "network", fingerprint))
        .write(file);
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if it is no classifier
   */
  public static LinearClassifier read(Path file) {
    Safetensors content = Safetensors.read(file);
    ImmutableMap<String, String> said = content.metadata();
    checkArgument(
        content.tensors().keySet().equals(ImmutableMap.of(WEIGHT, 0, BIAS, 0).keySet())
            && said.keySet().containsAll(List.of("classes", "blocks", "mean", "network")),
        "%s is no classifier; 'dino evaluate linear … --classifier FILE' makes one",
        file);
    Weight weight = content.tensor(WEIGHT);
    checkArgument(weight.shape().numDimensions() == 2, "%s: 'weight' is %s", file, weight);
    int rows = (int) weight.shape().get(0);
    float[][] matrix = new float[rows][];
    for (int row = 0; row < rows; row++) {
      matrix[row] = weight.rows(row, row + 1).floats();
    }
    try {
      List<String> classes = JSON.readValue(said.get("classes"), new TypeReference<>() {});
      return new LinearClassifier(
          matrix,
          content.tensor(BIAS).floats(),
          ImmutableList.copyOf(classes),
          Integer.parseInt(said.get("blocks")),
          Boolean.parseBoolean(said.get("mean")),
          said.get("network"));
    } catch (JsonProcessingException | NumberFormatException e) {
      throw new IllegalArgumentException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  /**
   * Probabilities of the classes.
   *
   * @param input [D], what it sees of a picture
   * @return [C]
   */
  public double[] probabilities(float[] input) {
    checkArgument(
        input.length == weight[0].length,
        "the classifier sees %s features, the model gives %s: take the model that it was trained on",
        weight[0].length,
        input.length);
    double[] values = new double[bias.length];
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < values.length; c++) {
      values[c] = bias[c];
      for (int i = 0; i < input.length; i++) {
        values[c] += (double) weight[c][i] * input[i];
      }
      largest = Math.max(largest, values[c]);
    }
    double sum = 0;
    for (int c = 0; c < values.length; c++) {
      values[c] = Math.exp(values[c] - largest);
      sum += values[c];
    }
    for (int c = 0; c < values.length; c++) {
      values[c] /= sum;
    }
    return values;
  }
}
