package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.fraction;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.head.Heads;
import org.dinojvm.model.head.MlpHead;
import org.dinojvm.model.loss.Cosines;
import org.dinojvm.settings.Setting;
import org.dinojvm.train.schedule.RunLength;
import org.dinojvm.train.schedule.Schedule;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * BYOL (Grill et al. 2020, arXiv:2006.07733): a predictor behind the online network shall give the
 * target network's projection of the other view. The target follows the online network by EMA; it
 * has no predictor. The online network is the one that is evaluated.
 */
public record Byol(
    ProjectionSettings projection,
    @Setting(
            value = "4096",
            unit = "features",
            doc = "Width of the predictor's hidden layer; each method has a default of its own.",
            source = "dino-jvm")
        int predictionHiddenDim,
    @Setting(
            value = "0.99",
            doc =
                "Share of its weights that the target keeps in the first step; rises to 1 by a cosine. 0.996 for 1000 epochs.",
            source = "arXiv:2006.07733, appendix B and G.1")
        double momentumTeacher)
    implements TwoViews {

  /** {@code --method byol}. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "byol";
    }

    @Override
    public Class<Byol> objective() {
      return Byol.class;
    }

    @Override
    public Map<String, String> defaults() {
      return Defaults.twoViews(
          ImmutableMap.of("projection_hidden_dim", "4096", "evaluated_network", "student"));
    }

    @Override
    public Map<String, String> defaults(String family) {
      return Defaults.together(
          defaults(), Defaults.forResNets(family, Defaults.lars("0.45", "1.5e-6")));
    }
  }

  /** Checks each value. */
  public Byol {
    atLeast("prediction_hidden_dim", predictionHiddenDim, 1);
    fraction("momentum_teacher", momentumTeacher);
  }

  private MlpHead projector(Backbone backbone) {
    return Heads.twoLayers(
        backbone.embedDim(), projection.projectionHiddenDim(), projection.projectionDim(), false);
  }

  private MlpHead predictor() {
    int dim = projection.projectionDim();
    return Heads.twoLayers(dim, predictionHiddenDim, dim, false);
  }

  @Override
  public Loss loss(StepInputs in) {
    Ops tf = in.tf();
    MlpHead projector = projector(in.backbone());
    List<Operand<TFloat32>> online = TwoViews.features(in, in.student(), in.studentMode());
    List<Operand<TFloat32>> z =
        TwoViews.each(tf, projector, in.student().at(PROJECTION), online, in.studentMode());
    List<Operand<TFloat32>> p =
        TwoViews.each(tf, predictor(), in.student().at(PREDICTION), z, in.studentMode());
    List<Operand<TFloat32>> target = TwoViews.features(in, in.teacher(), in.teacherMode());
    List<Operand<TFloat32>> targets =
        TwoViews.each(tf, projector, in.teacher().at(PROJECTION), target, in.teacherMode());
    return Loss.of(Cosines.byol(tf, p.get(0), p.get(1), targets.get(0), targets.get(1)))
        .reporting(
            ImmutableMap.of(
                EmbeddingCollapse.STANDARD_DEVIATION,
                Cosines.spread(tf, z.get(0), projection.projectionDim())));
  }

  /** τ = 1 − (1 − τ₀)(1 + cos(πk/K))/2. */
  @Override
  public ImmutableMap<String, Schedule> schedules(RunLength run) {
    return ImmutableMap.of(MOMENTUM, Schedule.cosine(momentumTeacher, 1, run.steps()));
  }

  @Override
  public String wayOutOfCollapse() {
    return "Raise --momentum_teacher, lower --lr, or give --batch_size_per_gpu more pictures,"
        + " which BatchNorm in the heads needs";
  }

  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    long projector = projector(backbone).macs();
    return new Macs(
        TwoViews.macs(backbone, views, projector),
        TwoViews.macs(backbone, views, projector + predictor().macs()));
  }
}
