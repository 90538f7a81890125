package org.dinojvm.eval.knn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClassBalancedSampleTest {

  /** 0 to 2 are of class 0, 3 of class 1, 4 to 29 of class 2. */
  private static final List<Integer> CANDIDATES = IntStream.range(0, 30).boxed().toList();

  private static int label(int candidate) {
    return candidate < 3 ? 0 : candidate < 4 ? 1 : 2;
  }

  @Test
  void takesFromEachClassInTurn() {
    assertEquals(List.of(0, 1, 2), labels(choose(3, 7)));
    assertEquals(List.of(0, 0, 0, 1, 2, 2, 2, 2), labels(choose(8, 7)));
  }

  @Test
  void repeatsFromASeedAndDiffersBetweenSeeds() {
    assertEquals(choose(8, 1), choose(8, 1));
    assertEquals(8, IntStream.range(0, 8).mapToObj(seed -> choose(8, seed)).distinct().count());
  }

  @Test
  void takesAllWhereThereAreFewer() {
    assertEquals(Sets.newHashSet(CANDIDATES), choose(99, 0).stream().collect(Collectors.toSet()));
  }

  private static ImmutableList<Integer> choose(int count, long seed) {
    return ClassBalancedSample.choose(CANDIDATES, ClassBalancedSampleTest::label, count, seed);
  }

  private static List<Integer> labels(List<Integer> chosen) {
    return chosen.stream().map(ClassBalancedSampleTest::label).toList();
  }
}
