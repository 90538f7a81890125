package org.dinojvm.eval;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.dinojvm.eval.Knn.Score;
import org.dinojvm.eval.KnnTask.Extractor;
import org.dinojvm.export.FeatureModel;
import org.dinojvm.export.FeatureModels;
import org.dinojvm.train.RunSummary;
import org.dinojvm.train.TrainingListener;

/**
 * The teacher's k-NN accuracy every so many epochs and at the end, printed and kept in {@code
 * knn.jsonl}: how a run without labels is judged.
 */
public final class KnnListener implements TrainingListener {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final KnnTask task;
  private final PrintWriter out;
  private RunSummary run;

  /**
   * A listener.
   *
   * @param task labelled pictures
   * @param out where a line a test goes
   */
  public KnnListener(KnnTask task, PrintWriter out) {
    this.task = task;
    this.out = out;
  }

  @Override
  public void started(RunSummary summary, long step, long steps) {
    run = summary;
  }

  @Override
  public void epochSaved(int epoch, Path checkpoint) throws IOException {
    if (epoch % run.config().knnEveryEpochs() != 0 && epoch != run.config().epochs()) {
      return;
    }
    ImmutableList<Score> scores;
    try (FeatureModel teacher = FeatureModels.open(checkpoint)) {
      scores =
          task.scores(
              Extractor.of(teacher, Progress.NONE), Knn.PUBLISHED_KS, Knn.PUBLISHED_TEMPERATURE);
    }
    out.printf("epoch %d: k-NN top-1 %s%n", epoch, inWords(scores));
    out.flush();
    Files.write(
        run.folder().resolve("knn.jsonl"),
        List.of(JSON.writeValueAsString(ImmutableMap.of("epoch", epoch, "scores", scores))),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private static String inWords(List<Score> scores) {
    return String.join(
        ", ", scores.stream().map(s -> "%.1f %% (k = %d)".formatted(s.top1(), s.k())).toList());
  }
}
