package org.dinojvm.verify;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The SHA-256 sums of a folder's files, where it has a file {@code SHA256SUMS} as {@code sha256sum}
 * writes it. Not every number can show in a result: softmax takes a key's bias away, and a pixel's
 * last bits drown in rounding.
 */
final class Checksums {

  private static final String FILE = "SHA256SUMS";
  private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) [ *](.+)");

  private final Path folder;
  private final ImmutableMap<String, String> sums;

  private Checksums(Path folder, ImmutableMap<String, String> sums) {
    this.folder = folder;
    this.sums = sums;
  }

  /** Reads the sums of a folder; none where it has no list. */
  static Checksums of(Path folder) throws IOException {
    ImmutableMap.Builder<String, String> sums = ImmutableMap.builder();
    if (Files.exists(folder.resolve(FILE))) {
      for (String line : Files.readAllLines(folder.resolve(FILE), UTF_8)) {
        Matcher matcher = LINE.matcher(line);
        checkArgument(matcher.matches(), "%s: '%s' is no line of sha256sum", FILE, line);
        sums.put(matcher.group(2), matcher.group(1));
      }
    }
    return new Checksums(folder, sums.buildOrThrow());
  }

  /** What is wrong with a file; nothing if it is whole, not there or not in the list. */
  Optional<Finding> finding(String name) throws IOException {
    Path file = folder.resolve(name);
    String expected = sums.get(name);
    if (expected == null || !Files.exists(file)) {
      return Optional.empty();
    }
    String actual = MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
    return actual.equals(expected)
        ? Optional.empty()
        : Optional.of(Finding.failed(name, "altered: its SHA-256 is not that of " + FILE));
  }
}
