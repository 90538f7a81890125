package org.dinojvm.model.head;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.model.Initializer.ones;
import static org.dinojvm.model.Initializer.uniform;
import static org.dinojvm.model.Layers.batchNormRows;
import static org.dinojvm.model.Layers.gelu;
import static org.dinojvm.model.Layers.l2Normalize;
import static org.dinojvm.model.Layers.linear;

import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The projection head (published {@code DINOHead}): a three-layer MLP, rows normalized to length 1,
 * and a last layer whose weight is normalized by row, W = g · v/‖v‖, without bias.
 *
 * <p>Names follow torch's {@code nn.Sequential}: layers are 0, 2, 4, and with BatchNorm 0, 3, 6
 * with the norms at 1 and 4.
 *
 * @param inDim features of the backbone
 * @param hiddenDim width of the two hidden layers [2048]
 * @param bottleneckDim width in front of the last layer [256]
 * @param outDim number of prototypes K [65536]
 * @param batchNorm whether a BatchNorm follows each hidden layer
 * @param normLastLayer whether g is fixed at 1, which steadies training; else g is trained
 */
public record DinoHead(
    int inDim,
    int hiddenDim,
    int bottleneckDim,
    int outDim,
    boolean batchNorm,
    boolean normLastLayer) {

  public DinoHead {
    checkArgument(
        inDim >= 1 && hiddenDim >= 1 && bottleneckDim >= 1 && outDim >= 1,
        "head sizes are %s, %s, %s, %s; all must be at least 1",
        inDim,
        hiddenDim,
        bottleneckDim,
        outDim);
  }

  /** Whether a weight, by its name, belongs to the layer that {@code freeze_last_layer} freezes. */
  public static boolean isLastLayer(String name) {
    return name.contains("last_layer.");
  }

  /**
   * The forward pass.
   *
   * @param p the registry level that holds the head's weights
   * @param features [n, inDim], the rows of all crops together
   * @return [n, K] logits
   */
  public Operand<TFloat32> logits(Ops tf, Params p, Operand<TFloat32> features, Mode mode) {
    Operand<TFloat32> bottleneck = bottleneck(tf, p, features, mode);
    return lastLayer(tf, p.at("last_layer"), bottleneck, mode);
  }

  /** Multiply-accumulate operations in the matrix products of one row's forward pass: Σ n·k. */
  public long macs() {
    return (long) inDim * hiddenDim
        + (long) hiddenDim * hiddenDim
        + (long) hiddenDim * bottleneckDim
        + (long) bottleneckDim * outDim;
  }

  /** The MLP and the normalization: [n, inDim] → [n, bottleneckDim]. */
  public Operand<TFloat32> bottleneck(Ops tf, Params p, Operand<TFloat32> features, Mode mode) {
    Params mlp = p.at("mlp");
    int stride = batchNorm ? 3 : 2;
    Operand<TFloat32> x = linear(tf, mlp.at(0), features, inDim, hiddenDim);
    x = activate(tf, mlp, 1, x, mode);
    x = linear(tf, mlp.at(stride), x, hiddenDim, hiddenDim);
    x = activate(tf, mlp, stride + 1, x, mode);
    x = linear(tf, mlp.at(2 * stride), x, hiddenDim, bottleneckDim);
    return l2Normalize(tf, x);
  }

  private Operand<TFloat32> activate(
      Ops tf, Params mlp, int index, Operand<TFloat32> x, Mode mode) {
    return gelu(tf, batchNorm ? batchNormRows(tf, mlp.at(index), x, hiddenDim, mode) : x);
  }

  /** Products with W_k = g_k · v_k/‖v_k‖: [n, bottleneckDim] → [n, K]. */
  private Operand<TFloat32> lastLayer(Ops tf, Params p, Operand<TFloat32> x, Mode mode) {
    Shape gShape = Shape.of(outDim, 1);
    Operand<TFloat32> g =
        normLastLayer ? p.fixed("weight_g", gShape, ones()) : p.get("weight_g", gShape, ones());
    Operand<TFloat32> v =
        p.get("weight_v", Shape.of(outDim, bottleneckDim), uniform(1 / Math.sqrt(bottleneckDim)));
    return new WeightNormedProduct(mode.arithmetic().fused(), mode.gradients()).of(tf, x, v, g);
  }
}
