package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.fraction;
import static org.dinojvm.settings.Rules.positive;
import static org.dinojvm.settings.Rules.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Optional;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.head.DinoHead;
import org.dinojvm.model.head.HeadSettings;
import org.dinojvm.model.head.MultiCropNetwork;
import org.dinojvm.model.loss.DinoLoss;
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
 * Self-distillation with no labels (Caron et al. 2021, arXiv:2104.14294, algorithm 1; published
 * {@code main_dino.py}): the student's distribution over prototypes for each view shall be the
 * teacher's for every other global view. The teacher, an EMA of the student, is centered and
 * sharpened against collapse.
 */
public record Dino(
    HeadSettings head,
    @Setting(
            value = "0.1",
            doc = "Temperature of the student's softmax.",
            source = "main_dino.py, DINOLoss")
        double studentTemp,
    @Setting(
            value = "0.04",
            doc =
                "Temperature of the teacher's softmax at the start. Lower it if the loss does not"
                    + " fall.")
        double warmupTeacherTemp,
    @Setting(
            value = "0.04",
            doc =
                "Temperature of the teacher's softmax after its linear warm-up. Above 0.07 is"
                    + " mostly unstable.")
        double teacherTemp,
    @Setting(
            value = "0",
            unit = "epochs",
            doc = "Length of the warm-up of the teacher's temperature.")
        int warmupTeacherTempEpochs,
    @Setting(
            value = "0.9",
            doc = "Share of the old center that each step keeps.",
            source = "main_dino.py, DINOLoss")
        double centerMomentum,
    @Setting(
            value = "0.996",
            doc =
                "Share of its weights that the teacher keeps in the first step; rises to 1 by a"
                    + " cosine. Use more with small batches: 0.9995 with 256.")
        double momentumTeacher,
    @Setting(
            value = "1",
            unit = "epochs",
            doc =
                "How long the head's last layer stays as it is at first. Raise it if the loss does"
                    + " not fall.")
        int freezeLastLayer,
    @Setting(
            value = "0",
            unit = "steps",
            doc =
                "The same in steps, for less than an epoch; if not 0, freeze_last_layer is not"
                    + " used.",
            source = "dino-jvm")
        int freezeLastLayerSteps,
    @Setting(
            value = "centering",
            doc =
                "What keeps the teacher from collapse: centering, or sinkhorn_knopp, which gives"
                    + " all prototypes as many pictures.",
            source = "arXiv:2104.14294, table 7")
        DinoV2.Balancing balancing,
    @Setting(
            value = "momentum",
            doc =
                "What the teacher is: an EMA of the student (momentum), the student (copy), or what"
                    + " it was before the last step (previous_iteration) or epoch"
                    + " (previous_epoch).",
            source = "arXiv:2104.14294, figure 6")
        TeacherKind teacherKind,
    ContrastiveSettings contrastive)
    implements Objective {

  /** What the teacher is. */
  public enum TeacherKind {
    /** An EMA of the student. */
    MOMENTUM,
    /** The student of this step. */
    COPY,
    /** The student before its last update. */
    PREVIOUS_ITERATION,
    /** The student as it was when the epoch began. */
    PREVIOUS_EPOCH
  }

  /** {@code --method dino}. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "dino";
    }

    @Override
    public Class<Dino> objective() {
      return Dino.class;
    }
  }

  /** Name of the schedule of τ_t. */
  public static final String TEACHER_TEMPERATURE = "teacher_temperature";

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public Dino {
    positive("student_temp", studentTemp);
    positive("warmup_teacher_temp", warmupTeacherTemp);
    positive("teacher_temp", teacherTemp);
    fraction("center_momentum", centerMomentum);
    fraction("momentum_teacher", momentumTeacher);
    atLeast("freeze_last_layer_steps", freezeLastLayerSteps, 0);
  }

  @Override
  public void validate(OptimizerSettings optimizer) {
    int epochs = optimizer.epochs();
    within("warmup_teacher_temp_epochs", warmupTeacherTempEpochs, "epochs", epochs);
    within("freeze_last_layer", freezeLastLayer, "epochs", epochs);
    contrastive.validate(optimizer);
  }

  @Override
  public Loss loss(StepInputs in) {
    Ops tf = in.tf();
    Params student = in.student();
    DinoHead projection = head.create(in.backbone().embedDim());
    Operand<TFloat32> teacherLogits = // only the global views pass through the teacher
        new MultiCropNetwork(in.backbone(), projection)
            .logits(tf, in.teacher(), List.of(in.views().global()), in.teacherMode());
    Operand<TFloat32> features = // [views · B, D], the global views first
        MultiCropNetwork.features(
            tf, in.backbone(), student, in.views().byResolution(), in.studentMode());
    Operand<TFloat32> studentLogits =
        projection.logits(tf, student.at("head"), features, in.studentMode());
    return contrastive.with(distillation(in, studentLogits, teacherLogits), in, features);
  }

  private Loss distillation(
      StepInputs in, Operand<TFloat32> studentLogits, Operand<TFloat32> teacherLogits) {
    DinoLoss loss = new DinoLoss(in.views().count(), studentTemp, centerMomentum);
    Operand<TFloat32> temperature = in.scheduled(TEACHER_TEMPERATURE);
    if (balancing == DinoV2.Balancing.SINKHORN_KNOPP) {
      return reported(
          loss.balanced(in.tf(), studentLogits, teacherLogits, temperature, in.workers()));
    }
    Variable center = in.state().slot("center", Shape.of(1, head.outDim()), Initializer.zeros());
    DinoLoss.Terms terms =
        loss.terms(
            in.tf(), studentLogits, teacherLogits, center.value(), temperature, in.workers());
    return reported(terms).updating(Loss.Update.mean(center, terms.newCenter()));
  }

  private static Loss reported(DinoLoss.Terms terms) {
    return Loss.of(terms.loss())
        .reporting(
            ImmutableMap.of(
                DinoCollapse.TEACHER_ENTROPY, terms.teacherEntropy(),
                DinoCollapse.KL, terms.kl(),
                DinoCollapse.MEAN_ENTROPY, terms.meanEntropy()));
  }

  /** Backbone and head, as student and teacher run them. */
  public MultiCropNetwork network(Backbone backbone) {
    return new MultiCropNetwork(backbone, head.create(backbone.embedDim()));
  }

  @Override
  public boolean teacherLags() {
    return teacherKind == TeacherKind.PREVIOUS_ITERATION;
  }

  /** A cosine up to 1 for an EMA; 0 where the teacher becomes the student, 1 where it stays. */
  private Schedule momentum(RunLength run) {
    return switch (teacherKind) {
      case MOMENTUM -> Schedule.cosine(momentumTeacher, 1, run.steps());
      case COPY, PREVIOUS_ITERATION -> step -> 0;
      case PREVIOUS_EPOCH -> step -> (step + 1) % run.stepsPerEpoch() == 0 ? 0 : 1;
    };
  }

  /** The EMA's momentum; τ_t, a linear warm-up by epoch, then constant. */
  @Override
  public ImmutableMap<String, Schedule> schedules(RunLength run) {
    return ImmutableMap.of(
        MOMENTUM,
        momentum(run),
        TEACHER_TEMPERATURE,
        Schedule.rampThenConstant(
                warmupTeacherTemp, teacherTemp, warmupTeacherTempEpochs, run.epochs())
            .perEpoch(run.stepsPerEpoch()));
  }

  @Override
  public Optional<FrozenWeights> frozenWeights() {
    return Optional.of(new FrozenWeights("last_layer", DinoHead::isLastLayer));
  }

  @Override
  public long frozenSteps(RunLength run) {
    return freezeLastLayerSteps > 0 ? freezeLastLayerSteps : freezeLastLayer * run.stepsPerEpoch();
  }

  @Override
  public ImmutableList<HealthCheck> healthChecks(OptimizerSettings optimizer, RunLength run) {
    return ImmutableList.of(
        DinoCollapse.uniform(this, optimizer, run),
        DinoCollapse.oneDimension(this, optimizer, run));
  }

  @Override
  public ImmutableMap<String, String> consoleMetrics() {
    return ImmutableMap.<String, String>builder()
        .put(DinoCollapse.TEACHER_ENTROPY, "teacher entropy")
        .put(DinoCollapse.KL, "KL")
        .putAll(contrastive.consoleMetrics())
        .buildOrThrow();
  }

  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    double head = head().create(backbone.embedDim()).macs();
    double global = 2 * (backbone.macs(views.globalCropsSize()) + head);
    double local = views.localCropsNumber() * (backbone.macs(views.localCropsSize()) + head);
    return new Macs(global, global + local + contrastive.macs(backbone));
  }
}
