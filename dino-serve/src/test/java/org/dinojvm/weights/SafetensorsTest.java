package org.dinojvm.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void readsTheReference() {
    Safetensors train = Safetensors.read(Resources.reference("train_adamw.safetensors"));
    assertEquals("48", train.metadata().get("embed_dim"));
    assertEquals(Shape.of(8), train.tensor("losses").shape());
    assertEquals(DType.F64, train.tensor("losses").dtype());
    assertEquals(2.4513375759124756, train.tensor("losses").doubles()[0]);

    Safetensors withBatchNorm =
        Safetensors.read(Resources.reference("train_sgd_bn_head.safetensors"));
    long[] batches = withBatchNorm.tensor("teacher.head.mlp.1.num_batches_tracked").longs();
    assertArrayEquals(new long[] {8}, batches);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vit_forward", "resnet50", "train_sgd_bn_head", "augmentations", "knn"})
  void writesWhatItRead(String name) throws IOException {
    Safetensors original = Safetensors.read(Resources.reference(name + ".safetensors"));
    Path copy = folder.resolve("copy.safetensors");
    original.write(copy);
    Safetensors read = Safetensors.read(copy);
    assertEquals(original, read);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(copy), files.toList(), "nothing else is left beside the file");
    }
  }

  @Test
  void writesEveryTypeAlignedAndReplacesAnOlderFile() throws IOException {
    ImmutableMap.Builder<String, Weight> tensors = ImmutableMap.builder();
    for (DType dtype : DType.values()) {
      byte[] ones = new byte[3 * dtype.bytes()];
      Arrays.fill(ones, (byte) 1);
      tensors.put(dtype.name(), Weight.of(dtype, Shape.of(3), ByteBuffer.wrap(ones)));
    }
    Path file = folder.resolve("all.safetensors");
    Files.writeString(file, "older");
    Safetensors.of(tensors.buildOrThrow()).write(file);
    assertEquals(tensors.buildOrThrow(), Safetensors.read(file).tensors());
    assertEquals(
        0, ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8);
  }

  @Test
  void writesTransposedViewsInRowMajorOrder() throws IOException {
    Weight matrix = Weight.of(Shape.of(2, 3), new float[] {1, 2, 3, 4, 5, 6});
    Path file = folder.resolve("transposed.safetensors");
    Safetensors.of(ImmutableMap.of("t", matrix.permuted(1, 0))).write(file);
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, Safetensors.read(file).tensor("t").floats());
  }

  @Test
  void namesTheFile() {
    Path missing = folder.resolve("missing.safetensors");
    assertEquals(
        missing + ": no such file",
        assertThrows(IllegalArgumentException.class, () -> Safetensors.read(missing)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> Safetensors.read(folder));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}} | takes 8 bytes, found 4",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | starts at data byte 4, expected 0",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | truncated: the header describes 8",
        "{\"a\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[0,2]}} | too long: the header describes 2",
        "{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[2,4]}} | must not overlap",
        "{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"I8\",\"shape\":[0],\"data_offsets\":[4,4]}} | Duplicate field 'a'",
        "{\"a\":{\"dtype\":\"F8\",\"shape\":[4],\"data_offsets\":[0,4]}} | unknown dtype 'F8'; known are F64, F32",
        "{\"a\":{\"dtype\":\"I8\",\"shape\":[-4],\"data_offsets\":[0,4]}} | whole numbers ≥ 0, found -4",
        "{\"a\":{\"dtype\":\"I8\",\"shape\":[4.0],\"data_offsets\":[0,4]}} | whole numbers ≥ 0, found 4.0",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[4611686018427387904,4611686018427387904],\"data_offsets\":[0,4]}} | found 4",
        "{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[4,0]}} | begin ≤ end",
        "{\"a\":{\"dtype\":\"I8\",\"shape\":[4]}} | expected data_offsets to be a list",
        "{\"a\":7} | expected a dtype",
        "{\"__metadata__\":{\"a\":7}} | must hold text",
        "[] | not a JSON object",
        "{\"a\": | not valid JSON",
        "{} x | not valid JSON",
      })
  void refusesWrongHeaders(String header, String expected) {
    byte[] file = file(header, 4);
    String message =
        assertThrows(IllegalArgumentException.class, () -> Safetensors.read(file)).getMessage();
    assertTrue(message.contains(expected), message);
    assertTrue(!message.contains("\n"), message);
  }

  /** 400 kB; reading took time by the square of the number of axes. */
  @ParameterizedTest
  @ValueSource(strings = {"shape", "data_offsets"})
  void refusesATensorOfManyAxes(String key) {
    String many = "[" + "1,".repeat(199_999) + "1]";
    String header =
        """
        {"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1],"%s":%s}}"""
            .replace(key.equals("shape") ? "\"shape\":[1]," : "\"data_offsets\":[0,1],", "")
            .formatted(key, many);
    byte[] file = file(header, 1);
    String message =
        assertTimeoutPreemptively(
            Duration.ofSeconds(10),
            () ->
                assertThrows(IllegalArgumentException.class, () -> Safetensors.read(file))
                    .getMessage());
    assertTrue(message.contains("a tensor has 200000 axes; at most 8 are read"), message);
  }

  @Test
  void refusesAbsurdHeaderLengths() {
    for (long length : new long[] {0, -1, Long.MAX_VALUE, 1L << 40, 17 << 20, 100}) {
      byte[] file = file("{}", 0);
      ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
      assertThrows(IllegalArgumentException.class, () -> Safetensors.read(file));
    }
  }

  /** The file is sparse: it takes no room on the disk. */
  @Test
  void readsFilesOverTwoGigabytes() throws IOException {
    long large = 3L << 29;
    String header =
        """
        {"a":{"dtype":"U8","shape":[%1$d],"data_offsets":[0,%1$d]},
         "b":{"dtype":"U8","shape":[%1$d],"data_offsets":[%1$d,%2$d]},
         "c":{"dtype":"F32","shape":[1],"data_offsets":[%2$d,%3$d]}}
        """
            .formatted(large, 2 * large, 2 * large + 4);
    Path path = folder.resolve("large.safetensors");
    byte[] head = file(header, 0);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(head);
      file.seek(head.length + 2 * large);
      file.write(new byte[] {0, 0, (byte) 0x80, 0x3f});
    }
    Safetensors read = Safetensors.read(path);
    assertArrayEquals(new float[] {1}, read.tensor("c").floats());
    assertArrayEquals(new long[] {0, 0}, read.tensor("b").rows(large - 2, large).longs());
  }

  @Test
  void survivesDamage() {
    byte[] whole = Resources.bytes("reference/vit_forward.safetensors");
    Damage.truncations(whole, 300, Safetensors::read);
    Damage.alterations(whole, 6192, 1, 1500, Safetensors::read);
  }

  private static byte[] file(String header, int dataBytes) {
    byte[] json = header.strip().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }
}
