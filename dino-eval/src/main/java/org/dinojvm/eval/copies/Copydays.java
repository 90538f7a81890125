package org.dinojvm.eval.copies;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * INRIA Copydays in its own folders: {@code original/}, {@code strong/}, and as far as they are
 * there {@code crops/10} … {@code crops/80} and {@code jpegqual/3} … {@code jpegqual/75}.
 *
 * @param originals pictures that copies were made of
 * @param blocks copies by kind
 */
public record Copydays(ImmutableList<Path> originals, ImmutableList<Block> blocks) {

  private static final String ORIGINAL = "original";
  private static final String STRONG = "strong";

  /** The published blocks, in their order. */
  private static final ImmutableList<String> NAMES =
      ImmutableList.of(
          ORIGINAL,
          STRONG,
          "jpegqual/3",
          "jpegqual/5",
          "jpegqual/8",
          "jpegqual/10",
          "jpegqual/15",
          "jpegqual/20",
          "jpegqual/30",
          "jpegqual/50",
          "jpegqual/75",
          "crops/10",
          "crops/15",
          "crops/20",
          "crops/30",
          "crops/40",
          "crops/50",
          "crops/60",
          "crops/70",
          "crops/80");

  /**
   * Copies of one kind.
   *
   * @param name of their folder
   * @param originals of each copy, by their number
   */
  public record Block(String name, ImmutableList<Path> copies, List<ImmutableIntArray> originals) {}

  /**
   * Looks the folders over.
   *
   * @throws IllegalArgumentException saying what is missing where
   */
  public static Copydays open(Path root) {
    checkArgument(
        Files.isDirectory(root.resolve(ORIGINAL)) && Files.isDirectory(root.resolve(STRONG)),
        "no %s and %s in %s: expected the folders of Copydays there",
        ORIGINAL,
        STRONG,
        root);
    ImmutableList<Path> originals = pictures(root.resolve(ORIGINAL));
    ImmutableList.Builder<Block> blocks = ImmutableList.builder();
    for (String name : NAMES) {
      if (Files.isDirectory(root.resolve(name))) {
        blocks.add(block(name, pictures(root.resolve(name)), originals));
      }
    }
    return new Copydays(originals, blocks.build());
  }

  private static Block block(
      String name, ImmutableList<Path> copies, ImmutableList<Path> originals) {
    if (name.equals(STRONG)) {
      List<ImmutableIntArray> found = Originals.byName(names(copies), names(originals));
      for (int i = 0; i < found.size(); i++) {
        checkArgument(
            !found.get(i).isEmpty(),
            "%s has no original: expected one whose name begins with the same four characters",
            copies.get(i));
      }
      return new Block(name, copies, found);
    }
    checkArgument(
        copies.size() == originals.size(),
        "%s holds %s copies of the %s originals: expected one each",
        name,
        copies.size(),
        originals.size());
    return new Block(name, copies, Originals.byOrder(copies.size()));
  }

  private static List<String> names(List<Path> files) {
    return files.stream().map(file -> file.getFileName().toString()).toList();
  }

  /** All pictures of a folder and of those in it, by name. */
  static ImmutableList<Path> pictures(Path folder) {
    checkArgument(Files.isDirectory(folder), "no folder %s: expected pictures there", folder);
    try (Stream<Path> files = Files.walk(folder)) {
      ImmutableList<Path> all =
          files
              .filter(file -> file.getFileName().toString().matches("(?i).*\\.(jpe?g|png)"))
              .sorted()
              .collect(ImmutableList.toImmutableList());
      checkArgument(!all.isEmpty(), "no .jpg in %s: expected pictures there", folder);
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }
}
