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
import org.dinojvm.model.loss.DinoV2Loss;
import org.dinojvm.model.loss.KoLeo;
import org.dinojvm.model.loss.PatchLoss;
import org.dinojvm.model.loss.SinkhornKnopp;
import org.dinojvm.settings.Setting;
import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.optimizer.WeightRule;
import org.dinojvm.train.schedule.RunLength;
import org.dinojvm.train.schedule.Schedule;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * DINOv2 (Oquab et al. 2023, arXiv:2304.07193; published {@code ssl_meta_arch.py}): DINO on class
 * tokens and iBOT on masked patches, whose teacher is balanced by Sinkhorn-Knopp or centered, and
 * KoLeo, which spreads class tokens.
 */
public record DinoV2(
    HeadSettings head,
    MaskSettings masks,
    @Setting(
            value = "false",
            doc = "Whether patches have a head of their own.",
            source = "dinov2, ibot.separate_head; true for its largest models")
        boolean separateHead,
    @Setting(
            value = "65536",
            unit = "prototypes",
            doc = "Outputs of the patches' head, if it is one of its own.",
            source = "dinov2, ibot.head_n_prototypes")
        int patchOutDim,
    @Setting(
            value = "sinkhorn_knopp",
            doc =
                "What keeps the teacher from collapse: sinkhorn_knopp gives all prototypes as many tokens, centering is DINO's.",
            source = "dinov2, train.centering")
        Balancing balancing,
    @Setting(
            value = "1.0",
            doc = "Weight of the loss of masked patches.",
            source = "dinov2, ibot.loss_weight")
        double patchWeight,
    @Setting(
            value = "0.1",
            doc = "Weight of KoLeo, which spreads class tokens; 0 for none.",
            source = "dinov2, dino.koleo_loss_weight")
        double koleoWeight,
    @Setting(
            value = "0.04",
            doc = "Temperature of the teacher's softmax at the start.",
            source = "dinov2, teacher.warmup_teacher_temp")
        double warmupTeacherTemp,
    @Setting(
            value = "0.07",
            doc = "Temperature of the teacher's softmax after its linear warm-up, by step.",
            source = "dinov2, teacher.teacher_temp")
        double teacherTemp,
    @Setting(
            value = "30",
            unit = "epochs",
            doc = "Length of the warm-up of the teacher's temperature; at most that of the run.",
            source = "dinov2, teacher.warmup_teacher_temp_epochs")
        int warmupTeacherTempEpochs,
    @Setting(
            value = "0.992",
            doc =
                "Share of its weights that the teacher keeps in the first step; rises to 1 by a cosine.",
            source = "dinov2, teacher.momentum_teacher")
        double momentumTeacher,
    @Setting(
            value = "1",
            unit = "epochs",
            doc = "How long the rate of the heads' last layers is 0 at first.",
            source = "dinov2, optim.freeze_last_layer_epochs")
        int freezeLastLayer)
    implements Objective {

  /** What keeps the teacher from giving all tokens the same answer. */
  public enum Balancing {
    /** Assignments by Sinkhorn-Knopp, as SwAV's. */
    SINKHORN_KNOPP,
    /** DINO's center. */
    CENTERING
  }

  /** Name of the last layers' learning rate. */
  public static final String LAST_LAYER_RATE = "last_layer_learning_rate";

  /** Name of the loss of local crops. */
  public static final String LOCAL_LOSS = "local_loss";

  /** Name of the loss of global crops. */
  public static final String GLOBAL_LOSS = "global_loss";

  /** Name of KoLeo, weighted. */
  public static final String KOLEO_LOSS = "koleo_loss";

  private static final double STUDENT_TEMPERATURE = 0.1; // as published, not a setting there
  private static final double CENTER_MOMENTUM = 0.9;
  private static final int ITERATIONS = 3;
  private static final String HEAD = "head";
  private static final String PATCH_HEAD = "patch_head";

  /** {@code --method dinov2}. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "dinov2";
    }

    @Override
    public Class<DinoV2> objective() {
      return DinoV2.class;
    }

    @Override
    public Map<String, String> defaults() {
      return ImmutableMap.<String, String>builder()
          .put("global_crops_scale", "0.32 1.0")
          .put("local_crops_scale", "0.05 0.32")
          .put("norm_last_layer", "false")
          .put("lr", "0.002") // 0.004 for 1024
          .put("lr_scaling", "square_root")
          .put("clip_mode", "per_module")
          .put("drop_path_rate", "0.3")
          .put("layer_decay", "0.9")
          .put("patch_embed_lr_mult", "0.2")
          .buildOrThrow();
    }

    @Override
    public Map<String, String> defaults(String family) {
      return Defaults.masked(
          family,
          family.equals("vit")
              ? Defaults.together(defaults(), ImmutableMap.of("layer_scale", "1e-5"))
              : defaults());
    }
  }

  /** Checks each value. */
  public DinoV2 {
    atLeast("patch_out_dim", patchOutDim, 2);
    atLeast("patch_weight", patchWeight, 0);
    atLeast("koleo_weight", koleoWeight, 0);
    positive("warmup_teacher_temp", warmupTeacherTemp);
    positive("teacher_temp", teacherTemp);
    atLeast("warmup_teacher_temp_epochs", warmupTeacherTempEpochs, 0);
    fraction("momentum_teacher", momentumTeacher);
  }

  @Override
  public void validate(OptimizerSettings optimizer) {
    TwoViews.requireSeveral(optimizer);
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

  private DinoHead classHead(int dim) {
    return head.create(dim);
  }

  private DinoHead patchHead(int dim) {
    DinoHead own = head.create(dim);
    return separateHead
        ? new DinoHead(
            dim,
            own.hiddenDim(),
            own.bottleneckDim(),
            patchOutDim,
            own.batchNorm(),
            own.normLastLayer())
        : own;
  }

  @Override
  public Loss loss(StepInputs in) {
    MaskedViews views = MaskedViews.of(in, masks::spread, masks::mostSpread);
    return new Step(this, in, views, MaskedViews.crops(in)).loss();
  }

  /** The parts of one step's loss. */
  private record Step(DinoV2 method, StepInputs in, MaskedViews views, int crops) {

    /** A teacher's distributions, and the new center if there is one. */
    private record Targets(Operand<TFloat32> probabilities, Optional<Loss.Update> center) {}

    Loss loss() {
      Ops tf = in.tf();
      int dim = in.backbone().embedDim();
      DinoHead head = method.classHead(dim);
      DinoHead patchHead = method.patchHead(dim);
      String patchLevel = method.separateHead ? PATCH_HEAD : HEAD;
      Targets ofClasses =
          targets(
              "center",
              head.logits(tf, in.teacher().at(HEAD), views.teacher().classes(), in.teacherMode()),
              tf.fill(tf.constant(new int[] {crops}), tf.constant(1f)),
              head.outDim());
      Targets ofPatches =
          targets(
              Ibot.PATCH_CENTER,
              patchHead.logits(
                  tf,
                  in.teacher().at(patchLevel),
                  views.masked().rows(tf, views.teacher().patches(), dim),
                  in.teacherMode()),
              views.masked().valid(),
              patchHead.outDim());
      DinoV2Loss.Terms classes =
          new DinoV2Loss(STUDENT_TEMPERATURE, in.views().count() - 2)
              .terms(
                  tf,
                  studentLogits(head, HEAD, views.student().classes()),
                  views.local().map(rows -> studentLogits(head, HEAD, rows)),
                  ofClasses.probabilities());
      Operand<TFloat32> patches =
          new PatchLoss(STUDENT_TEMPERATURE)
              .of(
                  tf,
                  studentLogits(
                      patchHead,
                      patchLevel,
                      views.masked().rows(tf, views.student().patches(), dim)),
                  ofPatches.probabilities(),
                  views.masked().weights(),
                  tf.constant((float) crops));
      Operand<TFloat32> koleo = koleo();
      Loss loss =
          Loss.of(
                  tf.math.addN(
                      List.of(
                          classes.local(),
                          classes.global(),
                          tf.math.mul(patches, tf.constant((float) method.patchWeight)),
                          koleo)))
              .reporting(
                  ImmutableMap.of(
                      LOCAL_LOSS,
                      classes.local(),
                      GLOBAL_LOSS,
                      classes.global(),
                      Ibot.PATCH_LOSS,
                      patches,
                      KOLEO_LOSS,
                      koleo,
                      EmbeddingCollapse.STANDARD_DEVIATION,
                      Cosines.spread(
                          tf, TwoViews.halves(tf, views.teacher().classes()).get(0), dim)));
      for (Targets targets : List.of(ofClasses, ofPatches)) {
        if (targets.center().isPresent()) {
          loss = loss.updating(targets.center().get());
        }
      }
      return loss;
    }

    private Operand<TFloat32> studentLogits(DinoHead head, String level, Operand<TFloat32> rows) {
      return head.logits(in.tf(), in.student().at(level), rows, in.studentMode());
    }

    /** Of logits [n, K], of which some count. */
    private Targets targets(
        String center, Operand<TFloat32> logits, Operand<TFloat32> valid, int prototypes) {
      Ops tf = in.tf();
      Operand<TFloat32> temperature = in.scheduled(Dino.TEACHER_TEMPERATURE);
      if (method.balancing == Balancing.SINKHORN_KNOPP) {
        return new Targets(
            SinkhornKnopp.assign(tf, logits, temperature, valid, ITERATIONS, in.workers()),
            Optional.empty());
      }
      Variable variable = in.state().slot(center, Shape.of(1, prototypes), Initializer.zeros());
      Centering centering = new Centering(CENTER_MOMENTUM, in.workers());
      return new Targets(
          centering.probabilities(tf, logits, variable.value(), temperature),
          Optional.of(
              Loss.Update.mean(variable, centering.next(tf, logits, variable.value(), valid))));
    }

    /** Of each global crop's class tokens, summed and weighted: scalar. */
    private Operand<TFloat32> koleo() {
      Ops tf = in.tf();
      if (method.koleoWeight == 0) {
        return tf.constant(0f);
      }
      List<Operand<TFloat32>> both =
          TwoViews.halves(tf, views.student().classes()).stream()
              .map(rows -> KoLeo.of(tf, rows))
              .toList();
      return tf.math.mul(
          tf.math.add(both.get(0), both.get(1)), tf.constant((float) method.koleoWeight));
    }
  }

  @Override
  public ImmutableMap<String, Schedule> schedules(
      OptimizerSettings optimizer, RunLength run, int workers) {
    long frozen = freezeLastLayer * run.stepsPerEpoch();
    Schedule rate = optimizer.learningRate(run, workers);
    return ImmutableMap.<String, Schedule>builder()
        .putAll(schedules(run))
        .put(LAST_LAYER_RATE, step -> step < frozen ? 0 : rate.at(step))
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, Schedule> schedules(RunLength run) {
    long warmUp = Math.min(warmupTeacherTempEpochs, run.epochs()) * run.stepsPerEpoch();
    return ImmutableMap.of(
        MOMENTUM,
        Schedule.cosine(momentumTeacher, 1, run.steps()),
        Dino.TEACHER_TEMPERATURE,
        Schedule.rampThenConstant(warmupTeacherTemp, teacherTemp, warmUp, run.steps()));
  }

  /** The heads' last layers have a rate of their own, which is 0 at first. */
  @Override
  public WeightRule rule(Variable weight, boolean decayAll) {
    WeightRule usual = WeightRule.of(weight, decayAll);
    return DinoHead.isLastLayer(weight.name()) ? usual.on(LAST_LAYER_RATE) : usual;
  }

  @Override
  public ImmutableList<HealthCheck> healthChecks(OptimizerSettings optimizer, RunLength run) {
    return ImmutableList.of(
        new EmbeddingCollapse(
            "Lower --teacher_temp and --lr, or raise --koleo_weight", optimizer, run));
  }

  @Override
  public ImmutableMap<String, String> consoleMetrics() {
    return ImmutableMap.of(GLOBAL_LOSS, "global", Ibot.PATCH_LOSS, "patch", KOLEO_LOSS, "KoLeo");
  }

  /** Heads see masked patches only; a mask has half of the largest share on average. */
  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    double perRow = classHead(backbone.embedDim()).macs();
    double perPatch = patchHead(backbone.embedDim()).macs();
    int side = views.globalCropsSize() / backbone.stride();
    double patches = (double) side * side;
    double share = masks.maskShare() * (masks.maskRatio().low() + masks.maskRatio().high()) / 2;
    double global =
        2 * (backbone.macs(views.globalCropsSize()) + perRow + patches * share * perPatch);
    double local = views.localCropsNumber() * (backbone.macs(views.localCropsSize()) + perRow);
    return new Macs(global, global + local);
  }
}
