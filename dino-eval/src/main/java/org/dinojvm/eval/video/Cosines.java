package org.dinojvm.eval.video;

import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/** Cosines between rows of patches of two frames, by native matrix products. */
final class Cosines implements AutoCloseable {

  private final Graph graph = new Graph();
  private final Session session;
  private final Placeholder<TFloat32> target;
  private final Placeholder<TFloat32> source;
  private final Operand<TFloat32> product;

  Cosines() {
    Ops tf = Ops.create(graph);
    target = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1)));
    source = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1)));
    product = tf.linalg.matMul(target, source, MatMul.transposeB(true));
    session = new Session(graph);
  }

  /**
   * Cosines of all patches in some rows of one frame with all in some rows of another.
   *
   * @return [target patches, source patches] by row
   */
  float[] of(FrameFeatures frame, Rows rows, FrameFeatures other, Rows otherRows) {
    try (TFloat32 targets = tensor(frame, rows);
        TFloat32 sources = tensor(other, otherRows);
        Result result =
            session.runner().feed(target, targets).feed(source, sources).fetch(product).run()) {
      float[] cosines = new float[Math.toIntExact(result.get(0).size())];
      result.get(0).asRawTensor().data().asFloats().read(cosines);
      return cosines;
    }
  }

  /** Rows of patches, from (inclusive) to (exclusive). */
  record Rows(int from, int to) {
    int count() {
      return to - from;
    }
  }

  /** (rows · w, D) */
  private static TFloat32 tensor(FrameFeatures frame, Rows rows) {
    int line = frame.width() * frame.dim();
    return TFloat32.tensorOf(
        Shape.of((long) rows.count() * frame.width(), frame.dim()),
        tensor ->
            tensor
                .asRawTensor()
                .data()
                .asFloats()
                .write(frame.values(), rows.from() * line, rows.count() * line));
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
