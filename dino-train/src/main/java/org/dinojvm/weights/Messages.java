package org.dinojvm.weights;

/** Text from untrusted files, made fit for a one-line message. */
final class Messages {
  private static final int MAX_LENGTH = 120;

  private Messages() {}

  /** The text in one line of at most 120 characters, control characters replaced. */
  static String printable(String text) {
    String head = text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH) + "…";
    return head.replaceAll("\\p{C}", "?");
  }
}
