package org.dinojvm.weights;

import java.util.Collection;
import java.util.stream.Collectors;

/** Text from untrusted files, made fit for a one-line message. */
public final class Messages {
  private static final int MAX_LENGTH = 120;

  private static final int LISTED = 8;

  private Messages() {}

  /** The first names of many, and how many more there are. */
  public static String list(Collection<String> names) {
    String first =
        names.stream().limit(LISTED).map(Messages::printable).collect(Collectors.joining(", "));
    return names.size() <= LISTED ? first : first + " and " + (names.size() - LISTED) + " more";
  }

  /** The first line of an exception's message; TensorFlow's next ones name nodes of the graph. */
  public static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  /** The text in one line of at most 120 characters, control characters replaced. */
  public static String printable(String text) {
    String head = text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH) + "…";
    return head.replaceAll("\\p{C}", "?");
  }
}
