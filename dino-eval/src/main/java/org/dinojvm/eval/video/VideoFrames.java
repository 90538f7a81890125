package org.dinojvm.eval.video;

import static com.google.common.base.Preconditions.checkArgument;

import org.dinojvm.eval.pixels.Bilinear;
import org.dinojvm.eval.pixels.RgbPicture;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.settings.Rgb;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/** Frames to features, as the published {@code eval_video_segmentation.py} prepares them. */
final class VideoFrames {

  /** ImageNet's standard deviation of red, and what the published script has in its place. */
  private static final float RED_DEVIATION = 0.229f;

  private static final float PUBLISHED_RED_DEVIATION = 0.228f;

  private final FeatureModel model;
  private final ModelInfo info;
  private final int side;

  VideoFrames(FeatureModel model, int side) {
    this.model = model;
    this.info = model.info();
    this.side = side;
    checkArgument(
        info.patchSize() > 0,
        "%s has no patch tokens to follow through a video: choose a Vision Transformer",
        info.arch());
  }

  /** The size that a frame is seen at. */
  FrameSize sizeOf(RgbPicture frame) {
    FrameSize size = FrameSize.of(frame.height(), frame.width(), side);
    checkArgument(
        Math.min(size.height(), size.width()) >= info.patchSize(),
        "frames of %s × %s become %s × %s, less than a patch: raise the side %s",
        frame.height(),
        frame.width(),
        size.height(),
        size.width(),
        side);
    return size;
  }

  /** A frame's patch tokens. */
  FrameFeatures features(RgbPicture frame) {
    FrameSize size = sizeOf(frame);
    RgbPicture resized = Bilinear.resize(frame, size.height(), size.width());
    try (TFloat32 images = pixels(resized);
        TFloat32 tokens = model.tokens(images)) { // [1, h, w, D]
      Shape shape = tokens.shape();
      float[] values = new float[(int) tokens.size()];
      tokens.asRawTensor().data().asFloats().read(values);
      return FrameFeatures.normalized(
          (int) shape.get(1), (int) shape.get(2), (int) shape.get(3), values);
    } catch (UnsupportedOperationException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * [1, H, W, 3], such that a model that divides red by ImageNet's deviation ends where the
   * published script does, whose deviation of red is another.
   */
  private TFloat32 pixels(RgbPicture frame) {
    Rgb std = info.std();
    if (std == null || (float) std.red() != RED_DEVIATION) {
      return frame.tensor();
    }
    float mean = info.mean().toArray()[0];
    float[] values = new float[frame.values().length];
    for (int i = 0; i < values.length; i++) {
      float value = Byte.toUnsignedInt(frame.values()[i]) / 255f;
      values[i] =
          i % 3 == 0 ? mean + (value - mean) * RED_DEVIATION / PUBLISHED_RED_DEVIATION : value;
    }
    return TFloat32.tensorOf(Shape.of(1, frame.height(), frame.width(), 3), DataBuffers.of(values));
  }
}
