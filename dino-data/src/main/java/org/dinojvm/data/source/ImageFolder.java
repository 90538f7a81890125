package org.dinojvm.data.source;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.escape.Escaper;
import com.google.common.escape.Escapers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

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
      return part.isPresent() ? part.get().read(file) : RegularFiles.read(file);
    }

    /** A picture that was not looked at yet. */
    static Picture candidate(Path file, Optional<Part> part, int label) {
      return new Picture(file, part, label, 0, 0);
    }

    private Picture sized(int ownWidth, int ownHeight) {
      return new Picture(file, part, label, ownWidth, ownHeight);
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
      return RegularFiles.read(file, before, length);
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
    return FolderScan.scan(source, scan);
  }

  /**
   * Decodes each of some pictures once to know that it is whole.
   *
   * @param candidates whose sizes are not known yet
   * @param skipped what is known to be unusable
   * @throws IllegalArgumentException if no picture is usable
   */
  static ImageFolder checked(
      Path root,
      ImmutableList<String> classes,
      List<Picture> candidates,
      List<SkippedFile> skipped,
      Scan scan) {
    List<PictureCheck.Finding> findings = PictureCheck.all(candidates, scan);
    ImmutableList.Builder<Picture> pictures = ImmutableList.builder();
    List<SkippedFile> unusable = new ArrayList<>(skipped);
    for (int i = 0; i < findings.size(); i++) {
      PictureCheck.Finding finding = findings.get(i);
      if (finding.usable()) {
        pictures.add(candidates.get(i).sized(finding.width(), finding.height()));
      } else {
        unusable.add(new SkippedFile(finding.file(), finding.reason()));
      }
    }
    unusable.sort(Comparator.comparing(SkippedFile::file));
    ImageFolder folder =
        new ImageFolder(root, pictures.build(), classes, ImmutableList.copyOf(unusable));
    folder.checkUsable();
    return folder;
  }

  /** Why pictures of an earlier scan can no longer be used, for those of which that is so. */
  public static ImmutableList<SkippedFile> check(List<Picture> pictures) {
    return PictureCheck.all(pictures, Scan.silent()).stream()
        .filter(finding -> !finding.usable())
        .map(finding -> new SkippedFile(finding.file(), finding.reason()))
        .collect(toImmutableList());
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

  private void checkUsable() {
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
}
