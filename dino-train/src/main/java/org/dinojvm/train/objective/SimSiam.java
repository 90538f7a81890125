package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.atLeast;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.head.Heads;
import org.dinojvm.model.head.MlpHead;
import org.dinojvm.model.loss.Cosines;
import org.dinojvm.settings.Setting;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.optimizer.WeightRule;
import org.dinojvm.train.schedule.RunLength;
import org.dinojvm.train.schedule.Schedule;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * SimSiam (Chen and He 2021, arXiv:2011.10566): BYOL without a target network. A predictor shall
 * give the projection of the other view, into which no gradient flows.
 */
public record SimSiam(
    ProjectionSettings projection,
    @Setting(
            value = "512",
            unit = "features",
            doc = "Width of the predictor's hidden layer; each method has a default of its own.",
            source = "dino-jvm")
        int predictionHiddenDim)
    implements TwoViews {

  /** Name of the predictor's learning rate, which stays what the others' is at its highest. */
  public static final String PREDICTION_RATE = "prediction_learning_rate";

  /** {@code --method simsiam}. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "simsiam";
    }

    @Override
    public Class<SimSiam> objective() {
      return SimSiam.class;
    }

    @Override
    public Map<String, String> defaults() {
      return Defaults.twoViews(
          ImmutableMap.<String, String>builder()
              .put("global_crops_scale", "0.2 1.0")
              .put("interpolation", "bilinear")
              .put("saturation", "0.4")
              .put("blur_probability_global1", "0.5")
              .put("blur_probability_global2", "0.5")
              .put("solarize_probability", "0")
              .put("projection_dim", "2048")
              .put("warmup_epochs", "0")
              .buildOrThrow());
    }

    @Override
    public Map<String, String> defaults(String family) {
      return Defaults.together(
          defaults(),
          Defaults.forResNets(
              family,
              ImmutableMap.of(
                  "optimizer", "sgd",
                  "lr", "0.05",
                  "weight_decay", "0.0001",
                  "weight_decay_end", "0.0001",
                  "decay_all", "true")));
    }
  }

  /** Checks the width. */
  public SimSiam {
    atLeast("prediction_hidden_dim", predictionHiddenDim, 1);
  }

  private MlpHead projector(Backbone backbone) {
    return Heads.simSiamProjection(
        backbone.embedDim(), projection.projectionHiddenDim(), projection.projectionDim());
  }

  private MlpHead predictor() {
    int dim = projection.projectionDim();
    return Heads.twoLayers(dim, predictionHiddenDim, dim, true);
  }

  @Override
  public Loss loss(StepInputs in) {
    Ops tf = in.tf();
    List<Operand<TFloat32>> features = TwoViews.features(in, in.student(), in.studentMode());
    List<Operand<TFloat32>> z =
        TwoViews.each(
            tf, projector(in.backbone()), in.student().at(PROJECTION), features, in.studentMode());
    List<Operand<TFloat32>> p =
        TwoViews.each(tf, predictor(), in.student().at(PREDICTION), z, in.studentMode());
    return Loss.of(Cosines.simSiam(tf, p.get(0), p.get(1), z.get(0), z.get(1)))
        .reporting(
            ImmutableMap.of(
                EmbeddingCollapse.STANDARD_DEVIATION,
                Cosines.spread(tf, z.get(0), projection.projectionDim())));
  }

  @Override
  public ImmutableMap<String, Schedule> schedules(
      OptimizerSettings optimizer, RunLength run, int workers) {
    double rate = optimizer.scaledLr(workers);
    return ImmutableMap.of(PREDICTION_RATE, Schedule.cosine(rate, rate, run.steps()));
  }

  @Override
  public WeightRule rule(Variable weight, boolean decayAll) {
    WeightRule usual = WeightRule.of(weight, decayAll);
    return weight.name().contains(PREDICTION + ".") ? usual.on(PREDICTION_RATE) : usual;
  }

  @Override
  public String wayOutOfCollapse() {
    return "Lower --lr, or give --batch_size_per_gpu more pictures, which BatchNorm in the heads"
        + " needs";
  }

  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    long heads = projector(backbone).macs() + predictor().macs();
    return new Macs(0, TwoViews.macs(backbone, views, heads));
  }
}
