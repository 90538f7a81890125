package org.dinojvm.eval;

import java.util.List;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelInfo;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.MapDefun;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * The baseline that a trained model has to beat, as a model: the picture itself as its features, so
 * that every evaluation of features can have it beside. The shorter side is resized to 16 pixels,
 * the center square cropped, and its RGB values from −1 to 1 (black to white) are 768 features.
 */
public final class RawPixelModel implements FeatureModel {

  private static final int SIDE = 16;
  private static final int FEATURES = SIDE * SIDE * 3;

  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final Placeholder<TString> encoded =
      tf.placeholder(TString.class, Placeholder.shape(Shape.of(-1)));
  private final Placeholder<TFloat32> images =
      tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
  private final Operand<TFloat32> ofEncoded = centered(views());
  private final Operand<TFloat32> ofImages = centered(small());
  private final Session session = new Session(graph);

  @Override
  public ModelInfo info() {
    return new ModelInfo("raw_pixels", 0, FEATURES, 0, SIDE, SIDE, null, null, null);
  }

  @Override
  public String fingerprint() {
    return "raw_pixels";
  }

  /** [N] to [N, 768]: shorter side to 16 pixels, center square, RGB from −1 to 1. */
  @Override
  public TFloat32 features(TString pictures) {
    return run(encoded, pictures, ofEncoded);
  }

  /** [N, H, W, 3] to [N, 768]: the same of whole pictures, made square. */
  @Override
  public TFloat32 features(TFloat32 pictures) {
    return run(images, pictures, ofImages);
  }

  private TFloat32 run(Operand<?> input, Tensor value, Operand<TFloat32> output) {
    // Not closed: its one tensor is the caller's.
    Result result = session.runner().feed(input, value).fetch(output).run();
    return (TFloat32) result.get(0);
  }

  @Override
  public TFloat32 attention(TFloat32 pictures) {
    throw new UnsupportedOperationException("raw pixels have no attention");
  }

  /** (N) to (N, 16, 16, 3). */
  private Operand<TFloat32> views() {
    ConcreteFunction view =
        ConcreteFunction.create(
            function -> {
              Operand<TString> bytes =
                  function.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
              return Signature.builder()
                  .key("raw_pixels")
                  .input("bytes", bytes)
                  .output("view", EvalView.square(SIDE).pixels(function, bytes))
                  .build();
            });
    Shape shape = Shape.of(SIDE, SIDE, 3);
    MapDefun all =
        tf.mapDefun(List.of(encoded), List.of(), List.of(TFloat32.class), List.of(shape), view);
    return all.output().get(0).asOutput().expect(TFloat32.class);
  }

  /** (N, H, W, 3) to (N, 16, 16, 3). */
  private Operand<TFloat32> small() {
    return tf.image.resizeArea(images, tf.array(SIDE, SIDE));
  }

  private Operand<TFloat32> centered(Operand<TFloat32> pixels) {
    return tf.reshape(
        tf.math.sub(tf.math.mul(pixels, tf.constant(2f)), tf.constant(1f)), tf.array(-1, FEATURES));
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
