package org.dinojvm.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.dinojvm.verify.Finding.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Objectives other than DINO against results of their published code. */
class ObjectiveVerifierTest {

  private static final Path ORIGINAL = ReferenceCopy.original("reference-objectives");

  @TempDir Path folder;

  @Test
  void lossesHeadsAndTrainingStepsAreThePublishedOnes() throws IOException {
    Report report = Verifier.verify(ORIGINAL, file -> {});
    assertTrue(report.passes(), report::table);
    assertEquals(0, report.count(Verdict.SKIPPED), report::table);
  }

  @ParameterizedTest
  @CsvSource({
    "simclr, t0.1.z1, loss",
    "byol, two_views.grad.z0, gradients",
    "swav, queue.queue1, codes1",
    "barlow_twins, two_views.cross_correlation, cross_correlation",
    "heads, simsiam_projection.weights.layers.3.weight, output",
    "heads, swav.after.projection_head.layers.1.running_var, running statistics",
    "train_mocov3, teacher.momentum_encoder.norm.weight, final weights",
    "train_mocov3, lr, schedules",
    "train_vicreg, step1.crop1_nchw, losses",
  })
  void whatIsAlteredIsFound(String name, String tensor, String compared) throws IOException {
    String file = name + ".safetensors";
    new ReferenceCopy(folder).with(ORIGINAL, file).alter(file, tensor);
    List<String> failed =
        Verifier.verify(folder, each -> {}).findings().stream()
            .filter(finding -> finding.verdict() == Verdict.FAIL)
            .map(Finding::compared)
            .toList();
    assertTrue(failed.contains(compared), failed::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "vicreg, cases, '\"variance\": 25.0', '\"variance\": 24.0', loss",
    "train_simdino, config, '\"eps\": 0.05', '\"eps\": 0.06', losses",
    "simclr, family, simclr, simclear, family 'simclear' is unknown",
    "heads, cases, '\"head\": \"vicreg\"', '\"head\": \"nothing\"', head 'nothing' is unknown",
  })
  void optionsAreReadFromTheFile(
      String name, String key, String text, String replacement, String compared)
      throws IOException {
    String file = name + ".safetensors";
    new ReferenceCopy(folder).with(ORIGINAL, file).replace(file, text, replacement);
    List<String> failed =
        Verifier.verify(folder, each -> {}).findings().stream()
            .filter(finding -> finding.verdict() == Verdict.FAIL)
            .map(Finding::compared)
            .toList();
    assertTrue(failed.stream().anyMatch(line -> line.startsWith(compared)), key + ": " + failed);
  }
}
