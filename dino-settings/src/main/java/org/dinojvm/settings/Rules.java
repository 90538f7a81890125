package org.dinojvm.settings;

/**
 * Checks that a setting's value makes sense. Each failure is one line: the key, the value, the
 * rule, the way out.
 */
public final class Rules {

  private Rules() {}

  /** Fails with {@code key = value: rule} unless it holds. */
  public static void require(boolean holds, String key, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(key + " = " + SettingKey.text(value) + ": " + rule);
    }
  }

  public static void atLeast(String key, double value, int least) {
    require(value >= least, key, plain(value), "must be at least " + least);
  }

  public static void positive(String key, double value) {
    require(value > 0, key, value, "must be greater than 0");
  }

  /** A share or a probability: 0 … 1. */
  public static void fraction(String key, double value) {
    between(key, value, 0, 1);
  }

  /** low ≤ value ≤ high. */
  public static void between(String key, double value, double low, double high) {
    require(
        value >= low && value <= high,
        key,
        plain(value),
        "must be between %s and %s".formatted(plain(low), plain(high)));
  }

  /** 0 &lt; low ≤ high. */
  public static void ascending(String key, Range range) {
    require(
        range.low() > 0 && range.low() <= range.high(),
        key,
        range,
        "must be two numbers above 0, the smaller one first");
  }

  /** 0 &lt; low ≤ high ≤ 1. */
  public static void ascendingFractions(String key, Range range) {
    require(
        range.low() > 0 && range.low() <= range.high() && range.high() <= 1,
        key,
        range,
        "must be two shares of the picture's area, 0 < smaller <= larger <= 1");
  }

  /** A length that another one, {@code unitKey}, divides. */
  public static void multipleOf(String key, int value, String unitKey, int unit) {
    int below = value / unit * unit;
    String wayOut = below == 0 ? "use " + unit : "use " + below + " or " + (below + unit);
    require(
        value > 0 && value % unit == 0,
        key,
        value,
        "must be a multiple of " + unitKey + " = " + unit + "; " + wayOut);
  }

  /** A span of epochs that must fit into the whole run. */
  public static void within(String key, int value, String wholeKey, int whole) {
    require(
        value >= 0 && value <= whole,
        key,
        value,
        String.format(
            "must be between 0 and %s = %d; lower --%s or raise --%s",
            wholeKey, whole, key, wholeKey));
  }

  private static Object plain(double value) {
    return value == Math.rint(value) ? (Object) (long) value : (Object) value;
  }
}
