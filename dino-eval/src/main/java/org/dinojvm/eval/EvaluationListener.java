package org.dinojvm.eval;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.train.run.JsonLines;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.TrainingListener;

/**
 * Evaluates the teacher every so many epochs and at the end: how a run without labels is judged.
 * Each evaluation's numbers are printed, kept in {@code evaluations.jsonl} in the run's folder and
 * given to a board. The checkpoint is opened once for all of them.
 */
public final class EvaluationListener implements TrainingListener {

  /** The log's name in the run's folder. */
  public static final String LOG = "evaluations.jsonl";

  private final ImmutableMap<String, Evaluation> evaluations;
  private final Optional<LabelledSplit> labelled;
  private final Function<Path, FeatureModel> models;
  private final Outputs outputs;
  private final BooleanSupplier stopping;
  private RunSummary run;
  private EvaluationData data;
  private JsonLines lines;

  /** Where findings are shown, too. */
  @FunctionalInterface
  public interface Board {

    /**
     * Takes what an evaluation found.
     *
     * @param step steps that the model was trained for
     */
    void evaluated(long step, String evaluation, Findings findings);
  }

  /**
   * Where results go.
   *
   * @param out a line an evaluation
   * @param board the same and pictures
   * @param warn of evaluations that fail, and when the log cannot be written
   */
  public record Outputs(PrintWriter out, Board board, Consumer<String> warn) {}

  /**
   * A listener.
   *
   * @param evaluations by name
   * @param labelled for evaluations that need classes
   * @param models opens a checkpoint
   * @param stopping whether the run is asked to end; evaluations are then given up
   */
  public EvaluationListener(
      ImmutableMap<String, Evaluation> evaluations,
      Optional<LabelledSplit> labelled,
      Function<Path, FeatureModel> models,
      Outputs outputs,
      BooleanSupplier stopping) {
    this.evaluations = evaluations;
    this.labelled = labelled;
    this.models = models;
    this.outputs = outputs;
    this.stopping = stopping;
  }

  @Override
  public void started(RunSummary summary, long step, long steps) throws IOException {
    run = summary;
    data = new EvaluationData(run.pictures(), labelled, run.config().run().tensorboard());
    long epochs = step / run.stepsPerEpoch();
    lines =
        new JsonLines(
            run.folder().resolve(LOG),
            line -> line.path("epoch").asLong(Long.MAX_VALUE) <= epochs,
            outputs.warn);
  }

  @Override
  public void epochSaved(int epoch, Path checkpoint) throws IOException {
    if (epoch % run.config().evaluation().evalEveryEpochs() != 0
        && epoch != run.config().optimization().epochs()) {
      return;
    }
    ModelInfo info = ModelInfo.of(run.config().model());
    Map<String, Evaluation> left = new LinkedHashMap<>(evaluations);
    left.values().removeIf(evaluation -> !evaluation.appliesTo(info, data));
    if (left.isEmpty()) {
      return;
    }
    try {
      checkNotStopping();
      try (FeatureModel teacher = models.apply(checkpoint)) {
        EvaluationInputs in =
            new EvaluationInputs(teacher, data, (done, total) -> checkNotStopping());
        while (!left.isEmpty()) {
          String name = left.keySet().iterator().next();
          checkNotStopping();
          tryEvaluate(name, in, epoch, checkpoint);
          left.remove(name);
        }
      }
    } catch (CancellationException e) {
      outputs.out.printf(
          "epoch %d: %s left out, for the run is asked to stop%n",
          epoch, String.join(", ", left.keySet()));
      outputs.out.flush();
    }
  }

  private void checkNotStopping() {
    if (stopping.getAsBoolean()) {
      throw new CancellationException();
    }
  }

  /** One that fails says so and leaves the others and the run as they are. */
  private void tryEvaluate(String name, EvaluationInputs in, int epoch, Path checkpoint)
      throws IOException {
    Findings findings;
    try {
      findings = evaluations.get(name).evaluate(in);
    } catch (CancellationException e) {
      throw e;
    } catch (RuntimeException e) { // whatever a stranger's code may throw
      outputs.warn.accept(
          "epoch %d: the evaluation %s failed: %s; training goes on"
              .formatted(epoch, name, e.getMessage() == null ? e : e.getMessage()));
      return;
    }
    if (!findings.numbers().isEmpty()) {
      outputs.out.printf("epoch %d: %s%n", epoch, findings.lineOf(name));
      outputs.out.flush();
      lines.add(
          ImmutableMap.of(
              "epoch",
              epoch,
              "checkpoint",
              checkpoint.getFileName().toString(),
              "evaluation",
              name,
              "numbers",
              findings.numbers()));
    }
    outputs.board.evaluated(epoch * run.stepsPerEpoch(), name, findings);
  }

  @Override
  public void close() {
    if (lines != null) {
      lines.close();
    }
  }
}
