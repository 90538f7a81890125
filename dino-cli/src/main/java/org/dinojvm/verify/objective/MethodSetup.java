package org.dinojvm.verify.objective;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import com.google.common.base.Enums;
import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.Workers;
import org.dinojvm.train.objective.BarlowTwins;
import org.dinojvm.train.objective.Byol;
import org.dinojvm.train.objective.MocoV3;
import org.dinojvm.train.objective.Objective;
import org.dinojvm.train.objective.ProjectionSettings;
import org.dinojvm.train.objective.SimClr;
import org.dinojvm.train.objective.SimDino;
import org.dinojvm.train.objective.Swav;
import org.dinojvm.train.objective.VicReg;
import org.dinojvm.train.optimizer.Clipping;
import org.dinojvm.train.optimizer.Optimizer;
import org.dinojvm.train.step.StepScalars;
import org.dinojvm.train.step.TrainGraph.Recipe;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;

/**
 * What a file of a method's training steps says of the run.
 *
 * @param method its name
 * @param options the metadata's
 * @param schedules by name, one number a step
 */
record MethodSetup(String method, Options options, ImmutableMap<String, double[]> schedules) {

  static MethodSetup of(ReferenceFile file) {
    Options options = Options.of(file, "config");
    String method =
        options.has("method")
            ? options.text("method")
            : file.text("family").replaceFirst("^train_", "");
    ImmutableMap.Builder<String, double[]> schedules = ImmutableMap.builder();
    int steps = options.whole("epochs") * options.whole("steps_per_epoch");
    schedules.put(StepScalars.LEARNING_RATE, series(file, "lr", steps));
    double[] decays = new double[steps];
    if (file.has(StepScalars.WEIGHT_DECAY)) {
      decays = series(file, StepScalars.WEIGHT_DECAY, steps);
    } else {
      Arrays.fill(decays, options.number(StepScalars.WEIGHT_DECAY));
    }
    schedules.put(StepScalars.WEIGHT_DECAY, decays);
    if (file.has(Objective.MOMENTUM)) {
      schedules.put(Objective.MOMENTUM, series(file, Objective.MOMENTUM, steps));
    }
    return new MethodSetup(method, options, schedules.buildOrThrow());
  }

  /** A vector of the file, one number a step. */
  static double[] series(ReferenceFile file, String name, int steps) {
    Weight tensor = file.tensor(name);
    checkArgument(
        tensor.shape().numDimensions() == 1 && tensor.size() == steps,
        "'%s' is %s; epochs and steps_per_epoch of the metadata ask for [%s]",
        name,
        tensor,
        steps);
    return tensor.doubles();
  }

  int steps() {
    return schedules.get(StepScalars.LEARNING_RATE).length;
  }

  int views() {
    return 2 + (options.has("local_crops") ? options.whole("local_crops") : 0);
  }

  int batch() {
    return options.whole("batch");
  }

  Recipe recipe() {
    return new Recipe(
        new VisionTransformer(
            options.whole("patch_size"),
            options.whole("embed_dim"),
            options.whole("depth"),
            options.whole("num_heads"),
            options.whole("image_size")),
        objective(),
        optimizer(options.text("optimizer")),
        0.999,
        Clipping.PER_TENSOR,
        options.has("clip_grad") ? options.number("clip_grad") : 0,
        decayAll(),
        0,
        1,
        Arithmetic.FLOAT32,
        0,
        Workers.ONE);
  }

  /** MoCo v3's own AdamW decays all that it trains, and says no more of it. */
  private boolean decayAll() {
    return options.has("decay_all") ? options.flag("decay_all") : method.equals("mocov3");
  }

  private static Optimizer optimizer(String name) {
    return Enums.getIfPresent(Optimizer.class, Ascii.toUpperCase(name))
        .toJavaUtil()
        .orElseThrow(
            () -> new IllegalArgumentException("optimizer '%s' is unknown".formatted(name)));
  }

  private Objective objective() {
    return switch (method) {
      case "simclr" -> new SimClr(projection(), options.number("temperature"));
      case "mocov3" ->
          new MocoV3(
              projection(),
              options.number("temperature"),
              options.number(Objective.MOMENTUM),
              true);
      case "byol" ->
          new Byol(
              projection(),
              options.whole("prediction_hidden_dim"),
              options.number(Objective.MOMENTUM));
      case "swav" -> swav();
      case "barlow_twins" ->
          new BarlowTwins(projection(), options.number("lambda"), options.number("scale_loss"), 1);
      case "vicreg" ->
          new VicReg(
              projection(),
              options.number("invariance"),
              options.number("variance"),
              options.number("covariance"));
      case "simdino" -> simDino();
      default -> throw new IllegalArgumentException("method '%s' is unknown".formatted(method));
    };
  }

  private ProjectionSettings projection() {
    return new ProjectionSettings(options.whole("hidden_dim"), options.whole("out_dim"));
  }

  private Swav swav() {
    return new Swav(
        projection(),
        options.whole("prototypes"),
        options.number("temperature"),
        options.number("sinkhorn_epsilon"),
        options.whole("sinkhorn_iterations"),
        0,
        0,
        0);
  }

  private SimDino simDino() {
    return new SimDino(
        options.whole("hidden_dim"),
        options.whole("bottleneck_dim"),
        options.number("eps"),
        options.number("coeff"),
        options.whole("expansion_type"),
        false,
        options.number(Objective.MOMENTUM));
  }

  /** What the file's schedules give for a step. */
  StepScalars scalars(int step) {
    ImmutableMap.Builder<String, Double> values = ImmutableMap.builder();
    schedules.forEach((name, series) -> values.put(name, series[step]));
    boolean frozen =
        options.has("freeze_prototypes_steps") && step < options.whole("freeze_prototypes_steps");
    return new StepScalars(step, values.buildOrThrow(), frozen);
  }
}
