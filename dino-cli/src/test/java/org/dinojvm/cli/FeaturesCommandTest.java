package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Splitter;
import java.awt.Color;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.RecordWriter;
import org.dinojvm.eval.TinyFeatureModel;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelInfo;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFOutOfRangeException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.data.MakeIterator;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.Feature;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;
import picocli.CommandLine;

/** The formats of features, and what happens to a job that does not reach its end. */
class FeaturesCommandTest {

  private static final int PICTURES = 150;

  @TempDir static Path folder;

  private static Path pictures;
  private static Path whole;

  @BeforeAll
  static void writePictures() throws IOException {
    pictures = folder.resolve("pictures");
    for (int i = 0; i < PICTURES - 1; i++) {
      Color color = new Color(Color.HSBtoRGB((float) i / PICTURES, 1, 0.8f));
      String name = "%s/%03d.png".formatted(i % 2 == 0 ? "a" : "b, \"c\"", i);
      PictureFiles.disc(pictures.resolve(name), color, 8 + i % 5, 8);
    }
    PictureFiles.disc(pictures.resolve("zero.png"), Color.RED, 8, 8); // in no class's folder
    whole = folder.resolve("whole.npy");
    assertEquals(0, run(new TinyFeatureModel(), whole));
  }

  @Test
  void classesStandBesideTheMatrix() throws IOException {
    List<String> paths = Files.readAllLines(folder.resolve("whole.txt"));
    List<String> labels = Files.readAllLines(folder.resolve("whole.labels.txt"));
    assertEquals(PICTURES, labels.size());
    assertEquals("a", labels.get(0));
    assertEquals("b, \"c\"", labels.get(PICTURES - 2));
    assertEquals(pictures.resolve("zero.png").toString(), paths.get(PICTURES - 1));
    assertEquals("", labels.get(PICTURES - 1));
  }

  @Test
  void aLineOfCsvHoldsPathLabelAndValues() throws IOException {
    Path csv = folder.resolve("features.csv");
    assertEquals(0, run(new TinyFeatureModel(), csv));
    List<String> lines = Files.readAllLines(csv);
    assertEquals(1 + PICTURES, lines.size());
    assertTrue(lines.get(0).startsWith("path,label,f0,f1,"), lines.get(0));
    assertTrue(lines.get(0).endsWith(",f47"), lines.get(0));
    String last = lines.get(PICTURES - 1);
    String start =
        "\"%s\",\"b, \"\"c\"\"\","
            .formatted(pictures.resolve("b, \"c\"/147.png").toString().replace("\"", "\"\""));
    assertTrue(last.startsWith(start), last);
    List<String> values = Splitter.on(',').splitToList(last.substring(start.length()));
    assertArrayEquals(matrix(whole)[PICTURES - 2], floats(values));
    assertTrue(lines.get(PICTURES).startsWith(pictures.resolve("zero.png") + ",,"));
  }

  @Test
  void aRecordIsAnExample() throws IOException {
    Path file = folder.resolve("features.tfrecord");
    assertEquals(0, run(new TinyFeatureModel(), file));
    List<Example> examples = examples(file);
    assertEquals(PICTURES, examples.size());
    Map<String, Feature> labelled = examples.get(PICTURES - 2).getFeatures().getFeatureMap();
    assertArrayEquals(
        matrix(whole)[PICTURES - 2],
        floats(labelled.get("features").getFloatList().getValueList()));
    assertEquals(
        "b, \"c\"", labelled.get("image/class/text").getBytesList().getValue(0).toStringUtf8());
    assertEquals(1, labelled.get("image/class/label").getInt64List().getValue(0));
    Map<String, Feature> unlabelled = examples.get(PICTURES - 1).getFeatures().getFeatureMap();
    assertEquals(
        pictures.resolve("zero.png").toString(),
        unlabelled.get("image/filename").getBytesList().getValue(0).toStringUtf8());
    assertFalse(unlabelled.containsKey("image/class/text"));
  }

  /** Records of shard s are pictures s, s + 3, s + 6, … */
  @Test
  void picturesMayBeInRecords() throws IOException {
    Path shards = folder.resolve("shards");
    RecordWriter.write(ImageFolder.scan(pictures), shards, 3);
    Path output = folder.resolve("from-records.npy");
    assertEquals(0, run(new TinyFeatureModel(), shards, output));
    List<String> names = Files.readAllLines(folder.resolve("from-records.txt"));
    assertEquals(shards.resolve("pictures-00001-of-00003.tfrecord#7").toString(), names.get(57));
    assertArrayEquals(matrix(whole)[1 + 7 * 3], matrix(output)[57]);
    assertEquals(
        Files.readAllLines(folder.resolve("whole.labels.txt")).get(1 + 7 * 3),
        Files.readAllLines(folder.resolve("from-records.labels.txt")).get(57));
  }

  /** Killed while the third batch is computed, and torn while a row was written. */
  @Test
  void aKilledJobGoesOnAndEndsWithTheSame() throws IOException {
    Path output = folder.resolve("killed.npy");
    Path partial = folder.resolve("killed.npy.partial");
    Counting killed = new Counting(2);
    assertThrows(Killed.class, () -> run(killed, output));
    assertFalse(Files.exists(output));
    assertEquals(32 + 128 * 48 * Float.BYTES, Files.size(partial));
    byte[] torn = Files.readAllBytes(partial);
    Files.write(partial, Arrays.copyOf(torn, torn.length - 5));

    Counting second = new Counting(Integer.MAX_VALUE);
    assertEquals(0, run(second, output));
    assertEquals(List.of(64, 22), second.batches);
    assertEquals(-1, Files.mismatch(whole, output));
    assertFalse(Files.exists(partial));
  }

  @Test
  void thePartOfAnotherJobIsNotTaken() throws IOException {
    Path output = folder.resolve("other.npy");
    Path partial = folder.resolve("other.npy.partial");
    assertThrows(Killed.class, () -> run(new Counting(1), output));
    Counting otherWeights =
        new Counting(9) {
          @Override
          public String fingerprint() {
            return "other";
          }
        };
    String message =
        assertThrows(IllegalArgumentException.class, () -> run(otherWeights, output)).getMessage();
    assertEquals(
        partial
            + " is left from another model or other pictures: delete it, or name another --output",
        message);
    assertEquals(32 + 64 * 48 * Float.BYTES, Files.size(partial));
  }

  @Test
  void unknownEndingsAreRefused() {
    Path output = folder.resolve("features.h5");
    String message =
        assertThrows(IllegalArgumentException.class, () -> run(new TinyFeatureModel(), output))
            .getMessage();
    assertEquals("--output " + output + " must end in .npy, .csv, .tfrecord", message);
  }

  // ------------------------------------------------------------------ reading

  private static float[][] matrix(Path npy) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(npy)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(128);
    float[][] rows = new float[PICTURES][48];
    for (float[] row : rows) {
      bytes.asFloatBuffer().get(row);
      bytes.position(bytes.position() + row.length * Float.BYTES);
    }
    return rows;
  }

  private static float[] floats(List<?> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Float.parseFloat(values.get(i).toString());
    }
    return floats;
  }

  /** By TensorFlow's own reader, which checks lengths and checksums. */
  private static List<Example> examples(Path file) throws IOException {
    List<Class<? extends TType>> types = List.of(TString.class);
    List<Shape> shapes = List.of(Shape.scalar());
    List<Example> examples = new ArrayList<>();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<?> iterator = tf.data.iterator("", "", types, shapes);
      Output<?> records = // not version 2 of the op, whose dataset 2.18 cannot serialize
          tf.scope()
              .opBuilder("TFRecordDataset", "records")
              .addInput(tf.constant(file.toString()).asOutput())
              .addInput(tf.constant("").asOutput())
              .addInput(tf.constant(0L).asOutput())
              .build()
              .output(0);
      MakeIterator start = tf.data.makeIterator(records, iterator);
      Output<?> next = tf.data.iteratorGetNext(iterator, types, shapes).components().get(0);
      try (Session session = new Session(graph)) {
        session.run(start);
        while (true) {
          try (Result result = session.runner().fetch(next).run()) {
            byte[] data = ((TString) result.get(0)).asBytes().getObject();
            examples.add(Example.parseFrom(data));
          }
        }
      }
    } catch (TFOutOfRangeException end) {
      return examples;
    }
  }

  // ------------------------------------------------------------------ running

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Counts the pictures of each batch, and after some batches is as if killed. */
  private static class Counting implements FeatureModel {
    private final FeatureModel tiny = new TinyFeatureModel();
    private final List<Integer> batches = new ArrayList<>();
    private final int most;

    Counting(int most) {
      this.most = most;
    }

    @Override
    public ModelInfo info() {
      return tiny.info();
    }

    @Override
    public String fingerprint() {
      return tiny.fingerprint();
    }

    @Override
    public TFloat32 features(TString encoded) {
      if (batches.size() == most) {
        throw new Killed();
      }
      batches.add((int) encoded.shape().get(0));
      return tiny.features(encoded);
    }

    @Override
    public TFloat32 features(TFloat32 images) {
      return tiny.features(images);
    }

    @Override
    public TFloat32 attention(TFloat32 images) {
      return tiny.attention(images);
    }

    @Override
    public void close() {
      tiny.close();
    }
  }

  private static int run(FeatureModel model, Path output) {
    return run(model, pictures, output);
  }

  private static int run(FeatureModel model, Path data, Path output) {
    RuntimeException[] thrown = new RuntimeException[1];
    int exitCode =
        new CommandLine(new FeaturesCommand((path, trust) -> model))
            .setExecutionExceptionHandler(
                (e, ignored, parsed) -> {
                  thrown[0] =
                      e instanceof RuntimeException caught ? caught : new RuntimeException(e);
                  return 1;
                })
            .execute("--model", "any", "--data", data.toString(), "--output", output.toString());
    if (thrown[0] != null) {
      throw thrown[0];
    }
    return exitCode;
  }
}
