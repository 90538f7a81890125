package org.dinojvm.train.log;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Gathers steps and gives their mean. */
public final class StepMeans {

  private final List<StepRecord> records = new ArrayList<>();

  /** Takes a step into account. */
  public void add(StepRecord record) {
    records.add(record);
  }

  /**
   * The means since the last call; counts and schedules are those of the last step, and warnings
   * those of all.
   */
  public StepRecord take() {
    checkState(!records.isEmpty(), "no step since the last mean");
    StepRecord last = Iterables.getLast(records);
    StepRecord mean =
        new StepRecord(
            last.epoch(),
            last.step(),
            ImmutableMap.copyOf(
                Maps.transformEntries(
                    last.metrics(), (name, value) -> mean(record -> record.metric(name)))),
            last.schedules(),
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
