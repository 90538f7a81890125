package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.fraction;
import static org.dinojvm.settings.Rules.positive;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.head.DinoHead;
import org.dinojvm.model.head.MultiCropNetwork;
import org.dinojvm.model.loss.Cosines;
import org.dinojvm.model.loss.SimDinoLoss;
import org.dinojvm.settings.Setting;
import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.schedule.RunLength;
import org.dinojvm.train.schedule.Schedule;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * SimDINO (Wu et al. 2025, arXiv:2502.10385): DINO without prototypes, center and temperatures.
 * Views shall be near the teacher's; that not all pictures become the same is seen to by the coding
 * rate of the batch. The head ends at DINO's normalized bottleneck.
 */
public record SimDino(
    @Setting(
            value = "2048",
            unit = "features",
            doc = "Width of the head's hidden layers.",
            source = "vision_transformer.py, DINOHead")
        int headHiddenDim,
    @Setting(
            value = "256",
            unit = "features",
            doc = "Width in front of the head's last layer.",
            source = "vision_transformer.py, DINOHead")
        int headBottleneckDim,
    @Setting(
            value = "0.05",
            doc = "Squared distortion that the coding rate allows.",
            source = "arXiv:2502.10385; the script's default is 0.5")
        double codingEpsilon,
    @Setting(
            value = "1.0",
            doc = "Weight of the cosines beside the coding rate.",
            source = "simdino main_dino.py, --coeff")
        double cosineWeight,
    @Setting(
            value = "1",
            doc =
                "Whose coding rate counts: 0 the student's, 1 that of student and teacher averaged.",
            source = "simdino main_dino.py, --expa_type")
        int expansionType,
    @Setting(
            value = "false",
            doc = "Whether workers add their covariances up for the coding rate.",
            source = "simdino main_dino.py, --reduce_cov")
        boolean reduceCov,
    @Setting(
            value = "0.996",
            doc =
                "Share of its weights that the teacher keeps in the first step; rises to 1 by a cosine.")
        double momentumTeacher)
    implements Objective {

  private static final String COMPRESSION = "compression";
  private static final String EXPANSION = "expansion";

  /** {@code --method simdino}. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "simdino";
    }

    @Override
    public Class<SimDino> objective() {
      return SimDino.class;
    }

    @Override
    public Map<String, String> defaults() {
      return ImmutableMap.of("local_crops_number", "10");
    }
  }

  /** Checks each value. */
  public SimDino {
    atLeast("head_hidden_dim", headHiddenDim, 1);
    atLeast("head_bottleneck_dim", headBottleneckDim, 1);
    positive("coding_epsilon", codingEpsilon);
    atLeast("cosine_weight", cosineWeight, 0);
    require(
        expansionType == 0 || expansionType == 1,
        "expansion_type",
        expansionType,
        "must be 0 or 1");
    fraction("momentum_teacher", momentumTeacher);
  }

  @Override
  public void validate(OptimizerSettings optimizer) {
    TwoViews.requireSeveral(optimizer);
  }

  /** DINO's head, of whose last layer no use is made. */
  private DinoHead head(Backbone backbone) {
    return new DinoHead(backbone.embedDim(), headHiddenDim, headBottleneckDim, 1, false, true);
  }

  @Override
  public Loss loss(StepInputs in) {
    Ops tf = in.tf();
    Operand<TFloat32> teacher = // [2B, d]
        embeddings(in, in.teacher(), List.of(in.views().global()), in.teacherMode());
    Operand<TFloat32> student = // [V·B, d]
        embeddings(in, in.student(), in.views().byResolution(), in.studentMode());
    SimDinoLoss.Terms terms =
        new SimDinoLoss(
                in.views().count(),
                codingEpsilon,
                cosineWeight,
                expansionType == 1,
                in.workers(),
                reduceCov)
            .terms(tf, student, teacher);
    return Loss.of(terms.loss())
        .reporting(
            ImmutableMap.of(
                COMPRESSION,
                terms.compression(),
                EXPANSION,
                terms.expansion(),
                EmbeddingCollapse.STANDARD_DEVIATION,
                Cosines.spread(tf, TwoViews.halves(tf, teacher).get(0), headBottleneckDim)));
  }

  private Operand<TFloat32> embeddings(
      StepInputs in, Params network, List<Operand<TFloat32>> crops, Mode mode) {
    Operand<TFloat32> features =
        MultiCropNetwork.features(in.tf(), in.backbone(), network, crops, mode);
    return head(in.backbone()).bottleneck(in.tf(), network.at("head"), features, mode);
  }

  @Override
  public ImmutableMap<String, Schedule> schedules(RunLength run) {
    return ImmutableMap.of(MOMENTUM, Schedule.cosine(momentumTeacher, 1, run.steps()));
  }

  @Override
  public ImmutableList<HealthCheck> healthChecks(OptimizerSettings optimizer, RunLength run) {
    return ImmutableList.of(
        new EmbeddingCollapse(
            "Lower --cosine_weight or --coding_epsilon, or lower --lr", optimizer, run));
  }

  @Override
  public ImmutableMap<String, String> consoleMetrics() {
    return ImmutableMap.of(COMPRESSION, "cosine", EXPANSION, "coding rate");
  }

  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    double head = (double) head(backbone).macs() - headBottleneckDim; // without the last layer
    double global = 2 * (backbone.macs(views.globalCropsSize()) + head);
    double local = views.localCropsNumber() * (backbone.macs(views.localCropsSize()) + head);
    return new Macs(global, global + local);
  }
}
