package org.dinojvm.train.health;

import com.google.common.collect.ImmutableList;
import java.util.EnumSet;
import java.util.Set;
import org.dinojvm.train.run.HealthWarning;
import org.dinojvm.train.run.HealthWarning.Kind;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.StepRecord;

/**
 * Tells from the steps of a run what is wrong with it: each illness once, and again only after it
 * was over. Why the limits are what they are: docs/training.md.
 */
public final class Health {

  private final ImmutableList<Illness> illnesses;
  private final Set<Kind> present = EnumSet.noneOf(Kind.class);

  public Health(RunSummary run) {
    illnesses =
        ImmutableList.of(
            Collapse.uniform(run),
            Collapse.oneDimension(run),
            new ExplodingGradient(run.config()),
            new DataStarvation(run.config()));
  }

  /** The step with what it is the first to show. */
  public StepRecord judged(StepRecord step) {
    ImmutableList.Builder<HealthWarning> warnings = ImmutableList.builder();
    for (Illness illness : illnesses) {
      switch (illness.add(step)) {
        case ILL -> {
          if (present.add(illness.kind())) {
            warnings.add(new HealthWarning(illness.kind(), illness.message()));
          }
        }
        case WELL -> present.remove(illness.kind());
        case UNCLEAR -> {}
      }
    }
    return step.with(warnings.build());
  }
}
