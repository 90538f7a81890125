package org.dinojvm.model.convolution;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Convolutions;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * ResNet (He et al. 2016) as in torchvision: version 1.5, in which the 3×3 convolution of a
 * bottleneck carries the stride, without the classifier. BatchNorm follows {@link Mode}.
 *
 * <p>Letters in shapes: B pictures, H × W pixels, C channels, D features.
 *
 * @param layers 18, 34 or 50
 */
public record ResNet(int layers) implements Backbone {

  /** Blocks of the four stages, by number of layers. */
  private static final ImmutableMap<Integer, ImmutableList<Integer>> STAGES =
      ImmutableMap.of(
          18, ImmutableList.of(2, 2, 2, 2),
          34, ImmutableList.of(3, 4, 6, 3),
          50, ImmutableList.of(3, 4, 6, 3));

  private static final int STEM_CHANNELS = 64;
  private static final int BOTTLENECK_EXPANSION = 4;

  public ResNet {
    checkArgument(
        STAGES.containsKey(layers),
        "no ResNet has %s layers; there are %s",
        layers,
        STAGES.keySet());
  }

  @Override
  public int embedDim() {
    return 8 * STEM_CHANNELS * expansion();
  }

  @Override
  public Pass forward(Ops tf, Params p, Operand<TFloat32> images, Mode mode) {
    Operand<TFloat32> features = pooled(tf, p, images, mode);
    return () -> features;
  }

  /** [B, H, W, 3] → [B, D]. */
  private Operand<TFloat32> pooled(Ops tf, Params p, Operand<TFloat32> images, Mode mode) {
    Operand<TFloat32> x = convolution(tf, p.at("conv1"), images, 3, STEM_CHANNELS, 7, 2);
    x = tf.nn.relu(Layers.batchNorm(tf, p.at("bn1"), x, STEM_CHANNELS, mode));
    x = maxPool(tf, x);
    int channels = STEM_CHANNELS;
    for (int stage = 0; stage < 4; stage++) {
      int width = STEM_CHANNELS << stage;
      Params stageParams = p.at("layer" + (stage + 1));
      for (int block = 0; block < STAGES.get(layers).get(stage); block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        x = block(tf, stageParams.at(block), x, channels, width, stride, mode);
        channels = width * expansion();
      }
    }
    return tf.math.mean(x, tf.constant(new int[] {1, 2})); // [B, h, w, D] to [B, D]
  }

  @Override
  public long macs(int side) {
    int grid = half(side);
    long sum = macs(grid, 3, STEM_CHANNELS, 7);
    grid = half(grid);
    int channels = STEM_CHANNELS;
    for (int stage = 0; stage < 4; stage++) {
      int width = STEM_CHANNELS << stage;
      int out = width * expansion();
      for (int block = 0; block < STAGES.get(layers).get(stage); block++) {
        boolean strided = stage > 0 && block == 0;
        int before = grid;
        grid = strided ? half(grid) : grid;
        sum +=
            layers == 50
                ? macs(before, channels, width, 1)
                    + macs(grid, width, width, 3)
                    + macs(grid, width, out, 1)
                : macs(grid, channels, width, 3) + macs(grid, width, width, 3);
        if (strided || channels != out) {
          sum += macs(grid, channels, out, 1);
        }
        channels = out;
      }
    }
    return sum;
  }

  /** Of a convolution that gives grid × grid pixels. */
  private static long macs(int grid, int in, int out, int kernel) {
    return (long) grid * grid * in * out * kernel * kernel;
  }

  /** Side of what a stride of 2 leaves. */
  private static int half(int side) {
    return (side + 1) / 2;
  }

  private int expansion() {
    return layers == 50 ? BOTTLENECK_EXPANSION : 1;
  }

  /** relu(residual + shortcut): [B, H, W, in] → [B, H/stride, W/stride, width·expansion]. */
  private Operand<TFloat32> block(
      Ops tf, Params p, Operand<TFloat32> x, int in, int width, int stride, Mode mode) {
    int out = width * expansion();
    Operand<TFloat32> residual =
        layers == 50
            ? bottleneck(tf, p, x, in, width, stride, mode)
            : basic(tf, p, x, in, width, stride, mode);
    Operand<TFloat32> shortcut = x;
    if (stride != 1 || in != out) {
      Params downsample = p.at("downsample");
      Operand<TFloat32> projected = convolution(tf, downsample.at(0), x, in, out, 1, stride);
      shortcut = Layers.batchNorm(tf, downsample.at(1), projected, out, mode);
    }
    return tf.nn.relu(tf.math.add(residual, shortcut));
  }

  private Operand<TFloat32> basic(
      Ops tf, Params p, Operand<TFloat32> x, int in, int width, int stride, Mode mode) {
    Operand<TFloat32> y = convolution(tf, p.at("conv1"), x, in, width, 3, stride);
    y = tf.nn.relu(Layers.batchNorm(tf, p.at("bn1"), y, width, mode));
    y = convolution(tf, p.at("conv2"), y, width, width, 3, 1);
    return Layers.batchNorm(tf, p.at("bn2"), y, width, mode);
  }

  private Operand<TFloat32> bottleneck(
      Ops tf, Params p, Operand<TFloat32> x, int in, int width, int stride, Mode mode) {
    int out = width * BOTTLENECK_EXPANSION;
    Operand<TFloat32> y = convolution(tf, p.at("conv1"), x, in, width, 1, 1);
    y = tf.nn.relu(Layers.batchNorm(tf, p.at("bn1"), y, width, mode));
    y = convolution(tf, p.at("conv2"), y, width, width, 3, stride);
    y = tf.nn.relu(Layers.batchNorm(tf, p.at("bn2"), y, width, mode));
    y = convolution(tf, p.at("conv3"), y, width, out, 1, 1);
    return Layers.batchNorm(tf, p.at("bn3"), y, out, mode);
  }

  /** [B, H, W, in] → [B, H/stride, W/stride, out]. */
  private static Operand<TFloat32> convolution(
      Ops tf, Params p, Operand<TFloat32> x, int in, int out, int kernel, int stride) {
    // kaiming_normal_(mode="fan_out", nonlinearity="relu")
    Initializer initializer = Initializer.normal(Math.sqrt(2.0 / (out * kernel * kernel)));
    return Convolutions.padded(tf, p, x, in, out, kernel, stride, initializer);
  }

  /** 3 × 3, stride 2, padded by 1. What comes in is a ReLU's output, so zeros never win. */
  private static Operand<TFloat32> maxPool(Ops tf, Operand<TFloat32> x) {
    return tf.nn.maxPool(
        Convolutions.pad(tf, x, 1),
        tf.constant(new int[] {1, 3, 3, 1}),
        tf.constant(new int[] {1, 2, 2, 1}),
        "VALID");
  }
}
