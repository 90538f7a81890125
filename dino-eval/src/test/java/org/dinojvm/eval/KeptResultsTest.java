package org.dinojvm.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.dinojvm.checkpoint.Checkpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept with a run, and where. */
class KeptResultsTest {

  @TempDir Path folder;

  @Test
  void linesTellCheckpointSettingsAndBaselines() throws Exception {
    Path run = folder.resolve("run");
    checkpoint(run.resolve("checkpoints/step-00000007"));
    checkpoint(run.resolve("checkpoints/step-00000012"));
    KeptResults newest = KeptResults.of(run).orElseThrow();
    assertEquals(12, newest.step());

    ImmutableMap<String, String> changed = ImmutableMap.of("k", "20", "whiten", "true");
    newest.keep(
        "knn",
        changed,
        ImmutableMap.of("model", found("top1_k20", 50), "raw_pixels", found("top1_k20", 25)));
    KeptResults.of(run.resolve("checkpoints/step-00000007"))
        .orElseThrow()
        .keep("knn", ImmutableMap.of(), ImmutableMap.of("model", found("top1_k10", 1.5)));

    assertEquals(
        List.of(
            "{\"step\":12,\"checkpoint\":\"step-00000012\",\"evaluation\":\"knn(k=20; whiten=true)\","
                + "\"numbers\":{\"top1_k20\":50.0},\"raw_pixels\":{\"top1_k20\":25.0}}",
            "{\"step\":7,\"checkpoint\":\"step-00000007\",\"evaluation\":\"knn\","
                + "\"numbers\":{\"top1_k10\":1.5}}"),
        Files.readAllLines(run.resolve(KeptResults.LOG)));
    assertTrue(
        Evaluations.named(List.of(KeptResults.label("knn", changed))).containsKey("knn"),
        "a label can be evaluated again");
  }

  @Test
  void nothingIsKeptOfAnExportOrACopyOfACheckpoint() throws Exception {
    assertEquals(Optional.empty(), KeptResults.of(folder.resolve("weights.safetensors")));
    assertEquals(Optional.empty(), KeptResults.of(folder));
    Path copy = checkpoint(folder.resolve("copies/step-00000007"));
    assertEquals(Optional.empty(), KeptResults.of(copy));
  }

  private static Path checkpoint(Path at) throws Exception {
    Files.createDirectories(at);
    Files.createFile(at.resolve(Checkpoint.PREFIX + ".index"));
    return at;
  }

  private static Findings found(String name, double value) {
    return Findings.ofNumbers(ImmutableMap.of(name, value));
  }
}
