package org.dinojvm.train.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.dinojvm.data.source.ClipArt;
import org.dinojvm.train.MicroRun;
import org.dinojvm.train.Trainer;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.log.HealthWarning;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.TrainingListener;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that collapse are warned of, and healthy ones are not; by training, where that is quick. */
class HealthTest {

  @TempDir static Path directory;

  private static Path pictures;

  @BeforeAll
  static void extract() throws IOException {
    ClipArt.extractTo(directory.resolve("clipart"));
    pictures = directory.resolve("clipart/val");
  }

  private record Outcome(List<String> printed, List<JsonNode> logged) {}

  private static Outcome train(String name, Map<String, Object> changes) throws IOException {
    TrainConfig config =
        MicroRun.config(pictures, directory.resolve(name))
            .with(Map.of("epochs", 3, "log_every_steps", 10)) // 102 steps; 50 are not judged
            .with(changes);
    List<String> printed = new ArrayList<>();
    TrainingListener console =
        new TrainingListener() {
          @Override
          public void warned(String message) {
            printed.add(message);
          }
        };
    new Trainer(config, List.of(console)).run();
    List<JsonNode> logged = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve(name).resolve("log.jsonl"))) {
      new ObjectMapper().readTree(line).path("warnings").forEach(logged::add);
    }
    return new Outcome(printed, logged);
  }

  private static void assertOnly(String kind, String beginning, Outcome outcome) {
    assertEquals(1, outcome.printed.size(), outcome::toString);
    assertTrue(outcome.printed.get(0).startsWith(beginning), outcome::toString);
    assertEquals(1, outcome.logged.size(), outcome::toString);
    assertEquals(kind, outcome.logged.get(0).get("kind").asText());
    assertEquals(outcome.printed.get(0), outcome.logged.get(0).get("message").asText());
  }

  @Test
  void withoutSharpeningTheTeacherBecomesUniform() throws IOException {
    Outcome outcome =
        train(
            "uniform",
            Map.of(
                "teacher_temp",
                1,
                "warmup_teacher_temp",
                1,
                "freeze_last_layer",
                0,
                "lr",
                0.02,
                "min_lr",
                0.001));
    assertOnly("UNIFORM_COLLAPSE", "uniform collapse: the loss 4.", outcome);
    assertTrue(outcome.printed.get(0).contains("is at ln 64 = 4.159"), outcome::toString);
  }

  @Test
  void withoutCenteringOneDimensionWins() throws IOException {
    Outcome outcome =
        train(
            "one",
            Map.of(
                "center_momentum",
                1,
                "momentum_teacher",
                0.9,
                "teacher_temp",
                0.01,
                "warmup_teacher_temp",
                0.01,
                "freeze_last_layer",
                0,
                "lr",
                0.05));
    assertOnly("ONE_DIMENSION", "one dimension wins: the entropy", outcome);
  }

  @Test
  void aHealthyRunIsNotWarnedOf() throws IOException {
    assertEquals(new Outcome(List.of(), List.of()), train("healthy", Map.of()));
  }

  @Test
  void anExplodingGradientIsReportedOnceAnEpisode() {
    HealthMonitor health = health(Map.of());
    assertEquals(List.of(), kinds(health, 1, 100, 2, 0));
    assertEquals(List.of("EXPLODING_GRADIENT"), kinds(health, 101, 110, 40, 0));
    assertEquals(List.of(), kinds(health, 111, 120, 8, 0)); // neither ill nor well
    assertEquals(List.of(), kinds(health, 121, 130, 40, 0));
    assertEquals(List.of(), kinds(health, 131, 140, 2, 0));
    assertEquals(List.of("EXPLODING_GRADIENT"), kinds(health, 141, 150, 40, 0));
  }

  /** A step takes 4 seconds, so that a minute is 15 of them. */
  @Test
  void starvationIsReportedOnceAnEpisode() {
    HealthMonitor health = health(Map.of("num_workers", 3));
    assertEquals(List.of(), kinds(health, 1, 5, 2, 0.99)); // caches fill
    assertEquals(List.of(), kinds(health, 6, 20, 2, 0.29));
    List<HealthWarning> starving = warnings(health, 21, 50, 2, 0.4);
    assertEquals(1, starving.size());
    assertEquals(
        "data starvation: 40 % of the time goes by waiting for pictures. Give them smaller (crops"
            + " of 32 pixels need little more than twice that), from a faster disk, or raise"
            + " --num_workers (3)",
        starving.get(0).message());
    assertEquals(List.of(), kinds(health, 51, 65, 2, 0.2));
    assertEquals(List.of(), kinds(health, 66, 80, 2, 0.4));
    assertEquals(List.of(), kinds(health, 81, 95, 2, 0.1));
    assertEquals(List.of("DATA_STARVATION"), kinds(health, 96, 110, 2, 0.4));
  }

  private static HealthMonitor health(Map<String, Object> changes) {
    TrainConfig config = MicroRun.config(pictures, directory).with(changes);
    return new HealthMonitor(
        List.of(
            new ExplodingGradient(config.optimization()),
            new DataStarvation(8, config.views().globalCropsSize(), config.run().numWorkers())));
  }

  private static List<String> kinds(
      HealthMonitor health, long first, long last, double gradientNorm, double dataWait) {
    return warnings(health, first, last, gradientNorm, dataWait).stream()
        .map(HealthWarning::kind)
        .toList();
  }

  private static List<HealthWarning> warnings(
      HealthMonitor health, long first, long last, double gradientNorm, double dataWait) {
    return LongStream.rangeClosed(first, last)
        .mapToObj(
            step ->
                new StepRecord(
                    step / 10,
                    step,
                    ImmutableMap.of(StepRecord.GRADIENT_NORM, gradientNorm),
                    ImmutableMap.of(),
                    2,
                    dataWait,
                    ImmutableList.of()))
        .flatMap(step -> health.judged(step).warnings().stream())
        .toList();
  }
}
