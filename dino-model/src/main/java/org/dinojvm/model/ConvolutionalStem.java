package org.dinojvm.model;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.model.Initializer.uniform;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Pictures to patches by convolutions that each halve the picture and double the channels, with
 * BatchNorm after each and GELU between them: XCiT's patch embedding (El-Nouby et al. 2021,
 * published {@code ConvPatchEmbed}), and a stem that lets a Vision Transformer learn faster (Xiao
 * et al. 2021, arXiv:2106.14881).
 *
 * <p>Letters in shapes: B pictures, H × W pixels, h = ⌈H/patch⌉, w likewise, D features.
 *
 * @param patchSize side of a patch in pixels, a power of 2 and at least 2
 * @param embedDim D, a multiple of patchSize / 2
 */
public record ConvolutionalStem(int patchSize, int embedDim) {

  private static final int SIDE = 3;

  public ConvolutionalStem {
    checkArgument(
        patchSize >= 2 && Integer.bitCount(patchSize) == 1,
        "patch size is %s; a convolutional stem halves the picture again and again and needs 2, 4,"
            + " 8, 16 or another power of 2",
        patchSize);
    checkArgument(
        embedDim >= 1 && embedDim % (patchSize / 2) == 0,
        "%s features; a convolutional stem to patches of %s needs a multiple of %s",
        embedDim,
        patchSize,
        patchSize / 2);
  }

  /** [B, H, W, 3] → [B, h, w, D]. */
  public Operand<TFloat32> of(Ops tf, Params p, Operand<TFloat32> images, Mode mode) {
    Operand<TFloat32> x = images;
    int in = 3;
    for (int i = 0; i < convolutions(); i++) {
      if (i > 0) {
        x = Layers.gelu(tf, x);
      }
      int out = width(i);
      Params layer = p.at(2 * i); // between two stands a GELU
      double bound = 1 / Math.sqrt(in * SIDE * SIDE);
      x = Convolutions.padded(tf, layer.at(0), x, in, out, SIDE, 2, uniform(bound));
      x = Layers.batchNorm(tf, layer.at(1), x, out, mode);
      in = out;
    }
    return x;
  }

  /**
   * Multiply-accumulate operations of one picture.
   *
   * @param side of the square picture in pixels
   */
  public long macs(int side) {
    long sum = 0;
    int in = 3;
    int grid = side;
    for (int i = 0; i < convolutions(); i++) {
      grid = (grid + 1) / 2;
      sum += (long) grid * grid * in * width(i) * SIDE * SIDE;
      in = width(i);
    }
    return sum;
  }

  private int convolutions() {
    return Integer.numberOfTrailingZeros(patchSize);
  }

  /** Channels after a convolution. */
  private int width(int convolution) {
    return embedDim >> (convolutions() - 1 - convolution);
  }
}
