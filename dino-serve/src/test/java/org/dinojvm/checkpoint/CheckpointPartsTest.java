package org.dinojvm.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.Restore;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

class CheckpointPartsTest {

  @TempDir Path directory;

  /** Of 4, 8 and 12 values; one tensor may be larger than a part. */
  @ParameterizedTest
  @CsvSource({"1000, 1", "48, 2", "20, 3"})
  void partsAreReadAsOneCheckpoint(long partBytes, int files) throws IOException {
    List<float[]> values = List.of(values(4), values(8), values(12));
    List<String> keys = List.of("a.kernel", "b", "a.bias");
    List<CheckpointParts.Entry> entries = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      float[] own = values.get(i);
      entries.add(
          new CheckpointParts.Entry(
              keys.get(i),
              4L * own.length,
              () -> TFloat32.tensorOf(Shape.of(2, own.length / 2), DataBuffers.of(own))));
    }
    Path prefix = directory.resolve("variables");
    CheckpointParts.write(prefix, entries, partBytes);

    List<float[]> read = read(prefix, keys);
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(values.get(i), read.get(i));
    }
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < files; i++) {
      expected.add("variables.data-%05d-of-%05d".formatted(i, files));
    }
    expected.add("variables.index");
    try (Stream<Path> there = Files.list(directory)) {
      assertEquals(expected, there.map(Path::getFileName).map(Path::toString).sorted().toList());
    }
  }

  private static float[] values(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = size + i / 100f;
    }
    return values;
  }

  private static List<float[]> read(Path prefix, List<String> keys) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<TString> names = tf.constant(NdArrays.vectorOfObjects(keys.toArray(String[]::new)));
      Operand<TString> whole = tf.constant(NdArrays.vectorOfObjects("", "", ""));
      Restore restored =
          tf.train.restore(
              tf.constant(prefix.toString()),
              names,
              whole,
              List.of(TFloat32.class, TFloat32.class, TFloat32.class));
      Session.Runner runner = session.runner();
      restored.tensors().forEach(runner::fetch);
      List<float[]> read = new ArrayList<>();
      try (Result result = runner.run()) {
        for (int i = 0; i < keys.size(); i++) {
          float[] own = new float[(int) result.get(i).shape().size()];
          ((TFloat32) result.get(i)).asRawTensor().data().asFloats().read(own);
          read.add(own);
        }
      }
      return read;
    }
  }
}
