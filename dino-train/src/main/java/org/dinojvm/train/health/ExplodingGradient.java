package org.dinojvm.train.health;

import static org.dinojvm.settings.SettingKey.text;

import com.google.common.collect.EvictingQueue;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.optimizer.OptimizerSettings;

/** The gradient's norm before clipping, against what it was in the steps before. */
public final class ExplodingGradient implements HealthCheck {

  /** Steps whose mean is judged. */
  private static final int NOW = 5;

  /** Steps whose median it is judged by, and how many of them there must be. */
  private static final int BEFORE = 200;

  private static final int LEAST_BEFORE = 50;

  private static final double ILL = 10;
  private static final double WELL = 3;

  private final OptimizerSettings optimizer;
  private final EvictingQueue<Double> norms = EvictingQueue.create(BEFORE + NOW);

  /** A check that has seen no step yet. */
  public ExplodingGradient(OptimizerSettings optimizer) {
    this.optimizer = optimizer;
  }

  @Override
  public String name() {
    return "EXPLODING_GRADIENT";
  }

  @Override
  public Verdict add(StepRecord step) {
    norms.add(step.gradientNorm());
    if (norms.size() < LEAST_BEFORE + NOW) {
      return Verdict.UNCLEAR;
    }
    double growth = now() / before();
    return Verdict.of(growth > ILL, growth < WELL);
  }

  private double now() {
    return norms.stream()
        .skip(norms.size() - NOW)
        .mapToDouble(Double::doubleValue)
        .average()
        .orElseThrow();
  }

  private double before() {
    int count = norms.size() - NOW;
    return norms.stream().limit(count).sorted().skip(count / 2).findFirst().orElseThrow();
  }

  @Override
  public String message() {
    return HealthCheck.line(
        "exploding gradient: its norm is %.3g, %.0f times what it was, %.3g. Unless it comes down by"
            + " itself, lower --lr (%s) or --clip_grad (%s; 0 is no clipping), or lengthen"
            + " --warmup_epochs (%d), in another --output",
        now(),
        now() / before(),
        before(),
        text(optimizer.lr()),
        text(optimizer.clipGrad()),
        optimizer.warmupEpochs());
  }
}
