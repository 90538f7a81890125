package org.dinojvm.verify.objective;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dinojvm.train.objective.DinoV2;
import org.dinojvm.train.objective.Ibot;
import org.dinojvm.train.objective.Objective;
import org.dinojvm.train.schedule.StepScalars;
import org.dinojvm.train.schedule.WarmUp;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.verify.RelativeError;
import org.dinojvm.verify.training.ScheduleFit;
import org.dinojvm.verify.training.StepCrops;
import org.dinojvm.verify.training.TrainSteps;
import org.dinojvm.weights.Weight;

/** Training steps of a method: losses and their parts at each, the weights after the last. */
final class MethodTrainCheck implements Check {

  private static final double LOSS_TOLERANCE = 4e-5;
  private static final double WEIGHT_TOLERANCE = 5e-4;
  private static final double SCHEDULE_TOLERANCE = 1e-12;

  /** Of those whose losses float32 determines less well. */
  private static final double LOOSE_LOSS_TOLERANCE = 2e-4;

  private static final ImmutableSet<String> LOOSE_LOSSES =
      ImmutableSet.of("simclr", "barlow_twins", "simdino");

  private static final double TIGHT_WEIGHT_TOLERANCE = 2e-4;
  private static final ImmutableSet<String> TIGHT_WEIGHTS =
      ImmutableSet.of("mocov3", "vicreg", "ibot", "dinov2");

  private static final String PARTS = "losses_";

  /** This project's parts of weights' names by the files', each once and at the start. */
  private static final ImmutableMap<String, String> PREFIXES =
      ImmutableMap.of(
          "base_encoder.head.", "projection_head.layers.",
          "base_encoder.", "backbone.",
          "momentum_encoder.head.", "projection_head.layers.",
          "momentum_encoder.", "backbone.",
          "predictor.", "prediction_head.layers.",
          "backbone.masked_embed", "backbone.mask_token",
          "dino_head.", "head.",
          "ibot_head.", "patch_head.");

  /** This project's metrics by the files' parts of losses. */
  private static final ImmutableMap<String, String> METRICS =
      ImmutableMap.of(
          "compression", "compression",
          "expansion", "expansion",
          "cls", Ibot.CLASS_LOSS,
          "patch", Ibot.PATCH_LOSS,
          "dino_local_crops_loss", DinoV2.LOCAL_LOSS,
          "dino_global_crops_loss", DinoV2.GLOBAL_LOSS,
          "koleo_loss", DinoV2.KOLEO_LOSS,
          "ibot_loss", Ibot.PATCH_LOSS);

  /** Parts that DINOv2 reports divided by its two global crops. */
  private static final ImmutableSet<String> HALVED = ImmutableSet.of("koleo_loss", "ibot_loss");

  /** Centers after each step by the files' names. */
  private static final ImmutableMap<String, String> CENTERS =
      ImmutableMap.of("centers", "center", "patch_centers", Ibot.PATCH_CENTER);

  @Override
  public void run(Path path, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(path);
    MethodSetup setup = MethodSetup.of(file);
    compareSchedules(setup, comparisons);
    try (TrainSteps steps = new TrainSteps(setup.recipe(), crops(file, 0, setup), masks(file, 0))) {
      Map<String, Weight> initial = renamed(file.below("initial."));
      steps.start(initial);
      comparePositions(setup, initial, comparisons);
      Map<String, Weight> teacher = renamed(file.below("initial_teacher."));
      if (!teacher.isEmpty()) {
        steps.startTeacher(teacher);
      }
      compareSteps(file, setup, steps, comparisons);
      Undefined undefined = Undefined.of(file);
      compareWeights("student.", steps.student(), file, undefined, setup, comparisons);
      compareWeights("teacher.", steps.teacher(), file, undefined, setup, comparisons);
    }
    file.requireAllUsed();
  }

  private static StepCrops crops(ReferenceFile file, int step, MethodSetup setup) {
    return StepCrops.of(file, step, setup.views(), setup.batch());
  }

  /** Masks of a step, crop 0 first: iBOT's by crop, DINOv2's together. */
  private static Optional<Weight> masks(ReferenceFile file, int step) {
    String start = "step" + step + ".mask";
    if (file.has(start + "s")) {
      return Optional.of(file.tensor(start + "s"));
    }
    return file.has(start + "0")
        ? Optional.of(Weight.concat(List.of(file.tensor(start + "0"), file.tensor(start + "1"))))
        : Optional.empty();
  }

  /** The schedules that the method has as published; solo-learn's is not this project's. */
  private static void compareSchedules(MethodSetup setup, Comparisons comparisons) {
    int perEpoch = setup.options().whole("steps_per_epoch");
    ImmutableMap<String, double[]> schedules = setup.schedules();
    if (schedules.containsKey(Objective.MOMENTUM)) {
      double error = ScheduleFit.cosineError(schedules.get(Objective.MOMENTUM), perEpoch);
      comparisons.add("schedules", Objective.MOMENTUM, error, SCHEDULE_TOLERANCE);
    }
    double[] rates = schedules.get(StepScalars.LEARNING_RATE);
    if (setup.method().equals("mocov3")) {
      int warmUp = setup.options().whole("warmup_epochs") * perEpoch;
      double error =
          ScheduleFit.error(
              WarmUp.EXCLUSIVE.cosine(setup.options().number("lr"), 0, rates.length, warmUp),
              rates);
      comparisons.add("schedules", "lr", error, SCHEDULE_TOLERANCE);
    } else if (Set.of("simdino", "ibot", "dinov2").contains(setup.method())) {
      double error = ScheduleFit.cosineError(rates, perEpoch);
      comparisons.add("schedules", "lr", error, SCHEDULE_TOLERANCE);
    }
  }

  /** MoCo v3's positions are fixed, so a run's own are the file's. */
  private static void comparePositions(
      MethodSetup setup, Map<String, Weight> initial, Comparisons comparisons) {
    String name = "backbone.pos_embed";
    if (setup.recipe().objective().fixedWeights(setup.recipe().backbone()).containsKey(name)) {
      Weight expected = initial.get(name);
      float[] actual = FixedWeights.initial(setup.recipe(), name, expected.shape());
      comparisons.add("positions", name, actual, expected.floats(), 1e-6);
    }
  }

  private static void compareSteps(
      ReferenceFile file, MethodSetup setup, TrainSteps steps, Comparisons comparisons) {
    double[] losses = MethodSetup.series(file, "losses", setup.steps());
    Map<String, double[]> parts = new LinkedHashMap<>();
    for (String part : METRICS.keySet()) {
      if (file.has(PARTS + part)) {
        parts.put(part, MethodSetup.series(file, PARTS + part, setup.steps()));
      }
    }
    double tolerance =
        LOOSE_LOSSES.contains(setup.method()) ? LOOSE_LOSS_TOLERANCE : LOSS_TOLERANCE;
    for (int step = 0; step < setup.steps(); step++) {
      TrainSteps.Step actual =
          steps.run(setup.scalars(step), crops(file, step, setup), masks(file, step));
      String name = "step " + step;
      comparisons.add("losses", name, RelativeError.of(actual.loss(), losses[step]), tolerance);
      for (Map.Entry<String, double[]> part : parts.entrySet()) {
        double metric = actual.metrics().get(METRICS.get(part.getKey()));
        double error =
            RelativeError.of(
                HALVED.contains(part.getKey()) ? metric / 2 : metric, part.getValue()[step]);
        comparisons.add(part.getKey(), name, error, tolerance);
      }
      compareCenters(file, step, steps, comparisons);
      compareNorms(file, step, actual, steps, comparisons);
    }
  }

  /** The centers after a step, where the file has them. */
  private static void compareCenters(
      ReferenceFile file, int step, TrainSteps steps, Comparisons comparisons) {
    CENTERS.forEach(
        (name, variable) -> {
          if (file.has(name)) {
            float[] all = file.tensor(name).floats(); // [steps, K]
            float[] actual = steps.state(variable);
            // DINOv2 applies an update when the next step begins, so its row is that of the next.
            int row = file.has("gradient_norms") ? step + 1 : step;
            if (row == all.length / actual.length) {
              return;
            }
            float[] expected =
                Arrays.copyOfRange(all, row * actual.length, (row + 1) * actual.length);
            comparisons.add(name, "step " + step, actual, expected, LOSS_TOLERANCE);
          }
        });
  }

  /** Gradient norms of backbone and heads before clipping, where the file has them. */
  private static void compareNorms(
      ReferenceFile file,
      int step,
      TrainSteps.Step actual,
      TrainSteps steps,
      Comparisons comparisons) {
    if (!file.has("gradient_norms")) {
      return;
    }
    Map<String, Double> squares = new LinkedHashMap<>(); // backbone, head, patch_head
    List<String> names = steps.trainedNames();
    for (int i = 0; i < names.size(); i++) {
      double norm = actual.gradientNorms()[i];
      squares.merge(names.get(i).split("\\.", 2)[0], norm * norm, Double::sum);
    }
    double[] all = file.tensor("gradient_norms").doubles(); // [steps, modules]
    int module = 0;
    for (Map.Entry<String, Double> square : squares.entrySet()) {
      double expected = all[step * squares.size() + module++];
      double error = RelativeError.of(Math.sqrt(square.getValue()), expected);
      comparisons.add(
          "gradient norms", "step " + step + " " + square.getKey(), error, WEIGHT_TOLERANCE);
    }
  }

  private static void compareWeights(
      String network,
      Map<String, Weight> actual,
      ReferenceFile file,
      Undefined undefined,
      MethodSetup setup,
      Comparisons comparisons) {
    Map<String, Weight> expected = renamed(file.below(network));
    checkArgument(
        expected.keySet().equals(actual.keySet()),
        "the weights of %s* are %s, the network has %s",
        network,
        expected.keySet(),
        actual.keySet());
    double tolerance =
        TIGHT_WEIGHTS.contains(setup.method()) ? TIGHT_WEIGHT_TOLERANCE : WEIGHT_TOLERANCE;
    expected.forEach(
        (name, weight) -> {
          float[] defined = undefined.without(name, weight.floats());
          if (defined.length > 0) {
            comparisons.add(
                "final weights",
                network + name,
                undefined.without(name, actual.get(name).floats()),
                defined,
                tolerance);
          }
        });
  }

  /** Weights by this project's names. */
  private static Map<String, Weight> renamed(Map<String, Weight> weights) {
    Map<String, Weight> named = new LinkedHashMap<>();
    weights.forEach((name, weight) -> named.put(renamed(name), weight));
    return named;
  }

  private static String renamed(String name) {
    for (Map.Entry<String, String> prefix : PREFIXES.entrySet()) {
      if (name.startsWith(prefix.getKey())) {
        return prefix.getValue() + name.substring(prefix.getKey().length());
      }
    }
    return name;
  }

  /**
   * Weights, or parts of them, whose gradient is rounding alone.
   *
   * @param ranges first and last index, the last excluded, by name
   */
  private record Undefined(ImmutableMap<String, int[]> ranges) {

    static Undefined of(ReferenceFile file) {
      ImmutableMap.Builder<String, int[]> ranges = ImmutableMap.builder();
      for (String text : Options.texts(file, "undefined")) {
        String[] parts = text.split("[\\[:\\]]", -1);
        ranges.put(
            renamed(parts[0]),
            parts.length < 3
                ? new int[] {0, Integer.MAX_VALUE}
                : new int[] {Integer.parseInt(parts[1]), Integer.parseInt(parts[2])});
      }
      return new Undefined(ranges.buildOrThrow());
    }

    float[] without(String name, float[] values) {
      int[] range = ranges.get(name);
      if (range == null) {
        return values;
      }
      float[] kept = Arrays.copyOf(values, Math.min(range[0], values.length));
      int after = Math.min(range[1], values.length);
      float[] all = Arrays.copyOf(kept, kept.length + values.length - after);
      System.arraycopy(values, after, all, kept.length, values.length - after);
      return all;
    }
  }
}
