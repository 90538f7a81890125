package org.dinojvm.verify;

import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The checks of one published set of reference files. A class and its line in {@code
 * META-INF/services} make a set known; the order of the lines is that of the report.
 */
public interface CheckSet {

  /**
   * The files of the set; where one is missing of which there are others, the report says so. Files
   * with other endings of these names are checked as well.
   */
  ImmutableSet<String> published();

  /** Whether the content of a file says that it is of this set; then no other set is asked. */
  default boolean claims(Path file) {
    return false;
  }

  /**
   * The check of a file, found by its name.
   *
   * @param file with the files that it is compared with beside it
   */
  Optional<Check> check(Path file);

  /** The check whose pattern a file's name has. */
  static Optional<Check> byName(Map<Pattern, ? extends Check> checks, Path file) {
    String name = file.getFileName().toString();
    return checks.entrySet().stream()
        .filter(entry -> entry.getKey().matcher(name).matches())
        .map(entry -> (Check) entry.getValue())
        .findFirst();
  }
}
