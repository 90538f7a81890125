package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.fraction;
import static org.dinojvm.settings.Rules.positive;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.head.Heads;
import org.dinojvm.model.head.MlpHead;
import org.dinojvm.model.loss.Contrast;
import org.dinojvm.model.loss.Cosines;
import org.dinojvm.settings.Setting;
import org.dinojvm.train.schedule.RunLength;
import org.dinojvm.train.schedule.Schedule;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * MoCo v3 (Chen, Xie and He 2021, arXiv:2104.02057, algorithm 1): a query of one view shall find
 * the key of the other among those of the batch. Keys are of an EMA of the network, which follows
 * before its forward pass. Of a ViT the patch projection keeps its random initial value, and
 * positions are fixed. The online network is the one that is evaluated.
 */
public record MocoV3(
    ProjectionSettings projection,
    @Setting(
            value = "0.2",
            doc = "Temperature of the softmax over the pictures of a batch.",
            source = "main_moco.py, --moco-t of its ViTs; 1.0 of ResNets")
        double temperature,
    @Setting(
            value = "0.99",
            doc =
                "Share of its weights that the teacher keeps in the first step; rises to 1 by a cosine.",
            source = "main_moco.py, --moco-m")
        double momentumTeacher,
    @Setting(
            value = "true",
            doc = "Whether a ViT's patch projection stays at its random initial value.",
            source = "main_moco.py, --stop-grad-conv1")
        boolean stopGradConv1)
    implements TwoViews {

  /** {@code --method mocov3}. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "mocov3";
    }

    @Override
    public Class<MocoV3> objective() {
      return MocoV3.class;
    }

    @Override
    public Map<String, String> defaults() {
      return Defaults.twoViews(
          ImmutableMap.<String, String>builder()
              .put("interpolation", "bilinear")
              .put("epochs", "300")
              .put("warmup_epochs", "40")
              .put("lr", "0.00015")
              .put("weight_decay", "0.1")
              .put("weight_decay_end", "0.1")
              .put("decay_all", "true")
              .put("projection_hidden_dim", "4096")
              .put("evaluated_network", "student")
              .buildOrThrow());
    }

    @Override
    public Map<String, String> defaults(String family) {
      return family.equals("resnet")
          ? Defaults.together(
              defaults(),
              Defaults.lars("0.6", "1e-6"),
              ImmutableMap.of(
                  "decay_all", "false",
                  "epochs", "100",
                  "warmup_epochs", "10",
                  "temperature", "1.0",
                  "global_crops_scale", "0.2 1.0"))
          : defaults();
    }
  }

  /** Checks each value. */
  public MocoV3 {
    positive("temperature", temperature);
    fraction("momentum_teacher", momentumTeacher);
  }

  /** Three layers for ViTs, two for ResNets. */
  private MlpHead projector(Backbone backbone) {
    int hidden = projection.projectionHiddenDim();
    int out = projection.projectionDim();
    return backbone.hasTokens()
        ? Heads.mocoProjection(backbone.embedDim(), hidden, out)
        : Heads.mocoShortProjection(backbone.embedDim(), hidden, out);
  }

  private MlpHead predictor(Backbone backbone) {
    return Heads.mocoPrediction(
        projection.projectionDim(), projection.projectionHiddenDim(), backbone.hasTokens());
  }

  @Override
  public Loss loss(StepInputs in) {
    Ops tf = in.tf();
    MlpHead projector = projector(in.backbone());
    List<Operand<TFloat32>> online = TwoViews.features(in, in.student(), in.studentMode());
    List<Operand<TFloat32>> z =
        TwoViews.each(tf, projector, in.student().at(PROJECTION), online, in.studentMode());
    List<Operand<TFloat32>> q =
        TwoViews.each(
            tf, predictor(in.backbone()), in.student().at(PREDICTION), z, in.studentMode());
    List<Operand<TFloat32>> momentum = TwoViews.features(in, in.teacher(), in.teacherMode());
    List<Operand<TFloat32>> k =
        TwoViews.each(tf, projector, in.teacher().at(PROJECTION), momentum, in.teacherMode());
    return Loss.of(
            new Contrast(temperature, in.workers())
                .moco(tf, q.get(0), q.get(1), k.get(0), k.get(1)))
        .reporting(
            ImmutableMap.of(
                EmbeddingCollapse.STANDARD_DEVIATION,
                Cosines.spread(tf, z.get(0), projection.projectionDim())));
  }

  @Override
  public boolean teacherFollowsFirst() {
    return true;
  }

  @Override
  public ImmutableMap<String, Schedule> schedules(RunLength run) {
    return ImmutableMap.of(MOMENTUM, Schedule.cosine(momentumTeacher, 1, run.steps()));
  }

  @Override
  public ImmutableMap<String, Initializer> fixedWeights(Backbone backbone) {
    ImmutableMap.Builder<String, Initializer> fixed = ImmutableMap.builder();
    if (backbone.hasTokens()) {
      fixed.put("backbone.pos_embed", SineCosinePositions::rowsFirst);
      if (stopGradConv1) {
        fixed.put("backbone.patch_embed.proj.kernel", MocoV3::patchProjection);
        fixed.put("backbone.patch_embed.proj.bias", Initializer.zeros());
      }
    }
    return fixed.buildOrThrow();
  }

  /** U(±√(6/(3·patch² + D))), vits.py: [patch, patch, 3, D]. */
  private static Operand<TFloat32> patchProjection(Ops tf, Shape shape, long[] seed) {
    long pixels = shape.get(0) * shape.get(1) * shape.get(2);
    double bound = Math.sqrt(6.0 / (pixels + shape.get(3)));
    return Initializer.uniform(bound).value(tf, shape, seed);
  }

  @Override
  public String wayOutOfCollapse() {
    return "Lower --lr or --temperature, or give --batch_size_per_gpu more pictures";
  }

  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    long projector = projector(backbone).macs();
    return new Macs(
        TwoViews.macs(backbone, views, projector),
        TwoViews.macs(backbone, views, projector + predictor(backbone).macs()));
  }
}
