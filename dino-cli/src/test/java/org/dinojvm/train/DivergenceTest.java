package org.dinojvm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.PlainViews;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.run.DivergedException;
import org.dinojvm.train.run.TrainingListener;
import org.dinojvm.visual.DivergedInputs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A loss that is not finite. */
class DivergenceTest {

  @TempDir Path directory;

  private Path pictures;
  private Path run;

  @BeforeEach
  void drawPictures() throws IOException {
    pictures = directory.resolve("pictures");
    for (int i = 0; i < 8; i++) {
      PictureFiles.disc(pictures.resolve(i + ".png"), new Color(20 * i, 0, 99), 40, 30);
    }
    run = directory.resolve("run");
  }

  private TrainConfig config() {
    return MicroRun.config(pictures, run)
        .with(PlainViews.NO_AUGMENTATIONS)
        .with(
            Map.of(
                "depth", 1, "batch_size_per_gpu", 2, "accumulate", 2, "checkpoint_every_steps", 1));
  }

  private String diverge(TrainConfig config) {
    List<TrainingListener> listeners =
        List.of(new DivergedInputs(new PrintWriter(Writer.nullWriter())));
    return assertThrows(DivergedException.class, () -> new Trainer(config, listeners).run())
        .getMessage();
  }

  @Test
  void anOverflowStopsTheRunAndKeepsItsInputs() throws IOException {
    String message = diverge(config().with(Map.of("lr", 1e35, "warmup_epochs", 0)));

    assertTrue(
        message.matches(
            "step [23] has loss NaN and gradient norm NaN: the weights have"
                + " overflowed; lower --lr .*"),
        message);
    assertEquals(1, message.lines().count());
    Path saved = Checkpoints.in(run).orElseThrow();
    assertTrue(message.contains("the last checkpoint is " + saved + "."), message);
    Path kept = run.resolve(String.format("diverged-step-%08d", Checkpoints.stepOf(saved) + 1));
    assertTrue(Files.readString(kept.resolve("step.json")).contains("\"learning_rate\":"));
    assertEquals(2, Files.readAllLines(kept.resolve("global.txt")).size());
    assertEquals(4 * 32 * 32 * 3, finite(kept.resolve("global.npy")));
    assertEquals(4 * 16 * 16 * 3, finite(kept.resolve("batch-1-local.npy")));
    assertTrue(ImageIO.read(kept.resolve("views.png").toFile()).getWidth() > 4 * 96);
  }

  @Test
  void viewsThatAreNotFiniteAreTheCauseNamed() {
    String message = diverge(config().with(Map.of("std", "1e-45 0.2 0.2")));
    assertTrue(message.contains("its views are not finite already; look at --mean and --std"));
    assertTrue(message.contains("no step before it was saved"), message);
  }

  /** How many values a file of NumPy's holds, all finite. */
  private static int finite(Path npy) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(npy)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(10 + bytes.getShort(8));
    int count = 0;
    while (bytes.hasRemaining()) {
      assertTrue(Float.isFinite(bytes.getFloat()));
      count++;
    }
    return count;
  }
}
