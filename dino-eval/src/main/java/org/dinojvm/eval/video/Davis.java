package org.dinojvm.eval.video;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * DAVIS 2017 in its own layout: {@code ImageSets/2017/val.txt} names the videos, {@code
 * JPEGImages/480p/VIDEO/00000.jpg} and so on are their frames and {@code
 * Annotations/480p/VIDEO/00000.png} the objects in them.
 *
 * @param videos in the order of the list
 */
public record Davis(ImmutableList<Video> videos) {

  /**
   * A video.
   *
   * @param name of its folders
   * @param frames pictures, in order
   * @param annotations objects, one file a frame
   */
  public record Video(String name, ImmutableList<Path> frames, ImmutableList<Path> annotations) {}

  /**
   * Looks a data set over.
   *
   * @param root the folder that holds ImageSets, JPEGImages and Annotations
   * @param split name of the list, such as {@code val}
   * @param resolution name of the folders, such as {@code 480p}
   * @throws IllegalArgumentException saying what is missing where
   */
  public static Davis open(Path root, String split, String resolution) {
    Path list = root.resolve("ImageSets").resolve("2017").resolve(split + ".txt");
    ImmutableList.Builder<Video> videos = ImmutableList.builder();
    for (String name : names(list)) {
      videos.add(
          video(
              name,
              root.resolve("JPEGImages").resolve(resolution).resolve(name),
              root.resolve("Annotations").resolve(resolution).resolve(name)));
    }
    ImmutableList<Video> all = videos.build();
    checkArgument(!all.isEmpty(), "%s names no video: expected one name a line", list);
    return new Davis(all);
  }

  private static List<String> names(Path list) {
    checkArgument(
        Files.isRegularFile(list),
        "no %s: expected DAVIS 2017 with ImageSets/2017, JPEGImages and Annotations in it",
        list);
    try {
      return Files.readAllLines(list).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + list, e);
    }
  }

  private static Video video(String name, Path pictures, Path annotations) {
    ImmutableList<Path> frames = files(pictures, ".jpg");
    ImmutableList<Path> masks = files(annotations, ".png");
    checkArgument(
        frames.size() >= 3, "%s has %s frames: expected at least 3 .jpg", pictures, frames.size());
    checkArgument(
        masks.size() == frames.size(),
        "%s has %s .png for the %s frames of %s: expected one each",
        annotations,
        masks.size(),
        frames.size(),
        pictures);
    for (int i = 0; i < frames.size(); i++) {
      checkArgument(
          stem(frames.get(i)).equals(stem(masks.get(i))),
          "%s has no annotation: expected %s.png in %s",
          frames.get(i),
          stem(frames.get(i)),
          annotations);
    }
    return new Video(name, frames, masks);
  }

  private static String stem(Path file) {
    return file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
  }

  private static ImmutableList<Path> files(Path folder, String ending) {
    checkArgument(
        Files.isDirectory(folder), "no folder %s: expected a video's files there", folder);
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(ending))
          .sorted()
          .collect(ImmutableList.toImmutableList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }
}
