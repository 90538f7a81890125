package org.dinojvm.verify;

import com.google.common.collect.ImmutableList;
import java.util.LinkedHashMap;
import java.util.Map;

/** The comparisons of one file: of each aspect, the one with the largest error. */
public final class Comparisons {

  private final String file;
  private final Map<String, Finding> worst = new LinkedHashMap<>();

  Comparisons(String file) {
    this.file = file;
  }

  /**
   * Adds one comparison.
   *
   * @param aspect what kind of thing is compared; a line of the report
   * @param name which one
   */
  public void add(String aspect, String name, double error, double tolerance) {
    add(Finding.compared(file, aspect, name, error, tolerance));
  }

  /** Adds a comparison of tensors by {@link RelativeError}. */
  public void add(String aspect, String name, float[] actual, float[] expected, double tolerance) {
    add(aspect, name, RelativeError.of(actual, expected), tolerance);
  }

  private void add(Finding finding) {
    worst.merge(finding.compared(), finding, Comparisons::worse);
  }

  private static Finding worse(Finding known, Finding added) {
    if (known.verdict() != added.verdict()) {
      return known.verdict().compareTo(added.verdict()) > 0 ? known : added;
    }
    boolean isWorse = Double.isNaN(added.error()) || added.error() > known.error();
    return isWorse ? added : known;
  }

  /** One finding an aspect, in the order in which they came up. */
  ImmutableList<Finding> findings() {
    return ImmutableList.copyOf(worst.values());
  }
}
