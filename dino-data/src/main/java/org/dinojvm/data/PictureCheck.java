package org.dinojvm.data;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.Futures;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;

/** Tells pictures that training can read from all other files. */
final class PictureCheck {

  /** Beyond this many pixels Pillow, too, refuses: its DecompressionBombError. */
  static final long MAX_PIXELS = 178_956_970;

  /**
   * A picture's size; or else why the file is unusable.
   *
   * @param isOfContent whether its bytes were looked at, and will be found the same until they
   *     change
   */
  record Finding(Path file, int width, int height, String reason, boolean isOfContent) {
    Finding(Path file, int width, int height, String reason) {
      this(file, width, height, reason, true);
    }

    boolean usable() {
      return reason.isEmpty();
    }
  }

  private final PictureDecoder decoder;

  private PictureCheck(PictureDecoder decoder) {
    this.decoder = decoder;
  }

  /** Checks files on all cores. */
  static ImmutableList<Finding> all(List<Path> files, Scan scan) {
    return all(files, scan, (check, file) -> scan.finding(file, file, () -> check.check(file)));
  }

  /** Checks things that pictures are in on all cores. */
  static <T> ImmutableList<Finding> all(
      List<T> things, Scan scan, BiFunction<PictureCheck, T, Finding> checkOne) {
    int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (PictureDecoder decoder = new PictureDecoder()) {
      PictureCheck check = new PictureCheck(decoder);
      List<Future<Finding>> futures =
          things.stream().map(thing -> pool.submit(() -> checkOne.apply(check, thing))).toList();
      ImmutableList.Builder<Finding> findings = ImmutableList.builder();
      for (int i = 0; i < futures.size(); i++) {
        findings.add(Futures.getUnchecked(futures.get(i)));
        scan.report(i + 1, futures.size());
      }
      return findings.build();
    } finally {
      pool.shutdownNow();
    }
  }

  /** A reason to skip what the file system does not hand out. */
  static String unreadable(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "no permission to read it";
    }
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    if (e instanceof FileSystemLoopException) {
      return "a link to a folder that holds it";
    }
    return "cannot be read: " + e.getMessage();
  }

  /** Checks a file. */
  Finding check(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) { // reading a pipe might never end
        String kind = attributes.isDirectory() ? "a folder" : "no regular file";
        return new Finding(file, 0, 0, kind, false);
      }
      return attributes.size() > Integer.MAX_VALUE - 8
          ? unusable(file, "larger than 2 GiB")
          : check(file, Files.readAllBytes(file));
    } catch (IOException e) {
      return unreadable(file, e);
    }
  }

  /** Checks a picture's bytes; the path is for the finding alone. */
  Finding check(Path file, byte[] bytes) {
    if (bytes.length == 0) {
      return unusable(file, "empty");
    }
    Optional<PictureHeader.Format> format = PictureHeader.sniff(bytes);
    if (format.isEmpty()) {
      return unusable(file, "not a JPEG, PNG, GIF or BMP picture");
    }
    Optional<PictureHeader> header = PictureHeader.read(format.get(), bytes);
    if (header.isEmpty()) {
      return unusable(file, "damaged " + format.get() + ": its header is cut short or illegal");
    }
    return check(file, bytes, header.get());
  }

  private Finding check(Path file, byte[] bytes, PictureHeader header) {
    if (header.pixels() > MAX_PIXELS) {
      return unusable(
          file,
          "too large: %d × %d pixels, the limit is %d in all"
              .formatted(header.width(), header.height(), MAX_PIXELS));
    }
    if (header.format() == PictureHeader.Format.BMP && PictureHeader.hasColourPalette(bytes)) {
      return unusable(file, "BMP with a palette, which TensorFlow cannot read; save it as PNG");
    }
    return decoder
        .failure(bytes)
        .map(failure -> unusable(file, damaged(header.format(), bytes, failure)))
        .orElseGet(() -> new Finding(file, header.width(), header.height(), ""));
  }

  /** TensorFlow tells little about JPEGs, of which most that are damaged are cut short. */
  private static String damaged(PictureHeader.Format format, byte[] bytes, String failure) {
    String why =
        format == PictureHeader.Format.JPEG && !PictureHeader.hasJpegEnd(bytes)
            ? "cut short"
            : failure;
    return "damaged " + format + ": " + why;
  }

  /** Unusable for now: the file system may hand it out another time. */
  static Finding unreadable(Path file, IOException e) {
    return new Finding(file, 0, 0, unreadable(e), false);
  }

  private static Finding unusable(Path file, String reason) {
    return new Finding(file, 0, 0, reason);
  }
}
