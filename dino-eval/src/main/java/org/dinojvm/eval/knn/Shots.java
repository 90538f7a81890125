package org.dinojvm.eval.knn;

import static org.dinojvm.settings.Rules.require;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Pattern;

/**
 * How few labelled pictures there are to learn from: a share of each class, or a number of each.
 *
 * @param percent of each class, at least one picture; 0 for a number
 * @param perClass pictures of each class; 0 for a share
 */
record Shots(double percent, int perClass) {

  private static final Splitter LIST = Splitter.onPattern("[,\\s]+").omitEmptyStrings();
  private static final Pattern SHARE = Pattern.compile("\\d{1,2}(\\.\\d+)?%");
  private static final Pattern NUMBER = Pattern.compile("[1-9]\\d{0,6}");

  /** Reads {@code 1%,2%,5%,10}. */
  static ImmutableList<Shots> parse(String text) {
    ImmutableList.Builder<Shots> all = ImmutableList.builder();
    for (String each : LIST.split(text)) {
      boolean share = SHARE.matcher(each).matches();
      require(
          share || NUMBER.matcher(each).matches(),
          "shots",
          text,
          "'" + each + "' is neither a share such as 5% nor a number of pictures per class");
      all.add(
          share
              ? new Shots(Double.parseDouble(each.substring(0, each.length() - 1)), 0)
              : new Shots(0, Integer.parseInt(each)));
    }
    return all.build();
  }

  /** As part of a number's name: {@code 1pct}, {@code 10shot}. */
  String name() {
    return perClass > 0
        ? perClass + "shot"
        : String.format(Locale.ROOT, "%s", percent).replaceAll("\\.0$", "").replace('.', '_')
            + "pct";
  }

  /** Indices of the pictures drawn, in ascending order. */
  int[] draw(ImmutableIntArray labels, int classes, long seed) {
    List<List<Integer>> members = new ArrayList<>();
    for (int label = 0; label < classes; label++) {
      members.add(new ArrayList<>());
    }
    for (int picture = 0; picture < labels.length(); picture++) {
      members.get(labels.get(picture)).add(picture);
    }
    Random random = new Random(seed);
    List<Integer> drawn = new ArrayList<>();
    for (List<Integer> ofClass : members) {
      Collections.shuffle(ofClass, random);
      int wanted =
          perClass > 0 ? perClass : Math.max(1, (int) Math.round(percent / 100 * ofClass.size()));
      drawn.addAll(ofClass.subList(0, Math.min(wanted, ofClass.size())));
    }
    return drawn.stream().mapToInt(Integer::intValue).sorted().toArray();
  }
}
