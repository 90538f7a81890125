package org.dinojvm.train.objective;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.model.head.MlpHead;
import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.schedule.RunLength;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * What objectives have in common that compare two views of each picture, both of which play both
 * parts.
 *
 * <p>Letters in shapes: B pictures, D features, d dimensions of the embedding.
 */
interface TwoViews extends Objective {

  /** Level of the projector's weights. */
  String PROJECTION = "projection_head";

  /** Level of the predictor's weights. */
  String PREDICTION = "prediction_head";

  /** What to change where all embeddings became the same, a clause. */
  String wayOutOfCollapse();

  @Override
  default void validate(OptimizerSettings optimizer) {
    requireSeveral(optimizer);
  }

  /** Refuses batches of one picture, which has nothing to be compared with. */
  static void requireSeveral(OptimizerSettings optimizer) {
    require(
        optimizer.batchSizePerGpu() >= 2,
        "batch_size_per_gpu",
        optimizer.batchSizePerGpu(),
        "must be at least 2: this method compares the pictures of a batch");
  }

  @Override
  default void validate(BackboneSettings backbone, MultiCrop views) {
    require(
        views.localCropsNumber() == 0,
        "local_crops_number",
        views.localCropsNumber(),
        "must be 0: this method compares two views");
  }

  @Override
  default ImmutableList<HealthCheck> healthChecks(OptimizerSettings optimizer, RunLength run) {
    return ImmutableList.of(new EmbeddingCollapse(wayOutOfCollapse(), optimizer, run));
  }

  @Override
  default ImmutableMap<String, String> consoleMetrics() {
    return ImmutableMap.of(EmbeddingCollapse.STANDARD_DEVIATION, "embedding std");
  }

  /**
   * The backbone's features of both views, [B, D] each. One view after the other where a BatchNorm
   * would see which pictures go together, else in one pass.
   *
   * @param network the student's or the teacher's registry
   */
  static ImmutableList<Operand<TFloat32>> features(StepInputs in, Params network, Mode mode) {
    Params weights = network.at("backbone");
    if (!in.backbone().usesBatchStatistics()) {
      return halves(in.tf(), in.backbone().features(in.tf(), weights, in.views().global(), mode));
    }
    ImmutableList.Builder<Operand<TFloat32>> features = ImmutableList.builder();
    int pass = mode.pass();
    for (Operand<TFloat32> view : halves(in.tf(), in.views().global())) {
      features.add(in.backbone().features(in.tf(), weights, view, mode.forPass(pass++)));
    }
    return features.build();
  }

  /** The rows of the first and of the second view: [2n, …] → [n, …] twice. */
  static ImmutableList<Operand<TFloat32>> halves(Ops tf, Operand<TFloat32> rows) {
    return ImmutableList.copyOf(tf.split(tf.constant(0), rows, 2L).output());
  }

  /** A head on one view after the other: [B, in] → [B, d] each. */
  static ImmutableList<Operand<TFloat32>> each(
      Ops tf, MlpHead head, Params p, List<Operand<TFloat32>> rows, Mode mode) {
    return rows.stream().map(view -> head.of(tf, p, view, mode)).collect(toImmutableList());
  }

  /** MACs of one picture's two views through backbone and heads. */
  static double macs(Backbone backbone, MultiCrop views, long heads) {
    return 2.0 * (backbone.macs(views.globalCropsSize()) + heads);
  }
}
