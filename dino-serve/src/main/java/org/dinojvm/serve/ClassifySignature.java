package org.dinojvm.serve;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;

/**
 * The signature {@code classify} of an export: from encoded pictures to probabilities and the names
 * of the classes. Weights and names are constants of the graph, so that the variables stay those of
 * the network.
 *
 * <p>Letters in shapes: N pictures, B blocks, D features of a block, C classes.
 */
final class ClassifySignature {

  /** The signature's key. */
  static final String KEY = "classify";

  /** Graphs of more than 16 MiB are refused when they are opened. */
  private static final long MAX_BYTES = 15L << 20;

  private final Ops tf;
  private final LinearClassifier classifier;

  ClassifySignature(Ops tf, LinearClassifier classifier) {
    long bytes =
        (long) classifier.weight().length * classifier.weight()[0].length * (long) Float.BYTES;
    checkArgument(
        bytes <= MAX_BYTES,
        "the classifier has %s bytes of weights, an export holds at most %s: use ./dino classify",
        bytes,
        MAX_BYTES);
    this.tf = tf;
    this.classifier = classifier;
  }

  /** What the classifier sees, of the last blocks (N, B, 2, D), oldest first: (N, inputs). */
  Operand<TFloat32> input(Operand<TFloat32> blocks, int count, int width) {
    List<Operand<TFloat32>> parts = new ArrayList<>();
    int seen = Math.min(classifier.blocks(), count);
    for (int block = count - seen; block < count; block++) {
      parts.add(part(blocks, block, 0, width));
    }
    if (classifier.mean()) {
      parts.add(part(blocks, count - 1, 1, width));
    }
    return parts.size() == 1 ? parts.get(0) : tf.concat(parts, tf.constant(1));
  }

  /** (N, B, 2, D) to (N, D). */
  private Operand<TFloat32> part(Operand<TFloat32> blocks, int block, int which, int width) {
    return tf.reshape(
        tf.slice(blocks, tf.array(0, block, which, 0), tf.array(-1, 1, 1, width)),
        tf.array(-1, width));
  }

  /**
   * The signature.
   *
   * @param encoded [N] bytes of pictures
   * @param input [N, inputs], what the classifier sees of them
   * @throws IllegalArgumentException if it is of a network of another width
   */
  Signature of(Operand<TString> encoded, Operand<TFloat32> input, String method) {
    long width = input.asOutput().shape().get(1);
    checkArgument(
        width < 0 || width == classifier.weight()[0].length,
        "the classifier sees %s features, the model gives %s: take the model that it was trained on",
        classifier.weight()[0].length,
        width);
    Operand<TFloat32> probabilities =
        tf.nn.softmax(
            tf.math.add(
                tf.linalg.matMul(input, tf.constant(classifier.weight()), MatMul.transposeB(true)),
                tf.constant(classifier.bias())));
    Operand<TString> names =
        tf.constant(NdArrays.vectorOfObjects(classifier.classes().toArray(String[]::new)));
    Operand<TInt32> shape = tf.shape(probabilities);
    return Signature.builder()
        .key(KEY)
        .input("encoded", encoded)
        .output("probabilities", probabilities)
        .output("classes", tf.broadcastTo(names, shape))
        .methodName(method)
        .build();
  }
}
