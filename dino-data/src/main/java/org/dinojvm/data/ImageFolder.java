package org.dinojvm.data;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.escape.Escaper;
import com.google.common.escape.Escapers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
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
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A folder of pictures, in sub-folders by class or flat, and what in it cannot be used.
 *
 * @param root the folder
 * @param pictures all that decode, sorted by path
 * @param classes names of the first-level sub-folders, sorted; a picture's label is an index into
 *     them. Empty for a flat folder
 * @param skipped all other files, sorted by path, each with its reason
 */
public record ImageFolder(
    Path root,
    ImmutableList<Picture> pictures,
    ImmutableList<String> classes,
    ImmutableList<SkippedFile> skipped) {

  /** The label of a picture that lies in no class's folder. */
  public static final int UNLABELLED = -1;

  /**
   * A picture that is known to decode.
   *
   * @param file that it is, or is a part of
   * @param part where in a file of several pictures it lies; empty where it is the file
   * @param label index into the classes, or {@link #UNLABELLED}
   * @param width in pixels
   * @param height in pixels
   */
  public record Picture(Path file, Optional<Part> part, int label, int width, int height) {

    /** A picture that is a file. */
    public Picture(Path file, int label, int width, int height) {
      this(file, Optional.empty(), label, width, height);
    }

    /** What tells it from all others: its file, and its number where a file holds several. */
    public Path name() {
      return part.map(p -> p.name(file)).orElse(file);
    }

    /** The last part of its name. */
    public String fileName() {
      return name().getFileName().toString();
    }

    /** Its encoded bytes, wherever they lie. */
    public byte[] read() throws IOException {
      return part.isPresent() ? part.get().read(file) : Files.readAllBytes(file);
    }
  }

  /**
   * Bytes of a file of several pictures.
   *
   * @param number of the picture in its file, from 0
   * @param before bytes of the file before the picture's
   * @param length bytes of the picture
   * @param after bytes of the file after the picture's
   */
  public record Part(int number, long before, int length, long after) {

    Path name(Path file) {
      return file.resolveSibling(file.getFileName() + "#" + number);
    }

    byte[] read(Path file) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(length);
      try (FileChannel channel = FileChannel.open(file)) {
        while (bytes.hasRemaining()) {
          if (channel.read(bytes, before + bytes.position()) < 0) {
            throw new IOException(file + " has become shorter");
          }
        }
      }
      return bytes.array();
    }
  }

  /** A file that is no usable picture, and why. */
  public record SkippedFile(Path file, String reason) {

    private static final Escaper ONE_LINE =
        Escapers.builder()
            .addEscape('\\', "\\\\")
            .addEscape('\t', "\\t")
            .addEscape('\n', "\\n")
            .addEscape('\r', "\\r")
            .build();

    /** The file's path on one line: what would break it is escaped as in Java. */
    public String name() {
      return ONE_LINE.escape(file.toString());
    }
  }

  /**
   * Finds the pictures under a folder, at any depth, or those that a list names, and decodes each
   * once to know that it is whole. Links are followed. What a file is, its content says, not its
   * name.
   *
   * @param source a folder; or a text file with one path a line, seen from the folder that the list
   *     is in
   * @throws IllegalArgumentException if there is no such folder or no usable picture in it
   */
  public static ImageFolder scan(Path source) throws IOException {
    return scan(source, Scan.silent());
  }

  /** The same with what an earlier scan knows. */
  public static ImageFolder scan(Path source, Scan scan) throws IOException {
    checkArgument(
        Files.exists(source),
        "no such folder: %s; give the folder that the pictures are in",
        source);
    if (Files.isDirectory(source)) {
      Walk walk = Walk.under(source);
      return check(source, walk.files, subfolders(source), walk.skipped, scan);
    }
    Path root = source.toAbsolutePath().getParent();
    return check(root, listed(source, root), ImmutableList.of(), new ArrayList<>(), scan);
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

  private static ImageFolder check(
      Path root,
      List<Path> files,
      ImmutableList<String> classes,
      List<SkippedFile> skipped,
      Scan scan) {
    ImmutableList.Builder<Picture> pictures = ImmutableList.builder();
    for (PictureCheck.Finding finding : PictureCheck.all(files, scan)) {
      if (finding.usable()) {
        int label = label(root, finding.file(), classes);
        pictures.add(new Picture(finding.file(), label, finding.width(), finding.height()));
      } else {
        skipped.add(new SkippedFile(finding.file(), finding.reason()));
      }
    }
    skipped.sort(Comparator.comparing(SkippedFile::file));
    ImageFolder folder =
        new ImageFolder(root, pictures.build(), classes, ImmutableList.copyOf(skipped));
    folder.checkUsable();
    return folder;
  }

  /** The name of a picture's class; empty if it lies in none. */
  public Optional<String> className(Picture picture) {
    return picture.label() == UNLABELLED
        ? Optional.empty()
        : Optional.of(classes.get(picture.label()));
  }

  /**
   * Some pictures, spread over all and so over the classes; the same ones each time.
   *
   * @param most how many, or all if there are fewer
   */
  public ImmutableList<Picture> spread(int most) {
    int count = Math.min(most, pictures.size());
    return IntStream.range(0, count)
        .mapToObj(i -> pictures.get((int) ((long) pictures.size() * i / count)))
        .collect(toImmutableList());
  }

  /**
   * Refuses a source of which too much cannot be used.
   *
   * @param largestShare of all files that may be skipped, 0 to 1
   */
  public ImageFolder checkSkipped(double largestShare) {
    long files = (long) pictures.size() + skipped.size();
    checkArgument(
        skipped.size() <= largestShare * files,
        "%s of %s files in %s cannot be used, more than the share of %s that --max_skipped allows;"
            + " the first, %s, because: %s",
        skipped.size(),
        files,
        root,
        largestShare,
        skipped.isEmpty() ? "" : skipped.get(0).name(),
        skipped.isEmpty() ? "" : skipped.get(0).reason());
    return this;
  }

  void checkUsable() {
    checkArgument(
        !pictures.isEmpty(),
        "no usable picture in %s: %s; give a folder with JPEG, PNG, GIF or BMP pictures, at any depth",
        root,
        skipped.isEmpty()
            ? "it holds no file"
            : skipped.size()
                + " files skipped, the first, "
                + skipped.get(0).name()
                + ", because: "
                + skipped.get(0).reason());
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
    return inside.getNameCount() == 1 ? UNLABELLED : classes.indexOf(inside.getName(0).toString());
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
