package org.dinojvm.compare;

import com.google.common.collect.ImmutableMap;
import java.util.function.Supplier;
import org.dinojvm.eval.RawPixelModel;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.train.config.TrainConfig;

/** The models of a comparison, opened one at a time: the methods' and what each has to beat. */
final class ComparedModels {

  static final String UNTRAINED = "untrained";
  static final String RAW_PIXELS = "raw_pixels";

  private ComparedModels() {}

  /** Methods in their order, then the backbone before training, then the pictures themselves. */
  static ImmutableMap<String, Supplier<FeatureModel>> of(ComparisonPlan plan, MethodRuns runs) {
    ImmutableMap.Builder<String, Supplier<FeatureModel>> models = ImmutableMap.builder();
    for (String method : plan.methods()) {
      models.put(method, () -> FeatureModels.open(runs.checkpoint(method)));
    }
    TrainConfig any = plan.config(plan.methods().get(0), 1);
    models.put(UNTRAINED, () -> FeatureModels.untrained(any.model(), any.run().seed()));
    models.put(RAW_PIXELS, RawPixelModel::new);
    return models.buildOrThrow();
  }
}
