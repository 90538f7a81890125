package org.dinojvm.train.health;

import java.util.Locale;
import org.dinojvm.train.run.HealthWarning;
import org.dinojvm.train.run.StepRecord;

/** One thing that can be wrong with a run, and how the numbers of its steps show it. */
interface Illness {

  /** What the steps so far say. Between falling ill and recovering lies a gap, where both wait. */
  enum Signs {
    ILL,
    WELL,
    /** Too little is known, or it is neither. */
    UNCLEAR;

    static Signs of(boolean ill, boolean well) {
      return ill ? ILL : well ? WELL : UNCLEAR;
    }
  }

  /** What it is called. */
  HealthWarning.Kind kind();

  /** Takes a step into account. */
  Signs add(StepRecord step);

  /** What is wrong, in numbers, and what to do; one line. */
  String message();

  /** A line with numbers as a program reads them. */
  static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
