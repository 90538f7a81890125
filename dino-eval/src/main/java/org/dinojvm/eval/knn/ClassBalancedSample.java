package org.dinojvm.eval.knn;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.Multimaps;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;

/** Chooses a few pictures that stand for all classes. */
public final class ClassBalancedSample {

  private ClassBalancedSample() {}

  /**
   * Draws at random, from each class in turn, so that no class is ahead of another by more than one
   * while it has any left.
   *
   * @param count how many to choose; all where there are fewer
   * @return the chosen ones, those of a class side by side
   */
  public static <T> ImmutableList<T> choose(
      List<T> candidates, ToIntFunction<T> label, int count, long seed) {
    Random random = new Random(seed);
    List<Iterator<T>> classes = new ArrayList<>();
    for (Collection<T> members : byClass(candidates, label)) {
      List<T> shuffled = new ArrayList<>(members);
      Collections.shuffle(shuffled, random);
      classes.add(shuffled.iterator());
    }
    Collections.shuffle(classes, random);
    return inTurn(classes, count).stream()
        .sorted(Comparator.comparingInt(label))
        .collect(ImmutableList.toImmutableList());
  }

  private static <T> List<T> inTurn(List<Iterator<T>> classes, int count) {
    List<T> chosen = new ArrayList<>();
    while (chosen.size() < count && classes.stream().anyMatch(Iterator::hasNext)) {
      for (Iterator<T> members : classes) {
        if (members.hasNext() && chosen.size() < count) {
          chosen.add(members.next());
        }
      }
    }
    return chosen;
  }

  private static <T> Collection<Collection<T>> byClass(List<T> candidates, ToIntFunction<T> label) {
    ImmutableListMultimap<Integer, T> classes =
        Multimaps.index(candidates, candidate -> label.applyAsInt(candidate));
    return classes.asMap().values();
  }
}
