package org.dinojvm.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.stream.Collectors.joining;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
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

  /** Starts the name of a folder that is being written. */
  private static final String ASIDE = ".saving-";

  /** What is written into a folder. */
  @FunctionalInterface
  public interface FolderContent {
    void writeTo(Path folder) throws IOException;
  }

  /**
   * Writes a folder so that it exists whole or not at all; it may take the place of an empty one.
   *
   * @return the folder
   * @throws IOException also if there is a folder of that name with something in it
   */
  public static Path writeFolder(Path folder, FolderContent content) throws IOException {
    Path aside = createAside(folder.toAbsolutePath().getParent());
    try {
      content.writeTo(aside);
      return publish(aside, folder);
    } finally {
      deleteTree(aside);
    }
  }

  /**
   * Makes a folder to write into before it is renamed: hidden, and readable by whom a new folder is
   * readable by, unlike a temporary one, so that a server under another account can load from it.
   */
  public static Path createAside(Path parent) throws IOException {
    return Files.createDirectory(parent.resolve(ASIDE + UUID.randomUUID()));
  }

  /** Whether a folder of that name was made by {@link #createAside}. */
  public static boolean isAside(String name) {
    return name.startsWith(ASIDE);
  }

  /**
   * Gives a file, or a folder with all that is in it, its final name on the same file system.
   *
   * @return the final name
   * @throws IOException also if what was written did not reach the disk, as when it is full
   */
  public static Path publish(Path aside, Path target) throws IOException {
    syncTree(aside);
    Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
    syncFolder(target.toAbsolutePath().getParent());
    return target;
  }

  /** Deletes a folder with all in it, if it is there. */
  public static void deleteTree(Path folder) throws IOException {
    if (Files.exists(folder)) {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
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

  /** All files and folders below a path, and the path itself. */
  private static void syncTree(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        if (Files.isDirectory(path)) {
          syncFolder(path);
        } else {
          syncFile(path);
        }
      }
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
