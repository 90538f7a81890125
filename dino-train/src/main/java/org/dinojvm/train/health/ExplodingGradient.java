package org.dinojvm.train.health;

import static org.dinojvm.settings.SettingKey.text;

import com.google.common.collect.EvictingQueue;
import org.dinojvm.train.TrainConfig;
import org.dinojvm.train.run.HealthWarning.Kind;
import org.dinojvm.train.run.StepRecord;

/** The gradient's norm before clipping, against what it was in the steps before. */
final class ExplodingGradient implements Illness {

  /** Steps whose mean is judged. */
  private static final int NOW = 5;

  /** Steps whose median it is judged by, and how many of them there must be. */
  private static final int BEFORE = 200;

  private static final int LEAST_BEFORE = 50;

  private static final double ILL = 10;
  private static final double WELL = 3;

  private final TrainConfig config;
  private final EvictingQueue<Double> norms = EvictingQueue.create(BEFORE + NOW);

  ExplodingGradient(TrainConfig config) {
    this.config = config;
  }

  @Override
  public Kind kind() {
    return Kind.EXPLODING_GRADIENT;
  }

  @Override
  public Signs add(StepRecord step) {
    norms.add(step.gradientNorm());
    if (norms.size() < LEAST_BEFORE + NOW) {
      return Signs.UNCLEAR;
    }
    double growth = now() / before();
    return Signs.of(growth > ILL, growth < WELL);
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
    return Illness.line(
        "exploding gradient: its norm is %.3g, %.0f times what it was, %.3g. Unless it comes down by"
            + " itself, lower --lr (%s) or --clip_grad (%s; 0 is no clipping), or lengthen"
            + " --warmup_epochs (%d), in another --output",
        now(),
        now() / before(),
        before(),
        text(config.lr()),
        text(config.clipGrad()),
        config.warmupEpochs());
  }
}
