package org.dinojvm.cli.console;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.dinojvm.data.source.ImageFolder.SkippedFile;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.TrainingListener;

/** Shows how training gets on: a bar on a terminal, a line now and then elsewhere. */
public final class ConsoleProgress implements TrainingListener {

  private static final int SHOWN_SKIPPED = 5;
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

  private final PrintWriter out;
  private final boolean terminal;
  private Optional<ProgressBar> bar = Optional.empty();
  private RunSummary run;
  private long steps;
  private long firstStep;
  private long begin;
  private long lastLine;

  public ConsoleProgress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void started(RunSummary summary, long step, long allSteps) {
    run = summary;
    steps = allSteps;
    firstStep = step;
    begin = System.nanoTime();
    lastLine = begin;
    describeData();
    String changed = SettingsSummary.of(run.config());
    out.printf(
        "settings%s, all in %s%s%n%s",
        changed.isEmpty() ? " are the defaults" : " other than the defaults",
        run.folder().resolve("config.yaml"),
        changed.isEmpty() ? "" : ":",
        changed);
    if (step >= allSteps) {
      out.printf(
          Locale.ROOT, "nothing left to train: %s has all of its %,d steps%n", run.folder(), steps);
      out.flush();
      return;
    }
    out.printf(
        Locale.ROOT,
        "%s %,d of %,d steps (%d epochs of %d), batch %s, into %s%n",
        step == 0 ? "training" : "going on after step " + step + ",",
        steps - step,
        steps,
        run.config().optimization().epochs(),
        run.stepsPerEpoch(),
        batch(run),
        run.folder());
    out.flush();
    if (terminal) {
      bar =
          Optional.of(
              new ProgressBarBuilder()
                  .setTaskName("training")
                  .setInitialMax(steps)
                  .startsFrom(step, Duration.ZERO)
                  .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BAR)
                  .setUpdateIntervalMillis(200)
                  .build());
    }
  }

  private static String batch(RunSummary run) {
    OptimizerSettings settings = run.config().optimization();
    int accumulate = settings.accumulate();
    if (accumulate == 1 && run.workers() == 1) {
      return Long.toString(run.batchTotal());
    }
    return run.batchTotal()
        + " as "
        + (accumulate == 1 ? "" : accumulate + " of ")
        + settings.batchSizePerGpu()
        + (run.workers() == 1 ? "" : " on each of " + run.workers() + " workers");
  }

  private void describeData() {
    List<SkippedFile> skipped = run.pictures().skipped();
    out.printf("%,d pictures in %s%n", run.pictures().pictures().size(), run.pictures().root());
    if (skipped.isEmpty()) {
      return;
    }
    out.printf(
        "%,d files skipped, listed in %s:%n", skipped.size(), run.folder().resolve("skipped.tsv"));
    skipped.stream()
        .limit(SHOWN_SKIPPED)
        .forEach(file -> out.printf("  %s: %s%n", file.name(), file.reason()));
    if (skipped.size() > SHOWN_SKIPPED) {
      out.printf("  … and %,d more%n", skipped.size() - SHOWN_SKIPPED);
    }
  }

  @Override
  public void stepped(StepRecord record) {
    if (bar.isPresent()) {
      bar.get().stepTo(record.step());
      bar.get().setExtraMessage(" " + numbers(record));
    } else if (record.step() == steps || isLineDue()) {
      lastLine = System.nanoTime();
      out.printf(
          "step %,d of %,d, %s, %s left%n",
          record.step(), steps, numbers(record), timeLeft(record.step()));
      out.flush();
    }
  }

  @Override
  public void informed(String message) {
    out.println(message);
    out.flush();
  }

  @Override
  public void warned(String message) {
    out.println("warning: " + message);
    out.flush();
  }

  private boolean isLineDue() {
    return System.nanoTime() - lastLine >= BETWEEN_LINES.toNanos();
  }

  private String numbers(StepRecord record) {
    StringBuilder numbers = new StringBuilder();
    numbers.append(
        String.format(Locale.ROOT, "epoch %d, loss %.3f", record.epoch(), record.loss()));
    run.config()
        .objective()
        .consoleMetrics()
        .forEach(
            (name, label) ->
                numbers.append(
                    String.format(Locale.ROOT, ", %s %.3f", label, record.metric(name))));
    return numbers
        .append(String.format(Locale.ROOT, ", %.1f images/s", record.imagesPerSecond()))
        .toString();
  }

  private String timeLeft(long step) {
    double perStep = (double) (System.nanoTime() - begin) / (step - firstStep);
    return time(Duration.ofNanos((long) (perStep * (steps - step))));
  }

  /** A duration as h:mm:ss. */
  public static String time(Duration duration) {
    return String.format(
        "%d:%02d:%02d", duration.toHours(), duration.toMinutesPart(), duration.toSecondsPart());
  }

  @Override
  public void close() {
    bar.ifPresent(ProgressBar::close);
  }
}
