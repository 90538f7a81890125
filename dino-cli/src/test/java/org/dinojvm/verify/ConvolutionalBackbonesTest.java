package org.dinojvm.verify;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dinojvm.verify.Finding.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** XCiT, ConvNeXt and a ResNet in training mode against the published implementations. */
class ConvolutionalBackbonesTest {

  @TempDir Path folder;

  private void copy(String... files) throws IOException {
    for (String file : files) {
      Files.copy(ReferenceCopy.original("reference-backbones").resolve(file), folder.resolve(file));
    }
  }

  @Test
  void allNumbersAgree() throws IOException {
    copy(
        "xcit.safetensors",
        "xcit_p8.safetensors",
        "xcit_nano.safetensors",
        "dinov3_convnext.safetensors",
        "resnet50_noise.safetensors");
    Report report = Verifier.verify(folder, file -> {});
    assertTrue(report.passes(), report::table);
  }

  @ParameterizedTest
  @CsvSource({
    "xcit, weights.blocks.0.local_mp.conv1.weight, cls",
    "xcit, after_train.blocks.1.local_mp.bn.running_var, after_train",
    "xcit_nano, square.xca_attention, xca_attention",
    "xcit_nano, weights.cls_attn_blocks.0.norm2.weight, cls",
    "dinov3_convnext, weights.stages.2.1.gamma, intermediate_0",
    "dinov3_convnext, weights.norms.3.bias, norms.3 repeats norm",
  })
  void anAlteredNumberIsFoundAndNamed(String name, String tensor, String compared)
      throws IOException {
    String file = name + ".safetensors";
    copy(file);
    new ReferenceCopy(folder).alter(file, tensor);
    Report report = Verifier.verify(folder, other -> {});
    assertTrue(
        report.findings().stream()
            .anyMatch(
                finding ->
                    finding.verdict() == Verdict.FAIL && finding.compared().equals(compared)),
        report::table);
  }
}
