package org.dinojvm.eval;

import java.nio.file.Path;
import java.util.List;
import org.dinojvm.data.EvalView;

/**
 * The baseline that a trained model has to beat: the picture itself as its features.
 *
 * <p>A picture's shorter side is resized to 16 pixels, the centre square cropped, and its RGB
 * values from −1 to 1 (black to white) are the 768 features.
 */
public final class RawPixels {

  private static final int SIDE = 16;

  private RawPixels() {}

  /**
   * Pixels of pictures.
   *
   * @return [N, 768], one row a file in their order, not normalised
   * @throws IllegalArgumentException naming the file that cannot be read
   */
  public static float[][] extract(List<Path> files, Progress progress) {
    float[][] features = new float[files.size()][];
    try (PictureReader view = new PictureReader(EvalView.square(SIDE))) {
      for (int i = 0; i < features.length; i++) {
        features[i] = centred(view.read(files.get(i)));
        progress.report(i + 1, features.length);
      }
    }
    return features;
  }

  private static float[] centred(float[] pixels) {
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = 2 * pixels[i] - 1;
    }
    return pixels;
  }
}
