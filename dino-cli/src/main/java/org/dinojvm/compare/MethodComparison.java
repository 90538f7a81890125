package org.dinojvm.compare;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Evaluations;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.run.StoppedException;
import org.dinojvm.train.run.TrainingListener;

/** Trains, evaluates and reports a comparison, from where an earlier call left it. */
public final class MethodComparison {

  /** Taken of each model in the end, unless {@code evaluations} says otherwise. */
  private static final String EVALUATIONS = "knn(k=20), linear, copies";

  /** Trains a run to its end. */
  @FunctionalInterface
  public interface Job {

    /**
     * Trains, with the console's progress, signals and all else that a run has.
     *
     * @param evaluations taken during the run, by name
     * @param labelled for those that need classes
     * @param more listeners, which the caller closes
     */
    void train(
        TrainConfig config,
        ImmutableMap<String, Evaluation> evaluations,
        Optional<LabelledSplit> labelled,
        List<TrainingListener> more)
        throws IOException;
  }

  private final ComparisonPlan plan;
  private final EvaluationData data;
  private final PrintWriter out;
  private final PrintWriter messages;

  /**
   * A comparison.
   *
   * @param data what models are evaluated on
   * @param out progress and the table
   * @param messages what is left out
   */
  public MethodComparison(
      ComparisonPlan plan, EvaluationData data, PrintWriter out, PrintWriter messages) {
    this.plan = plan;
    this.data = data;
    this.out = out;
    this.messages = messages;
  }

  /**
   * Trains what is not trained, evaluates what is not evaluated, and writes the report.
   *
   * @return the page
   * @throws IllegalArgumentException if the folder holds another comparison, before any training
   * @throws StoppedException if the process is asked to end; the same call goes on
   */
  public Path run(Job job) throws IOException {
    ImmutableMap<String, Evaluation> last = evaluations();
    for (String method : plan.methods()) {
      plan.config(method, plan.equalEpochs().orElse(1)); // refuses all that cannot be, beforehand
    }
    ComparisonFolder folder = ComparisonFolder.open(plan);
    MethodRuns runs =
        new MethodRuns(
            plan,
            during(last),
            (config, evaluations, more) -> job.train(config, evaluations, data.labelled(), more),
            out);
    Map<String, Map<String, Map<String, Double>>> scores = folder.scores();
    for (String method : plan.methods()) {
      if (scores.containsKey(method)) {
        out.printf("%s: trained and evaluated before%n", method);
      } else {
        out.printf("%n======== %s ========%n", method);
        out.flush();
        runs.train(method);
      }
    }
    ModelPictures pictures = new ModelPictures(data, messages);
    for (Map.Entry<String, Supplier<FeatureModel>> each :
        ComparedModels.of(plan, runs).entrySet()) {
      try (FeatureModel model = each.getValue().get()) {
        EvaluationInputs in = new EvaluationInputs(model, data, Progress.NONE);
        if (!scores.containsKey(each.getKey())) {
          scores.put(each.getKey(), scores(each.getKey(), in, last));
          folder.keep(scores);
        }
        pictures.add(each.getKey(), in);
      }
    }
    Map<String, RunHistory> histories = new LinkedHashMap<>();
    for (String method : plan.methods()) {
      histories.put(method, RunHistory.read(plan.folder(method), runs.checkpoint(method)));
    }
    return new ComparisonReport(plan, folder, histories, scores).write(pictures, out);
  }

  private ImmutableMap<String, Evaluation> evaluations() {
    Map<String, String> given =
        Map.of("evaluations", plan.settings().getOrDefault("evaluations", EVALUATIONS));
    TrainConfig config = plan.config(plan.methods().get(0), 1);
    return Evaluations.named(config.with(given).evaluation().names());
  }

  /** Those that are cheap enough for curves. */
  private static ImmutableMap<String, Evaluation> during(ImmutableMap<String, Evaluation> last) {
    return last.containsKey("knn") ? ImmutableMap.of("knn", last.get("knn")) : ImmutableMap.of();
  }

  private Map<String, Map<String, Double>> scores(
      String name, EvaluationInputs in, ImmutableMap<String, Evaluation> evaluations) {
    Map<String, Map<String, Double>> scores = new LinkedHashMap<>();
    evaluations.forEach(
        (evaluation, each) -> {
          if (each.appliesTo(in.model().info(), data)) {
            scores.put(evaluation, each.evaluate(in).numbers());
          } else {
            messages.printf(
                "%s of %s left out: not for %s and these pictures%n",
                evaluation, name, in.model().info().arch());
            messages.flush();
          }
        });
    return scores;
  }
}
