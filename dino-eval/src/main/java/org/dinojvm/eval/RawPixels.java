package org.dinojvm.eval;

import java.util.List;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;

/**
 * The baseline that a trained model has to beat: the picture itself as its features.
 *
 * <p>A picture's shorter side is resized to 16 pixels, the center square cropped, and its RGB
 * values from −1 to 1 (black to white) are the 768 features.
 */
public final class RawPixels {

  private static final int SIDE = 16;

  private RawPixels() {}

  /**
   * Pixels of pictures.
   *
   * @return [N, 768], one row a picture in their order, not normalized
   * @throws IllegalArgumentException naming the picture that cannot be read
   */
  public static float[][] extract(List<Picture> pictures, Progress progress) {
    float[][] features = new float[pictures.size()][];
    try (PictureReader view = new PictureReader(EvalView.square(SIDE))) {
      for (int i = 0; i < features.length; i++) {
        features[i] = centered(view.read(pictures.get(i)));
        progress.report(i + 1, features.length);
      }
    }
    return features;
  }

  private static float[] centered(float[] pixels) {
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = 2 * pixels[i] - 1;
    }
    return pixels;
  }
}
