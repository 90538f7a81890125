package org.dinojvm.data.source;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.Futures;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dinojvm.data.source.ImageFolder.Picture;

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

  /** Checks pictures whose sizes are not known yet, on all cores. */
  static ImmutableList<Finding> all(List<Picture> candidates, Scan scan) {
    int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (PictureDecoder decoder = new PictureDecoder()) {
      PictureCheck check = new PictureCheck(decoder);
      List<Future<Finding>> futures =
          candidates.stream()
              .map(each -> pool.submit(() -> scan.finding(each, () -> check.check(each))))
              .toList();
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
    if (e instanceof UnusableFileException unusable) {
      return unusable.reason();
    }
    return "cannot be read: " + e.getMessage();
  }

  private Finding check(Picture candidate) {
    try {
      return check(candidate.name(), candidate.read());
    } catch (IOException e) {
      return unreadable(candidate.name(), e);
    }
  }

  /** Checks a picture's bytes; the path is for the finding alone. */
  private Finding check(Path file, byte[] bytes) {
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
    if (header.format() == PictureHeader.Format.BMP && PictureHeader.hasColorPalette(bytes)) {
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
