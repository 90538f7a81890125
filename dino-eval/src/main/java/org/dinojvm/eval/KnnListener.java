package org.dinojvm.eval;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.dinojvm.eval.Knn.Score;
import org.dinojvm.eval.KnnTask.Extractor;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.train.run.JsonLines;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.TrainingListener;

/**
 * The teacher's k-NN accuracy every so many epochs and at the end, printed and kept in {@code
 * knn.jsonl}: how a run without labels is judged.
 */
public final class KnnListener implements TrainingListener {

  /** Where accuracies are shown, too. */
  @FunctionalInterface
  public interface Board {
    void scored(long step, List<Score> scores);
  }

  private final KnnTask task;
  private final PrintWriter out;
  private final Board board;
  private final BooleanSupplier stopping;
  private RunSummary run;
  private JsonLines lines;

  /**
   * A listener.
   *
   * @param task labelled pictures
   * @param out where a line a test goes
   * @param board is told the step that was tested, and the accuracies
   * @param stopping whether the run is asked to end; a test is then given up
   */
  public KnnListener(KnnTask task, PrintWriter out, Board board, BooleanSupplier stopping) {
    this.task = task;
    this.out = out;
    this.board = board;
    this.stopping = stopping;
  }

  @Override
  public void started(RunSummary summary, long step, long steps) throws IOException {
    run = summary;
    long epochs = step / run.stepsPerEpoch();
    lines =
        new JsonLines(
            run.folder().resolve("knn.jsonl"),
            line -> line.path("epoch").asLong(Long.MAX_VALUE) <= epochs,
            out::println);
  }

  @Override
  public void epochSaved(int epoch, Path checkpoint) throws IOException {
    if (epoch % run.config().evaluation().knnEveryEpochs() != 0
        && epoch != run.config().optimization().epochs()) {
      return;
    }
    ImmutableList<Score> scores;
    try (FeatureModel teacher = FeatureModels.open(checkpoint)) {
      scores =
          task.scores(
              Extractor.of(teacher, (done, total) -> checkNotStopping()),
              Knn.PUBLISHED_KS,
              Knn.PUBLISHED_TEMPERATURE);
    } catch (CancellationException e) {
      out.printf("epoch %d: no k-NN test, for the run is asked to stop%n", epoch);
      out.flush();
      return;
    }
    out.printf("epoch %d: k-NN top-1 %s%n", epoch, inWords(scores));
    out.flush();
    board.scored(epoch * run.stepsPerEpoch(), scores);
    lines.add(
        ImmutableMap.of(
            "epoch", epoch, "checkpoint", checkpoint.getFileName().toString(), "scores", scores));
  }

  private void checkNotStopping() {
    if (stopping.getAsBoolean()) {
      throw new CancellationException();
    }
  }

  @Override
  public void close() {
    if (lines != null) {
      lines.close();
    }
  }

  private static String inWords(List<Score> scores) {
    return String.join(
        ", ", scores.stream().map(s -> "%.1f %% (k = %d)".formatted(s.top1(), s.k())).toList());
  }
}
