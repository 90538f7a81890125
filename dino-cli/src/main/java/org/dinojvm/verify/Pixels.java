package org.dinojvm.verify;

import static com.google.common.base.Preconditions.checkArgument;

import org.dinojvm.weights.Weight;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/** Between tensors of files and those of sessions. */
public final class Pixels {

  private Pixels() {}

  /** Pictures [B, 3, H, W] as [B, H, W, 3]. */
  public static TFloat32 nhwc(Weight nchw) {
    checkArgument(
        nchw.shape().numDimensions() == 4 && nchw.shape().get(1) == 3,
        "pictures must be [B, 3, H, W], found %s",
        nchw);
    return tensor(nchw.permuted(0, 2, 3, 1));
  }

  /** The same values as a tensor, to be closed by the caller. */
  public static TFloat32 tensor(Weight weight) {
    return TFloat32.tensorOf(weight.shape(), DataBuffers.of(weight.floats()));
  }

  /** All numbers of a float tensor. */
  public static float[] floats(Tensor tensor) {
    float[] values = new float[(int) tensor.shape().size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }
}
