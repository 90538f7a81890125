package org.dinojvm.settings;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what a misspelt name was meant to be. */
public final class Nearest {

  private Nearest() {}

  /**
   * The candidate with the fewest edits from {@code name}, unless more than 2 of 5 letters differ.
   */
  public static Optional<String> to(String name, Collection<String> candidates) {
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> edits(name, candidate)))
        .filter(best -> 5 * edits(name, best) <= 2 * Math.max(name.length(), best.length()));
  }

  /** {@code "; did you mean 'best'?"}, or nothing where no candidate is near. */
  public static String suggestion(String name, Collection<String> candidates) {
    return to(name, candidates).map(best -> "; did you mean '" + best + "'?").orElse("");
  }

  /** Levenshtein's distance, row by row. */
  private static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
