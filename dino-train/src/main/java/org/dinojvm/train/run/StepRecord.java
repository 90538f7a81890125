package org.dinojvm.train.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.google.common.collect.ImmutableList;

/**
 * One line of {@code log.jsonl}: means over the steps since the line before.
 *
 * @param epoch number of the epoch, from 0
 * @param step steps trained so far
 * @param loss cross-entropy of student and teacher
 * @param teacherEntropy entropy of the teacher's distributions; ln K is uniform
 * @param kl loss − teacherEntropy; near 0 the student has nothing left to learn: collapse
 * @param meanEntropy entropy of the teacher's mean distribution over a batch
 * @param gradientNorm norm over all gradients before clipping
 * @param learningRate of the last step
 * @param weightDecay of the last step
 * @param momentum of the last step's EMA
 * @param teacherTemperature of the last step
 * @param imagesPerSecond source pictures
 * @param dataWait share of the time in which the step waited for pictures
 * @param warnings what is wrong with the run, on the first line that shows it
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record StepRecord(
    long epoch,
    long step,
    double loss,
    double teacherEntropy,
    double kl,
    double meanEntropy,
    double gradientNorm,
    double learningRate,
    double weightDecay,
    double momentum,
    double teacherTemperature,
    double imagesPerSecond,
    double dataWait,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) ImmutableList<HealthWarning> warnings) {

  /** These numbers with what is wrong with the run. */
  public StepRecord with(ImmutableList<HealthWarning> found) {
    return new StepRecord(
        epoch,
        step,
        loss,
        teacherEntropy,
        kl,
        meanEntropy,
        gradientNorm,
        learningRate,
        weightDecay,
        momentum,
        teacherTemperature,
        imagesPerSecond,
        dataWait,
        found);
  }
}
