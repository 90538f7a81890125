package org.dinojvm.budget;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.train.MicroRun;
import org.dinojvm.train.Trainer;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose plan is far from what the machine does: their steps take milliseconds. */
class PlannedRunTest {

  private static final TimedRun.Job JOB =
      (config, listener) -> new Trainer(config, List.of(listener)).run();

  @TempDir static Path directory;

  private final StringWriter out = new StringWriter();

  @BeforeAll
  static void writePictures() throws IOException {
    for (int i = 0; i < 16; i++) {
      PictureFiles.disc(directory.resolve("pictures/" + i + ".png"), Color.RED, 40, 30 + i);
    }
  }

  private static TrainConfig planned(String name, int epochs) {
    return MicroRun.config(directory.resolve("pictures"), directory.resolve(name))
        .with(Map.of("epochs", epochs, "saveckp_freq", 0, "tensorboard", false));
  }

  private static Deadline in(double seconds) {
    return in(seconds, Integer.MAX_VALUE);
  }

  private static Deadline in(double seconds, int mostEpochs) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    return new Deadline(end, 0.05 * seconds, 0, mostEpochs);
  }

  private double secondsOf(PlannedRun run) throws IOException {
    long begin = System.nanoTime();
    run.train(JOB, new PrintWriter(out));
    return (System.nanoTime() - begin) / 1e9;
  }

  private static int epochsOf(TrainConfig config) throws IOException {
    Path folder = Path.of(config.run().outputDir());
    return TrainConfig.read(folder.resolve("config.yaml")).optimization().epochs();
  }

  private static int stepsOf(TrainConfig config) throws IOException {
    return Files.readAllLines(Path.of(config.run().outputDir(), "log.jsonl"), UTF_8).size();
  }

  @Test
  void aRunThatWouldEndEarlyGetsMoreEpochs() throws IOException {
    TrainConfig config = planned("early", 20);
    double seconds = secondsOf(new PlannedRun(config, Optional.of(in(10))));
    assertTrue(seconds > 6, "took " + seconds + " s");
    assertEquals(2 * epochsOf(config), stepsOf(config), "every step once");
    assertTrue(out.toString().contains(" epochs instead of 20"), out.toString());
  }

  @Test
  void aRunThatWouldEndLateGetsFewerAndEndsInTime() throws IOException {
    TrainConfig config = planned("late", 1_000_000);
    double seconds = secondsOf(new PlannedRun(config, Optional.of(in(10))));
    assertTrue(seconds < 20, "took " + seconds + " s");
    assertEquals(2 * epochsOf(config), stepsOf(config), "every step once");
  }

  @Test
  void aRunThatMayNotBeLongerIsNot() throws IOException {
    TrainConfig config = planned("most", 20);
    secondsOf(new PlannedRun(config, Optional.of(in(60, 20))));
    assertEquals(20, epochsOf(config));
    assertEquals("", out.toString());
  }

  @Test
  void aRunWithoutATimeIsLeftAlone() throws IOException {
    TrainConfig config = planned("alone", 20);
    secondsOf(new PlannedRun(config, Optional.empty()));
    assertEquals(20, epochsOf(config));
    assertEquals("", out.toString());
  }
}
