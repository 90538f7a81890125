package org.dinojvm.serve.readout;

import static com.google.common.base.Preconditions.checkArgument;

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
 * <p>Letters in shapes: N pictures, D features of a block.
 */
public final class ClassifySignature {

  /** The signature's key. */
  public static final String KEY = "classify";

  private final Ops tf;
  private final LinearClassifier classifier;

  /** Of a classifier, in a graph. */
  public ClassifySignature(Ops tf, LinearClassifier classifier) {
    ConstantWeights.checkSize("the classifier", classifier.weight(), "use ./dino classify");
    this.tf = tf;
    this.classifier = classifier;
  }

  /** What the classifier sees of the last blocks [N, 2, D], oldest first: [N, inputs]. */
  public Operand<TFloat32> seen(List<Operand<TFloat32>> lastBlocks, int width) {
    return TokenParts.of(tf, lastBlocks, classifier.blocks(), classifier.mean(), width);
  }

  /**
   * The signature.
   *
   * @param encoded [N] bytes of pictures
   * @param input [N, inputs], what the classifier sees of them
   * @throws IllegalArgumentException if it is of a network of another width
   */
  public Signature of(Operand<TString> encoded, Operand<TFloat32> input, String method) {
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
