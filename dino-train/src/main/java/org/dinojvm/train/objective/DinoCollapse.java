package org.dinojvm.train.objective;

import static org.dinojvm.settings.SettingKey.text;

import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.schedule.RunLength;

/**
 * The two ways in which self-distillation fails (Caron et al. 2021, sec. 5.3): without sharpening
 * the teacher's distribution becomes uniform, without centering one dimension wins. Either way
 * every picture gets the same answer.
 */
abstract class DinoCollapse extends Collapse {

  /** Name of the mean entropy of the teacher's distributions. */
  static final String TEACHER_ENTROPY = "teacher_entropy";

  /** Name of the divergence of the student's distributions from the teacher's. */
  static final String KL = "kl";

  /** Name of the entropy of the teacher's mean distribution over a batch. */
  static final String MEAN_ENTROPY = "mean_entropy";

  /** ln K, the most that an entropy can be. */
  final double most;

  private DinoCollapse(Dino dino, OptimizerSettings optimizer, RunLength run) {
    super(optimizer, run);
    most = Math.log(dino.head().outDim());
  }

  /** The teacher's entropy is at ln K, and the student's distribution has come there, too. */
  static DinoCollapse uniform(Dino dino, OptimizerSettings optimizer, RunLength run) {
    return new DinoCollapse(dino, optimizer, run) {
      @Override
      public String name() {
        return "UNIFORM_COLLAPSE";
      }

      @Override
      Verdict verdict() {
        double entropy = mean(TEACHER_ENTROPY) / most;
        double kl = mean(KL) / most;
        return Verdict.of(entropy > 0.99 && kl < 0.03, entropy < 0.98 || kl > 0.05);
      }

      @Override
      public String message() {
        return HealthCheck.line(
            "uniform collapse: the loss %.3f is at ln %d = %.3f and KL has vanished (%.4f), so every"
                + " picture gets the same answer and nothing is left to learn. Sharpen the teacher:"
                + " lower --teacher_temp (%s) and --warmup_teacher_temp (%s), published 0.04; or"
                + " lower --lr (%s). Start anew, in another --output",
            mean(StepRecord.LOSS),
            dino.head().outDim(),
            most,
            mean(KL),
            text(dino.teacherTemp()),
            text(dino.warmupTeacherTemp()),
            text(optimizer.lr()));
      }
    };
  }

  /**
   * The entropy of the teacher's mean prediction is gone. Its mean entropy may be small in a
   * healthy run, where each picture has its own prototype; never more than that of the mean.
   */
  static DinoCollapse oneDimension(Dino dino, OptimizerSettings optimizer, RunLength run) {
    return new DinoCollapse(dino, optimizer, run) {
      @Override
      public String name() {
        return "ONE_DIMENSION";
      }

      @Override
      Verdict verdict() {
        double entropy = mean(MEAN_ENTROPY) / most;
        boolean sameForAll = optimizer.batchTotal() > 1; // of one picture it says nothing
        return Verdict.of(entropy < 0.05 && sameForAll, entropy > 0.1);
      }

      @Override
      public String message() {
        return HealthCheck.line(
            "one dimension wins: the entropy of the teacher's mean prediction is %.3f of at most"
                + " %.3f, so nearly every picture gets the same prototype. Center more:"
                + " --center_momentum (%s), published 0.9; or raise --teacher_temp (%s), or lower"
                + " --lr (%s). Start anew, in another --output",
            mean(MEAN_ENTROPY),
            most,
            text(dino.centerMomentum()),
            text(dino.teacherTemp()),
            text(optimizer.lr()));
      }
    };
  }
}
