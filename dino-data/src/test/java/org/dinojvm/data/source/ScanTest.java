package org.dinojvm.data.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.dinojvm.data.TestPictures;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScanTest {

  @TempDir Path root;
  private Path pictures;

  @BeforeEach
  void makePictures() throws IOException {
    pictures = root.resolve("pictures");
    for (int i = 0; i < 3; i++) {
      TestPictures.write(pictures.resolve(i + ".png"), "png", 20 + i, 30);
    }
    Files.writeString(pictures.resolve("text\twith tab"), "no picture");
    Files.createSymbolicLink(pictures.resolve("gone"), root.resolve("nowhere"));
  }

  @Test
  void anUnchangedFileIsNotDecodedAgain() throws IOException {
    Scan first = silent(Stream.of());
    ImageFolder folder = Records.open(pictures, first);
    assertTrue(first.isNews());
    List<String> known = first.lines().toList();
    assertEquals(4, known.size(), known.toString()); // a dangling link may lead somewhere tomorrow

    damageUnseen(pictures.resolve("1.png"));
    Scan second = silent(known.stream());
    assertEquals(folder, Records.open(pictures, second));
    assertFalse(second.isNews());

    touch(pictures.resolve("1.png"));
    Scan third = silent(known.stream());
    ImageFolder changed = Records.open(pictures, third);
    assertEquals(2, changed.pictures().size());
    assertEquals(3, changed.skipped().size());
    assertTrue(third.isNews());
  }

  @Test
  void recordsAreKnownByTheirFile() throws IOException {
    Path records = root.resolve("records");
    RecordWriter.write(ImageFolder.scan(pictures), records, 2);
    Scan first = silent(Stream.of());
    ImageFolder folder = Records.open(records, first);
    List<String> known = first.lines().toList();
    assertEquals(3, known.size());
    assertEquals(folder, Records.open(records, silent(known.stream())));
  }

  @Test
  void linesThatAreNoneArePassedOver() throws IOException {
    ImageFolder folder = ImageFolder.scan(pictures);
    Stream<String> lines = Stream.of("", "a\tb", pictures.resolve("1.png") + "\t1\t2\tx\t4\t");
    assertEquals(folder, Records.open(pictures, silent(lines)));
  }

  private static Scan silent(Stream<String> lines) {
    return Scan.after(lines, (files, ofAll) -> {});
  }

  /** Other bytes, of the same number and time. */
  private static void damageUnseen(Path file) throws IOException {
    FileTime before = Files.getLastModifiedTime(file);
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, 8, bytes.length, (byte) 0);
    Files.write(file, bytes);
    Files.setLastModifiedTime(file, before);
  }

  private static void touch(Path file) throws IOException {
    long before = Files.getLastModifiedTime(file).toMillis();
    Files.setLastModifiedTime(file, FileTime.fromMillis(before + 5_000));
  }
}
