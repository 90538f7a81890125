package org.dinojvm.eval.copies;

import com.google.common.primitives.ImmutableIntArray;
import java.util.List;
import java.util.stream.IntStream;

/** Which pictures of Copydays a copy was made of. */
public final class Originals {

  /** Characters of a file's name that tell its original. */
  private static final int NUMBER_LENGTH = 4;

  private Originals() {}

  /**
   * Of strong copies: the originals whose names begin with the same four characters.
   *
   * @param copies file names
   * @param originals file names, in the order of the database
   */
  public static List<ImmutableIntArray> byName(List<String> copies, List<String> originals) {
    return copies.stream()
        .map(
            copy ->
                ImmutableIntArray.copyOf(
                    IntStream.range(0, originals.size())
                        .filter(i -> number(originals.get(i)).equals(number(copy)))))
        .toList();
  }

  /** Of all other blocks: original i of copy i. */
  public static List<ImmutableIntArray> byOrder(int copies) {
    return IntStream.range(0, copies).mapToObj(ImmutableIntArray::of).toList();
  }

  private static String number(String name) {
    return name.substring(0, Math.min(NUMBER_LENGTH, name.length()));
  }
}
