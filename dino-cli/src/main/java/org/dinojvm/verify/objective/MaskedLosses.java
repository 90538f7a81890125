package org.dinojvm.verify.objective;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.verify.objective.PublishedLosses.input;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.Workers;
import org.dinojvm.model.loss.Centering;
import org.dinojvm.model.loss.DinoLoss;
import org.dinojvm.model.loss.DinoV2Loss;
import org.dinojvm.model.loss.GramLoss;
import org.dinojvm.model.loss.KoLeo;
import org.dinojvm.model.loss.MaeLoss;
import org.dinojvm.model.loss.PatchLoss;
import org.dinojvm.model.loss.SinkhornKnopp;
import org.dinojvm.model.mask.MaskedPatches;
import org.dinojvm.train.schedule.Schedule;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The losses of methods that mask patches, and of Gram anchoring. */
final class MaskedLosses {

  private static final double STUDENT_TEMPERATURE = 0.1;
  private static final double CENTER_MOMENTUM = 0.9;

  private MaskedLosses() {}

  static ImmutableMap<String, Operand<TFloat32>> ibot(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    int local = options.whole("local_crops");
    int epoch = options.whole("epoch");
    float[] classTemperatures = temperatures(options, "teacher_temperature", 0);
    float[] patchTemperatures =
        temperatures(options, "teacher_patch_temperature", options.whole("pred_start_epoch"));
    List<Operand<TFloat32>> student = new ArrayList<>(List.of(input(inputs, "student_cls")));
    if (local > 0) {
      student.add(input(inputs, "student_local_cls"));
    }
    DinoLoss.Terms terms =
        new DinoLoss(2 + local, STUDENT_TEMPERATURE, CENTER_MOMENTUM)
            .terms(
                tf,
                student.size() == 1 ? student.get(0) : tf.concat(student, tf.constant(0)),
                input(inputs, "teacher_cls"),
                input(inputs, "center"),
                tf.constant(classTemperatures[epoch]));
    Operand<TFloat32> masks = // [2B, h, w]
        tf.concat(List.of(input(inputs, "mask0"), input(inputs, "mask1")), tf.constant(0));
    int crops = (int) masks.shape().get(0);
    int prototypes = (int) input(inputs, "center").shape().get(1);
    Operand<TFloat32> center = rows(tf, input(inputs, "center2"), prototypes);
    Operand<TFloat32> teacher = rows(tf, input(inputs, "teacher_patch"), prototypes);
    Centering centering = new Centering(CENTER_MOMENTUM, Workers.ONE);
    Operand<TFloat32> weights =
        MaskedPatches.weights(tf, tf.reshape(masks, tf.constant(new int[] {crops, -1})));
    Operand<TFloat32> patch =
        new PatchLoss(STUDENT_TEMPERATURE)
            .of(
                tf,
                rows(tf, input(inputs, "student_patch"), prototypes),
                centering.probabilities(tf, teacher, center, tf.constant(patchTemperatures[epoch])),
                tf.reshape(weights, tf.constant(new int[] {-1})),
                tf.constant((float) crops));
    Operand<TFloat32> all = tf.onesLike(tf.reshape(weights, tf.constant(new int[] {-1})));
    Operand<TFloat32> loss =
        tf.math.add(
            tf.math.mul(terms.loss(), tf.constant((float) options.number("lambda1"))),
            tf.math.mul(patch, tf.constant((float) options.number("lambda2"))));
    return ImmutableMap.<String, Operand<TFloat32>>builder()
        .put("loss", loss)
        .put("cls", tf.math.mul(terms.loss(), tf.constant((float) options.number("lambda1"))))
        .put("patch", tf.math.mul(patch, tf.constant((float) options.number("lambda2"))))
        .put("center_after", terms.newCenter())
        .put("center2_after", centering.next(tf, teacher, center, all))
        .put("teacher_temperature_schedule", tf.constant(classTemperatures))
        .put("teacher_patch_temperature_schedule", tf.constant(patchTemperatures))
        .buildOrThrow();
  }

  /** A temperature by epoch: constant until masks begin, a ramp, then constant. */
  private static float[] temperatures(Options options, String key, int start) {
    List<String> ends = options.list(key);
    double first = Double.parseDouble(ends.get(0));
    int epochs = options.whole("epochs");
    Schedule ramp =
        Schedule.rampThenConstant(
            first, Double.parseDouble(ends.get(1)), options.whole("warmup_epochs"), epochs - start);
    float[] temperatures = new float[epochs];
    for (int epoch = 0; epoch < epochs; epoch++) {
      temperatures[epoch] = (float) (epoch < start ? first : ramp.at(epoch - start));
    }
    return temperatures;
  }

  private static Operand<TFloat32> rows(Ops tf, Operand<TFloat32> x, int dim) {
    return tf.reshape(x, tf.constant(new int[] {-1, dim}));
  }

  static ImmutableMap<String, Operand<TFloat32>> dinoV2(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    return switch (options.text("part")) {
      case "class" -> classTokens(tf, options, inputs);
      case "patch" -> patches(tf, options, inputs);
      case "koleo" -> koleo(tf, options, inputs);
      default ->
          throw new IllegalArgumentException(
              "part '%s' is none of class, patch, koleo".formatted(options.text("part")));
    };
  }

  /** A teacher's distributions, and the center after it with centering. */
  private static ImmutableMap<String, Operand<TFloat32>> targets(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    Operand<TFloat32> logits = input(inputs, "teacher");
    Operand<TFloat32> temperature = tf.constant((float) options.number("teacher_temperature"));
    int rows = (int) logits.shape().get(0);
    Operand<TFloat32> valid = tf.fill(tf.constant(new int[] {rows}), tf.constant(1f));
    if (options.text("centering").equals("sinkhorn_knopp")) {
      return ImmutableMap.of(
          "probabilities", SinkhornKnopp.assign(tf, logits, temperature, valid, 3, Workers.ONE));
    }
    Operand<TFloat32> center = rows(tf, input(inputs, "center"), (int) logits.shape().get(1));
    Centering centering = new Centering(CENTER_MOMENTUM, Workers.ONE);
    return ImmutableMap.of(
        "probabilities", centering.probabilities(tf, logits, center, temperature),
        "center_after", centering.next(tf, logits, center, valid));
  }

  private static ImmutableMap<String, Operand<TFloat32>> classTokens(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    ImmutableMap<String, Operand<TFloat32>> targets = targets(tf, options, inputs);
    DinoV2Loss.Terms terms =
        new DinoV2Loss(STUDENT_TEMPERATURE, options.whole("local_crops"))
            .terms(
                tf,
                input(inputs, "student_global"),
                Optional.ofNullable(inputs.get("student_local")),
                targets.get("probabilities"));
    return with(
        targets,
        ImmutableMap.of(
            "loss", tf.math.add(terms.local(), terms.global()),
            "local", terms.local(),
            "global", terms.global(),
            "teacher_probabilities_swapped", DinoV2Loss.swapped(tf, targets.get("probabilities"))));
  }

  private static ImmutableMap<String, Operand<TFloat32>> with(
      Map<String, Operand<TFloat32>> targets, Map<String, Operand<TFloat32>> others) {
    ImmutableMap.Builder<String, Operand<TFloat32>> all = ImmutableMap.builder();
    all.putAll(others);
    if (targets.containsKey("center_after")) {
      all.put("center_after", targets.get("center_after"));
    }
    return all.buildOrThrow();
  }

  private static ImmutableMap<String, Operand<TFloat32>> patches(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    ImmutableMap<String, Operand<TFloat32>> targets = targets(tf, options, inputs);
    Operand<TFloat32> masks = input(inputs, "masks"); // [2B, N]
    int rows = (int) input(inputs, "student").shape().get(0);
    MaskedPatches masked = MaskedPatches.of(tf, tf.math.greater(masks, tf.constant(0f)), rows);
    Operand<TFloat32> loss =
        new PatchLoss(STUDENT_TEMPERATURE)
            .of(
                tf,
                input(inputs, "student"),
                targets.get("probabilities"),
                masked.weights(),
                tf.constant((float) masks.shape().get(0)));
    return with(
        targets,
        ImmutableMap.of("loss", loss, "teacher_probabilities", targets.get("probabilities")));
  }

  private static ImmutableMap<String, Operand<TFloat32>> koleo(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    List<Operand<TFloat32>> crops = new ArrayList<>();
    tf.split(tf.constant(0), input(inputs, "student_global_tokens"), 2L)
        .output()
        .forEach(rows -> crops.add(KoLeo.of(tf, rows)));
    return ImmutableMap.of(
        "loss", tf.math.mul(tf.math.addN(crops), tf.constant((float) options.number("weight"))));
  }

  static ImmutableMap<String, Operand<TFloat32>> gram(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    boolean both = options.flag("remove_neg");
    boolean teacherOnly = options.flag("remove_only_teacher_neg");
    checkArgument(!both || !teacherOnly, "negatives are removed in one way: %s", options);
    GramLoss.Negatives negatives =
        both
            ? GramLoss.Negatives.REMOVED
            : teacherOnly ? GramLoss.Negatives.TEACHER_REMOVED : GramLoss.Negatives.KEPT;
    Operand<TFloat32> student = input(inputs, "student_patches");
    int from = options.whole("teacher_grid");
    int to = options.whole("student_grid");
    Operand<TFloat32> teacher = GramLoss.resized(tf, input(inputs, "teacher_patches"), from, to);
    Operand<TFloat32> loss =
        new GramLoss(options.flag("normalized"), options.flag("img_level"), negatives)
            .of(tf, student, teacher, (int) student.shape().get(2));
    return from == to
        ? ImmutableMap.of("loss", loss)
        : ImmutableMap.of("loss", loss, "teacher_patches_resized", teacher);
  }

  static ImmutableMap<String, Operand<TFloat32>> mae(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    MaeLoss loss = new MaeLoss(options.whole("patch_size"), options.flag("norm_pix_loss"));
    Operand<TFloat32> images =
        tf.linalg.transpose(input(inputs, "images_nchw"), tf.constant(new int[] {0, 2, 3, 1}));
    Operand<TFloat32> targets = loss.targets(tf, images);
    return ImmutableMap.of(
        "loss", loss.of(tf, input(inputs, "prediction"), targets, input(inputs, "mask")),
        "target_patches", new MaeLoss(loss.patchSize(), false).targets(tf, images));
  }
}
