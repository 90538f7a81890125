package org.dinojvm.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class CheckpointTest {

  @TempDir Path directory;

  /** A graph of one weight, with its checkpoint ops. */
  private static final class OneWeight implements AutoCloseable {
    private final Graph graph = new Graph();
    private final Session session = new Session(graph);
    private final Variable weight;
    private final Checkpoint checkpoint;

    OneWeight(String name, int size) {
      Ops tf = Ops.create(graph);
      Params params = Params.create(tf, "student", 1);
      weight = params.slot(name, Shape.of(size), Initializer.normal(1));
      checkpoint = new Checkpoint(tf, "checkpoint", List.of(Checkpoint.Entry.of(weight)));
    }

    OneWeight initialized() {
      session.run(weight.initialize());
      return this;
    }

    float[] value() {
      try (Result result = session.runner().fetch(weight.value()).run()) {
        TFloat32 tensor = (TFloat32) result.get(0);
        float[] copy = new float[(int) tensor.size()];
        tensor.asRawTensor().data().asFloats().read(copy);
        return copy;
      }
    }

    @Override
    public void close() {
      session.close();
      graph.close();
    }
  }

  @Test
  void whatWasSavedIsRestored() throws IOException {
    try (OneWeight saved = new OneWeight("w", 5).initialized();
        OneWeight restored = new OneWeight("w", 5)) {
      saved.checkpoint.save(saved.session, directory);
      restored.checkpoint.restore(restored.session, directory);
      assertArrayEquals(saved.value(), restored.value());
      assertEquals(Set.of("student.w"), CheckpointIndex.keys(directory));
    }
  }

  @Test
  void aMissingOrMisshapenWeightIsTheCallersMistake() throws IOException {
    try (OneWeight saved = new OneWeight("w", 5).initialized()) {
      saved.checkpoint.save(saved.session, directory);
    }
    assertUnreadable(new OneWeight("v", 5), directory, "student.v");
    assertUnreadable(
        new OneWeight("w", 6), directory, "[5] is not compatible with expected shape [6]");
    assertUnreadable(new OneWeight("w", 5), directory.resolve("none"), "none");
  }

  private static void assertUnreadable(OneWeight weight, Path folder, String reason) {
    try (weight) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> weight.checkpoint.restore(weight.session, folder))
              .getMessage();
      assertTrue(message.startsWith("the checkpoint " + folder + " cannot be read: "), message);
      assertTrue(message.contains(reason), message);
      assertEquals(1, message.lines().count(), message);
    }
  }

  @Test
  void aPlaceThatCannotBeWrittenIsAnIOException() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    try (OneWeight weight = new OneWeight("w", 5).initialized()) {
      IOException e =
          assertThrows(
              IOException.class,
              () -> weight.checkpoint.save(weight.session, file.resolve("folder")));
      assertTrue(e.getMessage().contains("file/folder"), e.getMessage());
    }
  }
}
