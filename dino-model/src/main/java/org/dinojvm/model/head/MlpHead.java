package org.dinojvm.model.head;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.model.Initializer.uniform;

import com.google.common.collect.ImmutableList;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * An MLP between features and a loss. Names follow torch's {@code nn.Sequential}: a layer's
 * BatchNorm and ReLU have numbers of their own.
 *
 * <p>Letters in shapes: n rows.
 *
 * @param inDim features that it takes
 * @param layers at least one
 */
public record MlpHead(int inDim, ImmutableList<Layer> layers) {

  /** What follows the linear part of a layer. */
  public enum Norm {
    /** Nothing. */
    NONE,
    /** BatchNorm with a trained scale and shift. */
    AFFINE,
    /** BatchNorm alone. */
    PLAIN
  }

  /**
   * A layer.
   *
   * @param outDim its width
   * @param bias whether the linear part has a bias
   * @param relu whether it ends with a ReLU
   */
  public record Layer(int outDim, boolean bias, Norm norm, boolean relu) {

    public Layer {
      checkArgument(outDim >= 1, "width of a head's layer is %s, must be at least 1", outDim);
    }

    /** Linear, BatchNorm, ReLU. */
    public static Layer hidden(int width) {
      return new Layer(width, false, Norm.AFFINE, true);
    }

    /** Linear. */
    public static Layer linear(int outDim, boolean bias) {
      return new Layer(outDim, bias, Norm.NONE, false);
    }

    /** Linear, BatchNorm. */
    public static Layer normed(int outDim, Norm norm) {
      return new Layer(outDim, false, norm, false);
    }
  }

  /** A head of these layers. */
  public static MlpHead of(int inDim, Layer... layers) {
    return new MlpHead(inDim, ImmutableList.copyOf(layers));
  }

  /** Width of the last layer. */
  public int outDim() {
    return layers.get(layers.size() - 1).outDim();
  }

  /**
   * The forward pass; on batch statistics all rows of a call are one batch.
   *
   * @param p the registry level of the head, whose layers are below {@code layers}
   * @param x [n, inDim]
   * @return [n, outDim]
   */
  public Operand<TFloat32> of(Ops tf, Params p, Operand<TFloat32> x, Mode mode) {
    Operand<TFloat32> rows = x;
    int width = inDim;
    int number = 0;
    for (Layer layer : layers) {
      rows = linear(tf, p.at("layers").at(number++), rows, width, layer);
      width = layer.outDim();
      if (layer.norm() != Norm.NONE) {
        Params norm = p.at("layers").at(number++);
        rows = Layers.batchNormRows(tf, norm, rows, width, layer.norm() == Norm.AFFINE, mode);
      }
      if (layer.relu()) {
        rows = tf.nn.relu(rows);
        number++;
      }
    }
    return rows;
  }

  /** x·W + b with torch's own initial values, U(±1/√in): [n, in] → [n, outDim]. */
  private static Operand<TFloat32> linear(
      Ops tf, Params p, Operand<TFloat32> x, int in, Layer layer) {
    double bound = 1 / Math.sqrt(in);
    Operand<TFloat32> product = Layers.product(tf, p, x, in, layer.outDim(), uniform(bound));
    return layer.bias()
        ? tf.nn.biasAdd(product, p.get("bias", Shape.of(layer.outDim()), uniform(bound)))
        : product;
  }

  /** Multiply-accumulate operations in the matrix products of one row's forward pass: Σ n·k. */
  public long macs() {
    long sum = 0;
    long width = inDim;
    for (Layer layer : layers) {
      sum += width * layer.outDim();
      width = layer.outDim();
    }
    return sum;
  }
}
