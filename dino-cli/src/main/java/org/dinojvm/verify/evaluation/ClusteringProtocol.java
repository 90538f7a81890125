package org.dinojvm.verify.evaluation;

import java.util.Arrays;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.cluster.Agreement;
import org.dinojvm.eval.cluster.KMeans;
import org.dinojvm.eval.cluster.KMeans.Clustering;
import org.dinojvm.eval.cluster.Silhouette;
import org.dinojvm.verify.evaluation.EvaluationCheck.Protocol;
import org.dinojvm.verify.evaluation.EvaluationCheck.Results;

/** k-means from given centroids, and scores of its clusters. */
public final class ClusteringProtocol implements Protocol {

  private static final int MOST_ITERATIONS = 10_000;

  @Override
  public void compute(EvaluationFile file, Results results) {
    float[][] features = file.rows("features");
    double[][] initial =
        Arrays.stream(file.rows("initial_centroids"))
            .map(ClusteringProtocol::widened)
            .toArray(double[][]::new);
    int clusters = file.whole("clusters");
    Clustering found = new KMeans(features, MOST_ITERATIONS, Progress.NONE).from(initial);
    Agreement agreement =
        Agreement.of(file.wholes("labels"), file.whole("classes"), found.assignments(), clusters);
    results.put("assignments", found.assignments());
    results.put("centroids", found.centroids());
    results.put("inertia", found.inertia());
    results.put("table", Arrays.stream(agreement.table()).flatMapToInt(Arrays::stream).toArray());
    results.put("nmi", agreement.nmi());
    results.put("ami", agreement.ami());
    results.put("ari", agreement.ari());
    results.put("mutual_information", agreement.mutualInformation());
    results.put("homogeneity", agreement.homogeneity());
    results.put("completeness", agreement.completeness());
    results.put("accuracy", agreement.accuracy());
    results.put("purity", agreement.purity());
    results.put("silhouette", Silhouette.mean(features, found.assignments(), clusters));
  }

  private static double[] widened(float[] row) {
    double[] wide = new double[row.length];
    for (int i = 0; i < row.length; i++) {
      wide[i] = row[i];
    }
    return wide;
  }
}
