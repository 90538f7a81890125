package org.dinojvm.serve;

import java.util.Optional;
import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.Mode;
import org.dinojvm.serve.readout.LinearClassifier;
import org.dinojvm.serve.readout.ReadOut;
import org.tensorflow.types.TBfloat16;

/**
 * How an export differs from a network's own float32 features.
 *
 * @param readOut its features, if they are others than the class token
 * @param classifier what the signature {@code classify} asks, if it is to have one
 * @param precision of the backbone's matrix products, by casts in the graph: whoever loads it needs
 *     no option for it. Weights are stored in float32 in either case, and a ResNet's convolutions
 *     stay in it
 */
public record ExportOptions(
    Optional<ReadOut> readOut, Optional<LinearClassifier> classifier, Precision precision) {

  /** No difference. */
  public static final ExportOptions PLAIN =
      new ExportOptions(Optional.empty(), Optional.empty(), Precision.FLOAT32);

  /** The same with other features. */
  public ExportOptions with(Optional<ReadOut> features) {
    return new ExportOptions(features, classifier, precision);
  }

  /** The same in another arithmetic. */
  public ExportOptions in(Precision other) {
    return new ExportOptions(readOut, classifier, other);
  }

  /** How a pass of the backbone runs: one op at a time, so that older runtimes load it. */
  Mode mode() {
    return precision == Precision.FLOAT32
        ? Mode.EVALUATION
        : Mode.EVALUATION.in(new Arithmetic(TBfloat16.class, false, false));
  }
}
