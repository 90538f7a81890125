package org.dinojvm.verify.evaluation;

import java.util.List;
import java.util.stream.IntStream;
import org.dinojvm.eval.knn.NeighbourSearch.Neighbours;
import org.dinojvm.eval.pixels.LabelMap;
import org.dinojvm.weights.Weight;

/** Label maps and masks between files and evaluations. */
final class EvaluationTensors {

  private EvaluationTensors() {}

  /** Map i of bytes [N, H, W]. */
  static LabelMap labels(Weight maps, int i) {
    int height = (int) maps.shape().get(1);
    int width = (int) maps.shape().get(2);
    byte[] labels = new byte[height * width];
    maps.data().get(i * labels.length, labels);
    return new LabelMap(height, width, labels);
  }

  /** The one map of bytes [H, W]. */
  static LabelMap labels(Weight map) {
    byte[] labels = new byte[map.size()];
    map.data().get(0, labels);
    return new LabelMap((int) map.shape().get(0), (int) map.shape().get(1), labels);
  }

  /** All maps of bytes [N, H, W]. */
  static List<LabelMap> allLabels(Weight maps) {
    return IntStream.range(0, (int) maps.shape().get(0)).mapToObj(i -> labels(maps, i)).toList();
  }

  /** Bytes 0…255 in a row. */
  static double[] numbers(List<byte[]> parts) {
    double[] numbers = new double[parts.stream().mapToInt(part -> part.length).sum()];
    int next = 0;
    for (byte[] part : parts) {
      for (byte value : part) {
        numbers[next++] = Byte.toUnsignedInt(value);
      }
    }
    return numbers;
  }

  /** Masks as 0 and 1. */
  static double[] numbers(boolean[] mask) {
    double[] numbers = new double[mask.length];
    for (int i = 0; i < mask.length; i++) {
      numbers[i] = mask[i] ? 1 : 0;
    }
    return numbers;
  }

  /** Similarities of all neighbours in the order of the index: [query, row]. */
  static float[][] byPlace(Neighbours found) {
    float[][] similarities = new float[found.indices().length][];
    for (int query = 0; query < similarities.length; query++) {
      int[] rows = found.indices()[query];
      similarities[query] = new float[rows.length];
      for (int rank = 0; rank < rows.length; rank++) {
        similarities[query][rows[rank]] = found.similarities()[query][rank];
      }
    }
    return similarities;
  }
}
