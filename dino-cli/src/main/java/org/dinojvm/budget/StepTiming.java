package org.dinojvm.budget;

import com.google.common.math.Quantiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.TrainingListener;

/** Times a few steps and what stands between epochs, then ends the run. */
public final class StepTiming implements TrainingListener {

  /** What {@link org.dinojvm.train.run.StoppedException#reason} says of a run that ends so. */
  static final String REASON = "timed";

  /** Compilation and first reads. */
  static final int NOT_TIMED = 3;

  /** As few tell a pace. */
  static final int TIMED = 5;

  /** Quick steps are timed for so long, since they vary. */
  private static final double LEAST_SECONDS = 4;

  /** Of slow steps fewer are enough. */
  private static final double ENOUGH_SECONDS = 20;

  private final long begin = System.nanoTime();
  private final List<Double> steps = new ArrayList<>();
  private final List<Double> saves = new ArrayList<>();
  private final List<Double> evaluations = new ArrayList<>();
  private RunSummary run;
  private int done;
  private double start;
  private double lastStep;
  private Optional<Double> lastSave = Optional.empty();

  @Override
  public void started(RunSummary summary, long step, long allSteps) {
    run = summary;
  }

  @Override
  public void stepped(StepRecord record) {
    double now = seconds();
    double own = run.batchTotal() / record.imagesPerSecond();
    done++;
    if (done <= NOT_TIMED) {
      start = now;
    } else if (lastSave.isPresent()) {
      evaluations.add(Math.max(0, now - lastSave.get() - own));
      steps.add(own);
    } else {
      steps.add(now - lastStep);
    }
    lastStep = now;
    lastSave = Optional.empty();
  }

  @Override
  public void epochSaved(int epoch, Path checkpoint) {
    double now = seconds();
    saves.add(now - lastStep);
    lastSave = Optional.of(now);
  }

  private double seconds() {
    return (System.nanoTime() - begin) / 1e9;
  }

  @Override
  public Optional<String> stopRequested() {
    double sum = sum();
    boolean enough = steps.size() >= TIMED && sum >= LEAST_SECONDS && evaluations.size() >= 2;
    return enough || sum > ENOUGH_SECONDS ? Optional.of(REASON) : Optional.empty();
  }

  private double sum() {
    return steps.stream().mapToDouble(Double::doubleValue).sum();
  }

  /** What was timed. */
  public Pace pace() {
    double step = Quantiles.median().compute(steps);
    return new Pace(Math.max(0, start - NOT_TIMED * step), step, least(saves), least(evaluations));
  }

  /** The first ones load and compile what later ones have. */
  private static double least(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
  }

  /** Steps in which all pictures of the run are seen once. */
  public long stepsOfAll() {
    return run.stepsOfAllPictures();
  }
}
