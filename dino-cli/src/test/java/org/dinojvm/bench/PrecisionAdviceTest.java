package org.dinojvm.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Optional;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.Test;

class PrecisionAdviceTest {

  @Test
  void onlySlowBfloat16IsSpokenOf() {
    assertEquals(Optional.empty(), PrecisionAdvice.of(190, 380, true));
    assertEquals(Optional.empty(), PrecisionAdvice.of(190, 180, true));
    assertEquals(
        "matrix products are slower in bfloat16 than in float32 on this machine, 98 and 178"
            + " GFLOP/s: --precision float32 is faster here, with more memory",
        PrecisionAdvice.of(178, 98, false).orElseThrow());
    assertEquals(
        "matrix products are slower in bfloat16 than in float32 on this machine, 98 and 178"
            + " GFLOP/s: --precision float32 is faster here, with more memory (this virtual machine"
            + " hides its processor's caches, without which bfloat16 is several times slower than it"
            + " could be)",
        PrecisionAdvice.of(178, 98, true).orElseThrow());
  }

  @Test
  void float32NeedsNoTiming() {
    TrainConfig config = TrainConfig.defaults().with(Map.of("precision", "float32"));
    assertEquals(Optional.empty(), PrecisionAdvice.of(config));
  }
}
