package org.dinojvm.verify;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;

/** Holds the project against one kind of file. */
@FunctionalInterface
public interface Check {

  /**
   * Compares.
   *
   * @param file exists
   * @param comparisons takes the result
   * @throws IllegalArgumentException saying what is wrong with the file
   */
  void run(Path file, Comparisons comparisons);

  /** What it finds; if it cannot go on, that is a failure of the file. */
  default ImmutableList<Finding> findings(Path file) {
    String name = file.getFileName().toString();
    Comparisons comparisons = new Comparisons(name);
    ImmutableList.Builder<Finding> findings = ImmutableList.builder();
    try {
      run(file, comparisons);
      findings.addAll(comparisons.findings());
    } catch (IllegalArgumentException e) {
      // without the path, which the line starts with already
      String reason = String.valueOf(e.getMessage()).replace(file + ": ", "");
      findings.addAll(comparisons.findings()).add(Finding.failed(name, reason));
    }
    return findings.build();
  }
}
