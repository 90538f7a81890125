package org.dinojvm.verify.objective;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import com.google.common.base.Enums;
import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.VitOptions;
import org.dinojvm.model.Workers;
import org.dinojvm.model.head.HeadSettings;
import org.dinojvm.settings.Range;
import org.dinojvm.train.objective.BarlowTwins;
import org.dinojvm.train.objective.Byol;
import org.dinojvm.train.objective.Dino;
import org.dinojvm.train.objective.DinoV2;
import org.dinojvm.train.objective.GramSettings;
import org.dinojvm.train.objective.Ibot;
import org.dinojvm.train.objective.MaskSettings;
import org.dinojvm.train.objective.MocoV3;
import org.dinojvm.train.objective.Objective;
import org.dinojvm.train.objective.ProjectionSettings;
import org.dinojvm.train.objective.SimClr;
import org.dinojvm.train.objective.SimDino;
import org.dinojvm.train.objective.Swav;
import org.dinojvm.train.objective.VicReg;
import org.dinojvm.train.optimizer.Clipping;
import org.dinojvm.train.optimizer.LayerSettings;
import org.dinojvm.train.optimizer.Optimizer;
import org.dinojvm.train.schedule.StepScalars;
import org.dinojvm.train.step.Recipe;
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
    temperature(file, Dino.TEACHER_TEMPERATURE, options, steps, schedules);
    temperature(file, Ibot.PATCH_TEMPERATURE, options, steps, schedules);
    if (file.has("last_layer_lr")) {
      schedules.put(DinoV2.LAST_LAYER_RATE, series(file, "last_layer_lr", steps));
    }
    return new MethodSetup(method, options, schedules.buildOrThrow());
  }

  /** A temperature by step, or by epoch as iBOT has it. */
  private static void temperature(
      ReferenceFile file,
      String name,
      Options options,
      int steps,
      ImmutableMap.Builder<String, double[]> schedules) {
    if (!file.has(name)) {
      return;
    }
    double[] given = file.tensor(name).doubles();
    int each = options.whole("steps_per_epoch");
    double[] bySteps = new double[steps];
    for (int step = 0; step < steps; step++) {
      bySteps[step] = given.length == steps ? given[step] : given[step / each];
    }
    schedules.put(name, bySteps);
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
    VisionTransformer network = network();
    return new Recipe(
        network,
        objective(),
        optimizer(options.text("optimizer")),
        layers().of(network),
        0.999,
        method.equals("dinov2") ? Clipping.PER_MODULE : Clipping.PER_TENSOR,
        options.has("clip_grad") ? options.number("clip_grad") : 0,
        decayAll(),
        0,
        1,
        Arithmetic.FLOAT32,
        0,
        Workers.ONE,
        true);
  }

  private LayerSettings layers() {
    return method.equals("dinov2")
        ? new LayerSettings(
            options.number("layerwise_decay"), options.number("patch_embed_lr_mult"), 0)
        : LayerSettings.ALL_ALIKE;
  }

  private VisionTransformer network() {
    int dim = options.whole("embed_dim");
    VitOptions plain = VitOptions.plain(dim);
    boolean masks = method.equals("dinov2"); // iBOT's teacher holds no mask token
    return new VisionTransformer(
        options.whole("patch_size"),
        dim,
        options.whole("depth"),
        options.whole("num_heads"),
        options.whole("image_size"),
        new VitOptions(
            plain.stem(),
            options.has("registers") ? options.whole("registers") : plain.registers(),
            options.has("layerscale") ? options.number("layerscale") : plain.layerScale(),
            plain.ffn(),
            plain.ffnDim(),
            plain.positions(),
            plain.qkvBias(),
            plain.finalNorms(),
            masks ? VitOptions.MaskToken.HELD : plain.maskToken(),
            plain.normEpsilon()));
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
      case "ibot" -> ibot();
      case "dinov2" -> dinoV2();
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

  private HeadSettings head(boolean fixedLength) {
    return new HeadSettings(
        options.whole("out_dim"),
        fixedLength,
        false,
        options.whole("hidden_dim"),
        options.whole("bottleneck_dim"));
  }

  private Ibot ibot() {
    checkArgument(
        options.flag("shared_head") && options.flag("shared_head_teacher"),
        "only a head that class tokens and patches share is computed here: %s",
        options);
    return new Ibot(
        head(options.flag("norm_last_layer")),
        new MaskSettings(0.5, new Range(0.1, 0.5)),
        1,
        options.number("student_temp"),
        0.04,
        0.07,
        0.07,
        0,
        options.number("center_momentum"),
        options.number(Objective.MOMENTUM),
        options.whole("freeze_last_layer"));
  }

  private DinoV2 dinoV2() {
    return new DinoV2(
        head(false),
        new MaskSettings(0.5, new Range(0.1, 0.5)),
        new GramSettings(0, 1, 1),
        options.flag("separate_head"),
        options.whole("patch_out_dim"),
        Enums.getIfPresent(DinoV2.Balancing.class, Ascii.toUpperCase(options.text("centering")))
            .toJavaUtil()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "centering '%s' is unknown".formatted(options.text("centering")))),
        options.number("ibot_weight"),
        options.number("koleo_weight"),
        0.04,
        0.07,
        0,
        options.number(Objective.MOMENTUM),
        options.whole("freeze_last_layer"));
  }

  /** What the file's schedules give for a step. */
  StepScalars scalars(int step) {
    ImmutableMap.Builder<String, Double> values = ImmutableMap.builder();
    schedules.forEach((name, series) -> values.put(name, series[step]));
    boolean frozen =
        options.has("freeze_prototypes_steps") && step < options.whole("freeze_prototypes_steps");
    if (method.equals("ibot")) {
      frozen = step < options.whole("freeze_last_layer") * options.whole("steps_per_epoch");
    }
    return new StepScalars(step, values.buildOrThrow(), frozen);
  }
}
