package org.dinojvm.compatibility;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoopTranslator;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An export as DJL's TensorFlow 2.10 sees it. This JVM has none of the project's classes; {@code
 * ExportTeacher.java} runs in another that has.
 */
class OlderTensorFlowTest {

  private static final float TOLERANCE = 1e-4f;
  private static final Shape IMAGES = new Shape(3, 40, 56, 3);
  private static final int FEATURES = 32;

  private static final List<String> MODULES =
      List.of("dino-settings", "dino-model", "dino-data", "dino-serve", "dino-train", "dino-cli");

  @TempDir static Path folder;

  @BeforeAll
  static void export() throws IOException, InterruptedException {
    Path modules = Path.of("..").toAbsolutePath().normalize();
    Path program = modules.resolve("dino-cli/target");
    assertTrue(
        Files.isDirectory(program.resolve("lib")),
        "dino-cli is not packaged; run mvn verify, or package it first");
    String classPath =
        Stream.concat(
                MODULES.stream().map(module -> modules.resolve(module + "/target/classes")),
                Stream.of(program.resolve("lib").resolve("*")))
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator));
    Path output = folder.resolve("output.txt");
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            classPath,
            "src/test/export/ExportTeacher.java",
            folder.toString());
    java.environment().put("TF_CPP_MIN_LOG_LEVEL", "2");
    int exitCode = java.redirectErrorStream(true).redirectOutput(output.toFile()).start().waitFor();
    assertEquals(0, exitCode, () -> read(output, ISO_8859_1));
  }

  @Test
  void thisIsAnOlderTensorFlow() {
    assertEquals("2.10.1", Engine.getEngine("TensorFlow").getVersion());
  }

  @Test
  void bytesOfEachFormatGiveTheSameFeatures() throws Exception {
    String[] contents;
    try (Stream<Path> files = Files.list(folder.resolve("encoded"))) {
      // In ISO 8859-1 a character is a byte.
      contents = files.sorted().map(file -> read(file, ISO_8859_1)).toArray(String[]::new);
    }
    assertEquals(4, contents.length);
    float[] features =
        predict("serving_default", manager -> manager.create(contents, ISO_8859_1, new Shape(4)));
    assertArrayEquals(floats("encoded.bin"), features, TOLERANCE);
  }

  @Test
  void imagesGiveTheSameFeaturesAndAttention() throws Exception {
    float[] file = floats("images.bin");
    FloatBuffer expected = FloatBuffer.wrap(file).position((int) IMAGES.size());
    Function<NDManager, NDArray> pixels =
        manager -> manager.create(Arrays.copyOf(file, (int) IMAGES.size()), IMAGES);
    assertNext(expected, predict("images", pixels), 3 * FEATURES);
    assertNext(expected, predict("attention", pixels), 3 * 2 * 5 * 7);
    assertEquals(0, expected.remaining());
    assertEquals(3 * 5 * 7 * FEATURES, predict("tokens", pixels).length);
    assertEquals(3 * 64, predict("projection", pixels).length);
  }

  private static void assertNext(FloatBuffer expected, float[] actual, int count) {
    float[] next = new float[count];
    expected.get(next);
    assertArrayEquals(next, actual, TOLERANCE);
  }

  private static float[] predict(String signature, Function<NDManager, NDArray> input)
      throws Exception {
    try (Model model = Model.newInstance("teacher", "TensorFlow")) {
      model.load(folder.resolve("model/1"), null, Map.of("SignatureDefKey", signature));
      try (NDManager manager = model.getNDManager().newSubManager();
          Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
        return predictor.predict(new NDList(input.apply(manager))).head().toFloatArray();
      }
    }
  }

  private static float[] floats(String name) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name)));
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  private static String read(Path file, Charset charset) {
    try {
      return Files.readString(file, charset);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
