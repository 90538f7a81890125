package org.dinojvm.verify;

import com.google.common.collect.ImmutableList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import org.dinojvm.verify.Finding.Verdict;

/** What was compared and how it agrees. */
public record Report(ImmutableList<Finding> findings) {

  /** Whether nothing disagrees. */
  public boolean passes() {
    return count(Verdict.FAIL) == 0;
  }

  /** How many findings have a verdict. */
  public long count(Verdict verdict) {
    return findings.stream().filter(finding -> finding.verdict() == verdict).count();
  }

  /** A table for people, one line a finding. */
  public String table() {
    int file = width("file", findings.stream().map(Finding::file).toList());
    int compared =
        width(
            "compared",
            findings.stream().filter(Finding::isComparison).map(Finding::compared).toList());
    String row = "%-" + file + "s  %-" + compared + "s  %9s  %9s  %-7s  %s%n";
    Formatter table = new Formatter(Locale.ROOT);
    table.format(row, "file", "compared", "error", "allowed", "verdict", "where it is largest");
    for (Finding finding : findings) {
      if (finding.isComparison()) {
        table.format(
            row,
            finding.file(),
            finding.compared(),
            number(finding.error()),
            number(finding.tolerance()),
            verdict(finding),
            finding.worst());
      } else {
        table.format(
            "%-" + file + "s  %s: %s%n", finding.file(), verdict(finding), finding.compared());
      }
    }
    table.format(
        "%n%d comparisons pass, %d fail; %d files skipped%n",
        count(Verdict.PASS), count(Verdict.FAIL), count(Verdict.SKIPPED));
    return table.toString();
  }

  private static int width(String title, List<String> cells) {
    return cells.stream().mapToInt(String::length).reduce(title.length(), Math::max);
  }

  private static String number(double value) {
    return value == 0 ? "0" : String.format(Locale.ROOT, "%.1e", value);
  }

  private static String verdict(Finding finding) {
    return switch (finding.verdict()) {
      case PASS -> "pass";
      case FAIL -> "FAIL";
      case SKIPPED -> "skipped";
    };
  }

  /** Collects findings. */
  public static final class Builder {
    private final ImmutableList.Builder<Finding> findings = ImmutableList.builder();

    void add(Finding added) {
      findings.add(added);
    }

    /** Adds what was found, in order. */
    public void addAll(List<Finding> added) {
      findings.addAll(added);
    }

    /** All that was added. */
    public Report build() {
      return new Report(findings.build());
    }
  }
}
