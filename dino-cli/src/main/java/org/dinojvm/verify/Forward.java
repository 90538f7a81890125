package org.dinojvm.verify;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.dinojvm.model.Params;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.WeightLoader;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** A network with given weights, in a session of its own; pictures may be of any size. */
final class Forward implements AutoCloseable {

  /** Builds what is to be computed. */
  @FunctionalInterface
  interface Outputs {
    /**
     * Named outputs.
     *
     * @param images [B, H, W, 3], of sizes known only at run time
     */
    ImmutableMap<String, Operand<TFloat32>> of(Ops tf, Params params, Operand<TFloat32> images);
  }

  /** Gives the weights, when the network's own are known. */
  @FunctionalInterface
  interface Weights {
    Map<String, Weight> of(Params params);
  }

  private final Graph graph = new Graph();
  private final Session session;
  private final Placeholder<TFloat32> images;
  private final ImmutableMap<String, Operand<TFloat32>> outputs;

  Forward(Outputs outputs, Weights weights) {
    Ops tf = Ops.create(graph);
    Params params = Params.create(tf, "", 0);
    images = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
    this.outputs = outputs.of(tf, params, images);
    WeightLoader loader = new WeightLoader(tf, params);
    session = new Session(graph);
    try {
      loader.load(session, weights.of(params));
    } catch (IllegalArgumentException e) {
      close();
      throw e;
    }
  }

  /** Computes all outputs of one batch of pictures [B, 3, H, W]. */
  ImmutableMap<String, float[]> run(Weight imagesNchw) {
    try (TFloat32 batch = Pixels.nhwc(imagesNchw)) {
      Session.Runner runner = session.runner().feed(images, batch);
      outputs.values().forEach(runner::fetch);
      try (Result result = runner.run()) {
        return read(result);
      }
    }
  }

  private ImmutableMap<String, float[]> read(Result result) {
    ImmutableMap.Builder<String, float[]> values = ImmutableMap.builder();
    int index = 0;
    for (String name : outputs.keySet()) {
      values.put(name, Pixels.floats(result.get(index++)));
    }
    return values.buildOrThrow();
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
