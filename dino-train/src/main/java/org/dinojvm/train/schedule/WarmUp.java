package org.dinojvm.train.schedule;

/** How a linear warm-up of W steps ends. */
public enum WarmUp {
  /** base · i/(W − 1): the last step has the base, and the next one again (DINO). */
  INCLUSIVE {
    @Override
    public Schedule cosine(double base, double end, long steps, long warmupSteps) {
      return Schedule.cosine(base, end, steps, warmupSteps);
    }
  },
  /** base · i/W: the step after the last is the first to have the base (MoCo v3, Barlow Twins). */
  EXCLUSIVE {
    @Override
    public Schedule cosine(double base, double end, long steps, long warmupSteps) {
      Schedule falling = Schedule.cosine(base, end, Math.max(1, steps - warmupSteps));
      Schedule bounds = Schedule.cosine(base, end, steps);
      return step -> {
        bounds.at(step); // refuses steps that are not the run's
        return step < warmupSteps ? base * step / warmupSteps : falling.at(step - warmupSteps);
      };
    }
  };

  /**
   * The warm-up, then half a cosine from {@code base} towards {@code end}, which it would reach one
   * step after the last.
   */
  public abstract Schedule cosine(double base, double end, long steps, long warmupSteps);
}
