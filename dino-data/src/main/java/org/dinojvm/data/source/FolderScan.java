package org.dinojvm.data.source;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.ImageFolder.SkippedFile;

/** Finds the files that may be pictures: those under a folder, or those that a list names. */
final class FolderScan {

  private FolderScan() {}

  /** See {@link ImageFolder#scan(Path)}. */
  static ImageFolder scan(Path source, Scan scan) throws IOException {
    checkArgument(
        Files.exists(source),
        "no such folder: %s; give the folder that the pictures are in",
        source);
    if (Files.isDirectory(source)) {
      Walk walk = Walk.under(source);
      ImmutableList<String> classes = subfolders(source);
      List<Picture> candidates =
          walk.files.stream().map(file -> candidate(file, label(source, file, classes))).toList();
      return ImageFolder.checked(source, classes, candidates, walk.skipped, scan);
    }
    Path root = source.toAbsolutePath().getParent();
    List<Picture> candidates =
        listed(source, root).stream().map(file -> candidate(file, ImageFolder.UNLABELLED)).toList();
    return ImageFolder.checked(root, ImmutableList.of(), candidates, ImmutableList.of(), scan);
  }

  private static Picture candidate(Path file, int label) {
    return Picture.candidate(file, Optional.empty(), label);
  }

  /** The files that a list names; empty lines do not count. */
  private static List<Path> listed(Path list, Path root) throws IOException {
    List<Path> files = List.of();
    try {
      files =
          lines(list).stream()
              .map(String::strip)
              .filter(line -> !line.isEmpty())
              .map(root::resolve)
              .toList();
    } catch (CharacterCodingException | InvalidPathException e) {
      // No text, or no paths in it: some other kind of file, as is one that names nothing.
    }
    checkArgument(
        files.stream().anyMatch(Files::exists),
        "neither a folder nor a list of files that exist: %s; give a folder of pictures, a text file"
            + " with one path a line, or TFRecords",
        list);
    return files;
  }

  /** None of what is no regular file: a pipe might never end. */
  private static List<String> lines(Path list) throws IOException {
    return Files.isRegularFile(list) ? Files.readAllLines(list) : List.of();
  }

  private static ImmutableList<String> subfolders(Path root) throws IOException {
    try (Stream<Path> children = Files.list(root)) {
      return children
          .filter(Files::isDirectory)
          .map(folder -> folder.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .collect(toImmutableList());
    }
  }

  private static int label(Path root, Path file, ImmutableList<String> classes) {
    Path inside = root.relativize(file);
    return inside.getNameCount() == 1
        ? ImageFolder.UNLABELLED
        : classes.indexOf(inside.getName(0).toString());
  }

  /** Every regular file under a folder, at any depth, sorted; links are followed. */
  static List<Path> files(Path root) throws IOException {
    return Walk.under(root).files;
  }

  /** Every file under a folder, sorted, and what could not be entered. */
  private static final class Walk extends SimpleFileVisitor<Path> {
    final List<Path> files = new ArrayList<>();
    final List<SkippedFile> skipped = new ArrayList<>();

    static Walk under(Path root) throws IOException {
      Walk walk = new Walk();
      Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, walk);
      walk.files.sort(Comparator.naturalOrder());
      return walk;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (attributes.isRegularFile()) {
        files.add(file);
      } else {
        String kind = attributes.isSymbolicLink() ? "a link that leads nowhere" : "no regular file";
        skipped.add(new SkippedFile(file, kind));
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      skipped.add(new SkippedFile(file, PictureCheck.unreadable(e)));
      return FileVisitResult.CONTINUE;
    }
  }
}
