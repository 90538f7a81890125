package org.dinojvm.model.family;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tensorflow.ndarray.Shape;

/** What names and shapes of published weights tell of a network. */
final class WeightShapes {

  private WeightShapes() {}

  /**
   * A weight's shape.
   *
   * @throws IllegalArgumentException if there is no such weight, or it has another rank or no
   *     elements
   */
  static Shape of(Map<String, Shape> weights, String name, int rank) {
    Shape shape = weights.get(name);
    checkArgument(shape != null, "%s is missing", name);
    checkArgument(
        shape.numDimensions() == rank && shape.size() > 0,
        "%s is %s; expected %s axes",
        name,
        shape,
        rank);
    return shape;
  }

  /** How many numbered modules stand below a name: {@code blocks.0} to {@code blocks.11} are 12. */
  static int count(Map<String, Shape> weights, String parent) {
    return numbers(weights, parent).stream().mapToInt(number -> number + 1).max().orElse(0);
  }

  /**
   * {@link #count}, of modules each of which has weights.
   *
   * @throws IllegalArgumentException if a number is left out: one name could ask for hundreds of
   *     blocks, and a network of them takes long to build
   */
  static int countAll(Map<String, Shape> weights, String parent) {
    Set<Integer> numbers = numbers(weights, parent);
    for (int number = 0; number < numbers.size(); number++) {
      checkArgument(
          numbers.contains(number),
          "%s blocks have weights, but block %s has none",
          numbers.size(),
          number);
    }
    return numbers.size();
  }

  private static Set<Integer> numbers(Map<String, Shape> weights, String parent) {
    Pattern numbered = Pattern.compile(Pattern.quote(parent) + "\\.(\\d{1,3})\\..+");
    return weights.keySet().stream()
        .map(numbered::matcher)
        .filter(Matcher::matches)
        .map(name -> Integer.valueOf(name.group(1)))
        .collect(Collectors.toSet());
  }
}
