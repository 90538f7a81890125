package org.dinojvm.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dinojvm.data.ImagePipeline;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.serve.Precision;
import org.dinojvm.train.run.DivergedException;
import org.dinojvm.train.run.DivergedStep;
import org.dinojvm.train.run.Listeners;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.schedule.StepScalars;
import org.dinojvm.train.step.StepMetrics;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.FloatNdArray;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Finds out why a step has no finite loss, and hands its inputs to the listeners. They are drawn
 * once more: a pipeline gives the same views of a step each time.
 */
final class Divergence {

  private final RunSummary run;
  private final ImagePipeline pipeline;
  private final Session session;
  private final Listeners listeners;

  Divergence(RunSummary run, ImagePipeline pipeline, Session session, Listeners listeners) {
    this.run = run;
    this.pipeline = pipeline;
    this.session = session;
    this.listeners = listeners;
  }

  /**
   * Reports a step.
   *
   * @param step its number, from 0
   * @param lastGood the last checkpoint, which is from before it
   */
  DivergedException report(
      long step, StepScalars scalars, StepMetrics metrics, Optional<Path> lastGood) {
    pipeline.start(session, step);
    boolean viewsAreFinite = true;
    for (int batch = 0; batch < run.config().optimization().accumulate(); batch++) {
      try (Result drawn = draw()) {
        List<TFloat32> views = new ArrayList<>();
        for (int i = 1; i < drawn.size(); i++) {
          views.add((TFloat32) drawn.get(i));
        }
        viewsAreFinite &= views.stream().allMatch(Divergence::isFinite);
        List<Path> files = pictures((TInt64) drawn.get(0));
        listeners.diverged(new DivergedStep(run, step + 1, batch, scalars, metrics, files, views));
      }
    }
    return new DivergedException(
        String.format(
            "step %d has loss %s and gradient norm %s: %s. It is not saved; %s. The same settings"
                + " would end the same way, so start with others in a new --output",
            step + 1,
            metrics.loss(),
            metrics.gradientNorm(),
            causeAndRemedy(metrics, viewsAreFinite),
            lastGood
                .map(saved -> "the last checkpoint is " + saved)
                .orElse("no step before it was saved")));
  }

  private Result draw() {
    List<Operand<?>> fetched = new ArrayList<>(List.of(pipeline.indices()));
    fetched.add(pipeline.globalCrops());
    pipeline.localCrops().ifPresent(fetched::add);
    Session.Runner runner = session.runner();
    fetched.forEach(runner::fetch);
    return pipeline.reading(runner::run);
  }

  private List<Path> pictures(TInt64 indices) {
    List<Picture> all = run.pictures().pictures();
    List<Path> files = new ArrayList<>();
    indices.scalars().forEach(index -> files.add(all.get((int) index.getLong()).name()));
    return files;
  }

  private static boolean isFinite(FloatNdArray views) {
    return views.streamOfObjects().allMatch(Float::isFinite);
  }

  private String causeAndRemedy(StepMetrics metrics, boolean viewsAreFinite) {
    if (!viewsAreFinite) {
      return "its views are not finite already; look at --mean and --std, and at its pictures";
    } else if (run.config().compute().precision() == Precision.BF16) {
      return "the weights have overflowed; lower --lr, or take --precision float32";
    } else if (Double.isFinite(metrics.loss())) {
      return "the gradient has overflowed, the loss has not yet; lower --lr, or lengthen"
          + " --warmup_epochs";
    }
    return "the weights have overflowed; lower --lr or --clip_grad, or lengthen --warmup_epochs";
  }
}
