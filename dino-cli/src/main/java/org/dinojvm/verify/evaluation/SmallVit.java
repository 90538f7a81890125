package org.dinojvm.verify.evaluation;

import static com.google.common.base.Preconditions.checkArgument;

import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.WeightLoader;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** The Vision Transformer whose weights a file holds; its pictures are normalized already. */
final class SmallVit implements AutoCloseable {

  private final int patchSize;
  private final Graph graph = new Graph();
  private final Session session;
  private final Placeholder<TFloat32> images;
  private final Operand<TFloat32> features;
  private final Operand<TFloat32> tokens;

  /**
   * Builds the network.
   *
   * @throws IllegalArgumentException if the file's weights are not those of its configuration
   */
  SmallVit(EvaluationFile file) {
    VisionTransformer vit =
        new VisionTransformer(
            file.whole("patch_size"),
            file.whole("embed_dim"),
            file.whole("depth"),
            file.whole("num_heads"),
            file.whole("image_size"));
    patchSize = vit.patchSize();
    Ops tf = Ops.create(graph);
    Params params = Params.create(tf, "", 0);
    images = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
    Backbone.Pass pass = vit.forward(tf, params, images, Mode.EVALUATION);
    features = pass.features();
    tokens = pass.tokens();
    WeightLoader loader = new WeightLoader(tf, params);
    session = new Session(graph);
    try {
      loader.load(session, file.inputsBelow("weights."));
    } catch (IllegalArgumentException e) {
      close();
      throw e;
    }
  }

  /** [N, H, W, 3] to [N, D], of as many patches as fit. */
  TFloat32 features(TFloat32 pictures) {
    return run(pictures, features);
  }

  /** [N, H, W, 3] to [N, 1 + h·w, D], the class token first, of as many patches as fit. */
  TFloat32 tokens(TFloat32 pictures) {
    return run(pictures, tokens);
  }

  /** The result is not closed: its one tensor is the caller's. */
  private TFloat32 run(TFloat32 pictures, Operand<TFloat32> output) {
    try (TFloat32 whole = wholePatches(pictures)) {
      return (TFloat32) session.runner().feed(images, whole).fetch(output).run().get(0);
    }
  }

  private TFloat32 wholePatches(TFloat32 pictures) {
    Shape shape = pictures.shape();
    Shape whole = Shape.of(shape.get(0), multiple(shape.get(1)), multiple(shape.get(2)), 3);
    return TFloat32.tensorOf(
        whole,
        cropped ->
            cropped
                .scalars()
                .forEachIndexed((place, scalar) -> scalar.setFloat(pictures.getFloat(place))));
  }

  private long multiple(long side) {
    return side - side % patchSize;
  }

  /** Values of pictures [N, 3, H, W] as [N, H, W, 3]. */
  static float[] nhwc(Weight nchw) {
    checkArgument(
        nchw.shape().numDimensions() == 4 && nchw.shape().get(1) == 3,
        "pictures must be [N, 3, H, W], found %s",
        nchw);
    return nchw.permuted(0, 2, 3, 1).floats();
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
