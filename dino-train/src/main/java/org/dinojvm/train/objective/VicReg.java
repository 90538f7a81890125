package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.atLeast;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.loss.Cosines;
import org.dinojvm.model.loss.VicRegLoss;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * VICReg (Bardes, Ponce and LeCun 2022, arXiv:2105.04906): two views of a picture shall have the
 * same features (invariance), each of which varies from picture to picture (variance), and no two
 * together (covariance).
 */
public record VicReg(
    ProjectionSettings projection,
    @Setting(
            value = "25",
            doc = "Weight of the difference of two views.",
            source = "arXiv:2105.04906, section 4.2")
        double invarianceWeight,
    @Setting(
            value = "25",
            doc = "Weight of what features lack of a standard deviation of 1.",
            source = "arXiv:2105.04906, section 4.2")
        double varianceWeight,
    @Setting(
            value = "1",
            doc = "Weight of the covariances between different features.",
            source = "arXiv:2105.04906, section 4.2")
        double covarianceWeight)
    implements TwoViews {

  private static final String INVARIANCE = "invariance";
  private static final String VARIANCE = "variance";
  private static final String COVARIANCE = "covariance";

  /** {@code --method vicreg}. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "vicreg";
    }

    @Override
    public Class<VicReg> objective() {
      return VicReg.class;
    }

    @Override
    public Map<String, String> defaults() {
      return Defaults.twoViews(
          ImmutableMap.of(
              "blur_probability_global1", "0.5",
              "blur_probability_global2", "0.5",
              "solarize_probability_global1", "0.1",
              "solarize_probability", "0.1",
              "projection_hidden_dim", "8192",
              "projection_dim", "8192",
              "min_lr_share", "0.001"));
    }

    @Override
    public Map<String, String> defaults(String family) {
      return Defaults.together(
          defaults(), Defaults.forResNets(family, Defaults.lars("0.3", "1e-6")));
    }
  }

  /** Checks each value. */
  public VicReg {
    atLeast("invariance_weight", invarianceWeight, 0);
    atLeast("variance_weight", varianceWeight, 0);
    atLeast("covariance_weight", covarianceWeight, 0);
  }

  @Override
  public Loss loss(StepInputs in) {
    Ops tf = in.tf();
    List<Operand<TFloat32>> features = TwoViews.features(in, in.student(), in.studentMode());
    List<Operand<TFloat32>> z =
        TwoViews.each(
            tf,
            projection.expander(in.backbone()),
            in.student().at(PROJECTION),
            features,
            in.studentMode());
    VicRegLoss.Terms terms =
        new VicRegLoss(invarianceWeight, varianceWeight, covarianceWeight, in.workers())
            .terms(tf, z.get(0), z.get(1));
    return Loss.of(terms.loss())
        .reporting(
            ImmutableMap.of(
                INVARIANCE,
                terms.invariance(),
                VARIANCE,
                terms.variance(),
                COVARIANCE,
                terms.covariance(),
                EmbeddingCollapse.STANDARD_DEVIATION,
                Cosines.spread(tf, z.get(0), projection.projectionDim())));
  }

  @Override
  public ImmutableMap<String, String> consoleMetrics() {
    return ImmutableMap.of(INVARIANCE, INVARIANCE, VARIANCE, VARIANCE, COVARIANCE, COVARIANCE);
  }

  @Override
  public String wayOutOfCollapse() {
    return "Raise --variance_weight (published 25), or lower --lr";
  }

  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    return new Macs(0, TwoViews.macs(backbone, views, projection.expander(backbone).macs()));
  }
}
