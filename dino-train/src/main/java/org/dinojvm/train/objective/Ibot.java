package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.fraction;
import static org.dinojvm.settings.Rules.positive;
import static org.dinojvm.settings.Rules.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.model.head.DinoHead;
import org.dinojvm.model.head.HeadSettings;
import org.dinojvm.model.loss.Centering;
import org.dinojvm.model.loss.Cosines;
import org.dinojvm.model.loss.DinoLoss;
import org.dinojvm.model.loss.PatchLoss;
import org.dinojvm.settings.Setting;
import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.schedule.RunLength;
import org.dinojvm.train.schedule.Schedule;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * iBOT (Zhou et al. 2022, arXiv:2111.07832; published {@code main_ibot.py}): DINO, and the same for
 * masked patches, whose distribution over prototypes the teacher gives that sees them. One head
 * serves class tokens and patches, the recommended variant.
 */
public record Ibot(
    HeadSettings head,
    MaskSettings masks,
    @Setting(
            value = "1.0",
            doc = "Weight of the loss of masked patches.",
            source = "main_ibot.py, --lambda2")
        double patchWeight,
    @Setting(
            value = "0.1",
            doc = "Temperature of the student's softmax.",
            source = "main_ibot.py, iBOTLoss")
        double studentTemp,
    @Setting(
            value = "0.04",
            doc = "Temperature of the teacher's softmax at the start.",
            source = "main_ibot.py, --warmup_teacher_temp")
        double warmupTeacherTemp,
    @Setting(
            value = "0.07",
            doc = "Temperature of the teacher's softmax of class tokens after its warm-up.",
            source = "iBOT's recipes, --teacher_temp")
        double teacherTemp,
    @Setting(
            value = "0.07",
            doc = "Temperature of the teacher's softmax of patches after its warm-up.",
            source = "iBOT's recipes, --teacher_patch_temp")
        double teacherPatchTemp,
    @Setting(
            value = "30",
            unit = "epochs",
            doc = "Length of the warm-up of the teacher's temperatures; at most that of the run.",
            source = "iBOT's recipes, --warmup_teacher_temp_epochs")
        int warmupTeacherTempEpochs,
    @Setting(
            value = "0.9",
            doc = "Share of the old centers that each step keeps.",
            source = "main_ibot.py, iBOTLoss")
        double centerMomentum,
    @Setting(
            value = "0.996",
            doc =
                "Share of its weights that the teacher keeps in the first step; rises to 1 by a cosine.",
            source = "main_ibot.py, --momentum_teacher")
        double momentumTeacher,
    @Setting(
            value = "1",
            unit = "epochs",
            doc = "How long the head's last layer stays as it is at first.",
            source = "main_ibot.py, --freeze_last_layer")
        int freezeLastLayer)
    implements Objective {

  /** Name of the schedule of the teacher's temperature for patches. */
  public static final String PATCH_TEMPERATURE = "teacher_patch_temperature";

  /** Name of the loss of class tokens. */
  public static final String CLASS_LOSS = "class_loss";

  /** Name of the loss of patches. */
  public static final String PATCH_LOSS = "patch_loss";

  /** Name of the center of patches. */
  public static final String PATCH_CENTER = "patch_center";

  /** {@code --method ibot}. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "ibot";
    }

    @Override
    public Class<Ibot> objective() {
      return Ibot.class;
    }

    @Override
    public Map<String, String> defaults() {
      return ImmutableMap.<String, String>builder()
          .put("global_crops_scale", "0.25 1.0")
          .put("local_crops_number", "10")
          .put("local_crops_scale", "0.05 0.25")
          .put("out_dim", "8192")
          .put("norm_last_layer", "false")
          .buildOrThrow();
    }

    @Override
    public Map<String, String> defaults(String family) {
      return Defaults.masked(family, defaults());
    }
  }

  /** Checks each value. */
  public Ibot {
    atLeast("patch_weight", patchWeight, 0);
    positive("student_temp", studentTemp);
    positive("warmup_teacher_temp", warmupTeacherTemp);
    positive("teacher_temp", teacherTemp);
    positive("teacher_patch_temp", teacherPatchTemp);
    atLeast("warmup_teacher_temp_epochs", warmupTeacherTempEpochs, 0);
    fraction("center_momentum", centerMomentum);
    fraction("momentum_teacher", momentumTeacher);
  }

  @Override
  public void validate(OptimizerSettings optimizer) {
    within("freeze_last_layer", freezeLastLayer, "epochs", optimizer.epochs());
  }

  @Override
  public void validate(BackboneSettings backbone, MultiCrop views) {
    MaskSettings.check(backbone, views);
  }

  @Override
  public int draws() {
    return MaskSettings.NUMBERS;
  }

  @Override
  public Loss loss(StepInputs in) {
    Ops tf = in.tf();
    int side = MaskedViews.side(in);
    int crops = MaskedViews.crops(in);
    MaskedViews views = MaskedViews.of(in, masks::independent, masks::mostIndependent);
    DinoHead network = head.create(in.backbone().embedDim());

    // ============ class tokens: DINO's loss ============
    Operand<TFloat32> teacherClass =
        network.logits(tf, in.teacher().at("head"), views.teacher().classes(), in.teacherMode());
    Operand<TFloat32> studentClass =
        network.logits(
            tf,
            in.student().at("head"),
            views
                .local()
                .map(
                    local ->
                        (Operand<TFloat32>)
                            tf.concat(List.of(views.student().classes(), local), tf.constant(0)))
                .orElse(views.student().classes()),
            in.studentMode());
    Variable center = in.state().slot("center", Shape.of(1, head.outDim()), Initializer.zeros());
    DinoLoss.Terms terms =
        new DinoLoss(in.views().count(), studentTemp, centerMomentum)
            .terms(
                tf,
                studentClass,
                teacherClass,
                center.value(),
                in.scheduled(Dino.TEACHER_TEMPERATURE),
                in.workers());

    // ============ masked patches ============
    Operand<TFloat32> teacherPatches = // [2B·N, K], all: the center is theirs
        network.logits(tf, in.teacher().at("head"), views.teacher().patches(), in.teacherMode());
    Operand<TFloat32> studentPatches = // [m, K]
        network.logits(
            tf,
            in.student().at("head"),
            views.masked().rows(tf, views.student().patches(), in.backbone().embedDim()),
            in.studentMode());
    Variable patchCenter =
        in.state().slot(PATCH_CENTER, Shape.of(1, head.outDim()), Initializer.zeros());
    Centering centering = new Centering(centerMomentum, in.workers());
    Operand<TFloat32> probabilities =
        centering.probabilities(
            tf,
            views.masked().rows(tf, teacherPatches, head.outDim()),
            patchCenter.value(),
            in.scheduled(PATCH_TEMPERATURE));
    Operand<TFloat32> patches =
        new PatchLoss(studentTemp)
            .of(
                tf,
                studentPatches,
                probabilities,
                views.masked().weights(),
                tf.constant((float) crops));
    Operand<TFloat32> everyPatch =
        tf.fill(tf.constant(new int[] {crops * side * side}), tf.constant(1f));
    return Loss.of(
            tf.math.add(terms.loss(), tf.math.mul(patches, tf.constant((float) patchWeight))))
        .reporting(
            ImmutableMap.of(
                CLASS_LOSS,
                terms.loss(),
                PATCH_LOSS,
                patches,
                DinoCollapse.TEACHER_ENTROPY,
                terms.teacherEntropy(),
                EmbeddingCollapse.STANDARD_DEVIATION,
                Cosines.spread(
                    tf,
                    TwoViews.halves(tf, views.teacher().classes()).get(0),
                    in.backbone().embedDim())))
        .updating(Loss.Update.mean(center, terms.newCenter()))
        .updating(
            Loss.Update.mean(
                patchCenter, centering.next(tf, teacherPatches, patchCenter.value(), everyPatch)));
  }

  @Override
  public ImmutableMap<String, Schedule> schedules(RunLength run) {
    return ImmutableMap.of(
        MOMENTUM,
        Schedule.cosine(momentumTeacher, 1, run.steps()),
        Dino.TEACHER_TEMPERATURE,
        temperature(teacherTemp, run),
        PATCH_TEMPERATURE,
        temperature(teacherPatchTemp, run));
  }

  /** A linear warm-up by epoch, then constant. */
  private Schedule temperature(double end, RunLength run) {
    long warmUp = Math.min(warmupTeacherTempEpochs, run.epochs());
    return Schedule.rampThenConstant(warmupTeacherTemp, end, warmUp, run.epochs())
        .perEpoch(run.stepsPerEpoch());
  }

  @Override
  public Optional<FrozenWeights> frozenWeights() {
    return Optional.of(new FrozenWeights("last_layer", DinoHead::isLastLayer));
  }

  @Override
  public long frozenSteps(RunLength run) {
    return freezeLastLayer * run.stepsPerEpoch();
  }

  @Override
  public ImmutableList<HealthCheck> healthChecks(OptimizerSettings optimizer, RunLength run) {
    return ImmutableList.of(new EmbeddingCollapse("Lower --teacher_temp and --lr", optimizer, run));
  }

  @Override
  public ImmutableMap<String, String> consoleMetrics() {
    return ImmutableMap.of(CLASS_LOSS, "class", PATCH_LOSS, "patch");
  }

  /** The student's head sees up to the largest share of the patches. */
  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    double perRow = head.create(backbone.embedDim()).macs();
    int side = views.globalCropsSize() / backbone.stride();
    double patches = (double) side * side;
    double global = 2.0 * backbone.macs(views.globalCropsSize());
    double local = views.localCropsNumber() * (backbone.macs(views.localCropsSize()) + perRow);
    return new Macs(
        global + 2 * perRow * (1 + patches),
        global + local + 2 * perRow * (1 + patches * masks.maskRatio().high()));
  }
}
