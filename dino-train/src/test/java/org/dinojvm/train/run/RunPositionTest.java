package org.dinojvm.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.LongPredicate;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.train.MicroRun;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;

/** Two epochs of 9 pictures, of which steps of 2 had seen some. */
class RunPositionTest {

  private static final int BATCH_BEFORE = 2;

  @TempDir Path folder;

  /** Steps of 2 are 4 an epoch, of 4 two, of 1 nine; of 2 nothing is to be converted. */
  @ParameterizedTest
  @CsvSource({"6, 4, 3", "4, 4, 2", "3, 4, 1", "6, 1, 13", "8, 1, 18", "5, 2, 5", "0, 4, 0"})
  void stepsOfAnotherBatchAreCountedAnew(long trained, int batch, long expected)
      throws IOException {
    assertEquals(expected, converted(trained, batch, steps -> true));
  }

  @Test
  void takesNoNameThatIsInUse() throws IOException {
    assertEquals(1, converted(4, 4, steps -> steps != 2));
  }

  @Test
  void isRefusedUnlessAskedFor() throws IOException {
    try (Graph graph = new Graph()) {
      RunPosition position = new RunPosition(Ops.create(graph));
      try (Session session = new Session(graph)) {
        RunSummary run = run(4, false);
        position.set(session, 6, 6 * BATCH_BEFORE, run.config());
        Path checkpoint = folder.resolve("step-00000006");
        assertThrows(
            IllegalArgumentException.class, () -> position.check(session, checkpoint, run));
        position.check(session, checkpoint, run(4, true));
      }
    }
  }

  private long converted(long trained, int batch, LongPredicate isFree) throws IOException {
    try (Graph graph = new Graph()) {
      RunPosition position = new RunPosition(Ops.create(graph));
      try (Session session = new Session(graph)) {
        RunSummary run = run(batch, true);
        position.set(session, trained, trained * BATCH_BEFORE, run.config());
        position.convert(session, run, isFree);
        position.check(
            session, folder.resolve("step-%08d".formatted(position.trained(session))), run);
        return position.trained(session);
      }
    }
  }

  private RunSummary run(int batch, boolean changeBatch) throws IOException {
    Path pictures = folder.resolve("pictures");
    for (int i = 0; i < 9; i++) {
      PictureFiles.disc(pictures.resolve(i + ".png"), Color.RED, 20, 20);
    }
    TrainConfig config =
        MicroRun.config(pictures, folder.resolve("run"))
            .with(Map.of("batch_size_per_gpu", batch, "change_batch", changeBatch));
    return new RunSummary(config, folder, ImageFolder.scan(pictures), 1, 9 / batch);
  }
}
