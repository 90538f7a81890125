package org.dinojvm.verify;

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
}
