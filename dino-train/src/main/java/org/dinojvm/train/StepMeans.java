package org.dinojvm.train;

import static com.google.common.base.Preconditions.checkState;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Gathers steps and gives their mean. */
final class StepMeans {

  private final List<StepRecord> records = new ArrayList<>();

  void add(StepRecord record) {
    records.add(record);
  }

  /** The means since the last call; counts and schedules are those of the last step. */
  StepRecord take() {
    checkState(!records.isEmpty(), "no step since the last mean");
    StepRecord last = records.get(records.size() - 1);
    StepRecord mean =
        new StepRecord(
            last.epoch(),
            last.step(),
            mean(StepRecord::loss),
            mean(StepRecord::teacherEntropy),
            mean(StepRecord::kl),
            mean(StepRecord::meanEntropy),
            mean(StepRecord::gradientNorm),
            last.learningRate(),
            last.weightDecay(),
            last.momentum(),
            last.teacherTemperature(),
            1 / mean(record -> 1 / record.imagesPerSecond()));
    records.clear();
    return mean;
  }

  private double mean(ToDoubleFunction<StepRecord> value) {
    return records.stream().mapToDouble(value).average().orElseThrow();
  }
}
