package org.dinojvm.model.xla;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.head.DinoHead;
import org.dinojvm.model.head.MultiCropNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Whatever is kept for a graph goes with it. */
class GraphLifetimeTest {

  private static final MultiCropNetwork NETWORK =
      new MultiCropNetwork(
          new VisionTransformer(4, 32, 1, 2, 8), new DinoHead(32, 16, 16, 32, false, true));

  @Test
  void aClosedTrainingGraphIsCollected() throws InterruptedException {
    List<WeakReference<Graph>> graphs =
        List.of(
            trained(Arithmetic.PLAIN),
            trained(Arithmetic.FLOAT32),
            trained(Arithmetic.FLOAT32.recomputing()));
    for (int i = 0; i < 50 && graphs.stream().anyMatch(graph -> graph.get() != null); i++) {
      System.gc();
      Thread.sleep(20);
    }
    graphs.forEach(graph -> assertNull(graph.get()));
  }

  /** A student's forward and backward pass, built and closed. */
  private static WeakReference<Graph> trained(Arithmetic arithmetic) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params p = Params.create(tf, "", 7);
      Mode mode = Mode.student(0, tf.constant(new long[] {1, 2})).in(arithmetic);
      Operand<TFloat32> loss =
          tf.reduceSum(NETWORK.logits(tf, p, pictures(tf), mode), tf.constant(new int[] {0, 1}));
      List<Operand<TFloat32>> weights = p.trainable().stream().map(Params.Variable::value).toList();
      assertEquals(weights.size(), tf.gradients(loss, weights).dy().size());
      return new WeakReference<>(graph);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void openingAndClosingModelsTakesNoMemory() throws IOException {
    openAndClose(20); // what the runtime takes once
    long before = residentMiB();
    openAndClose(60);
    long grown = residentMiB() - before;
    assertTrue(grown < 20, "60 models left " + grown + " MiB");
  }

  private static void openAndClose(int models) {
    for (int i = 0; i < models; i++) {
      try (Graph graph = new Graph()) {
        Ops tf = Ops.create(graph);
        Params p = Params.create(tf, "", 7);
        Operand<TFloat32> logits = NETWORK.logits(tf, p, pictures(tf), Mode.EVALUATION);
        try (Session session = new Session(graph)) {
          p.variables().forEach(variable -> session.run(variable.initialize()));
          session.run(logits);
        }
      }
    }
    System.gc();
  }

  private static List<Operand<TFloat32>> pictures(Ops tf) {
    return List.of(tf.zeros(tf.constant(new int[] {2, 8, 8, 3}), TFloat32.class));
  }

  private static long residentMiB() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    throw new IOException("no VmRSS in /proc/self/status");
  }
}
