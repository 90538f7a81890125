package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.positive;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.loss.Contrast;
import org.dinojvm.model.loss.Cosines;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * SimCLR (Chen et al. 2020, arXiv:2002.05709): a view shall find the other view of its picture
 * among all views of the batch. More pictures in a batch are more to tell it from; with {@code
 * accumulate} it is still those of one batch.
 */
public record SimClr(
    ProjectionSettings projection,
    @Setting(
            value = "0.1",
            doc = "Temperature of the softmax over the pictures of a batch.",
            source = "arXiv:2002.05709, section 2.1")
        double temperature)
    implements TwoViews {

  /** {@code --method simclr}. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "simclr";
    }

    @Override
    public Class<SimClr> objective() {
      return SimClr.class;
    }

    @Override
    public Map<String, String> defaults() {
      return Defaults.twoViews(
          ImmutableMap.<String, String>builder()
              .put("brightness", "0.8")
              .put("contrast", "0.8")
              .put("saturation", "0.8")
              .put("hue", "0.2")
              .put("blur_probability_global1", "0.5")
              .put("blur_probability_global2", "0.5")
              .put("solarize_probability", "0")
              .put("projection_dim", "128")
              .buildOrThrow());
    }

    @Override
    public Map<String, String> defaults(String family) {
      return Defaults.together(
          defaults(), Defaults.forResNets(family, Defaults.lars("0.3", "1e-6")));
    }
  }

  /** Checks the temperature. */
  public SimClr {
    positive("temperature", temperature);
  }

  /** All views go through the network together, as published, so that BatchNorm sees them all. */
  @Override
  public Loss loss(StepInputs in) {
    Ops tf = in.tf();
    Operand<TFloat32> features = // [2B, D]
        in.backbone()
            .features(tf, in.student().at("backbone"), in.views().global(), in.studentMode());
    Operand<TFloat32> embedding = // [2B, d]
        projection
            .simClr(in.backbone())
            .of(tf, in.student().at(PROJECTION), features, in.studentMode());
    List<Operand<TFloat32>> z = TwoViews.halves(tf, embedding);
    return Loss.of(new Contrast(temperature, in.workers()).ntXent(tf, z.get(0), z.get(1)))
        .reporting(
            ImmutableMap.of(
                EmbeddingCollapse.STANDARD_DEVIATION,
                Cosines.spread(tf, z.get(0), projection.projectionDim())));
  }

  @Override
  public String wayOutOfCollapse() {
    return "Lower --lr or --temperature, or give --batch_size_per_gpu more pictures";
  }

  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    return new Macs(0, TwoViews.macs(backbone, views, projection.simClr(backbone).macs()));
  }
}
