package org.dinojvm.settings;

import com.google.common.base.CaseFormat;
import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableIntArray;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One setting: its key, its type and all that {@link Setting} says about it.
 *
 * <p>Values are whole numbers, numbers, true/false, text, one of an enum's names, a list of whole
 * numbers ({@link ImmutableIntArray}, written {@code 10,20}), or a record of numbers such as {@link
 * Range}, written {@code 0.4 1.0} or {@code 0.4,1.0}.
 *
 * @param key snake_case name, e.g. {@code patch_size}
 * @param aliases other keys that mean the same
 * @param heading that it stands under in help and YAML
 * @param type of its values
 * @param mayChange whether a run may be resumed with another value
 * @param names what is stored for each accepted name, where a text must be one of some names
 */
public record SettingKey(
    String key,
    ImmutableList<String> aliases,
    String heading,
    Class<?> type,
    String defaultText,
    String unit,
    String doc,
    String source,
    boolean mayChange,
    ImmutableMap<String, String> names) {

  private static final Splitter SEPARATORS = Splitter.onPattern("[,\\s]+").omitEmptyStrings();
  private static final ImmutableList<String> TRUE = ImmutableList.of("true", "1", "on");
  private static final ImmutableList<String> FALSE = ImmutableList.of("false", "0", "off");

  static SettingKey of(RecordComponent component, String heading) {
    Setting setting = component.getAnnotation(Setting.class);
    return new SettingKey(
        CaseFormat.LOWER_CAMEL.to(CaseFormat.LOWER_UNDERSCORE, component.getName()),
        ImmutableList.copyOf(setting.aliases()),
        heading,
        component.getType(),
        setting.value(),
        setting.unit(),
        setting.doc(),
        setting.source(),
        setting.mayChange(),
        names(setting.choices()));
  }

  private static ImmutableMap<String, String> names(Class<? extends Choices> choices) {
    try {
      return choices.getDeclaredConstructor().newInstance().names();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot construct " + choices, e);
    }
  }

  /** How many words a value has: 1, or a record's number of components. */
  public int words() {
    return type.isRecord() ? type.getRecordComponents().length : 1;
  }

  /** The default's value. */
  public Object defaultValue() {
    return parse(defaultText, "by default");
  }

  /**
   * Reads a value.
   *
   * @param origin where it was written, for the error: {@code in train.yaml}
   * @throws IllegalArgumentException naming key, value, origin and what was expected
   */
  public Object parse(String text, String origin) {
    try {
      return parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          String.format("%s = '%s' %s: %s", key, text, origin, expected(text)), e);
    }
  }

  private Object parse(String text) {
    if (type == String.class) {
      return names.isEmpty() ? text : name(text);
    } else if (type == int.class) {
      return Integer.valueOf(text);
    } else if (type == long.class) {
      return Long.valueOf(text);
    } else if (type == double.class) {
      return number(text);
    } else if (type == boolean.class) {
      return truth(text);
    } else if (type.isEnum()) {
      return constant(text);
    } else if (type == ImmutableIntArray.class) {
      return wholeNumbers(text);
    } else if (type.isRecord()) {
      return numbers(text);
    }
    throw new IllegalStateException(key + " has a type that settings cannot have: " + type);
  }

  private String expected(String text) {
    if (type == int.class || type == long.class) {
      return "expected a whole number";
    } else if (type == double.class) {
      return "expected a number";
    } else if (type == boolean.class) {
      return "expected true or false";
    } else if (!choices().isEmpty()) {
      return "expected one of "
          + String.join(", ", choices())
          + Nearest.suggestion(text, choices());
    } else if (type == ImmutableIntArray.class) {
      return "expected whole numbers, e.g. " + defaultText;
    }
    return "expected " + words() + " numbers, e.g. " + defaultText;
  }

  /** The values to choose from; empty where there is no such list. */
  public ImmutableList<String> choices() {
    return type.isEnum()
        ? Arrays.stream(type.getEnumConstants())
            .map(SettingKey::text)
            .collect(ImmutableList.toImmutableList())
        : ImmutableSet.copyOf(names.values()).asList();
  }

  /** A value as a user would write it; {@link #parse} reads it back. */
  public static String text(Object value) {
    if (value instanceof Double number) {
      return numberText(number);
    } else if (value instanceof Enum<?> constant) {
      return constant.name().toLowerCase(Locale.ROOT);
    } else if (value instanceof ImmutableIntArray list) {
      return Joiner.on(',').join(list.asList());
    } else if (value instanceof Record record) {
      return RecordValues.of(record).stream()
          .map(SettingKey::text)
          .collect(Collectors.joining(" "));
    }
    return value.toString();
  }

  /** 0.0005 rather than 5.0E-4. */
  private static String numberText(double value) {
    double size = Math.abs(value);
    if (size < 1e-4 || size >= 1e7) {
      return Double.toString(value).toLowerCase(Locale.ROOT);
    }
    BigDecimal shortest = BigDecimal.valueOf(value).stripTrailingZeros();
    return shortest.setScale(Math.max(1, shortest.scale())).toPlainString();
  }

  /** Stricter than {@link Double#valueOf}: no NaN, no infinity, no 1f. */
  private static Double number(String text) {
    double value = new BigDecimal(text).doubleValue();
    if (Double.isInfinite(value)) {
      throw new NumberFormatException(text);
    }
    return value;
  }

  private static Boolean truth(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (TRUE.contains(lower)) {
      return true;
    } else if (FALSE.contains(lower)) {
      return false;
    }
    throw new IllegalArgumentException(text);
  }

  private String name(String text) {
    String name = names.get(text);
    if (name == null) {
      throw new IllegalArgumentException(text);
    }
    return name;
  }

  private Object constant(String text) {
    for (Object constant : type.getEnumConstants()) {
      if (text(constant).equals(text) || text.equals(alias((Enum<?>) constant))) {
        return constant;
      }
    }
    throw new IllegalArgumentException(text);
  }

  private static String alias(Enum<?> constant) {
    try {
      Alias alias =
          constant.getDeclaringClass().getField(constant.name()).getAnnotation(Alias.class);
      return alias == null ? constant.name() : alias.value();
    } catch (NoSuchFieldException e) {
      throw new AssertionError("an enum's constants are its public fields", e);
    }
  }

  private static ImmutableIntArray wholeNumbers(String text) {
    return ImmutableIntArray.copyOf(
        SEPARATORS.splitToStream(text).mapToInt(Integer::parseInt).toArray());
  }

  private Object numbers(String text) {
    List<String> parts = SEPARATORS.splitToList(text);
    if (parts.size() != words()) {
      throw new IllegalArgumentException(text);
    }
    return RecordValues.construct(
        type.asSubclass(Record.class), parts.stream().map(SettingKey::number).toList());
  }
}
