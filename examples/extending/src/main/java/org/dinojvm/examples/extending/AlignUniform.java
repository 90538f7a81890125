package org.dinojvm.examples.extending;

import static org.dinojvm.settings.Rules.atLeast;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Params;
import org.dinojvm.settings.Setting;
import org.dinojvm.train.objective.Loss;
import org.dinojvm.train.objective.Method;
import org.dinojvm.train.objective.Objective;
import org.dinojvm.train.objective.StepInputs;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * Alignment and uniformity on the hypersphere (Wang and Isola 2020, arXiv:2005.10242, eq. 5 and 6):
 * two crops of a picture shall be near each other, and all pictures spread over the sphere. There
 * is no teacher, and nothing is kept from step to step.
 *
 * <p>Letters in shapes: B pictures, d dimensions of the sphere's space.
 */
public record AlignUniform(
    @Setting(
            value = "128",
            unit = "features",
            doc = "Dimensions of the space whose unit sphere pictures are spread over.",
            source = "arXiv:2005.10242, appendix B")
        int sphereDim,
    @Setting(
            value = "1.0",
            doc = "Weight of uniformity beside alignment.",
            source = "arXiv:2005.10242, section 4.1")
        double uniformWeight)
    implements Objective {

  /** {@code --method align_uniform}, with the views and optimizer that go with it. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "align_uniform";
    }

    @Override
    public Class<AlignUniform> objective() {
      return AlignUniform.class;
    }

    @Override
    public Map<String, String> defaults() {
      return ImmutableMap.of("local_crops_number", "0", "global_crops_scale", "0.08 1.0");
    }
  }

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public AlignUniform {
    atLeast("sphere_dim", sphereDim, 2);
    atLeast("uniform_weight", uniformWeight, 0);
  }

  @Override
  public Loss loss(StepInputs in) {
    Ops tf = in.tf();
    Operand<TFloat32> features = // [2B, D]
        in.backbone()
            .features(tf, in.student().at("backbone"), in.views().global(), in.studentMode());
    Operand<TFloat32> points = project(tf, in.student().at("head"), features, in.backbone());
    List<Operand<TFloat32>> crops = // twice [B, d]
        ImmutableList.copyOf(tf.split(tf.constant(0), points, 2L).output());
    Operand<TFloat32> alignment = alignment(tf, crops.get(0), crops.get(1));
    Operand<TFloat32> uniformity =
        tf.math.mul(
            tf.math.add(uniformity(tf, crops.get(0)), uniformity(tf, crops.get(1))),
            tf.constant(0.5f));
    Operand<TFloat32> loss =
        tf.math.add(alignment, tf.math.mul(uniformity, tf.constant((float) uniformWeight)));
    return Loss.of(loss)
        .reporting(ImmutableMap.of("alignment", alignment, "uniformity", uniformity));
  }

  /** [n, D] → points on the sphere [n, d]. */
  private Operand<TFloat32> project(
      Ops tf, Params p, Operand<TFloat32> features, Backbone backbone) {
    return Layers.l2Normalize(
        tf, Layers.linear(tf, p.at("projection"), features, backbone.embedDim(), sphereDim));
  }

  /** Mean squared distance of a picture's two points: scalar. */
  private static Operand<TFloat32> alignment(Ops tf, Operand<TFloat32> x, Operand<TFloat32> y) {
    Operand<TFloat32> squares = // [B]
        tf.reduceSum(tf.math.square(tf.math.sub(x, y)), tf.constant(1));
    return tf.math.mean(squares, tf.constant(0));
  }

  /** log mean exp(−2‖x − y‖²) over all pairs of points; ‖x − y‖² is 2 − 2x·y: scalar. */
  private static Operand<TFloat32> uniformity(Ops tf, Operand<TFloat32> points) {
    Operand<TFloat32> cosines = // [B, B]
        tf.linalg.matMul(points, points, MatMul.transposeB(true));
    Operand<TFloat32> potentials =
        tf.math.exp(tf.math.mul(tf.math.sub(cosines, tf.constant(1f)), tf.constant(4f)));
    return tf.math.log(tf.math.mean(potentials, tf.constant(new int[] {0, 1})));
  }

  @Override
  public ImmutableMap<String, String> consoleMetrics() {
    return ImmutableMap.of("alignment", "alignment", "uniformity", "uniformity");
  }

  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    double crop = backbone.macs(views.globalCropsSize()) + (double) backbone.embedDim() * sphereDim;
    return new Macs(0, 2 * crop);
  }
}
