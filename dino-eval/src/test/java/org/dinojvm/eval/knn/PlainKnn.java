package org.dinojvm.eval.knn;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.dinojvm.eval.knn.KnnClassifier.Score;

/** The published k-NN evaluation, word for word, in double precision: an oracle. */
public final class PlainKnn {

  private PlainKnn() {}

  /** The score at one k of queries [Q, D] by rows [N, D]. */
  public static Score score(
      float[][] train,
      int[] trainLabels,
      float[][] val,
      int[] valLabels,
      int numClasses,
      int k,
      double temperature) {
    double top1 = 0;
    double top5 = 0;
    for (int query = 0; query < val.length; query++) {
      float[] features = val[query];
      double[] probs = new double[numClasses];
      IntStream.range(0, train.length)
          .boxed()
          .sorted(Comparator.comparingDouble(i -> -cosine(features, train[i])))
          .limit(k)
          .forEach(
              i -> probs[trainLabels[i]] += Math.exp(cosine(features, train[i]) / temperature));
      List<Integer> predictions =
          IntStream.range(0, numClasses)
              .boxed()
              .sorted(Comparator.comparingDouble(c -> -probs[c]))
              .toList();
      int rank = predictions.indexOf(valLabels[query]);
      top1 += rank < 1 ? 1 : 0;
      top5 += rank < Math.min(5, k) ? 1 : 0;
    }
    return new Score(
        k, Math.min(k, train.length), top1 * 100 / val.length, top5 * 100 / val.length);
  }

  private static double cosine(float[] a, float[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return dot / Math.sqrt(aa) / Math.sqrt(bb);
  }
}
