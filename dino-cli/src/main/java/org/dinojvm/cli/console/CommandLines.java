package org.dinojvm.cli.console;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Command lines as a user can type them. */
public final class CommandLines {

  private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}_@%+=:,./-]+");

  private CommandLines() {}

  /** What starts this program once more with the same words; {@code dino} itself tells its name. */
  public static String again(List<String> arguments) {
    return System.getProperty("dino.launcher", "./dino")
        + arguments.stream().map(word -> " " + quoted(word)).collect(Collectors.joining());
  }

  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
