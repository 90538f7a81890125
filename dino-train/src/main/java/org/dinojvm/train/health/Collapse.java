package org.dinojvm.train.health;

import static org.dinojvm.settings.SettingKey.text;

import com.google.common.collect.EvictingQueue;
import java.util.function.ToDoubleFunction;
import org.dinojvm.train.TrainConfig;
import org.dinojvm.train.run.HealthWarning.Kind;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.StepRecord;

/**
 * The two ways in which self-distillation fails (Caron et al. 2021, sec. 5.3): without sharpening
 * the teacher's distribution becomes uniform, without centring one dimension wins. Either way every
 * picture gets the same answer.
 */
abstract class Collapse implements Illness {

  /** Steps whose means are judged. */
  private static final int WINDOW = 20;

  /**
   * A new network, whose answers differ little, looks collapsed while the rate is near 0: judged is
   * what comes after the first epoch and the warm-up, or so much of it.
   */
  private static final int LEAST_STEPS = 50;

  private static final int MOST_WARM_UP = 500;

  private final EvictingQueue<StepRecord> window = EvictingQueue.create(WINDOW);
  private final long judgedAfter;
  final TrainConfig config;

  /** ln K, the most that an entropy can be. */
  final double most;

  private Collapse(RunSummary run) {
    config = run.config();
    most = Math.log(config.outDim());
    long warmUp = Math.min(MOST_WARM_UP, config.warmupEpochs() * run.stepsPerEpoch());
    judgedAfter = Math.max(LEAST_STEPS, Math.max(run.stepsPerEpoch(), warmUp));
  }

  @Override
  public final Signs add(StepRecord step) {
    window.add(step);
    return window.remainingCapacity() == 0 && step.step() > judgedAfter ? signs() : Signs.UNCLEAR;
  }

  abstract Signs signs();

  final double mean(ToDoubleFunction<StepRecord> value) {
    return window.stream().mapToDouble(value).average().orElseThrow();
  }

  /** The teacher's entropy is at ln K, and the student's distribution has come there, too. */
  static Collapse uniform(RunSummary run) {
    return new Collapse(run) {
      @Override
      public Kind kind() {
        return Kind.UNIFORM_COLLAPSE;
      }

      @Override
      Signs signs() {
        double entropy = mean(StepRecord::teacherEntropy) / most;
        double kl = mean(StepRecord::kl) / most;
        return Signs.of(entropy > 0.99 && kl < 0.03, entropy < 0.98 || kl > 0.05);
      }

      @Override
      public String message() {
        return Illness.line(
            "uniform collapse: the loss %.3f is at ln %d = %.3f and KL has vanished (%.4f), so every"
                + " picture gets the same answer and nothing is left to learn. Sharpen the teacher:"
                + " lower --teacher_temp (%s) and --warmup_teacher_temp (%s), published 0.04; or"
                + " lower --lr (%s). Start anew, in another --output",
            mean(StepRecord::loss),
            config.outDim(),
            most,
            mean(StepRecord::kl),
            text(config.teacherTemp()),
            text(config.warmupTeacherTemp()),
            text(config.lr()));
      }
    };
  }

  /**
   * The entropy of the teacher's mean prediction is gone. Its mean entropy may be small in a
   * healthy run, where each picture has its own prototype; never more than that of the mean.
   */
  static Collapse oneDimension(RunSummary run) {
    return new Collapse(run) {
      @Override
      public Kind kind() {
        return Kind.ONE_DIMENSION;
      }

      @Override
      Signs signs() {
        double entropy = mean(StepRecord::meanEntropy) / most;
        boolean sameForAll = config.batchTotal() > 1; // of one picture it says nothing
        return Signs.of(entropy < 0.05 && sameForAll, entropy > 0.1);
      }

      @Override
      public String message() {
        return Illness.line(
            "one dimension wins: the entropy of the teacher's mean prediction is %.3f of at most"
                + " %.3f, so nearly every picture gets the same prototype. Centre more:"
                + " --center_momentum (%s), published 0.9; or raise --teacher_temp (%s), or lower"
                + " --lr (%s). Start anew, in another --output",
            mean(StepRecord::meanEntropy),
            most,
            text(config.centerMomentum()),
            text(config.teacherTemp()),
            text(config.lr()));
      }
    };
  }
}
