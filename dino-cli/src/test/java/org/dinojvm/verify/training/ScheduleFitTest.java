package org.dinojvm.verify.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.dinojvm.train.schedule.Schedule;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleFitTest {

  private static final double EXACT = 1e-14;

  @ParameterizedTest
  @CsvSource({"0.004, 1e-6, 0", "0.04, 0.4, 0", "0.996, 1, 0", "0.3, 0.1, 5", "0.3, 0.1, 15"})
  void findsEndsAndWarmUp(double base, double end, int warmup) {
    double[] values = values(Schedule.cosine(base, end, 20, warmup), 20);
    assertTrue(ScheduleFit.cosineError(values, 5) < EXACT);
    for (int i = 0; i < values.length; i++) {
      double original = values[i];
      values[i] = original * 1.0001 + 1e-7;
      int altered = i;
      assertTrue(ScheduleFit.cosineError(values, 5) > 1e-9, () -> "alteration of step " + altered);
      values[i] = original;
    }
  }

  @ParameterizedTest
  @CsvSource({"0.04, 0.04, 0", "0.04, 0.07, 4", "0.04, 0.07, 2"})
  void findsRamps(double start, double end, int ramp) {
    double[] values = values(Schedule.rampThenConstant(start, end, ramp, 8), 8);
    assertTrue(ScheduleFit.rampError(values) < EXACT);
    values[6] *= 1.0001;
    assertTrue(ScheduleFit.rampError(values) > 1e-9);
  }

  private static double[] values(Schedule schedule, int steps) {
    return IntStream.range(0, steps).mapToDouble(schedule::at).toArray();
  }
}
