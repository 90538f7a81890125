package org.dinojvm.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is in folders. */
final class Folders {

  private Folders() {}

  /** Files and folders right below. */
  static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.toList();
    }
  }

  /** Files at any depth, relative to the folder. */
  static Set<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .collect(Collectors.toSet());
    }
  }

  /** Copies all files to a new folder. */
  static Path copy(Path folder, Path copy) throws IOException {
    for (String file : files(folder)) {
      Files.createDirectories(copy.resolve(file).getParent());
      Files.copy(folder.resolve(file), copy.resolve(file));
    }
    return copy;
  }
}
