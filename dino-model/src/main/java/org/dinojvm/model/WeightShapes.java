package org.dinojvm.model;

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

  /**
   * How many numbered modules stand below a name: {@code blocks.0} to {@code blocks.11} are 12.
   *
   * @throws IllegalArgumentException if a number is left out: one name could ask for hundreds of
   *     blocks, and a network of them takes long to build
   */
  static int count(Map<String, Shape> weights, String parent) {
    Pattern numbered = Pattern.compile(Pattern.quote(parent) + "\\.(\\d{1,3})\\..+");
    Set<Integer> blocks =
        weights.keySet().stream()
            .map(numbered::matcher)
            .filter(Matcher::matches)
            .map(name -> Integer.valueOf(name.group(1)))
            .collect(Collectors.toSet());
    for (int block = 0; block < blocks.size(); block++) {
      checkArgument(
          blocks.contains(block),
          "%s blocks have weights, but block %s has none",
          blocks.size(),
          block);
    }
    return blocks.size();
  }
}
