package org.dinojvm.verify.training;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import com.google.common.base.Enums;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.Arrays;
import java.util.Map;
import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.Workers;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.settings.Settings;
import org.dinojvm.train.objective.Dino;
import org.dinojvm.train.objective.Objective;
import org.dinojvm.train.optimizer.Clipping;
import org.dinojvm.train.optimizer.LayerSettings;
import org.dinojvm.train.optimizer.Optimizer;
import org.dinojvm.train.schedule.StepScalars;
import org.dinojvm.train.step.Recipe;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;

/**
 * What a file of training steps says of the run: its metadata and the arrays of its schedules.
 *
 * @param recipe network, loss, optimizer and clipping; no stochastic depth
 * @param dino the recipe's objective
 * @param batch pictures a step
 * @param views crops of each picture
 * @param stepsPerEpoch steps for which one teacher temperature holds
 * @param frozenEpochs epochs in which the last layer is frozen
 */
record TrainSetup(
    Recipe recipe,
    Dino dino,
    int batch,
    int views,
    int stepsPerEpoch,
    int frozenEpochs,
    double[] learningRates,
    double[] weightDecays,
    double[] momenta,
    double[] temperatures) {

  static TrainSetup of(ReferenceFile file) {
    int stepsPerEpoch = file.whole("steps_per_epoch");
    int epochs = file.whole("epochs");
    int steps = epochs * stepsPerEpoch;
    Dino dino = dino(file);
    int views = 2 + file.whole("local_crops");
    return new TrainSetup(
        recipe(file, dino),
        dino,
        file.whole("batch"),
        views,
        stepsPerEpoch,
        file.whole("freeze_last_layer"),
        series(file, "lr", steps),
        series(file, "weight_decay", steps),
        series(file, "momentum", steps),
        series(file, "teacher_temperature", epochs));
  }

  private static Recipe recipe(ReferenceFile file, Dino dino) {
    VisionTransformer backbone =
        new VisionTransformer(
            file.whole("patch_size"),
            file.whole("embed_dim"),
            file.whole("depth"),
            file.whole("num_heads"),
            file.whole("image_size"));
    return new Recipe(
        backbone,
        dino,
        optimizer(file.text("optimizer")),
        LayerSettings.ALL_ALIKE.of(backbone),
        0.999,
        Clipping.PER_TENSOR,
        file.number("clip_grad"),
        false,
        0,
        1,
        Arithmetic.FLOAT32,
        0,
        Workers.ONE,
        true);
  }

  /** What stands in the file's schedules instead of settings is left at its default. */
  private static Dino dino(ReferenceFile file) {
    Settings<Dino> settings = Settings.of(Dino.class);
    Map<String, Object> given =
        ImmutableMap.of(
            "out_dim", file.whole("out_dim"),
            "norm_last_layer", file.flag("norm_last_layer"),
            "use_bn_in_head", file.flag("use_bn_in_head"),
            "head_hidden_dim", file.whole("hidden_dim"),
            "head_bottleneck_dim", file.whole("bottleneck_dim"),
            "student_temp", file.number("student_temp"),
            "center_momentum", file.number("center_momentum"));
    return settings.with(
        settings.defaults(),
        settings.parse(Maps.transformValues(given, SettingKey::text), "in the reference"));
  }

  private static Optimizer optimizer(String name) {
    return Enums.getIfPresent(Optimizer.class, Ascii.toUpperCase(name))
        .toJavaUtil()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "optimizer '%s' is unknown; known are %s"
                        .formatted(name, Arrays.toString(Optimizer.values()))));
  }

  /** A vector of the file, one number a step or an epoch. */
  static double[] series(ReferenceFile file, String name, int length) {
    Weight tensor = file.tensor(name);
    checkArgument(
        tensor.shape().numDimensions() == 1 && tensor.size() == length,
        "'%s' is %s; epochs and steps_per_epoch of the metadata ask for [%s]",
        name,
        tensor,
        length);
    return tensor.doubles();
  }

  int steps() {
    return learningRates.length;
  }

  /** What the file's schedules give for a step. */
  StepScalars scalars(int step) {
    int epoch = step / stepsPerEpoch;
    return new StepScalars(
        step,
        ImmutableMap.of(
            StepScalars.LEARNING_RATE, learningRates[step],
            StepScalars.WEIGHT_DECAY, weightDecays[step],
            Objective.MOMENTUM, momenta[step],
            Dino.TEACHER_TEMPERATURE, temperatures[epoch]),
        epoch < frozenEpochs);
  }

  UndefinedGradients undefinedGradients() {
    return new UndefinedGradients(dino.head().useBnInHead(), recipe.optimizer() == Optimizer.ADAMW);
  }

  /**
   * How far a gradient of noise can carry a weight: a step of Adam is at most (1 − β₁)/√(1 − β₂)
   * learning rates long (Kingma and Ba 2015, section 2.1).
   */
  double adamReach() {
    return 0.1 / Math.sqrt(0.001) * Arrays.stream(learningRates).sum();
  }
}
