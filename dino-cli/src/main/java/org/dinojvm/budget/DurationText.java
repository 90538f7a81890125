package org.dinojvm.budget;

import static com.google.common.base.Preconditions.checkArgument;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as a user writes them: {@code 90s}, {@code 10m}, {@code 2h}. */
public final class DurationText {

  private static final Pattern TIME = Pattern.compile("(\\d{1,6})([smh])");

  private DurationText() {}

  /**
   * Reads a time.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Duration parse(String option, String text) {
    Matcher time = TIME.matcher(text);
    checkArgument(time.matches(), "%s %s is no time: write 90s, 10m or 2h", option, text);
    long number = Long.parseLong(time.group(1));
    return switch (time.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      default -> Duration.ofHours(number);
    };
  }

  /** Writes a time. */
  static String of(Duration time) {
    if (time.toSeconds() % 60 != 0) {
      return time.toSeconds() + "s";
    }
    return time.toMinutes() % 60 == 0 ? time.toHours() + "h" : time.toMinutes() + "m";
  }
}
