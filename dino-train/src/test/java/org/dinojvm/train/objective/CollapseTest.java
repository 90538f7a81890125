package org.dinojvm.train.objective;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.health.HealthMonitor;
import org.dinojvm.train.log.HealthWarning;
import org.dinojvm.train.log.StepRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What methods beside DINO say of a run whose metrics show a collapse. */
class CollapseTest {

  private static final long STEPS_PER_EPOCH = 10;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "simclr",
        "mocov3",
        "byol",
        "simsiam",
        "swav",
        "barlow_twins",
        "vicreg",
        "simdino",
        "ibot",
        "dinov2"
      })
  void embeddingsThatAreAllTheSameAreWarnedOfOnceAnEpisode(String method) {
    String metric = EmbeddingCollapse.STANDARD_DEVIATION;
    HealthMonitor health = monitor(method);
    assertEquals(List.of(), warnings(health, metric, 1, 50, 0.01)); // a new network
    List<HealthWarning> found = warnings(health, metric, 51, 90, 0.02);
    assertEquals(1, found.size(), found::toString);
    assertEquals("EMBEDDING_COLLAPSE", found.get(0).kind());
    String message = found.get(0).message();
    assertTrue(
        message.startsWith("collapse: the loss is 1.250 and the standard deviation"), message);
    assertTrue(message.contains("--lr"), message);
    assertEquals(List.of(), warnings(health, metric, 91, 120, 0.07)); // neither ill nor well
    assertEquals(List.of(), warnings(health, metric, 121, 150, 0.03));
    assertEquals(List.of(), warnings(health, metric, 151, 180, 0.6)); // over
    assertEquals(1, warnings(health, metric, 181, 210, 0.03).size());
  }

  @Test
  void prototypesThatAllScoreAlikeAreWarnedOf() {
    HealthMonitor health = monitor("swav");
    double uniform = Math.log(3000);
    assertEquals(List.of(), warnings(health, StepRecord.LOSS, 1, 80, 0.95 * uniform));
    List<HealthWarning> found = warnings(health, StepRecord.LOSS, 81, 120, uniform - 0.001);
    assertEquals(List.of("EQUAL_SCORES"), found.stream().map(HealthWarning::kind).toList());
    assertTrue(found.get(0).message().contains("3000 prototypes"), found::toString);
    assertEquals(List.of(), warnings(health, StepRecord.LOSS, 121, 150, uniform + 0.1));
    assertEquals(List.of(), warnings(health, StepRecord.LOSS, 151, 180, 0.95 * uniform));
    assertEquals(1, warnings(health, StepRecord.LOSS, 181, 220, uniform).size());
  }

  @Test
  void anAutoencoderThatTellsTheSameOfAllPatchesIsWarnedOf() {
    HealthMonitor health = monitor("mae");
    assertEquals(List.of(), warnings(health, Mae.EXPLAINED, 1, 500, 0));
    List<HealthWarning> found = warnings(health, Mae.EXPLAINED, 501, 540, 0.001);
    assertEquals(
        List.of("RECONSTRUCTION_COLLAPSE"), found.stream().map(HealthWarning::kind).toList());
    assertEquals(List.of(), warnings(health, Mae.EXPLAINED, 541, 580, 0.3));
  }

  private static HealthMonitor monitor(String method) {
    TrainConfig config = TrainConfig.defaults(method).with(Map.of("warmup_epochs", 0));
    return new HealthMonitor(
        config.objective().healthChecks(config.optimization(), config.length(STEPS_PER_EPOCH)));
  }

  private static List<HealthWarning> warnings(
      HealthMonitor health, String metric, long first, long last, double value) {
    return LongStream.rangeClosed(first, last)
        .mapToObj(
            step ->
                new StepRecord(
                    step / STEPS_PER_EPOCH,
                    step,
                    metrics(metric, value),
                    ImmutableMap.of(),
                    2,
                    0,
                    ImmutableList.of()))
        .flatMap(step -> health.judged(step).warnings().stream())
        .toList();
  }

  /** With a loss, and embeddings that are spread, where the metric is not one of them. */
  private static ImmutableMap<String, Double> metrics(String metric, double value) {
    return ImmutableMap.<String, Double>builder()
        .put(StepRecord.LOSS, 1.25)
        .put(EmbeddingCollapse.STANDARD_DEVIATION, 0.7)
        .put(metric, value)
        .buildKeepingLast();
  }
}
