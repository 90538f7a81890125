package org.dinojvm.train.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class FingerprintTest {

  private static final Fingerprint OWN =
      new Fingerprint(ImmutableMap.of("lr", "0.1", "seed", "0", "epochs", "3"), "7 pictures");

  @Test
  void equalOnesDifferInNothing() {
    Fingerprint same =
        new Fingerprint(ImmutableMap.of("epochs", "3", "seed", "0", "lr", "0.1"), "7 pictures");
    assertEquals(List.of(), OWN.differences(same.numbers()));
  }

  @Test
  void namesWhatDiffers() {
    Fingerprint other =
        new Fingerprint(ImmutableMap.of("lr", "0.2", "seed", "0", "epochs", "3"), "8 pictures");
    assertEquals(
        List.of("lr (here 0.1)", "the pictures (here 7 pictures)"),
        OWN.differences(other.numbers()));
  }
}
