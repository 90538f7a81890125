package org.dinojvm.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.dinojvm.verify.Finding.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerifierTest {

  /** What depends on no chain of updates is to be far below its tolerance. */
  private static final Set<String> FORWARD =
      ImmutableSet.of("cls", "last_attention", "pos_embed", "features_eval", "losses");

  @TempDir Path folder;

  private static Report verify(Path folder) throws IOException {
    return Verifier.verify(folder, file -> {});
  }

  private Report verifyCopy() throws IOException {
    return verify(folder);
  }

  private static List<Finding> failures(Report report) {
    return report.findings().stream().filter(finding -> finding.verdict() == Verdict.FAIL).toList();
  }

  @Test
  void thisProjectAgreesWithThePublishedImplementation() throws IOException {
    Report report = verify(ReferenceCopy.original("reference"));
    assertTrue(report.passes(), report::table);
    assertEquals(0, report.count(Verdict.SKIPPED), report::table);
    for (Finding finding : report.findings()) {
      assertFalse(
          FORWARD.contains(finding.compared()) && finding.error() > 0.5 * finding.tolerance(),
          finding::toString);
    }
  }

  @Test
  void evaluationsAgreeWithTheirPublishedImplementations() throws IOException {
    Report report = verify(ReferenceCopy.original("reference-evaluation"));
    assertTrue(report.passes(), report::table);
    assertTrue(report.count(Verdict.PASS) >= 86, report::table);
  }

  /** DINOv2 with registers and SwiGLU, DINOv3, iBOT: every tensor, with and without masks. */
  @Test
  void publishedBackbonesAgree() throws IOException {
    Report report = verify(ReferenceCopy.original("reference-backbones"));
    assertTrue(report.passes(), report::table);
    for (Finding finding : report.findings()) {
      assertFalse(finding.error() > 0.3 * finding.tolerance(), finding::toString);
    }
  }

  /** ResNets on batch statistics; BatchNorm and a free last layer under AdamW; 5 heads. */
  @Test
  void furtherConfigurationsAgree() throws IOException {
    Report report = verify(ReferenceCopy.original("reference_more"));
    assertTrue(report.passes(), report::table);
  }

  @ParameterizedTest
  @CsvSource({
    "vit_forward, weights.blocks.1.attn.qkv.weight, cls",
    "vit_forward, wide.image_nchw, cls",
    "vit_forward, small.last_attention, last_attention",
    "train_lars, initial.head.last_layer.weight_v, losses",
    "train_lars, step5.crop1_nchw, losses",
    "train_lars, losses, losses",
    "train_lars, lr, schedules",
    "train_lars, teacher.backbone.pos_embed, final weights",
    "augmentations, small_hwc, flip",
    "augmentations, gaussian_blur_1.0, gaussian_blur",
    "augmentations, resized_crop_bicubic_1, resized_crop_bicubic",
    "augmentations, normalized_chw, normalization",
    "knn, train_features, features of length 1",
    "vit_small_16, 96x96.cls_attention, cls_attention",
  })
  void anAlteredNumberIsFoundAndNamed(String name, String tensor, String compared)
      throws IOException {
    String file = name + ".safetensors";
    new ReferenceCopy(folder).with(file).alter(file, tensor);
    Report report = verifyCopy();
    assertTrue(
        failures(report).stream()
            .anyMatch(
                finding -> finding.file().equals(file) && finding.compared().equals(compared)),
        report::table);
  }

  @ParameterizedTest
  @CsvSource({
    "knn, 83.5, 84.5, top-1 %",
    "knn, 0.07, 2.07, top-1 %",
    "augmentations, 'factor\": 1.37', 'factor\": 1.3', brightness",
    "train_lars, 0.9, 0.8, centers",
    "train_lars, lars, sgd, final weights",
  })
  void alteredMetadataAreFound(String name, String text, String replacement, String compared)
      throws IOException {
    String file = name + ".safetensors";
    new ReferenceCopy(folder).with(file).replace(file, text, replacement);
    assertTrue(
        failures(verifyCopy()).stream().anyMatch(finding -> finding.compared().equals(compared)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"checkpoint.pth", "backbone.pth", "backbone_legacy.pth"})
  void anAlteredByteOfAPyTorchFileIsFound(String file) throws IOException {
    new ReferenceCopy(folder)
        .with("checkpoint.pth", "backbone.pth", "backbone_legacy.pth")
        .alterByte(file);
    assertTrue(failures(verifyCopy()).stream().anyMatch(finding -> finding.file().equals(file)));
  }

  private static boolean isReference(Path file) {
    return file.toString().endsWith(".safetensors") || file.toString().endsWith(".pth");
  }

  @Test
  void aFileCutInHalfIsNamedWithWhatIsWrong() throws IOException {
    ReferenceCopy copy = new ReferenceCopy(folder);
    try (var files = Files.list(ReferenceCopy.original("reference"))) {
      for (Path file : files.filter(VerifierTest::isReference).toList()) {
        copy.with(file.getFileName().toString()).cutInHalf(file.getFileName().toString());
      }
    }
    List<Finding> failures = failures(verifyCopy());
    assertEquals(12, failures.size());
    for (Finding failure : failures) {
      assertTrue(failure.compared().startsWith("truncated"), failure::toString);
    }
  }

  /** A key's bias has no influence on anything. */
  @Test
  void anAlterationWithoutConsequencesIsFoundByChecksum() throws IOException {
    new ReferenceCopy(folder).with("vit_forward.safetensors", "SHA256SUMS");
    assertTrue(verifyCopy().passes());
    new ReferenceCopy(folder).alter("vit_forward.safetensors", "weights.blocks.0.attn.qkv.bias");
    List<Finding> failures = failures(verifyCopy());
    assertEquals(
        List.of("altered: its SHA-256 is not that of SHA256SUMS"),
        failures.stream().map(Finding::compared).toList());
  }

  @Test
  void tensorsOfNoKnownUseFail() throws IOException {
    new ReferenceCopy(folder).with("knn.safetensors");
    Files.move(folder.resolve("knn.safetensors"), folder.resolve("vit_forward.safetensors"));
    assertEquals(
        "no tensor is named *.image_nchw, so there is no input",
        failures(verifyCopy()).get(0).compared());
  }

  @Test
  void missingFilesAreSkippedAndSaidSo() throws IOException {
    new ReferenceCopy(folder).with("knn.safetensors");
    Files.createFile(folder.resolve("stray.pth"));
    Report report = verifyCopy();
    assertTrue(report.passes());
    assertEquals(12, report.count(Verdict.SKIPPED));
    assertTrue(report.table().contains("skipped: not in the folder"), report::table);
    assertTrue(report.table().contains("skipped: no check knows this name"), report::table);
    assertTrue(report.table().contains("3 comparisons pass, 0 fail"), report::table);
  }

  @Test
  void aFolderWithoutReferenceFilesIsRefused() {
    Exception e = assertThrows(IllegalArgumentException.class, this::verifyCopy);
    assertTrue(e.getMessage().startsWith("no reference file in " + folder), e::getMessage);
    Path missing = folder.resolve("missing");
    e = assertThrows(IllegalArgumentException.class, () -> verify(missing));
    assertEquals(missing + " is no folder; give one of reference files", e.getMessage());
  }
}
