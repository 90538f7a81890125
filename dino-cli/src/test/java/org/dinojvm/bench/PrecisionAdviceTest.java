package org.dinojvm.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Optional;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.Test;

class PrecisionAdviceTest {

  @Test
  void onlySlowBfloat16IsSpokenOf() {
    assertEquals(Optional.empty(), PrecisionAdvice.of(190, 380));
    assertEquals(Optional.empty(), PrecisionAdvice.of(190, 180));
    assertEquals(
        "matrix products are slower in bfloat16 than in float32 on this machine, 98 and 178"
            + " GFLOP/s: --precision float32 is faster here, with more memory",
        PrecisionAdvice.of(178, 98).orElseThrow());
  }

  @Test
  void float32NeedsNoTiming() {
    TrainConfig config = TrainConfig.defaults().with(Map.of("precision", "float32"));
    assertEquals(Optional.empty(), PrecisionAdvice.of(config));
  }
}
