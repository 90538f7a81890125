package org.dinojvm.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.stream.Collectors.joining;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Files and folders that are on the disk, and not only in the operating system's memory, before
 * they get their name: a power cut leaves the old one or the new one, never an empty one.
 */
public final class DurableFiles {

  private DurableFiles() {}

  /**
   * Gives a file, or a folder with all that is in it at any depth, its final name.
   *
   * @param aside on the same file system
   * @throws IOException also if what was written did not reach the disk, as when it is full
   */
  public static Path publish(Path aside, Path target) throws IOException {
    sync(aside);
    Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
    syncFolder(target.toAbsolutePath().getParent());
    return target;
  }

  /** What is written into a file. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes a file so that it exists whole or not at all; it replaces one of its name.
   *
   * @throws IOException naming the file
   */
  public static void write(Path file, Content content) throws IOException {
    Path aside = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(aside))) {
        content.writeTo(out);
      }
      publish(aside, file);
    } catch (IOException e) {
      throw IoFailures.writing(file, e);
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  /** The same with lines of UTF-8, each ended by a line feed. */
  public static void write(Path file, List<String> lines) throws IOException {
    byte[] text = lines.stream().map(line -> line + "\n").collect(joining()).getBytes(UTF_8);
    write(file, out -> out.write(text));
  }

  private static void sync(Path fileOrFolder) throws IOException {
    if (!Files.isDirectory(fileOrFolder)) {
      syncFile(fileOrFolder);
      return;
    }
    try (Stream<Path> children = Files.list(fileOrFolder)) {
      for (Path child : (Iterable<Path>) children::iterator) {
        sync(child);
      }
    }
    syncFolder(fileOrFolder);
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
