package org.dinojvm.visual;

import static com.google.common.base.Preconditions.checkArgument;

import java.awt.AlphaComposite;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.pixels.Bilinear;
import org.dinojvm.eval.pixels.PictureLoader;
import org.dinojvm.eval.pixels.RgbPicture;
import org.dinojvm.eval.video.AnimatedGif;
import org.dinojvm.serve.FeatureModel;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/**
 * Where a Vision Transformer looks in each frame of a video: the frame under the mean of its heads'
 * attention, and that alone beside it, as the published {@code video_generation.py} draws them. All
 * of a frame is seen, at its own shape.
 */
public final class AttentionVideo {

  /** How much of the colors lies over a frame. */
  private static final float COVER = 0.6f;

  private final FeatureModel model;
  private final int shorterSide;

  /**
   * Prepares to draw; the model stays the caller's to close.
   *
   * @param shorterSide of the frame that the model sees, in pixels
   */
  public AttentionVideo(FeatureModel model, int shorterSide) {
    this.model = model;
    this.shorterSide = shorterSide;
    checkArgument(
        model.info().numHeads() > 0,
        "%s has no attention to draw: only Vision Transformers and XCiTs have",
        model.info().arch());
    checkArgument(
        shorterSide >= model.info().patchSize(),
        "image_size %s is less than a patch of %s",
        shorterSide,
        model.info().patchSize());
  }

  /**
   * Writes an animated GIF.
   *
   * @param frames in their order, all of one shape
   * @param perSecond frames that are shown in a second
   */
  public void write(List<Picture> frames, int perSecond, Path file, Progress progress)
      throws IOException {
    try (PictureLoader loader = new PictureLoader()) {
      Iterable<BufferedImage> drawn =
          () ->
              IntStream.range(0, frames.size())
                  .mapToObj(
                      i -> {
                        BufferedImage frame = frame(read(loader, frames.get(i)));
                        progress.report(i + 1, frames.size());
                        return frame;
                      })
                  .iterator();
      AnimatedGif.write(drawn, perSecond, file);
    }
  }

  private static RgbPicture read(PictureLoader loader, Picture frame) {
    try {
      return loader.decode(frame.read());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the frame " + frame.name(), e);
    }
  }

  private BufferedImage frame(RgbPicture picture) {
    int patch = model.info().patchSize();
    double scale = (double) shorterSide / Math.min(picture.height(), picture.width());
    int height = Math.max(1, (int) Math.round(picture.height() * scale / patch)) * patch;
    int width = Math.max(1, (int) Math.round(picture.width() * scale / patch)) * patch;
    RgbPicture seen = Bilinear.resize(picture, height, width);
    BufferedImage heat = Drawings.heatMap(attention(seen), ColorMap.INFERNO, width, height);
    BufferedImage both = new BufferedImage(2 * width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = both.createGraphics();
    graphics.drawImage(seen.image(), 0, 0, null);
    graphics.drawImage(heat, width, 0, null);
    graphics.setComposite(AlphaComposite.getInstance(AlphaComposite.SRC_OVER, COVER));
    graphics.drawImage(heat, 0, 0, null);
    graphics.dispose();
    return both;
  }

  /** The mean over heads. */
  private PatchMap attention(RgbPicture seen) {
    try (TFloat32 images = seen.tensor();
        TFloat32 attention = model.attention(images)) { // [1, heads, h, w]
      PatchMap[] heads = new PatchMap[Math.toIntExact(attention.shape().get(1))];
      int columns = Math.toIntExact(attention.shape().get(3));
      int patches = Math.toIntExact(attention.shape().get(2)) * columns;
      FloatDataBuffer weights = attention.asRawTensor().data().asFloats();
      for (int head = 0; head < heads.length; head++) {
        float[] values = new float[patches];
        weights.offset((long) head * patches).read(values);
        heads[head] = new PatchMap(values, columns);
      }
      return PatchMap.mean(heads);
    }
  }
}
