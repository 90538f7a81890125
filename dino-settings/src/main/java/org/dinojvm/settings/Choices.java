package org.dinojvm.settings;

import com.google.common.collect.ImmutableMap;

/**
 * The names that a setting's text may be, where other code can add to them; an enum serves where
 * nobody can. Implementations have a constructor without parameters.
 */
public interface Choices {

  /** What is stored for each accepted name, itself or, for another name, the one that it means. */
  ImmutableMap<String, String> names();

  /** Any text. */
  final class Any implements Choices {
    @Override
    public ImmutableMap<String, String> names() {
      return ImmutableMap.of();
    }
  }
}
