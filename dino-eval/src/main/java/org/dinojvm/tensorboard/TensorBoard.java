package org.dinojvm.tensorboard;

import com.google.common.collect.ImmutableList;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.Findings;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.TrainingListener;
import org.dinojvm.visual.Png;
import org.dinojvm.visual.ViewGallery;

/**
 * Shows a run in TensorBoard, from {@code events/} in its folder: what the log holds, warnings, the
 * settings, views, and the numbers and pictures of evaluations.
 */
public final class TensorBoard implements TrainingListener {

  private static final String EVENTS = "events";
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
      EventFile file = new EventFile(run.folder().resolve(EVENTS), done, warn, Clock.systemUTC());
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
      events.ifPresent(file -> picture(file, step, "views", views()));
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

  /**
   * Adds what was found of a checkpoint after its training, under the tags of {@link #evaluated}.
   *
   * @param run its folder; nothing is written where the run wrote no events
   * @param warn is told when events cannot be written
   */
  public static void add(
      Path run, long trained, String evaluation, Findings findings, Consumer<String> warn) {
    Path folder = run.resolve(EVENTS);
    if (Files.isDirectory(folder)) {
      findings(
          EventFile.besideOthers(folder, warn, Clock.systemUTC()), trained, evaluation, findings);
    }
  }

  /**
   * Takes what an evaluation found. Tags are {@code evaluation/name}, and the evaluation's name
   * alone for a picture of the same name.
   *
   * @param trained steps that the model was trained for
   */
  public void evaluated(long trained, String evaluation, Findings findings) {
    events.ifPresent(file -> findings(file, trained, evaluation, findings));
  }

  private static void findings(EventFile file, long step, String evaluation, Findings findings) {
    findings.numbers().forEach((name, value) -> file.scalar(step, evaluation + "/" + name, value));
    findings
        .pictures()
        .forEach((name, picture) -> picture(file, step, tag(evaluation, name), picture));
  }

  private static String tag(String evaluation, String name) {
    return name.equals(evaluation) ? name : evaluation + "/" + name;
  }

  @Override
  public void epochSaved(int epoch, Path checkpoint) {
    step = epoch * run.stepsPerEpoch();
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

  private static void picture(EventFile file, long step, String tag, BufferedImage picture) {
    file.picture(step, tag, Png.bytes(picture), picture.getWidth(), picture.getHeight());
  }
}
