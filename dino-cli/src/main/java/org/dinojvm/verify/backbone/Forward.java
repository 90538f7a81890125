package org.dinojvm.verify.backbone;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dinojvm.model.Params;
import org.dinojvm.verify.Pixels;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.WeightLoader;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/** A network with given weights, in a session of its own; pictures may be of any size. */
public final class Forward implements AutoCloseable {

  /** Builds what is to be computed. */
  @FunctionalInterface
  public interface Outputs {
    /**
     * Named outputs.
     *
     * @param images [B, H, W, 3], of sizes known only at run time
     */
    ImmutableMap<String, Operand<TFloat32>> of(Ops tf, Params params, Operand<TFloat32> images);
  }

  /** Builds what is to be computed, also of pictures some of whose patches are masked. */
  @FunctionalInterface
  interface MaskedOutputs {
    /**
     * Named outputs.
     *
     * @param images [B, H, W, 3], of sizes known only at run time
     * @param masked [B, h·w], which patches, fed for those outputs only that need it
     */
    ImmutableMap<String, Operand<TFloat32>> of(
        Ops tf, Params params, Operand<TFloat32> images, Operand<TBool> masked);
  }

  /** Gives the weights, when the network's own are known. */
  @FunctionalInterface
  public interface Weights {
    Map<String, Weight> of(Params params);
  }

  private final Graph graph = new Graph();
  private final Session session;
  private final Placeholder<TFloat32> images;
  private final Placeholder<TBool> masked;
  private final ImmutableMap<String, Operand<TFloat32>> outputs;

  /**
   * Builds a network.
   *
   * @throws IllegalArgumentException if the weights are not exactly the network's
   */
  public Forward(Outputs outputs, Weights weights) {
    this((tf, params, images, masked) -> outputs.of(tf, params, images), weights);
  }

  Forward(MaskedOutputs outputs, Weights weights) {
    Ops tf = Ops.create(graph);
    Params params = Params.create(tf, "", 0);
    images = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
    masked = tf.placeholder(TBool.class, Placeholder.shape(Shape.of(-1, -1)));
    this.outputs = outputs.of(tf, params, images, masked);
    WeightLoader loader = new WeightLoader(tf, params);
    session = new Session(graph);
    try {
      loader.load(session, weights.of(params));
    } catch (IllegalArgumentException e) {
      close();
      throw e;
    }
  }

  /** Names of all outputs. */
  Set<String> names() {
    return outputs.keySet();
  }

  /** Computes all outputs of one batch of pictures [B, 3, H, W]. */
  public ImmutableMap<String, float[]> run(Weight imagesNchw) {
    return run(imagesNchw, Optional.empty(), outputs.keySet());
  }

  /**
   * Computes some outputs of one batch of pictures [B, 3, H, W].
   *
   * @param mask which patches are masked, [B, ..], for outputs that need it
   */
  ImmutableMap<String, float[]> run(Weight imagesNchw, Optional<Weight> mask, Set<String> names) {
    try (TFloat32 batch = Pixels.nhwc(imagesNchw);
        TBool which = flags(mask, imagesNchw.shape().get(0))) {
      Session.Runner runner = session.runner().feed(images, batch).feed(masked, which);
      names.forEach(name -> runner.fetch(outputs.get(name)));
      try (Result result = runner.run()) {
        return read(result, names);
      }
    }
  }

  /** [B, h·w]; of no patch where there is no mask. */
  private static TBool flags(Optional<Weight> mask, long pictures) {
    long[] values = mask.map(Weight::longs).orElseGet(() -> new long[(int) pictures]);
    Shape shape = Shape.of(pictures, values.length / pictures);
    return TBool.tensorOf(
        shape,
        data ->
            data.scalars()
                .forEachIndexed(
                    (at, flag) -> {
                      long index = at[0] * shape.get(1) + at[1];
                      flag.setBoolean(values[(int) index] != 0);
                    }));
  }

  private static ImmutableMap<String, float[]> read(Result result, Set<String> names) {
    ImmutableMap.Builder<String, float[]> values = ImmutableMap.builder();
    int index = 0;
    for (String name : names) {
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
