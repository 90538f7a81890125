package org.dinojvm.verify.training;

import java.util.stream.LongStream;
import org.dinojvm.train.schedule.Schedule;

/** How far a list of numbers is from the schedule that it is a list of. */
public final class ScheduleFit {

  private ScheduleFit() {}

  /**
   * The error of the best {@link Schedule#cosine}: its ends are read from the numbers, its warm-up
   * may take any number of epochs.
   */
  public static double cosineError(double[] values, int stepsPerEpoch) {
    int steps = values.length;
    return LongStream.iterate(0, warmup -> warmup < steps, warmup -> warmup + stepsPerEpoch)
        .mapToDouble(warmup -> error(cosine(values, (int) warmup), values))
        .min()
        .orElse(0);
  }

  /** The error of the best {@link Schedule#rampThenConstant}. */
  static double rampError(double[] values) {
    int steps = values.length;
    return LongStream.rangeClosed(0, steps)
        .mapToObj(ramp -> Schedule.rampThenConstant(values[0], values[steps - 1], ramp, steps))
        .mapToDouble(schedule -> error(schedule, values))
        .min()
        .orElse(0);
  }

  /**
   * The cosine begins at the base, and the last number is a known way from it to the end, which it
   * never reaches.
   */
  private static Schedule cosine(double[] values, int warmup) {
    int steps = values.length;
    double base = values[warmup];
    double last = values[steps - 1];
    int falling = steps - warmup;
    double baseShare = 0.5 * (1 + Math.cos(Math.PI * (falling - 1) / falling));
    double end = falling == 1 ? base : (last - base * baseShare) / (1 - baseShare);
    return Schedule.cosine(base, end, steps, warmup);
  }

  /** The largest difference over the largest number. */
  public static double error(Schedule schedule, double[] values) {
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < values.length; i++) {
      difference = Math.max(difference, Math.abs(schedule.at(i) - values[i]));
      largest = Math.max(largest, Math.abs(values[i]));
    }
    return difference == 0 ? 0 : difference / largest;
  }
}
