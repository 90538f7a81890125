package org.dinojvm.eval;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyTest {

  @TempDir Path directory;

  @Test
  void writesVersionOneOfTheFormat() throws Exception {
    Path file = directory.resolve("features.npy");
    Npy.write(file, new float[][] {{1, 2, 3}, {-0.5f, 1e-30f, Float.MAX_VALUE}});

    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals((byte) 0x93, bytes.get());
    assertEquals("NUMPY\1\0", text(bytes, 7));
    int headerLength = bytes.getShort();
    assertEquals(0, (10 + headerLength) % 64);
    assertEquals(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
        text(bytes, headerLength).strip());
    assertEquals('\n', bytes.get(9 + headerLength));
    for (float expected : new float[] {1, 2, 3, -0.5f, 1e-30f, Float.MAX_VALUE}) {
      assertEquals(expected, bytes.getFloat());
    }
    assertEquals(0, bytes.remaining());
  }

  @Test
  void replacesAnOlderFileAndLeavesNothingAside() throws Exception {
    Path file = directory.resolve("features.npy");
    Npy.write(file, new float[100][7]);
    Npy.write(file, new float[1][1]);

    assertEquals(128 + Float.BYTES, Files.size(file));
    try (var files = Files.list(directory)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void writesThePathOfEachRow() throws Exception {
    List<Path> paths = List.of(Path.of("a", "käfer 1.png"), Path.of("b", "犬.jpg"));

    Path file = Npy.writePaths(directory.resolve("features.npy"), paths);

    assertEquals(directory.resolve("features.txt"), file);
    assertEquals(paths.stream().map(Path::toString).toList(), Files.readAllLines(file));
  }

  @Test
  void refusesARowOfAnotherLength() {
    Path file = directory.resolve("features.npy");
    assertThrows(
        IllegalArgumentException.class, () -> Npy.write(file, new float[][] {{1, 2}, {3}}));
  }

  private static String text(ByteBuffer bytes, int length) {
    byte[] text = new byte[length];
    bytes.get(text);
    return new String(text, US_ASCII);
  }
}
