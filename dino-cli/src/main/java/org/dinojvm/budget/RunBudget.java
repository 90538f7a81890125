package org.dinojvm.budget;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.dinojvm.bench.Flops;
import org.dinojvm.cli.options.RequestedSettings;
import org.dinojvm.eval.ReadOuts;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.preset.AutoPreset;
import org.dinojvm.train.preset.Choice;
import org.dinojvm.train.preset.NetworkLadder;
import org.dinojvm.train.preset.NetworkLadder.Rung;

/**
 * Fits a run into a time: times its first steps, and picks network and length by them.
 *
 * @param time of the whole command, from {@code begin}
 * @param begin as {@link System#nanoTime} gave it
 * @param job trains a run, for the timing
 * @param out is told what is timed and picked
 */
public record RunBudget(Duration time, long begin, TimedRun.Job job, PrintWriter out) {

  /** Left for what comes after the last step: the last evaluation, the export. */
  private static final double END_SECONDS = 5;

  /** A run that would end sooner or later by more than this share of the time is planned anew. */
  private static final double TOLERANCE = 0.05;

  /** How much longer a pass takes than its share of a step: it decodes and is not compiled. */
  private static final double WHITENING = 2;

  public RunBudget {
    checkArgument(!time.isZero(), "--budget must be longer than no time; write 90s, 10m or 2h");
  }

  /** What was tried: a network, and how fast it is. */
  private record Tried(ImmutableList<Choice> network, TrainConfig config, StepTiming timing) {}

  /**
   * The run that was asked for, with settings picked that make it end in time.
   *
   * @throws IllegalArgumentException if settings cannot be used
   */
  public PlannedRun fit(RequestedSettings asked) throws IOException {
    if (asked.begun().isPresent()) {
      out.printf("--budget: %s goes on as it was planned%n", asked.begun().get());
      return new PlannedRun(asked.config(asked.ofBegunRun()), Optional.empty());
    }
    Tried tried = tried(asked);
    Pace pace = tried.timing.pace();
    long stepsOfAll = tried.timing.stepsOfAll();
    int every = tried.config.evaluation().evalEveryEpochs();
    double after = END_SECONDS + whitening(tried);
    RunPlan plan = RunPlan.of(pace, secondsLeft() - after, stepsOfAll, every);
    List<Choice> picked = new ArrayList<>(asked.presets(plan.epochs()));
    picked.addAll(tried.network);
    picked.addAll(length(plan, pace, stepsOfAll));
    asked.print(picked, out);
    TrainConfig config = asked.config(picked);
    boolean isOurs = config.optimization().epochs() == plan.epochs(); // and not the user's
    return new PlannedRun(config, Optional.of(deadline(after, pace)).filter(any -> isOurs));
  }

  private Deadline deadline(double after, Pace pace) {
    long nanos = end() - (long) (after * 1e9);
    double tolerance = Math.max(TOLERANCE * time.toNanos() / 1e9, pace.start());
    return new Deadline(nanos, tolerance, pace.start(), Integer.MAX_VALUE);
  }

  private double secondsLeft() {
    return (end() - System.nanoTime()) / 1e9;
  }

  /** As {@link System#nanoTime} counts. */
  private long end() {
    return begin + time.toNanos();
  }

  /** Seconds that the features of some pictures take at the end, if they are exported whitened. */
  private static double whitening(Tried tried) {
    if (tried.config.run().exportWhitening() == 0) {
      return 0;
    }
    int batch = tried.config.optimization().batchSizePerGpu();
    double ofAll = (double) tried.timing.stepsOfAll() * tried.config.optimization().batchTotal();
    double passes = Math.min(ReadOuts.ENOUGH, ofAll) / batch;
    double share = Flops.ofForward(tried.config) / Flops.ofStep(tried.config);
    return WHITENING * passes * share * tried.timing.pace().step();
  }

  private Tried tried(RequestedSettings asked) throws IOException {
    if (!asked.isPreset()) {
      return timed(asked, ImmutableList.of());
    }
    ImmutableList<Rung> rungs = NetworkLadder.forPictures(asked.survey().shorterSide()).rungs();
    Tried first = timed(asked, rungs.get(0).choices());
    for (int i = rungs.size() - 1; i > 0; i--) {
      Rung rung = rungs.get(i);
      if (seen(asked.config(trial(asked, rung.choices())), first) >= rung.wanted()) {
        Tried larger = timed(asked, rung.choices());
        if (seen(larger.config, larger) >= rung.wanted()) {
          return larger;
        }
      }
    }
    return first;
  }

  /** Pictures that a network sees in the time that is left, by the pace of one that was timed. */
  private double seen(TrainConfig config, Tried timed) {
    Pace pace = timed.timing.pace();
    double step = pace.step() * Flops.ofStep(config) / Flops.ofStep(timed.config);
    return (secondsLeft() - END_SECONDS - pace.start()) / step * config.optimization().batchTotal();
  }

  private Tried timed(RequestedSettings asked, ImmutableList<Choice> network) throws IOException {
    TrainConfig config = asked.config(trial(asked, network));
    Path run = Path.of(config.run().outputDir()).toAbsolutePath().normalize();
    out.printf("--budget: timing a few steps of %s ...%n", named(config));
    out.flush();
    StepTiming timing =
        TimedRun.of(config, run.resolveSibling("." + run.getFileName() + "-timing"), job);
    out.printf(
        Locale.ROOT,
        "  %.3g s a step of %d pictures, %.0f s to start%n",
        timing.pace().step(),
        config.optimization().batchTotal(),
        timing.pace().start());
    out.flush();
    return new Tried(network, config, timing);
  }

  private static ImmutableList<Choice> trial(
      RequestedSettings asked, ImmutableList<Choice> network) {
    return ImmutableList.<Choice>builder()
        .addAll(asked.presets(TimedRun.EPOCHS))
        .addAll(network)
        .build();
  }

  private static String named(TrainConfig config) {
    int side = config.views().globalCropsSize();
    return "%s, %d features, crops of %d pixels"
        .formatted(config.backbone().arch(), config.backbone().create(side).embedDim(), side);
  }

  private ImmutableList<Choice> length(RunPlan plan, Pace pace, long stepsOfAll) {
    String reason =
        String.format(
            Locale.ROOT,
            "%,d steps of %.3g s end in %s",
            plan.steps(stepsOfAll),
            pace.step(),
            DurationText.of(time));
    return ImmutableList.of(
        new Choice("epochs", Integer.toString(plan.epochs()), reason),
        new Choice(
            "epoch_length",
            Integer.toString(plan.epochLength()),
            plan.epochLength() == 0 ? "all pictures" : "parts of one pass over the pictures"),
        AutoPreset.warmUp(plan.epochs()));
  }
}
