package org.dinojvm.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.dinojvm.verify.released.ReleasedCheck;
import org.dinojvm.verify.released.ReleasedFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files with released names and shapes; {@code dino verify --released all} tries all of them. */
class ReleasedFilesTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = "dinov2_vits14_reg4_pretrain.pth")
  void isImportedAndComesOutAgain(String name) throws IOException {
    Report report =
        ReleasedCheck.verify(List.of(ReleasedFiles.named(name)), folder, 0, progress -> {});
    assertTrue(report.passes(), report::table);
    assertEquals(7, report.count(Finding.Verdict.PASS), report::table);
  }

  @Test
  void unknownNamesAreRefused() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> ReleasedFiles.named("dino.pth"))
            .getMessage();
    assertTrue(message.contains("'dino.pth'") && message.contains("dinov2_vitg14_pretrain.pth"));
  }
}
