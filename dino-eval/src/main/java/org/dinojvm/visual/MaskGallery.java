package org.dinojvm.visual;

import java.awt.image.BufferedImage;
import java.util.List;
import org.dinojvm.eval.attention.ObjectsFound.Example;
import org.dinojvm.eval.attention.PatchMask;

/** A page of pictures, their annotated objects, and where a model's attention lies. */
final class MaskGallery {

  private static final List<String> COLUMNS =
      List.of("picture", "objects", "mean of heads", "best head");

  private static final int SIDE = 200;

  private MaskGallery() {}

  static BufferedImage draw(List<Example> examples) {
    ContactSheet sheet = new ContactSheet(COLUMNS, examples.size(), SIDE);
    for (int row = 0; row < examples.size(); row++) {
      Example example = examples.get(row);
      BufferedImage picture = example.picture().image();
      sheet.title(row, example.name(), "");
      sheet.place(row, 0, Drawings.squared(picture, SIDE));
      sheet.place(row, 1, Drawings.squared(example.truth(), SIDE));
      sheet.place(row, 2, Drawings.squared(lit(picture, example.mean()), SIDE));
      sheet.place(row, 3, Drawings.squared(lit(picture, example.best()), SIDE));
    }
    return sheet.finish();
  }

  private static BufferedImage lit(BufferedImage picture, PatchMask mask) {
    return Drawings.spotlight(picture, mask.patches(), mask.columns());
  }
}
