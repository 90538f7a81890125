package org.dinojvm.tensorboard;

import com.google.common.collect.ImmutableList;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.Knn.Score;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.TrainingListener;
import org.dinojvm.visual.AttentionGallery;
import org.dinojvm.visual.CaptionedPicture;
import org.dinojvm.visual.Png;
import org.dinojvm.visual.ViewGallery;

/**
 * Shows a run in TensorBoard, from {@code events/} in its folder: what the log holds, warnings,
 * k-NN accuracies, the settings, views, and attention maps of fixed pictures now and then.
 */
public final class TensorBoard implements TrainingListener {

  private static final int SHOWN_PICTURES = 4;

  private final Consumer<String> warn;
  private Optional<EventFile> events = Optional.empty();
  private RunSummary run;
  private long step;
  private boolean viewsAreDue;

  /**
   * A listener; it writes nothing if the run's settings say so.
   *
   * @param warn is told when events cannot be written, and when they can again
   */
  public TensorBoard(Consumer<String> warn) {
    this.warn = warn;
  }

  @Override
  public void started(RunSummary summary, long done, long steps) {
    run = summary;
    step = done;
    viewsAreDue = done == 0;
    if (run.config().run().tensorboard() && done < steps) {
      EventFile file = new EventFile(run.folder().resolve("events"), done, warn, Clock.systemUTC());
      events = Optional.of(file);
      file.text(done, "settings", settings(run.config()));
    }
  }

  /** Indented by four, YAML is code in Markdown. */
  private static String settings(TrainConfig config) {
    return config.toYaml().indent(4);
  }

  @Override
  public void logged(StepRecord record) {
    step = record.step();
    events.ifPresent(file -> scalars(file, record));
    if (viewsAreDue) { // not before the first step, which they would delay
      viewsAreDue = false;
      events.ifPresent(file -> picture(file, "views", views()));
    }
  }

  private static void scalars(EventFile file, StepRecord record) {
    long step = record.step();
    record.metrics().forEach((name, value) -> file.scalar(step, metricTag(name), value));
    record.schedules().forEach((name, value) -> file.scalar(step, "schedule/" + name, value));
    file.scalar(step, "schedule/epoch", (double) record.epoch());
    file.scalar(step, "speed/images_per_second", record.imagesPerSecond());
    file.scalar(step, "speed/data_wait", record.dataWait());
  }

  private static String metricTag(String name) {
    return name.equals(StepRecord.GRADIENT_NORM) ? name : "loss/" + name;
  }

  @Override
  public void warned(String message) {
    events.ifPresent(file -> file.text(step, "warnings", message));
  }

  /** Takes the result of a k-NN test, in percent. */
  public void scored(long tested, List<Score> scores) {
    for (Score score : scores) {
      events.ifPresent(file -> file.scalar(tested, "knn/top1_k" + score.k(), score.top1()));
    }
  }

  @Override
  public void epochSaved(int epoch, Path checkpoint) throws IOException {
    step = epoch * run.stepsPerEpoch();
    int every = run.config().evaluation().attentionEveryEpochs();
    boolean due =
        every > 0 && (epoch % every == 0 || epoch == run.config().optimization().epochs());
    if (due && hasAttention(run.config()) && events.isPresent()) {
      picture(events.get(), "attention", attention(checkpoint));
    }
  }

  private static boolean hasAttention(TrainConfig config) {
    return config.backbone().family().facts(config.backbone()).containsKey("heads");
  }

  private BufferedImage attention(Path checkpoint) {
    try (FeatureModel teacher = FeatureModels.open(checkpoint)) {
      int side = AttentionGallery.defaultImageSize(teacher.info());
      List<CaptionedPicture> shown =
          run.pictures().spread(SHOWN_PICTURES).stream()
              .map(picture -> CaptionedPicture.of(run.pictures(), picture))
              .toList();
      return new AttentionGallery(teacher, side).draw(shown, Progress.NONE);
    }
  }

  /** By a pipeline of their own, so that the run's is not touched. */
  private BufferedImage views() {
    ImageFolder all = run.pictures();
    ImmutableList<Picture> shown = all.spread(SHOWN_PICTURES);
    ImageFolder few = new ImageFolder(all.root(), shown, all.classes(), ImmutableList.of());
    return ViewGallery.draw(
        few,
        run.config().views(),
        run.config().normalization(),
        shown.size(),
        run.config().run().seed());
  }

  private void picture(EventFile file, String tag, BufferedImage picture) {
    file.picture(step, tag, Png.bytes(picture), picture.getWidth(), picture.getHeight());
  }
}
