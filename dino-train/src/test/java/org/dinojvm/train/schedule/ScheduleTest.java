package org.dinojvm.train.schedule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.objective.Dino;
import org.dinojvm.train.objective.Objective;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {

  /** One rounding of the largest value in use. */
  private static final double ROUNDING = 1e-15;

  @ParameterizedTest
  @CsvSource({
    // base, end, epochs, steps per epoch, warm-up epochs
    "0.0005, 1e-6, 100, 7, 10",
    "0.04, 0.4, 12, 5, 0",
    "0.996, 1, 3, 1, 0",
    "0.3, 0.1, 4, 1, 1", // numpy's linspace of one point is its start
    "0.3, 0.1, 4, 1, 2",
    "0.3, 0.1, 4, 3, 4", // nothing but warm-up
    "0.1, 0.1, 1, 1, 0",
  })
  void cosineIsThePublishedOne(
      double base, double end, int epochs, int stepsPerEpoch, int warmupEpochs) {
    int steps = epochs * stepsPerEpoch;
    int warmup = warmupEpochs * stepsPerEpoch;
    assertArrayEquals(
        numpyCosineScheduler(base, end, steps, warmup),
        values(Schedule.cosine(base, end, steps, warmup), steps),
        ROUNDING);
  }

  /** MoCo v3's adjust_learning_rate, with epoch + i/steps as the epoch. */
  @ParameterizedTest
  @CsvSource({"0.0006, 0, 10, 4, 3", "0.2, 0.0002, 5, 2, 0", "0.2, 0, 3, 2, 3"})
  void exclusiveWarmUpIsMocosOne(
      double base, double end, int epochs, int stepsPerEpoch, int warmupEpochs) {
    int steps = epochs * stepsPerEpoch;
    double[] expected = new double[steps];
    for (int i = 0; i < steps; i++) {
      double epoch = (double) i / stepsPerEpoch;
      double share = (epoch - warmupEpochs) / (epochs - warmupEpochs);
      expected[i] =
          epoch < warmupEpochs
              ? base * epoch / warmupEpochs
              : end + (base - end) * 0.5 * (1 + Math.cos(Math.PI * share));
    }
    Schedule actual =
        WarmUp.EXCLUSIVE.cosine(base, end, steps, (long) warmupEpochs * stepsPerEpoch);
    assertArrayEquals(expected, values(actual, steps), ROUNDING);
    assertThrows(IllegalArgumentException.class, () -> actual.at(steps));
  }

  /** The published function, array operation by array operation. */
  private static double[] numpyCosineScheduler(double base, double end, int steps, int warmup) {
    double[] schedule = new double[steps];
    System.arraycopy(numpyLinspace(0, base, warmup), 0, schedule, 0, warmup);
    int rest = steps - warmup;
    for (int i = 0; i < rest; i++) {
      schedule[warmup + i] = end + 0.5 * (base - end) * (1 + Math.cos(Math.PI * i / rest));
    }
    return schedule;
  }

  private static double[] numpyLinspace(double start, double stop, int number) {
    double[] points = new double[number];
    for (int i = 0; i < number; i++) {
      points[i] = number == 1 ? start : start + (stop - start) * ((double) i / (number - 1));
    }
    return points;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 30, 50})
  void rampIsLinspaceThenConstant(int ramp) {
    double[] expected = new double[50];
    System.arraycopy(numpyLinspace(0.04, 0.07, ramp), 0, expected, 0, ramp);
    Arrays.fill(expected, ramp, 50, 0.07);
    assertArrayEquals(
        expected, values(Schedule.rampThenConstant(0.04, 0.07, ramp, 50), 50), ROUNDING);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 10, Long.MAX_VALUE})
  void refusesStepsOutsideTheRun(long step) {
    Schedule schedule = Schedule.cosine(1, 0, 10);
    Exception e = assertThrows(IllegalArgumentException.class, () -> schedule.at(step));
    assertEquals("step " + step + " is outside the schedule's 0 to 9", e.getMessage());
  }

  /** The run that made the numeric reference train_adamw: its schedules to the last digit. */
  @Test
  void schedulesAreThoseOfAPublishedRun() {
    TrainConfig config =
        TrainConfig.defaults()
            .with(
                Map.of(
                    "epochs",
                    4,
                    "batch_size_per_gpu",
                    256,
                    "lr",
                    0.004,
                    "min_lr",
                    1e-5,
                    "warmup_epochs",
                    1,
                    "momentum_teacher",
                    0.9,
                    "teacher_temp",
                    0.07,
                    "warmup_teacher_temp_epochs",
                    2));
    RunLength length = config.length(2);
    ImmutableMap<String, Schedule> schedules = config.objective().schedules(length);
    assertArrayEquals(
        new double[] {
          0.0,
          0.004,
          0.004,
          0.0037327206805499555,
          0.0030025000000000004,
          0.0020050000000000003,
          0.0010075000000000006,
          0.00027727931945004504
        },
        values(config.optimization().learningRate(length, 1), 8),
        ROUNDING);
    assertArrayEquals(
        new double[] {
          0.03999999999999998,
          0.05370168414796839,
          0.09272077938642143,
          0.15111698217428382,
          0.22,
          0.2888830178257161,
          0.3472792206135786,
          0.3862983158520316
        },
        values(config.optimization().weightDecay(length), 8),
        ROUNDING);
    assertArrayEquals(
        new double[] {
          0.9,
          0.9038060233744357,
          0.9146446609406726,
          0.9308658283817455,
          0.95,
          0.9691341716182544,
          0.9853553390593274,
          0.9961939766255643
        },
        values(schedules.get(Objective.MOMENTUM), 8),
        ROUNDING);
    assertArrayEquals(
        new double[] {0.04, 0.04, 0.07, 0.07, 0.07, 0.07, 0.07, 0.07},
        values(schedules.get(Dino.TEACHER_TEMPERATURE), 8),
        ROUNDING);
  }

  @Test
  void learningRateIsScaledWithTheBatch() {
    TrainConfig config = TrainConfig.defaults().with(Map.of("batch_size_per_gpu", 1024));
    assertEquals(0.002, config.optimization().learningRate(config.length(10), 1).at(99));
  }

  private static double[] values(Schedule schedule, long steps) {
    return LongStream.range(0, steps).mapToDouble(schedule::at).toArray();
  }
}
