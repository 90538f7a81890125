package org.dinojvm.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that two workers began with 8 pictures each. */
class StepSizeTest {

  @TempDir Path folder;

  private TrainConfig begun;

  @BeforeEach
  void begin() throws IOException {
    begun =
        TrainConfig.defaults()
            .with(Map.of("output_dir", folder.toString(), "batch_size_per_gpu", 8));
    RunFolder.of(begun, 2).open(begun, warning -> {}).close();
  }

  @Test
  void otherWorkersGoOnWithAsManyPictures() throws IOException {
    RunFolder.of(begun, 2);
    TrainConfig one = begun.with(Map.of("batch_size_per_gpu", 16));
    RunFolder.of(one, 1).open(one, warning -> {}).close();
    RunFolder.of(begun.with(Map.of("batch_size_per_gpu", 2, "accumulate", 2)), 4);
    assertEquals("1", Files.readString(folder.resolve(StepSize.FILE)).strip());
    assertRefused("batch_size_per_gpu", begun.with(Map.of("accumulate", 2)), 1);
  }

  @Test
  void anotherNumberOfPicturesIsAskedFor() throws IOException {
    assertRefused("16 pictures a step by 2 workers, and 32 by 4", begun, 4);
    assertRefused("batch_size_per_gpu", begun.with(Map.of("batch_size_per_gpu", 4)), 2);
    assertRefused("lr", begun.with(Map.of("lr", 1, "change_batch", true)), 4);
    RunFolder.of(begun.with(Map.of("change_batch", true)), 4);
    RunFolder.of(begun.with(Map.of("batch_size_per_gpu", 4, "change_batch", true)), 2);
  }

  private static void assertRefused(String reason, TrainConfig config, int workers) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> RunFolder.of(config, workers))
            .getMessage();
    assertTrue(message.contains(reason), message);
  }
}
