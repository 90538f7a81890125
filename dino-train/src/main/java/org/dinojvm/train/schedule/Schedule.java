package org.dinojvm.train.schedule;

/** A number that training changes with the step: a function of the step, in double precision. */
@FunctionalInterface
public interface Schedule {

  /**
   * The value for a step.
   *
   * @param step steps are counted from 0
   * @throws IllegalArgumentException beyond the schedule's end
   */
  double at(long step);

  /** Half a cosine from {@code base} to {@code end}, up or down, over {@code steps} steps. */
  static Schedule cosine(double base, double end, long steps) {
    return cosine(base, end, steps, 0);
  }

  /**
   * The published {@code cosine_scheduler}: linear from 0 to {@code base}, both reached, in the
   * first {@code warmupSteps} steps, then half a cosine from {@code base} towards {@code end},
   * which it would reach one step after the last.
   */
  static Schedule cosine(double base, double end, long steps, long warmupSteps) {
    return within(
        steps,
        step ->
            step < warmupSteps
                ? linear(0, base, warmupSteps, step)
                : cosine(base, end, (double) (step - warmupSteps) / (steps - warmupSteps)));
  }

  /**
   * Linear from {@code start} to {@code end}, both reached, in {@code rampSteps}; then constant.
   */
  static Schedule rampThenConstant(double start, double end, long rampSteps, long steps) {
    return within(steps, step -> step < rampSteps ? linear(start, end, rampSteps, step) : end);
  }

  /** This schedule of epochs as one of steps: a value holds for a whole epoch. */
  default Schedule perEpoch(long stepsPerEpoch) {
    return step -> at(Math.floorDiv(step, stepsPerEpoch));
  }

  private static Schedule within(long steps, Schedule schedule) {
    return step -> {
      if (step < 0 || step >= steps) {
        throw new IllegalArgumentException(
            "step " + step + " is outside the schedule's 0 to " + (steps - 1));
      }
      return schedule.at(step);
    };
  }

  /** Point i of numpy's {@code linspace(start, end, n)}. */
  private static double linear(double start, double end, long n, long i) {
    return i > 0 && i == n - 1 ? end : i * ((end - start) / Math.max(1, n - 1)) + start;
  }

  private static double cosine(double base, double end, double progress) {
    return end + 0.5 * (base - end) * (1 + Math.cos(Math.PI * progress));
  }
}
