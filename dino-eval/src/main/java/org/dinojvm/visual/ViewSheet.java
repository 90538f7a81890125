package org.dinojvm.visual;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.data.augment.Normalization;
import org.tensorflow.types.TFloat32;

/** A page of views: a row for each of the first pictures of a batch. */
final class ViewSheet {

  private static final int SIDE = 112;

  /** What is written beside a row. */
  record Caption(String title, String subtitle) {}

  private ViewSheet() {}

  /**
   * Draws views.
   *
   * @param captions of the first pictures of the batch, as many as are drawn
   * @param batch pictures
   * @param resolutions global views, then local ones if there are any: [n · batch, s, s, 3],
   *     crop-major, normalized
   * @param normalization of their pixels
   */
  static BufferedImage draw(
      List<Caption> captions, int batch, List<TFloat32> resolutions, Normalization normalization) {
    ContactSheet sheet = new ContactSheet(titles(batch, resolutions), captions.size(), SIDE);
    for (int row = 0; row < captions.size(); row++) {
      sheet.title(row, captions.get(row).title(), captions.get(row).subtitle());
      int column = 0;
      for (TFloat32 views : resolutions) {
        for (int view = row; view < views.shape().get(0); view += batch) {
          sheet.place(row, column++, picture(views, view, normalization));
        }
      }
    }
    return sheet.finish();
  }

  private static List<String> titles(int batch, List<TFloat32> resolutions) {
    List<String> titles = new ArrayList<>();
    for (TFloat32 views : resolutions) {
      String kind = titles.isEmpty() ? "global" : "local";
      for (int view = 1; view <= views.shape().get(0) / batch; view++) {
        titles.add(kind + " " + view);
      }
    }
    return titles;
  }

  /** View {@code index} of [N, s, s, 3], no longer normalized. */
  private static BufferedImage picture(TFloat32 views, int index, Normalization normalization) {
    int side = (int) views.shape().get(1);
    float[] mean = normalization.mean().toArray();
    float[] std = normalization.std().toArray();
    float[] pixels = new float[3 * side * side];
    views.asRawTensor().data().asFloats().offset((long) index * pixels.length).read(pixels);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = pixels[i] * std[i % 3] + mean[i % 3];
    }
    return Drawings.picture(pixels);
  }
}
