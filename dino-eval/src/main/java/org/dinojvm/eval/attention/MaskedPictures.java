package org.dinojvm.eval.attention;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;

/**
 * Pictures and masks of the objects in them.
 *
 * @param items in order
 */
public record MaskedPictures(ImmutableList<Item> items) {

  private static final Path VOC_LIST = Path.of("ImageSets", "Segmentation", "val.txt");

  /** A picture and its mask, each a file. */
  public record Item(Path picture, Path mask) {}

  /** Whether a folder is laid out like VOC2012. */
  public static boolean isVoc(Path folder) {
    return Files.isDirectory(folder.resolve("JPEGImages"));
  }

  /**
   * VOC in its own layout: {@code ImageSets/Segmentation/val.txt}, {@code JPEGImages} and the
   * masks.
   *
   * @param masks name of the masks' folder
   * @throws IllegalArgumentException saying what is missing where
   */
  public static MaskedPictures voc(Path root, String masks) {
    Path list = root.resolve(VOC_LIST);
    checkArgument(
        Files.isRegularFile(list), "no %s: expected VOC's list of pictures with masks", list);
    ImmutableList.Builder<Item> items = ImmutableList.builder();
    try {
      for (String line : Files.readAllLines(list)) {
        String name = line.strip();
        if (!name.isEmpty()) {
          items.add(
              new Item(
                  existing(root.resolve("JPEGImages").resolve(name + ".jpg")),
                  existing(root.resolve(masks).resolve(name + ".png"))));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + list, e);
    }
    return checked(items.build(), list);
  }

  /**
   * A folder of masks beside one of pictures: for {@code cat/one.jpg} the mask {@code cat/one.png}.
   * Pictures without a mask are left out.
   *
   * @throws IllegalArgumentException if no picture has a mask
   */
  public static MaskedPictures beside(ImageFolder pictures, Path masks) {
    checkArgument(
        Files.isDirectory(masks), "no folder %s: expected PNGs named like the pictures", masks);
    ImmutableList.Builder<Item> items = ImmutableList.builder();
    for (Picture picture : pictures.pictures()) {
      Path relative = pictures.root().relativize(picture.file());
      String name = relative.getFileName().toString().replaceFirst("\\.[^.]*$", ".png");
      Path mask = masks.resolve(relative).resolveSibling(name);
      if (picture.part().isEmpty() && Files.isRegularFile(mask)) {
        items.add(new Item(picture.file(), mask));
      }
    }
    return checked(items.build(), masks);
  }

  private static Path existing(Path file) {
    checkArgument(Files.isRegularFile(file), "no %s, which the list of pictures names", file);
    return file;
  }

  private static MaskedPictures checked(ImmutableList<Item> items, Path where) {
    checkArgument(
        !items.isEmpty(), "%s gives no picture with a mask: expected PNGs named like them", where);
    return new MaskedPictures(items);
  }
}
