package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.positive;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.loss.BarlowTwinsLoss;
import org.dinojvm.model.loss.Cosines;
import org.dinojvm.settings.Setting;
import org.dinojvm.train.optimizer.WeightRule;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Barlow Twins (Zbontar et al. 2021, arXiv:2103.03230): over the pictures of a batch, each feature
 * of one view shall go with the same feature of the other, and with no other.
 */
public record BarlowTwins(
    ProjectionSettings projection,
    @Setting(
            value = "0.0051",
            doc = "Weight of the correlations between different features.",
            source = "barlowtwins main.py, --lambd; the paper has 0.005")
        double redundancyWeight,
    @Setting(
            value = "1.0",
            doc = "Factor of the loss; solo-learn has 0.024 to 0.1.",
            source = "barlowtwins main.py")
        double scaleLoss,
    @Setting(
            value = "1.0",
            doc =
                "Learning rate of biases and norms as a share of the others'; 0.024 as published for LARS, 0.0048 beside 0.2.",
            source = "barlowtwins main.py, --learning-rate-biases")
        double biasRateFactor)
    implements TwoViews {

  /** {@code --method barlow_twins}. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "barlow_twins";
    }

    @Override
    public Class<BarlowTwins> objective() {
      return BarlowTwins.class;
    }

    @Override
    public Map<String, String> defaults() {
      return Defaults.twoViews(
          ImmutableMap.of(
              "projection_hidden_dim", "8192",
              "projection_dim", "8192",
              "min_lr_share", "0.001"));
    }

    @Override
    public Map<String, String> defaults(String family) {
      return family.equals("resnet")
          ? Defaults.together(
              defaults(),
              Defaults.lars("0.2", "1e-6"),
              ImmutableMap.of("bias_rate_factor", "0.024"))
          : Defaults.together(defaults(), Defaults.forResNets(family, ImmutableMap.of()));
    }
  }

  /** Checks each value. */
  public BarlowTwins {
    atLeast("redundancy_weight", redundancyWeight, 0);
    positive("scale_loss", scaleLoss);
    atLeast("bias_rate_factor", biasRateFactor, 0);
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
    BarlowTwinsLoss.Terms terms =
        new BarlowTwinsLoss(redundancyWeight, in.workers()).terms(tf, z.get(0), z.get(1));
    return Loss.of(tf.math.mul(terms.loss(), tf.constant((float) scaleLoss)))
        .reporting(
            ImmutableMap.of(
                "invariance",
                terms.invariance(),
                "redundancy",
                terms.redundancy(),
                "correlation",
                terms.diagonal(),
                EmbeddingCollapse.STANDARD_DEVIATION,
                Cosines.spread(tf, z.get(0), projection.projectionDim())));
  }

  @Override
  public WeightRule rule(Variable weight, boolean decayAll) {
    WeightRule usual = WeightRule.of(weight, decayAll);
    return weight.shape().numDimensions() == 1 ? usual.atRate(biasRateFactor) : usual;
  }

  @Override
  public ImmutableMap<String, String> consoleMetrics() {
    return ImmutableMap.of("correlation", "correlation of views", "redundancy", "redundancy");
  }

  @Override
  public String wayOutOfCollapse() {
    return "Lower --lr, or give --batch_size_per_gpu more pictures, over which features are"
        + " correlated";
  }

  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    return new Macs(0, TwoViews.macs(backbone, views, projection.expander(backbone).macs()));
  }
}
