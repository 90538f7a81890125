package org.dinojvm.eval.retrieval;

import com.google.common.primitives.ImmutableIntArray;
import java.util.Locale;

/** Which pictures a query has to find in revisited Oxford and Paris (arXiv:1803.11285). */
public enum Difficulty {
  /** Easy ones; hard ones count as neither hit nor miss. */
  EASY,
  /** Easy and hard ones. */
  MEDIUM,
  /** Hard ones; easy ones count as neither hit nor miss. */
  HARD;

  /** What a query must find and what counts as neither, as indices into the database. */
  public record Truth(ImmutableIntArray positives, ImmutableIntArray junk) {}

  /** What a query must find by an annotation. */
  public Truth of(Annotation annotation) {
    return switch (this) {
      case EASY -> new Truth(annotation.easy(), joined(annotation.junk(), annotation.hard()));
      case MEDIUM -> new Truth(joined(annotation.easy(), annotation.hard()), annotation.junk());
      case HARD -> new Truth(annotation.hard(), joined(annotation.junk(), annotation.easy()));
    };
  }

  /** The name in lower case. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static ImmutableIntArray joined(ImmutableIntArray a, ImmutableIntArray b) {
    return ImmutableIntArray.builder().addAll(a).addAll(b).build();
  }

  /** What is known of a query: indices into the database. */
  public record Annotation(
      ImmutableIntArray easy, ImmutableIntArray hard, ImmutableIntArray junk) {}
}
