package org.dinojvm.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.dinojvm.verify.Finding.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Retrieval, copies, video and attention against numbers of their published implementations. */
class EvaluationReferenceTest {

  private static final List<String> FILES =
      List.of("attention_masks", "copydays", "retrieval", "video");

  @TempDir Path folder;

  @Test
  void agreesWithThePublishedNumbers() throws Exception {
    for (String name : FILES) {
      copy(name);
    }
    Report report = Verifier.verify(folder, file -> {});
    assertTrue(report.passes(), report.table());
    Set<String> compared =
        report.findings().stream()
            .filter(finding -> finding.verdict() == Verdict.PASS)
            .map(Finding::file)
            .collect(Collectors.toSet());
    assertEquals(
        FILES.stream().map(name -> name + ".safetensors").collect(Collectors.toSet()), compared);
  }

  @ParameterizedTest
  @CsvSource({
    "attention_masks, 0.6.jaccard",
    "copydays, queries",
    "copydays, weights.norm.weight",
    "retrieval, features.medium.map",
    "retrieval, multiscale.image2_nchw",
    "video, normalise.input",
    "video, masks.F",
  })
  void oneOtherNumberShows(String name, String tensor) throws Exception {
    copy(name);
    new ReferenceCopy(folder).alter(name + ".safetensors", tensor);
    assertFalse(Verifier.verify(folder, file -> {}).passes());
  }

  private void copy(String name) throws Exception {
    String file = name + ".safetensors";
    Files.copy(ReferenceCopy.original("reference-evaluation").resolve(file), folder.resolve(file));
  }
}
