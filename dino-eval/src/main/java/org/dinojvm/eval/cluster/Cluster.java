package org.dinojvm.eval.cluster;

import static org.dinojvm.settings.Rules.atLeast;

import com.google.common.collect.ImmutableMap;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.cluster.KMeans.Clustering;
import org.dinojvm.eval.math.UnitRows;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.settings.Setting;

/**
 * Whether pictures of a class lie together without anyone saying what the classes are: k-means on
 * features of length 1, and how its clusters agree with the classes.
 */
public record Cluster(
    @Setting(
            value = "0",
            unit = "clusters",
            doc = "How many clusters; 0 for as many as there are classes.",
            source = "dino-jvm")
        int clusters,
    @Setting(
            value = "10",
            doc = "How often k-means starts; the clustering with the least inertia counts.",
            source = "scikit-learn")
        int restarts,
    @Setting(
            value = "300",
            doc = "After how many iterations k-means stops at the latest.",
            source = "scikit-learn")
        int iterations,
    @Setting(value = "0", doc = "Seed of the first centroids.", source = "dino-jvm") long seed)
    implements Evaluation {

  /** {@code dino evaluate cluster}. */
  public static final class Entry implements EvaluationEntry {
    @Override
    public String name() {
      return "cluster";
    }

    @Override
    public String description() {
      return "How clusters by k-means agree with the classes of labelled pictures";
    }

    @Override
    public Class<Cluster> evaluation() {
      return Cluster.class;
    }
  }

  /** Checks the values. */
  public Cluster {
    atLeast("clusters", clusters, 0);
    atLeast("restarts", restarts, 1);
    atLeast("iterations", iterations, 1);
  }

  @Override
  public boolean appliesTo(ModelInfo model, EvaluationData data) {
    return data.labelled().isPresent();
  }

  @Override
  public Findings evaluate(EvaluationInputs in) {
    LabelledPictures pictures = in.data().requireLabelled().train();
    float[][] rows = UnitRows.of(in.space(pictures.pictures()).index());
    int classes = pictures.classes().size();
    int wanted = clusters == 0 ? classes : clusters;
    Clustering found = new KMeans(rows, iterations, in.progress()).best(wanted, restarts, seed);
    Agreement agreement =
        Agreement.of(pictures.labels().toArray(), classes, found.assignments(), wanted);
    return Findings.ofNumbers(
        ImmutableMap.of(
            "nmi", agreement.nmi(),
            "ami", agreement.ami(),
            "ari", agreement.ari(),
            "accuracy", agreement.accuracy(),
            "purity", agreement.purity()));
  }
}
