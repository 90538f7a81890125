package org.dinojvm.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LaunchAdviceTest {

  private static final Map<String, String> OF_THE_LAUNCHER =
      Map.of(
          "XLA_FLAGS", "--xla_cpu_prefer_vector_width=512 ",
          "GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");

  @Test
  void aProcessOfTheLauncherNeedsNone() {
    assertEquals(List.of(), LaunchAdvice.of(OF_THE_LAUNCHER, "flags: avx512f avx512_bf16"));
  }

  @Test
  void eachMissingVariableIsNamedWithItsValue() {
    List<String> advice = LaunchAdvice.of(Map.of(), "flags: avx512f avx512_bf16");
    assertEquals(2, advice.size());
    assertTrue(advice.get(0).contains("XLA_FLAGS=--xla_cpu_prefer_vector_width=512"));
    assertTrue(advice.get(1).contains("GLIBC_TUNABLES=glibc.malloc.hugetlb=1"));
  }

  /** Longer vectors slow other processors down. */
  @Test
  void vectorsAreLeftAloneWhereTheyWouldSlowDown() {
    List<String> advice = LaunchAdvice.of(Map.of("GLIBC_TUNABLES", ""), "flags: avx512f");
    assertEquals(1, advice.size());
    assertTrue(advice.get(0).contains("GLIBC_TUNABLES"));
  }
}
