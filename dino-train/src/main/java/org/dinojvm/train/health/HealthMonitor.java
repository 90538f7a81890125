package org.dinojvm.train.health;

import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.dinojvm.train.log.HealthWarning;
import org.dinojvm.train.log.StepRecord;

/**
 * Tells from the steps of a run what is wrong with it: each illness once, and again only after it
 * was over. Why the limits are what they are: docs/training.md.
 */
public final class HealthMonitor {

  private final ImmutableList<HealthCheck> checks;
  private final Set<HealthCheck> present = new HashSet<>();

  /** A monitor that has seen no step yet. */
  public HealthMonitor(List<HealthCheck> checks) {
    this.checks = ImmutableList.copyOf(checks);
  }

  /** The step with what it is the first to show. */
  public StepRecord judged(StepRecord step) {
    ImmutableList.Builder<HealthWarning> warnings = ImmutableList.builder();
    for (HealthCheck check : checks) {
      switch (check.add(step)) {
        case ILL -> {
          if (present.add(check)) {
            warnings.add(new HealthWarning(check.name(), check.message()));
          }
        }
        case WELL -> present.remove(check);
        case UNCLEAR -> {}
      }
    }
    return step.with(warnings.build());
  }
}
