package org.dinojvm.verify.backbone;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Map;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.weights.Weight;

/** Weights of two files that must be equal in name, shape and every bit. */
public final class SameWeights {

  private SameWeights() {}

  /** Compares all: an error of 0 each, or the largest difference. */
  public static void compare(
      Map<String, Weight> actual,
      Map<String, Weight> expected,
      String aspect,
      Comparisons comparisons) {
    requireAll(actual, expected);
    requireAll(expected, actual);
    expected.forEach(
        (name, weight) -> compare(name, actual.get(name), weight, aspect, comparisons));
  }

  private static void requireAll(Map<String, Weight> there, Map<String, Weight> here) {
    here.keySet()
        .forEach(
            name ->
                checkArgument(
                    there.containsKey(name), "'%s' is in one of two files to compare only", name));
  }

  /** Compares one weight: an error of 0, or the largest difference. */
  static void compare(
      String name, Weight actual, Weight expected, String aspect, Comparisons comparisons) {
    checkArgument(
        actual.size() == expected.size(),
        "'%s' is %s and %s in two files to compare",
        name,
        actual,
        expected);
    comparisons.add(aspect, name, actual.floats(), expected.floats(), 0);
  }
}
