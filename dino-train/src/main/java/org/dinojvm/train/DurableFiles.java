package org.dinojvm.train;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * Files and folders that are on the disk, and not only in the operating system's memory, before
 * they get their name: a power cut leaves the old one or the new one, never an empty one.
 */
final class DurableFiles {

  private DurableFiles() {}

  /**
   * Gives a file, or a folder with the files in it, its final name in the same parent folder.
   *
   * @throws IOException also if what was written did not reach the disk, as when it is full
   */
  static Path publish(Path aside, Path target) throws IOException {
    if (Files.isDirectory(aside)) {
      try (Stream<Path> children = Files.list(aside)) {
        for (Path file : (Iterable<Path>) children::iterator) {
          syncFile(file);
        }
      }
      syncFolder(aside);
    } else {
      syncFile(aside);
    }
    Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
    syncFolder(target.toAbsolutePath().getParent());
    return target;
  }

  /** Writes a file so that it exists whole or not at all. */
  static void write(Path file, List<String> lines) throws IOException {
    Path aside = file.resolveSibling("." + file.getFileName());
    try {
      Files.write(aside, lines);
      publish(aside, file);
    } catch (IOException e) {
      throw IoFailures.writing(file, e);
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  private static void syncFile(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, WRITE)) {
      channel.force(true);
    }
  }

  /** The names in it; Windows neither needs this nor can open a folder. */
  private static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Some file systems cannot; what is in the files is on the disk already.
    }
  }
}
