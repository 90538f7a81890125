package org.dinojvm.eval;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.awt.image.BufferedImage;
import java.util.Formatter;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What an evaluation found. Names are lower-case words joined by {@code _}, as they become keys of
 * logs and tags of TensorBoard.
 *
 * @param numbers by name, in the order to be shown
 * @param pictures by name
 * @param line the numbers in words, for the console during training; empty for a plain list
 * @param table the numbers for people, in lines; empty for a plain list
 */
public record Findings(
    ImmutableMap<String, Double> numbers,
    ImmutableMap<String, BufferedImage> pictures,
    String line,
    String table) {

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");

  /** Checks the names. */
  public Findings {
    numbers.keySet().forEach(Findings::checkName);
    pictures.keySet().forEach(Findings::checkName);
  }

  private static void checkName(String name) {
    checkArgument(
        NAME.matcher(name).matches(),
        "'%s' is no name for what an evaluation found: use a-z, 0-9 and _, such as top1_k10",
        name);
  }

  /** Numbers by name, in the order to be shown. */
  public static Findings ofNumbers(ImmutableMap<String, Double> numbers) {
    return new Findings(numbers, ImmutableMap.of(), "", "");
  }

  /** A picture. */
  public static Findings ofPicture(String name, BufferedImage picture) {
    return new Findings(ImmutableMap.of(), ImmutableMap.of(name, picture), "", "");
  }

  /** The same in words of the evaluation's own. */
  public Findings inWords(String ownLine, String ownTable) {
    return new Findings(numbers, pictures, ownLine, ownTable);
  }

  /** The numbers in one line. */
  public String lineOf(String evaluation) {
    return line.isEmpty()
        ? numbers.entrySet().stream()
            .map(n -> String.format(Locale.ROOT, "%s %.4g", n.getKey(), n.getValue()))
            .collect(Collectors.joining(", ", evaluation + ": ", ""))
        : line;
  }

  /** The numbers in lines, each with its end. */
  public String lines() {
    if (!table.isEmpty()) {
      return table;
    }
    Formatter lines = new Formatter(Locale.ROOT);
    numbers.forEach((name, value) -> lines.format("%-20s %12.6g%n", name, value));
    return lines.toString();
  }
}
