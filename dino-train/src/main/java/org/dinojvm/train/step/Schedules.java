package org.dinojvm.train.step;

import org.dinojvm.train.TrainConfig;

/**
 * What changes during a run, each as a function of the optimizer's step.
 *
 * @param learningRate warm-up and cosine, scaled with the batch
 * @param weightDecay cosine
 * @param teacherMomentum cosine up to 1
 * @param teacherTemperature linear warm-up by epoch, then constant
 */
public record Schedules(
    Schedule learningRate,
    Schedule weightDecay,
    Schedule teacherMomentum,
    Schedule teacherTemperature) {

  /** The schedules of the published script for a run of {@code config.epochs()} epochs. */
  public static Schedules of(TrainConfig config, long stepsPerEpoch) {
    long steps = config.epochs() * stepsPerEpoch;
    return new Schedules(
        Schedule.cosine(
            config.scaledLr(), config.minLr(), steps, config.warmupEpochs() * stepsPerEpoch),
        Schedule.cosine(config.weightDecay(), config.weightDecayEnd(), steps),
        Schedule.cosine(config.momentumTeacher(), 1, steps),
        Schedule.rampThenConstant(
                config.warmupTeacherTemp(),
                config.teacherTemp(),
                config.warmupTeacherTempEpochs(),
                config.epochs())
            .perEpoch(stepsPerEpoch));
  }
}
