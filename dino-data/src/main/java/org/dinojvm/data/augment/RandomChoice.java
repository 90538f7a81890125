package org.dinojvm.data.augment;

import com.google.common.collect.ImmutableList;

/** Something about a view that is drawn at random, by some numbers of its own. */
public interface RandomChoice {

  /** Whether it is in use; if not, no numbers are drawn for it. */
  default boolean isOn() {
    return true;
  }

  /**
   * What its numbers are drawn from, as many for each view.
   *
   * @param view 0 and 1 for the global crops, from 2 on for the local ones
   */
  ImmutableList<Interval> draws(int view);
}
