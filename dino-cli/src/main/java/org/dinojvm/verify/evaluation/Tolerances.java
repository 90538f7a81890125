package org.dinojvm.verify.evaluation;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import java.util.Comparator;
import java.util.OptionalDouble;

/**
 * The largest allowed error of each result of a file. A rule is the beginning of a tensor's name,
 * or with a leading {@code *} its end; the longest rule that fits holds.
 *
 * @param rules error by rule; empty where a value is not defined
 */
record Tolerances(ImmutableMap<String, OptionalDouble> rules) {

  /** Reads an object of numbers and nulls. */
  static Tolerances of(JsonNode object) {
    checkArgument(object.isObject(), "'tolerance' in the metadata is %s, not an object", object);
    ImmutableMap.Builder<String, OptionalDouble> rules = ImmutableMap.builder();
    object
        .properties()
        .forEach(
            rule -> {
              JsonNode value = rule.getValue();
              checkArgument(
                  value.isNumber() || value.isNull(),
                  "the tolerance '%s' is %s, neither a number nor null",
                  rule.getKey(),
                  value);
              rules.put(
                  rule.getKey(),
                  value.isNull() ? OptionalDouble.empty() : OptionalDouble.of(value.asDouble()));
            });
    return new Tolerances(rules.buildOrThrow());
  }

  /**
   * The error allowed for a tensor.
   *
   * @throws IllegalArgumentException if no rule fits
   */
  OptionalDouble of(String name) {
    return rules.keySet().stream()
        .filter(rule -> fits(rule, name))
        .max(Comparator.comparingInt(Tolerances::length))
        .map(rules::get)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no tolerance fits '%s'; the rules are %s".formatted(name, rules.keySet())));
  }

  private static boolean fits(String rule, String name) {
    return rule.startsWith("*") ? name.endsWith(rule.substring(1)) : name.startsWith(rule);
  }

  private static int length(String rule) {
    return rule.startsWith("*") ? rule.length() - 1 : rule.length();
  }
}
