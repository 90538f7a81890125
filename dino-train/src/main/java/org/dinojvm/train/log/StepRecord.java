package org.dinojvm.train.log;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.annotation.JsonValue;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One line of {@code log.jsonl}: the numbers of a step, or means over the steps since the line
 * before.
 *
 * @param epoch number of the epoch, from 0
 * @param step steps trained so far
 * @param metrics what the step's graph reports, by name: {@value #LOSS}, what the objective
 *     reports, and {@value #GRADIENT_NORM}
 * @param schedules what was fed, by name: {@code learning_rate}, {@code weight_decay}, and the
 *     objective's own; of the last step
 * @param imagesPerSecond source pictures
 * @param dataWait share of the time in which the step waited for pictures
 * @param warnings what is wrong with the run, on the first line that shows it
 */
public record StepRecord(
    long epoch,
    long step,
    ImmutableMap<String, Double> metrics,
    ImmutableMap<String, Double> schedules,
    double imagesPerSecond,
    double dataWait,
    ImmutableList<HealthWarning> warnings) {

  /** Name of the metric that is minimized. */
  public static final String LOSS = "loss";

  /** Name of the norm over all gradients before clipping. */
  public static final String GRADIENT_NORM = "gradient_norm";

  /** A metric by its name. */
  public double metric(String name) {
    Double value = metrics.get(name);
    checkArgument(value != null, "no metric %s, only %s", name, metrics.keySet());
    return value;
  }

  /** The loss. */
  public double loss() {
    return metric(LOSS);
  }

  /** The norm over all gradients before clipping. */
  public double gradientNorm() {
    return metric(GRADIENT_NORM);
  }

  /** These numbers with what is wrong with the run. */
  public StepRecord with(ImmutableList<HealthWarning> found) {
    return new StepRecord(epoch, step, metrics, schedules, imagesPerSecond, dataWait, found);
  }

  /** The line as an object: all numbers side by side. */
  @JsonValue
  Map<String, Object> json() {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("epoch", epoch);
    line.put("step", step);
    line.putAll(metrics);
    line.putAll(schedules);
    line.put("images_per_second", imagesPerSecond);
    line.put("data_wait", dataWait);
    if (!warnings.isEmpty()) {
      line.put("warnings", warnings);
    }
    return line;
  }
}
