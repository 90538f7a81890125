package org.dinojvm.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {

  private static final List<String> KEYS = List.of("patch_size", "lr", "min_lr", "out_dim");

  @ParameterizedTest
  @CsvSource({
    "patchsize, patch_size",
    "patch-size, patch_size",
    "ptach_size, patch_size",
    "outdim, out_dim",
    "minlr, min_lr",
    "lr, lr",
  })
  void findsWhatWasMeant(String name, String meant) {
    assertEquals(Optional.of(meant), Nearest.to(name, KEYS));
  }

  @ParameterizedTest
  @CsvSource({"something_else", "x", "''"})
  void staysSilentWhereNothingIsNear(String name) {
    assertEquals("", Nearest.suggestion(name, KEYS));
  }

  @Test
  void staysSilentWithoutCandidates() {
    assertEquals(Optional.empty(), Nearest.to("lr", List.of()));
  }
}
