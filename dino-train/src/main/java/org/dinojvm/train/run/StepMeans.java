package org.dinojvm.train.run;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Gathers steps and gives their mean. */
public final class StepMeans {

  private final List<StepRecord> records = new ArrayList<>();

  public void add(StepRecord record) {
    records.add(record);
  }

  /**
   * The means since the last call; counts and schedules are those of the last step, and warnings
   * those of all.
   */
  public StepRecord take() {
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
            1 / mean(record -> 1 / record.imagesPerSecond()),
            shareOfWaiting(),
            records.stream()
                .flatMap(record -> record.warnings().stream())
                .collect(ImmutableList.toImmutableList()));
    records.clear();
    return mean;
  }

  /** The share of all of the steps' time, not the mean of their shares. */
  private double shareOfWaiting() {
    return mean(record -> record.dataWait() / record.imagesPerSecond())
        / mean(record -> 1 / record.imagesPerSecond());
  }

  private double mean(ToDoubleFunction<StepRecord> value) {
    return records.stream().mapToDouble(value).average().orElseThrow();
  }
}
