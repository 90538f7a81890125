package org.dinojvm.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {

  @TempDir Path run;

  private Checkpoints checkpoints;

  @BeforeEach
  void openRun() {
    checkpoints = Checkpoints.ofRun(run);
  }

  private Path save(long step) throws IOException {
    return checkpoints.save(step, folder -> Files.writeString(folder.resolve("weights"), "w"));
  }

  private List<Long> steps() {
    return checkpoints.all().stream().map(Checkpoints::stepOf).toList();
  }

  @Test
  void theLastOnesAndEachSoManyEpochsAreKept() throws IOException {
    for (long step = 5; step <= 100; step += 5) {
      save(step);
      checkpoints.prune(2, 30);
    }
    assertEquals(List.of(30L, 60L, 90L, 95L, 100L), steps());
    checkpoints.prune(2, 0);
    assertEquals(List.of(95L, 100L), steps());
  }

  @Test
  void whatCannotBeSavedLeavesNothingBehind() throws IOException {
    Path good = save(8);
    IOException full =
        assertThrows(
            IOException.class,
            () ->
                checkpoints.save(
                    9,
                    folder -> {
                      Files.writeString(folder.resolve("weights"), "half");
                      throw new IOException("No space left on device");
                    }));
    Path folder = good.getParent();
    assertEquals(
        "cannot save " + folder.resolve("step-00000009") + ": No space left on device",
        full.getMessage());
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(good), left.toList());
    }
    assertEquals(List.of("w"), Files.readAllLines(good.resolve("weights")));
  }

  @Test
  void anEarlierDamagedOneOfTheSameStepStaysToo() throws IOException {
    save(1);
    for (int session = 0; session < 2; session++) {
      save(2);
      Optional<Path> restored =
          checkpoints.restoreNewest(
              checkpoint -> {
                if (Checkpoints.stepOf(checkpoint) == 2) {
                  throw new IllegalArgumentException("damaged");
                }
              },
              warning -> assertTrue(warning.startsWith("damaged. Going on from "), warning));
      assertEquals(1, restored.map(Checkpoints::stepOf).orElseThrow());
    }
    assertTrue(Files.exists(run.resolve("checkpoints/damaged-step-00000002/weights")));
    assertTrue(Files.exists(run.resolve("checkpoints/damaged-step-00000002-2/weights")));
  }

  @Test
  void theOneBeforeIsTheNextOlder() throws IOException {
    Path first = save(3);
    save(10);
    Path newest = save(200);
    assertEquals(
        "step-00000010", Checkpoints.before(newest).orElseThrow().getFileName().toString());
    assertEquals(Optional.empty(), Checkpoints.before(first));
    assertEquals(Optional.empty(), Checkpoints.before(run));
  }
}
