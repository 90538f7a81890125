package org.dinojvm.data.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.dinojvm.data.TestPictures;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.ImageFolder.SkippedFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {

  @TempDir Path root;

  @Test
  void findsPicturesOfAllFormatsByClass() throws IOException {
    TestPictures.write(root.resolve("zebra/one.png"), "png", 5, 7);
    TestPictures.write(root.resolve("ant eater/deep/er/two.jpg"), "jpg", 9, 8);
    TestPictures.write(root.resolve("ant eater/\u8681.gif"), "gif", 4, 4);
    TestPictures.write(root.resolve("ant eater/no extension"), "bmp", 3, 2);
    TestPictures.write(root.resolve("stray.png"), "png", 2, 2);

    ImageFolder folder = ImageFolder.scan(root);

    assertEquals(List.of("ant eater", "zebra"), folder.classes());
    assertEquals(
        List.of(
            new Picture(root.resolve("ant eater/deep/er/two.jpg"), 0, 8, 9),
            new Picture(root.resolve("ant eater/no extension"), 0, 2, 3),
            new Picture(root.resolve("ant eater/\u8681.gif"), 0, 4, 4),
            new Picture(root.resolve("stray.png"), ImageFolder.UNLABELLED, 2, 2),
            new Picture(root.resolve("zebra/one.png"), 1, 7, 5)),
        folder.pictures());
    assertEquals(List.of(), folder.skipped());
  }

  @Test
  void flatFolderHasNoClasses() throws IOException {
    TestPictures.write(root.resolve("b.png"), "png", 2, 2);
    TestPictures.write(root.resolve("a.png"), "png", 2, 2);

    ImageFolder folder = ImageFolder.scan(root);

    assertEquals(List.of(), folder.classes());
    assertEquals(
        List.of(
            new Picture(root.resolve("a.png"), ImageFolder.UNLABELLED, 2, 2),
            new Picture(root.resolve("b.png"), ImageFolder.UNLABELLED, 2, 2)),
        folder.pictures());
  }

  @Test
  void skipsWhatCannotBeUsedAndSaysWhy() throws IOException {
    TestPictures.write(root.resolve("good.png"), "png", 30, 30);
    Files.writeString(root.resolve("notes.txt"), "not a picture");
    Files.write(root.resolve(".DS_Store"), new byte[] {0, 0, 0, 1, 2, 3});
    Files.write(root.resolve("empty.jpg"), new byte[0]);
    truncate(TestPictures.write(root.resolve("cut.jpg"), "jpg", 64, 64), 2);
    truncate(TestPictures.write(root.resolve("cut.png"), "png", 64, 64), 2);
    Files.write(root.resolve("header.jpg"), new byte[] {-1, -40, -1, -32});
    Files.write(root.resolve("bomb.png"), pngHeader(60_000, 60_000));
    Files.createSymbolicLink(root.resolve("dangling.png"), root.resolve("nowhere"));

    Map<String, String> reasons =
        ImageFolder.scan(root).skipped().stream()
            .collect(
                Collectors.toMap(
                    skipped -> skipped.file().getFileName().toString(), SkippedFile::reason));

    assertEquals(8, reasons.size(), reasons.toString());
    assertEquals("not a JPEG, PNG, GIF or BMP picture", reasons.get("notes.txt"));
    assertEquals("not a JPEG, PNG, GIF or BMP picture", reasons.get(".DS_Store"));
    assertEquals("empty", reasons.get("empty.jpg"));
    assertEquals("damaged JPEG: cut short", reasons.get("cut.jpg"));
    assertTrue(reasons.get("cut.png").startsWith("damaged PNG: "), reasons.get("cut.png"));
    assertEquals("damaged JPEG: its header is cut short or illegal", reasons.get("header.jpg"));
    assertEquals(
        "too large: 60000 × 60000 pixels, the limit is 178956970 in all", reasons.get("bomb.png"));
    assertEquals("a link that leads nowhere", reasons.get("dangling.png"));
  }

  @Test
  void refusesWhatIsNoFolderOfPictures() throws IOException {
    Path file = Files.writeString(root.resolve("notes.txt"), "not a picture");

    assertRefused("no such folder: " + root.resolve("nowhere"), root.resolve("nowhere"));
    assertRefused("neither a folder nor a list of files that exist: " + file, file);
    assertRefused("no usable picture in " + root + ": 1 file", root);
  }

  @Test
  void namesWithControlCharactersStayOnOneLine() {
    assertEquals("a\\tb\\nc\\\\d", new SkippedFile(Path.of("a\tb\nc\\d"), "empty").name());
  }

  private static void assertRefused(String message, Path folder) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> ImageFolder.scan(folder));
    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }

  private static void truncate(Path file, int part) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / part));
  }

  private static byte[] pngHeader(int width, int height) {
    return ByteBuffer.allocate(33)
        .putLong(0x89504E470D0A1A0AL)
        .putInt(13)
        .putInt(0x49484452)
        .putInt(width)
        .putInt(height)
        .array();
  }
}
