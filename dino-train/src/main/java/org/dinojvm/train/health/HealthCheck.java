package org.dinojvm.train.health;

import java.util.Locale;
import org.dinojvm.train.log.StepRecord;

/** One thing that can be wrong with a run, and how the numbers of its steps show it. */
public interface HealthCheck {

  /** What the steps so far say. Between ill and well lies a gap, where both wait. */
  enum Verdict {
    /** The run has it. */
    ILL,
    /** The run does not have it, or has recovered. */
    WELL,
    /** Too little is known, or it is neither. */
    UNCLEAR;

    /** The verdict of two conditions that are not true together. */
    public static Verdict of(boolean ill, boolean well) {
      return ill ? ILL : well ? WELL : UNCLEAR;
    }
  }

  /** What it is called in the log. */
  String name();

  /** Takes a step into account. */
  Verdict add(StepRecord step);

  /** What is wrong, in numbers, and what to do; one line. */
  String message();

  /** A line with numbers as a program reads them. */
  static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
