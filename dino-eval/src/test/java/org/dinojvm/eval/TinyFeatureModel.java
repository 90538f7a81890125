package org.dinojvm.eval;

import java.nio.file.Path;
import java.util.List;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.serve.Trust;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.image.DecodeImage;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * A real, tiny model: features are the 4 × 4 × 3 mean colours, and each head attends to what is
 * dark, the later the head the more sharply.
 */
public final class TinyFeatureModel implements FeatureModel {

  private static final int HEADS = 3;
  private static final int PATCH = 8;
  private static final int IMAGE = 32;
  private static final int GRID = 4;
  private static final int FEATURES = GRID * GRID * 3;

  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final Placeholder<TString> encoded =
      tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
  private final Placeholder<TFloat32> images =
      tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
  private final Operand<TFloat32> encodedFeatures = features(decode());
  private final Operand<TFloat32> imageFeatures = features(images);
  private final Operand<TFloat32> attention = attention();
  private final Session session = new Session(graph);

  /** Opens the model, whatever the path. */
  public static FeatureModel open(Path ignored, Trust alsoIgnored) {
    return new TinyFeatureModel();
  }

  @Override
  public String fingerprint() {
    return "tiny";
  }

  @Override
  public ModelInfo info() {
    return new ModelInfo("tiny", PATCH, FEATURES, HEADS, IMAGE, IMAGE, null, null, null);
  }

  @Override
  public TFloat32 features(TString encodedPictures) {
    TFloat32 features = TFloat32.tensorOf(Shape.of(encodedPictures.shape().get(0), FEATURES));
    encodedPictures
        .asBytes()
        .scalars()
        .forEachIndexed(
            (index, bytes) -> {
              try (TString one = TString.tensorOfBytes(bytes);
                  Result result =
                      session.runner().feed(encoded, one).fetch(encodedFeatures).run()) {
                ((TFloat32) result.get(0)).get(0).copyTo(features.get(index));
              }
            });
    return features;
  }

  @Override
  public TFloat32 features(TFloat32 pictures) {
    return (TFloat32) session.runner().feed(images, pictures).fetch(imageFeatures).run().get(0);
  }

  @Override
  public TFloat32 attention(TFloat32 pictures) {
    return (TFloat32) session.runner().feed(images, pictures).fetch(attention).run().get(0);
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }

  /** () -> (1, H, W, 3) */
  private Operand<TFloat32> decode() {
    Operand<TUint8> decoded =
        tf.image.decodeImage(
            encoded, TUint8.class, DecodeImage.channels(3L), DecodeImage.expandAnimations(false));
    return tf.math.div(
        tf.expandDims(tf.dtypes.cast(decoded, TFloat32.class), tf.constant(0)), tf.constant(255f));
  }

  /** (N, H, W, 3) -> (N, 48) */
  private Operand<TFloat32> features(Operand<TFloat32> pictures) {
    Operand<TFloat32> small = tf.image.resizeArea(pictures, tf.array(GRID, GRID));
    return tf.reshape(tf.math.sub(small, tf.constant(0.5f)), tf.array(-1, FEATURES));
  }

  /** (N, H, W, 3) -> (N, heads, h, w) */
  private Operand<TFloat32> attention() {
    List<Long> window = List.of(1L, (long) PATCH, (long) PATCH, 1L);
    Operand<TFloat32> light = // (N, h, w)
        tf.math.mean(tf.nn.avgPool(images, window, window, "VALID"), tf.constant(3));
    Operand<TFloat32> sharpness = // (1, heads, 1, 1)
        tf.reshape(tf.array(3f, 8f, 20f), tf.array(1, HEADS, 1, 1));
    Operand<TFloat32> scores =
        tf.math.exp(tf.math.mul(tf.math.neg(tf.expandDims(light, tf.constant(1))), sharpness));
    return tf.math.div(scores, tf.reduceSum(scores, tf.array(2, 3), ReduceSum.keepDims(true)));
  }
}
