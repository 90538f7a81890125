package org.dinojvm.data;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.dinojvm.data.ImageFolder.SkippedFile;
import org.dinojvm.data.PictureCheck.Finding;

/**
 * A search for pictures: what an earlier one found, so that files that have not changed since are
 * not decoded again, and how far it is. For one search at a time.
 */
public final class Scan {

  private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(10);

  private static final Splitter TABS = Splitter.on('\t');

  /** What was found in a file of a size and time of change. */
  private record Known(long bytes, long modified, int width, int height, String reason) {

    boolean isAbout(BasicFileAttributes file) {
      return file.isRegularFile() && file.size() == bytes && modified == modified(file);
    }

    static long modified(BasicFileAttributes file) {
      return file.lastModifiedTime().toMillis();
    }
  }

  private final Map<String, Known> before;
  private final Map<String, Known> now = new ConcurrentHashMap<>();
  private final Progress progress;
  private long lastReport = System.nanoTime();

  private Scan(Map<String, Known> before, Progress progress) {
    this.before = before;
    this.progress = progress;
  }

  /** A scan that knows nothing. */
  public static Scan fresh(Progress progress) {
    return new Scan(Map.of(), progress);
  }

  /** A scan that knows nothing and tells nothing. */
  static Scan silent() {
    return fresh(Progress.NONE);
  }

  /**
   * A scan that knows what an earlier one did.
   *
   * @param lines of {@link #lines}; those that are none are passed over
   */
  public static Scan after(Stream<String> lines, Progress progress) {
    Map<String, Known> before = new ConcurrentHashMap<>();
    lines.forEach(
        line -> {
          List<String> columns = TABS.splitToList(line);
          try {
            before.put(
                columns.get(0),
                new Known(
                    Long.parseLong(columns.get(1)),
                    Long.parseLong(columns.get(2)),
                    Integer.parseInt(columns.get(3)),
                    Integer.parseInt(columns.get(4)),
                    columns.get(5)));
          } catch (NumberFormatException | IndexOutOfBoundsException e) {
            // Half a line, or none of this program's: the file is decoded.
          }
        });
    return new Scan(before, progress);
  }

  /**
   * What was found, a line each: name, bytes, time of change, width, height, and why it is
   * unusable.
   */
  public Stream<String> lines() {
    return now.entrySet().stream()
        .map(
            entry -> {
              Known known = entry.getValue();
              return String.join(
                  "\t",
                  entry.getKey(),
                  Long.toString(known.bytes),
                  Long.toString(known.modified),
                  Integer.toString(known.width),
                  Integer.toString(known.height),
                  known.reason);
            })
        .sorted();
  }

  /** Whether it found anything that it did not know, or misses what it knew. */
  public boolean isNews() {
    return !now.equals(before);
  }

  /**
   * What is in a picture, looked at only if it has changed.
   *
   * @param name of the picture
   * @param file that it is in
   */
  Finding finding(Path name, Path file, Supplier<Finding> check) {
    String key = new SkippedFile(name, "").name();
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      Known known = before.get(key);
      if (known != null && known.isAbout(attributes)) {
        now.put(key, known);
        return new Finding(name, known.width, known.height, known.reason);
      }
      Finding found = check.get();
      if (found.isOfContent()) {
        long modified = Known.modified(attributes);
        String reason = found.reason().replaceAll("\\s", " ");
        now.put(key, new Known(attributes.size(), modified, found.width(), found.height(), reason));
      }
      return found;
    } catch (IOException e) {
      return PictureCheck.unreadable(name, e);
    }
  }

  /** Tells how far it is, if that is due. */
  void report(int files, int ofAll) {
    if (System.nanoTime() - lastReport >= BETWEEN_REPORTS.toNanos()) {
      lastReport = System.nanoTime();
      progress.report(files, ofAll);
    }
  }
}
