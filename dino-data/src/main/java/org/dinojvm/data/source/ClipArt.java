package org.dinojvm.data.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dinojvm.files.DurableFiles;

/**
 * The sample that comes with the project: public-domain clip art of openclipart.org, at most 128
 * pixels a side, in 20 classes; 857 pictures to train on and 276 to evaluate with.
 */
public final class ClipArt {

  /** A jar's folders cannot be listed, so the files are named here: {@code train/bird/….jpg}. */
  private static final String INDEX = "index.txt";

  private static final ImmutableList<String> SPLITS = ImmutableList.of("train", "val");

  private ClipArt() {}

  /**
   * Writes the pictures to {@code folder/train} and {@code folder/val}, a sub-folder per class.
   * What is there already stays; a split appears whole or not at all.
   */
  public static void extractTo(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String split : SPLITS) {
      if (!Files.isDirectory(folder.resolve(split))) {
        extractSplit(folder, split);
      }
    }
  }

  /** The pictures' names, relative to the sample's folder, sorted. */
  static ImmutableList<String> names() throws IOException {
    return ImmutableList.copyOf(
        Resources.readLines(Resources.getResource("clipart/" + INDEX), UTF_8));
  }

  private static void extractSplit(Path folder, String split) throws IOException {
    Path target = folder.resolve(split);
    try {
      DurableFiles.writeFolder(target, aside -> copySplit(split + "/", aside));
    } catch (IOException e) {
      if (!Files.isDirectory(target)) { // or else another process was faster
        throw e;
      }
    }
  }

  private static void copySplit(String prefix, Path target) throws IOException {
    for (String name : names()) {
      if (name.startsWith(prefix)) {
        copy(name, target.resolve(name.substring(prefix.length())));
      }
    }
  }

  private static void copy(String name, Path target) throws IOException {
    Files.createDirectories(target.getParent());
    try (OutputStream out = Files.newOutputStream(target)) {
      Resources.copy(Resources.getResource("clipart/" + name), out);
    }
  }
}
